"""A quick way through rows of values that are named by a byte each (JK boards).

A board sends the same values in the same order all its life. For a length that comes for the third time a function is
written, with all bytes that name values at their places; what does not fit it is read value by value.
"""

import struct
from collections.abc import Callable, Mapping
from typing import Any, Final

from wattstead.model.errors import DecodeError
from wattstead.wire.field import Hex
from wattstead.wire.layout import LEFT_OVER, Field, Record
from wattstead.wire.quick_one import many_of, one_of
from wattstead.wire.quick_text import Text
from wattstead.wire.quick_value import Place, value_of

NUMBERED: Final = 3  # bytes of a cell: its number and its voltage
_NUMBERS: Final = bytes(range(1, 0x100 // NUMBERED + 1))  # of all cells that fit
_USES: Final = 3
_MOST: Final = 32  # lengths that are kept for a message
_HEX: Final = Hex()

_Known = tuple[str, int, Callable[..., Any]]
"""Of a value its name, its size (0 for that of the cells), and what reads it."""


class Values:
    """Reads the values of one message. fields: by the byte that names them."""

    def __init__(self, fields: Mapping[int, Field]) -> None:
        self._fields = fields
        self._known: dict[int, _Known] = {
            tag: (one.name, 0, many_of(one, 1)) if one.repeat is not None else (one.name, one.type.size, one_of(one))
            for tag, one in fields.items()
        }
        self._uses: dict[int, int] = {}
        self._whole: dict[int, Callable[[bytes], Record | None]] = {}

    def read(self, content: bytes) -> Record | None:
        """Read values in whatever order they come; None where the long way must look, or say what is wrong."""
        whole = self._whole.get(len(content))
        try:
            if whole is not None and (record := whole(content)) is not None:
                return record
            return self._one_by_one(content)
        except (DecodeError, IndexError, struct.error):
            return None

    def _one_by_one(self, content: bytes) -> Record | None:
        record: Record = {}
        at, end = 0, len(content)
        while at < end:
            known = self._known.get(content[at])
            if known is None or known[0] in record:
                break
            name, size, read = known
            at += 1
            if size:
                record[name] = read(content, at)
            else:
                size = content[at] + 1
                count = size // NUMBERED
                if size != NUMBERED * count + 1 or content[at + 1 : at + size : NUMBERED] != _NUMBERS[:count]:
                    return None
                record[name] = read(content, at + 1, count)
            at += size
        if at > end or not record:
            return None
        if at < end:
            record[LEFT_OVER] = _HEX.read(content[at:])
        else:
            self._again(content)
        return record

    def _again(self, content: bytes) -> None:
        """Count the length; write its function where it comes again and again."""
        length = len(content)
        if len(self._uses) >= _MOST:
            self._uses.clear()
            self._whole.clear()
        self._uses[length] = uses = self._uses.get(length, 0) + 1
        if uses == _USES:
            self._whole[length] = self._written(content)

    def _written(self, content: bytes) -> Callable[[bytes], Record | None]:
        text, at = Text(), 0
        record: list[str] = []
        with text.inside("def read(content):"):
            while at < len(content):
                if self._fields[content[at]].repeat is None:
                    at = self._run(text, content, at, record)
                    continue
                field, size = self._fields[content[at]], content[at + 1]
                head = text.given("head", content[at : at + 2])
                numbers = text.given("numbers", _NUMBERS[: size // NUMBERED])
                text.line(f"if content[{at}:{at + 2}] != {head}: return None")
                text.line(f"if content[{at + 2}:{at + 2 + size}:{NUMBERED}] != {numbers}: return None")
                many = text.given("many", many_of(field, 1))
                record.append(f"{field.name!r}: {many}(content, {at + 2}, {size // NUMBERED})")
                at += 2 + size
            text.line(f"return {{{', '.join(record)}}}")
        return text.made("read")

    def _run(self, text: Text, content: bytes, at: int, record: list[str]) -> int:
        """Write how the values up to the cells or to the end are read. Gives where that is."""
        code, names, tags, start = ">", [], [], at
        while at < len(content) and self._fields[content[at]].repeat is None:
            field = self._fields[content[at]]
            tag, name = text.fresh("tag"), text.fresh("v")
            code += f"B{Place(field, 0).code}"
            names += [tag, name]
            tags.append(f"{tag} != {content[at]}")
            record.append(f"{field.name!r}: {value_of(field, name, text.given)}")
            at += 1 + field.type.size
        text.line(f"{', '.join(names)}, = {text.unpacker(code)}(content, {start})")
        text.line(f"if {' or '.join(tags)}: return None")
        return at

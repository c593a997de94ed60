"""How the messages of a console look, and what all their shapes share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from wattstead.model.errors import DecodeError, EncodeError
from wattstead.wire.field import Hex
from wattstead.wire.layout import LEFT_OVER, Field, Record, fields_of
from wattstead.wire.said import SaidNumber

NUMBER = "number"
"""The field that a # in a line of the head stands for."""


@dataclass(frozen=True, slots=True)
class Column:
    """A label or the head of a column, and the field that it tells.

    names: the first is written, all are read. width: characters of the value, with the blanks behind it; below 0 it is
    read only. unit: what stands behind the value.
    """

    names: tuple[bytes, ...]
    field: str
    width: int = 0
    unit: bytes = b""


@dataclass(frozen=True, slots=True)
class Form:
    """How one message looks.

    text: the command. number: whether a module's number stands behind it: never, for all modules without one, perhaps,
    always. shape: a list of labels, such lists one after the other, a table with a row a module or a cell, one line,
    values that end with a sharp, lines of text. head, foot: lines that stand around it; # is the number of the module;
    of a text, what a device says that has no other. label_width: of a list; a label that ends with a blank stands as
    it is, without what is between. right: values stand at the right. rows: as many has a table of modules; 0 for as
    many as are there. page: entries after which it waits for Enter, 0 for never. loose: lines end as those of `info`
    and `log` do, not as rows of a table.
    """

    text: bytes
    number: Literal["none", "all", "optional", "always"]
    shape: Literal["list", "modules", "cells", "line", "entries", "sharp", "text"]
    columns: Sequence[Column]
    head: Sequence[bytes] = ()
    foot: Sequence[bytes] = ()
    indent: int = 0
    label_width: int = 16
    between: bytes = b": "
    right: bool = False
    rows: int = 16
    page: int = 0
    loose: bool = False


_DIGITS = 12  # of a number that a device can have
_FIELDS: dict[int, tuple[Sequence[Any], Mapping[str, Field]]] = {}
_MOST = 256  # forms and layouts that are kept: those of all profiles


def by_name(parts: Sequence[Any]) -> Mapping[str, Field]:
    """Fields by name, those of the modules of a table included; they are put together once."""
    found = _FIELDS.get(id(parts))
    if found is None or found[0] is not parts:
        if len(_FIELDS) >= _MOST:
            _FIELDS.clear()
        found = _FIELDS[id(parts)] = (parts, {one.name: one for one in fields_of(parts)})
    return found[1]


def value_of(field: Field, data: bytes) -> Any:
    """Read what stands in a field. Raises DecodeError with its name."""
    try:
        return field.type.read(data)
    except DecodeError as error:
        raise DecodeError(f"{field.name}: {error}") from None


class AsItStands:
    """A type whose value is what stands there: to find where values stand. seen: all that was read by it."""

    size = 1

    def __init__(self) -> None:
        self.seen: list[bytes] = []

    def read(self, data: bytes) -> Any:
        self.seen.append(data)
        return data

    def write(self, value: object) -> bytes:
        raise EncodeError(f"{value!r} is not for the wire")


def text_of(field: Field, record: Mapping[str, Any]) -> bytes:
    """Write what a field of a record says. Raises EncodeError with its name."""
    if field.name not in record:
        raise EncodeError(f"{field.name} is missing")
    try:
        return field.type.write(record[field.name])
    except EncodeError as error:
        raise EncodeError(f"{field.name}: {error}") from None


@dataclass(frozen=True, slots=True)
class Labels:
    """What a form is looked up by.

    known: columns by their labels; heads: by the heads of a table. alone: lines without a value. numbered: what stands
    before and after the number of the module in a line of the head; starts: what stands before.
    """

    known: Mapping[bytes, Column]
    heads: Mapping[bytes, Column]
    alone: frozenset[bytes]
    numbered: Sequence[tuple[bytes, bytes]]
    starts: tuple[bytes, ...]


_LABELS: dict[int, tuple[Form, Labels]] = {}


def labels_of(form: Form) -> Labels:
    """Give the labels of a form; they are put together once."""
    found = _LABELS.get(id(form))
    if found is None or found[0] is not form:
        if len(_LABELS) >= _MOST:
            _LABELS.clear()
        heads = [head.strip().partition(b"#") for head in form.head]
        made = Labels(
            {name.strip(b" :"): column for column in form.columns for name in column.names},
            {name: column for column in form.columns for name in column.names},
            frozenset(line.strip() for line in (*form.head, *form.foot)),
            [(before, after) for before, mark, after in heads if mark],
            tuple(before for before, mark, _ in heads if mark),
        )
        found = _LABELS[id(form)] = (form, made)
    return found[1]


def number_in(form: Form, fields: Mapping[str, Field], line: bytes) -> Any:
    """Find the number of the module in a line that stands around the values; None where it has none."""
    line, labels = line.strip(), labels_of(form)
    if not line.startswith(labels.starts):
        return None
    for before, after in labels.numbered:
        found = line[len(before) :].removesuffix(after) if line.startswith(before) else b""
        if found.isdigit() and len(found) <= _DIGITS:
            field = fields.get(NUMBER)
            said = field is not None and isinstance(field.type, SaidNumber | AsItStands)
            return value_of(field, found) if field is not None and said else int(found)
    return None


def with_rest(record: Record, unknown: Sequence[bytes]) -> Record:
    """Keep the lines that nobody knows."""
    if unknown:
        record[LEFT_OVER] = Hex().read(b"\n" + b"\n".join(unknown))
    return record

"""The JK family: what a board tells is a row of values, each after a byte that names it.

A value that is missing is not told; one whose byte nobody knows ends what we can read, and it and all after it are kept
as they came. The cells are one value: a count of bytes, then three bytes each: the number of the cell and its voltage.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from wattstead.model.errors import DecodeError, EncodeError
from wattstead.wire.family.base import Family, Side
from wattstead.wire.family.jk_quick import NUMBERED, Values
from wattstead.wire.field import Hex
from wattstead.wire.frame import Frame
from wattstead.wire.framing.jk import ANSWER, ASK, JkFramer
from wattstead.wire.layout import LEFT_OVER, Field, Record, fields_of
from wattstead.wire.message import Message, Question

_COMPUTER, _BOARD = 0x03, 0x00
_WRITE = 0x02


class Jk(Family):
    """tags: of each byte that names a value, the field that reads it."""

    def __init__(self, device: str, messages: Sequence[Message], tags: Mapping[int, str]) -> None:
        super().__init__(device, messages)
        self._tag_of = {name: tag for tag, name in tags.items()}
        self._fields = {
            message.name: {self._tag_of[one.name]: one for one in fields_of(message.reply) if one.name in self._tag_of}
            for message in messages
        }
        self._quick = {name: Values(fields) for name, fields in self._fields.items()}

    def _framer(self) -> JkFramer:
        return JkFramer()

    def side(self, frame: Frame, asked: Question | None = None) -> Side:
        return Side.REPLY if frame.kind == ANSWER else Side.REQUEST

    def asked(self, frame: Frame) -> Message | None:
        return self.named(frame)

    def named(self, frame: Frame) -> Message | None:
        """The command of a message that writes one value is 0200 and the byte that names it."""
        if frame.command == _WRITE and frame.payload:
            written = self._by_command.get(_WRITE << 8 | frame.payload[0])
            if written is not None:
                return written
        return self._by_command.get(frame.command)

    def asked_content(self, frame: Frame, message: Message) -> bytes:
        return frame.payload[1:] if message.command > 0xFF else frame.payload

    def content(self, frame: Frame, message: Message) -> bytes:
        return frame.payload[1:] if message.command > 0xFF else frame.payload

    def request(self, question: Question, content: bytes) -> Frame:
        return self._frame(question, content, _COMPUTER, ASK)

    def reply(self, question: Question, content: bytes) -> Frame:
        return self._frame(question, content, _BOARD, ANSWER)

    def _frame(self, question: Question, content: bytes, who: int, way: int) -> Frame:
        command = question.message.command
        if command > 0xFF:
            return Frame(question.address, command >> 8, bytes((command & 0xFF,)) + content, who, way)
        return Frame(question.address, command, content, who, way)

    def read(self, message: Message, content: bytes, *, longer: bool = False) -> Record:
        """Read values in whatever order they come."""
        fields = self._fields[message.name]
        if not fields:
            return super().read(message, content, longer=longer)
        if (quick := self._quick[message.name].read(content)) is not None:
            return quick
        record: Record = {}
        at = 0
        while at < len(content):
            field = fields.get(content[at])
            if field is None or field.name in record:
                record[LEFT_OVER] = Hex().read(content[at:])
                break
            data, at = _value(field, content, at + 1)
            record[field.name] = _read(field, data)
        if LEFT_OVER in record and len(record) == 1:
            raise DecodeError(f"{content[0]:02X} names no value that {message.name} knows")
        return record

    def write(self, message: Message, record: Mapping[str, Any]) -> bytes:
        """Write the values that there are, in the order of the bytes that name them."""
        fields = sorted(
            [one for one in fields_of(message.reply) if one.name in self._tag_of],
            key=lambda one: self._tag_of[one.name],
        )
        if not fields:
            return super().write(message, record)
        there = [one for one in fields if record.get(one.name) is not None]
        if not there:
            raise EncodeError(f"{message.name} has no value to tell")
        return b"".join([bytes((self._tag_of[one.name],)) + _written(one, record[one.name]) for one in there])


def _value(field: Field, content: bytes, at: int) -> tuple[bytes, int]:
    """Give the bytes of a value, and where the next one begins."""
    if field.repeat is not None:
        if at >= len(content):
            raise DecodeError(f"{field.name}: the count of its bytes is missing")
        size, at = content[at], at + 1
        if size % NUMBERED:
            raise DecodeError(f"{field.name}: {size} bytes are no whole number of cells, which have {NUMBERED} each")
    else:
        size = field.type.size
    if at + size > len(content):
        raise DecodeError(f"{field.name}: wants {size} bytes, but {len(content) - at} are left for it")
    return content[at : at + size], at + size


def _read(field: Field, data: bytes) -> Any:
    try:
        if field.repeat is None:
            return field.type.read(data)
        _check_numbers([data[k] for k in range(0, len(data), NUMBERED)])
        return tuple([field.type.read(data[k + 1 : k + NUMBERED]) for k in range(0, len(data), NUMBERED)])
    except DecodeError as error:
        raise DecodeError(f"{field.name}: {error}") from None


def _written(field: Field, value: Any) -> bytes:
    try:
        if field.repeat is None:
            return field.type.write(value)
        cells = [field.type.write(one) for one in value]
    except EncodeError as error:
        raise EncodeError(f"{field.name}: {error}") from None
    if NUMBERED * len(cells) > 0xFF:
        raise EncodeError(f"{field.name}: {len(cells)} values do not fit; the wire carries {0xFF // NUMBERED}")
    return bytes((NUMBERED * len(cells),)) + b"".join([bytes((k,)) + one for k, one in enumerate(cells, 1)])


def _check_numbers(numbers: Sequence[int]) -> None:
    if list(numbers) != list(range(1, len(numbers) + 1)):
        raise DecodeError(f"the cells are numbered {', '.join(map(str, numbers))}, not from 1 on")

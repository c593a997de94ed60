"""CAN: identifiers name the message, who sends what is fixed, nobody has an address, and nothing refuses.

The battery's frames are replies that nobody has to ask for, the inverter's are requests.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cached_property
from typing import Any, Final

from wattstead.model.can import HEAD_BYTES, packed_size
from wattstead.model.errors import DecodeError, EncodeError, UsageError
from wattstead.wire.can_join import Join
from wattstead.wire.can_quick import PADDING, Means, Read, reader
from wattstead.wire.can_signal import CanMessage, gather, spread
from wattstead.wire.family.base import Family, Found, Side
from wattstead.wire.field import Hex, Text
from wattstead.wire.fill import Told
from wattstead.wire.frame import Frame, Framer
from wattstead.wire.framing.can import EXTENDED, REMOTE, CanFramer, shown
from wattstead.wire.layout import LEFT_OVER, Field, Record
from wattstead.wire.message import Message, Question
from wattstead.wire.read import decode
from wattstead.wire.write import encode

CUT: Final = "cut"
"""Where a record keeps how many bytes of its last text were sent."""

_HEX: Final = Hex()


class Can(Family):
    """pack_shift: as ``CanFramer``. either: names of messages that come with 11 or 29 bits. joins: see ``can_join``.

    preferred: signals that are believed over others which tell the same, with the quantity.
    """

    def __init__(
        self,
        device: str,
        messages: Sequence[CanMessage],
        *,
        pack_shift: int = 0,
        either: Collection[str] = (),
        joins: Sequence[Join] = (),
        preferred: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(device, messages)
        self.joins = joins
        self._preferred = preferred or {}
        self._pack_shift = pack_shift
        self._either = either
        self._by_identifier = {message.command: message for message in messages}
        self._quick: dict[frozenset[str], Quick] = {}

    def framer(self, over: str = "") -> Framer:
        """Make a framer. Raises UsageError over anything but a CAN bus."""
        if over not in ("", "can"):
            raise UsageError(f"{self.device} does not run over {over}; use a CAN bus such as can://socketcan/can0")
        return self._framer()

    def _framer(self) -> CanFramer:
        return CanFramer(self._pack_shift)

    def runs_over(self, over: str) -> bool:
        """Whether a port of that framing is a CAN bus."""
        return over == "can"

    def stranger(self, frame: Frame) -> str | None:
        """Say why a frame is none of this protocol's."""
        identifier = shown(frame.command, extended=frame.kind == EXTENDED)
        if frame.version == REMOTE:
            return f"{identifier} is a remote frame, which {self.device} does not use"
        message = self._by_identifier.get(frame.command)
        if message is None:
            return f"{self.device} has no frame {identifier}"
        if message.extended != (frame.kind == EXTENDED) and message.name not in self._either:
            came, has = (29, 11) if frame.kind == EXTENDED else (11, 29)
            return f"{identifier} came with {came} bits; {self.device} has {message.name} with {has}"
        return None

    def at_once(self, told: frozenset[str]) -> Callable[[Frame], Found | None]:
        """Give what understands frames that are as they should be in one step."""
        return self.quick(told).found

    def quick(self, told: frozenset[str]) -> "Quick":
        """Give the same for frames and for packed bytes."""
        if told not in self._quick:
            self._quick[told] = Quick(self, Means(told, self.joins, self._preferred))
        return self._quick[told]

    @cached_property
    def scattered(self) -> frozenset[str]:
        """Messages that hold a part of a value of several messages, or one of two signals that tell the same."""
        parts = [*(set(join.signals) for join in self._wide), *({signal} for signal in self._preferred)]
        names = self._field_names
        return frozenset(name for name, fields in names.items() if any(fields & part for part in parts))

    @cached_property
    def _wide(self) -> Sequence[Join]:
        """Joins whose signals stand in several messages."""
        return [one for one in self.joins if not any(set(one.signals) <= names for names in self._field_names.values())]

    @cached_property
    def _field_names(self) -> Mapping[str, set[str]]:
        return {message.name: {field.name for field in message.fields} for message in self._by_identifier.values()}

    def side(self, frame: Frame, asked: Question | None = None) -> Side:
        message = self._by_identifier.get(frame.command)
        return Side.REQUEST if message is not None and message.sender == "inverter" else Side.REPLY

    def asked(self, frame: Frame) -> Message | None:
        return self._by_identifier.get(frame.command)

    def named(self, frame: Frame) -> Message | None:
        return self._by_identifier.get(frame.command)

    def content(self, frame: Frame, message: Message) -> bytes:
        return spread(_slots(message), frame.payload)

    def asked_content(self, frame: Frame, message: Message) -> bytes:
        return spread(_slots(message), frame.payload)

    def request(self, question: Question, content: bytes) -> Frame:
        return self.frame(question.message, question.address, content)

    def reply(self, question: Question, content: bytes) -> Frame:
        return self.frame(question.message, question.address, content)

    def frame(self, message: Message, address: int, content: bytes) -> Frame:
        """Make a frame of either direction. Raises EncodeError."""
        if not isinstance(message, CanMessage):
            raise EncodeError(f"{message.name} is no message of a CAN bus")
        payload = gather(message.slots, content)
        return Frame(address, message.command, payload, kind=EXTENDED if message.extended else 0)

    def read(self, message: Message, content: bytes, *, longer: bool = False) -> Record:
        """Read a payload, however short or long. Bytes behind the last signal are kept: zeros as padding."""
        known, cut = 0, None
        for slot, field in zip(_slots(message), message.reply, strict=True):
            if known + slot.size > len(content):
                cut = field if isinstance(field, Field) and isinstance(field.type, Text) else None
                break
            known += slot.size
        rest = content[known:]
        if rest and cut is not None:  # a text that ends early: a maker of two letters
            record = decode(message.reply, content[:known], longer=longer)
            return {**record, cut.name: Text(len(rest)).read(rest), CUT: len(rest)}
        whole = known == sum(slot.size for slot in _slots(message))
        record = decode(message.reply, content[:known] if whole else content, longer=longer)
        if rest and whole:
            record[LEFT_OVER if any(rest) else PADDING] = _HEX.read(rest)
        return record

    def write(self, message: Message, record: Mapping[str, Any]) -> bytes:
        content = encode(message.reply, record)
        if CUT in record:
            last = [part for part in message.reply if part.name in record][-1]
            size = last.type.size if isinstance(last, Field) else 0
            content = content[: len(content) - size + int(record[CUT])]
        return content + _HEX.write(record.get(PADDING, ""))

    def told_together(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """Give what signals make together, and the finer one of two that tell the same.

        record: of one frame, or of all frames that came.
        """
        return self._told(self.joins, record)

    def told_across(self, signals: Mapping[str, Any]) -> dict[str, Any]:
        """Give the same of the signals of all ``scattered`` messages that came: what a single one has not told yet."""
        return self._told(self._wide, signals)

    def _told(self, joins: Sequence[Join], record: Mapping[str, Any]) -> dict[str, Any]:
        told = {join.quantity: join.told(record) for join in joins}
        told |= {quantity: record.get(signal) for signal, quantity in self._preferred.items()}
        return {name: value for name, value in told.items() if value is not None}

    def number(self, command: int) -> str:
        message = self._by_identifier.get(command)
        return shown(command, extended=message is not None and message.extended)


Heard = tuple[CanMessage, int, Record, dict[str, Any], tuple[str, ...] | None]
"""What the bytes of one frame say: message, number of the pack, record, values, active codes."""


class Quick:
    """Understands the frames of one family by functions that are made when they are first needed."""

    def __init__(self, family: Can, means: Means) -> None:
        self._family, self._means = family, means
        self._readers: dict[tuple[int, int, int], tuple[CanMessage, Read] | None] = {}
        self._by_head: dict[bytes, tuple[CanMessage, Read, int]] = {}
        self._framer = family.framer()

    def found(self, frame: Frame) -> Found | None:
        """Give what a frame says; None for one that has to be looked at closely."""
        place = frame.command, frame.kind, len(frame.payload)
        try:
            known = self._readers[place]
        except KeyError:
            known = self._made(frame)
        if known is None or frame.version == REMOTE:
            return None
        message, read = known
        try:
            record, values, active = read(frame.payload)
        except DecodeError:
            return None
        return message, message.sender == "battery", Told(values, active), record

    def heard(self, data: bytes) -> Heard | None:
        """Give what packed bytes of one frame say, without a frame between; None where they have to be looked at."""
        known = self._by_head.get(data[:HEAD_BYTES])
        if known is None:
            known = self._named(data)
        if known is None or len(data) != HEAD_BYTES + data[4]:
            return None
        message, read, address = known
        try:
            return (message, address, *read(data[HEAD_BYTES:]))
        except DecodeError:
            return None

    def _named(self, data: bytes) -> tuple[CanMessage, Read, int] | None:
        """Find the function for frames that begin so."""
        for item in self._framer.feed(data) if len(data) >= HEAD_BYTES and packed_size(data) == len(data) else ():
            if isinstance(item, Frame) and self.found(item) is not None:
                known = self._readers[item.command, item.kind, len(item.payload)]
                if known is not None:
                    self._by_head[data[:HEAD_BYTES]] = (*known, item.address)
                    return self._by_head[data[:HEAD_BYTES]]
        return None

    def _made(self, frame: Frame) -> tuple[CanMessage, Read] | None:
        """Make the function for a message of ours; those of others leave no trace."""
        message = self._family.asked(frame)
        if not isinstance(message, CanMessage) or frame.version == REMOTE or self._family.stranger(frame):
            return None
        length = len(frame.payload)
        read = reader(message, length, self._means)
        made = self._readers[frame.command, frame.kind, length] = (message, read) if read else None
        return made


def _slots(message: Message) -> Any:
    return message.slots if isinstance(message, CanMessage) else ()

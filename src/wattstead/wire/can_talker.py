"""A side of a CAN bus that speaks unasked: sends each of its messages at its cycle, and listens for the other side.

No port and no clock: ``tick(now)`` gives what is due, ``feed`` takes what came. Frames of one set follow each other in
the profile's order, with its spacing between them, so that a slow receiver can follow.
"""

from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from wattstead.model.errors import DecodeError, EncodeError, Refused
from wattstead.wire.can_signal import CanMessage
from wattstead.wire.can_write import Writer
from wattstead.wire.codec import Codec, Said
from wattstead.wire.family.can import Can
from wattstead.wire.field import Number, Text, Word
from wattstead.wire.fill import Context, Report, fill
from wattstead.wire.frame import Frame, Framer
from wattstead.wire.framing.can import EXTENDED
from wattstead.wire.layout import Field
from wattstead.wire.write import encode

_FOR_EVER: Final = float("inf")
_QUEUE: Final = 256  # frames that may wait: somebody who asks without end must not fill the memory


@dataclass(frozen=True, slots=True)
class Habits:
    """How a side speaks. spacing_s: between two frames of a set. padded: all frames have eight bytes.

    asks: messages of the other side that are answered with the whole set; if there are some, nothing is sent unasked.
    alive: messages by which the other side is known to be there. lost_s: after so long without one it is gone.
    address: of the pack, where identifiers carry one. replies: to a question, the one of these messages whose number,
    from 0, its first field says. surely: quantities that are said only where somebody knows them; a message that would
    have to make one up is kept back.
    """

    spacing_s: float = 0.01
    padded: bool = False
    asks: Collection[str] = ()
    alive: Collection[str] = ()
    lost_s: float = 5.0
    address: int = 0
    replies: Mapping[str, Sequence[CanMessage]] = field(default_factory=dict)
    surely: Collection[str] = ()


class Talker:
    """messages: what it sends, in their order. tells: what it has to say now; None while it is off."""

    def __init__(
        self,
        codec: Codec,
        framer: Framer,
        messages: Sequence[CanMessage],
        tells: Callable[[], Report | None],
        habits: Habits,
    ) -> None:
        if not isinstance(codec.family, Can):
            raise TypeError(f"{codec.dialect.name} is no protocol of a CAN bus")
        self._codec = codec
        self._framer = framer
        self._family = codec.family
        self._messages = messages
        replies = [message for listed in habits.replies.values() for message in listed]
        self._writers = {message.name: Writer(message) for message in (*messages, *replies)}
        self._lists = [join for join in codec.family.joins if join.rule == "list"]
        self._tells = tells
        self._habits = habits
        self._sure = _sure([*messages, *replies], habits.surely)
        self._due: dict[str, float] = {}
        self._queue: deque[bytes] = deque(maxlen=_QUEUE)
        self._free_at = -_FOR_EVER
        self._last: dict[str, bytes] = {}
        self._alive_at: float | None = None
        self._began_at: float | None = None
        self.unspoken: dict[str, str] = {}  # messages that could not be said, with the reason

    # Listening.

    def feed(self, data: bytes, at: float = 0.0) -> list[Said]:
        """Take what came; give what the other side said. A question is answered by the next ticks."""
        heard = []
        for item in self._framer.feed(data, at):
            if not isinstance(item, Frame):
                continue
            try:
                said = self._codec.understand(item)
            except (DecodeError, Refused):
                continue  # of somebody else on the bus
            heard.append(said)
            if said.message is None:
                continue
            if said.message.name in self._habits.alive:
                self._alive_at = at
            if said.message.name in self._habits.asks and not self._queue:
                self._say(self._messages)
            self._reply(said)
        return heard

    def _reply(self, said: Said) -> None:
        """Answer a question that says by its number what it wants."""
        known = self._habits.replies.get(said.message.name if said.message else "", ())
        number = next(iter(said.record.values()), None)
        if isinstance(number, int) and 0 <= number < len(known) and len(self._queue) < _QUEUE // 2:
            self._last.pop(known[number].name, None)  # it is said again, changed or not
            self._say([known[number]])

    @property
    def alive_at(self) -> float | None:
        """When the other side was heard last by what shows that it is there."""
        return self._alive_at

    def lost(self, now: float) -> bool:
        """Whether the other side, which has to be heard again and again, has been silent for too long."""
        if not self._habits.alive:
            return False
        since = self._alive_at if self._alive_at is not None else self._began_at
        return since is not None and now - since > self._habits.lost_s

    # Speaking.

    def tick(self, now: float) -> list[bytes]:
        """Give the frames that are to be sent now, packed. Call it again at ``next_at``."""
        self._began_at = now if self._began_at is None else self._began_at
        if due := [message for message in self._messages if self._is_due(message, now)]:
            self._say(due)
        sent: list[bytes] = []
        while self._queue and self._free_at <= now:
            sent.append(self._queue.popleft())
            self._free_at = max(self._free_at, now) + self._habits.spacing_s
        return sent

    def next_at(self, now: float) -> float:
        """When ``tick`` has something to do again; infinity where only a question would change that."""
        if self._queue:
            return max(now, self._free_at)
        return min((self._due.get(one.name, now) for one in self._messages if self._cyclic(one)), default=_FOR_EVER)

    def _cyclic(self, message: CanMessage) -> bool:
        return message.cycle_ms > 0 and not self._habits.asks

    def _is_due(self, message: CanMessage, now: float) -> bool:
        if not self._cyclic(message):
            # What is sent on a change only is looked at with every set.
            return not self._habits.asks and message.cycle_ms == 0
        at = self._due.setdefault(message.name, now)
        if now < at:
            return False
        cycle_s = message.cycle_ms / 1000.0
        late = now - at >= cycle_s
        self._due[message.name] = (now if late else at) + cycle_s
        return True

    def _say(self, messages: Sequence[CanMessage]) -> None:
        report = self._tells()
        for message, data in self._made(messages, report) if report is not None else ():
            if message.cycle_ms == 0 and self._last.get(message.name) == data:
                continue
            self._last[message.name] = data
            self._queue.append(data)

    def made(self, report: Report) -> list[bytes]:
        """Give all frames that would say this, packed; nothing is sent."""
        return [data for _, data in self._made(self._messages, report)]

    def _made(self, messages: Sequence[CanMessage], report: Report) -> Iterator[tuple[CanMessage, bytes]]:
        values = self._spread(report)
        spoken = Report(values, frozenset(report.active))
        for message in messages:
            if self._has_nothing(message, values) or self._would_invent(message, values):
                continue
            try:
                yield message, self._frame(message, spoken)
            except EncodeError as error:
                self.unspoken[message.name] = str(error)

    def _has_nothing(self, message: CanMessage, values: Mapping[str, Any]) -> bool:
        """Whether a frame holds a part of a list that nobody gives: cells are told by a single pack alone."""
        named = self._writers[message.name].names
        lists = (join for join in self._lists if values.get(join.quantity) is None and named <= set(join.signals))
        return bool(named) and any(named.isdisjoint(values) for _ in lists)

    def _would_invent(self, message: CanMessage, values: Mapping[str, Any]) -> bool:
        """Whether a number would go out as 0 that nobody knows, or nothing but signs for that."""
        sure = self._sure.get(message.name)
        if not sure:
            return False
        missing = [one for one in sure if values.get(one.name) is None and values.get(one.quantity) is None]
        kept = len(missing) == len(sure) or any(getattr(one.type, "absent", None) is None for one in missing)
        if kept:
            self.unspoken[message.name] = f"nobody knows {', '.join(one.quantity for one in missing)}"
        else:
            self.unspoken.pop(message.name, None)
        return kept

    def _spread(self, report: Report) -> Mapping[str, Any]:
        """Add the signals of what several of them say together."""
        values = dict(report.values)
        for join in self._family.joins:
            if values.get(join.quantity) is not None:
                try:
                    values = {**join.said(values[join.quantity]), **values}
                except EncodeError as error:
                    self.unspoken[join.quantity] = str(error)
        return values

    def _frame(self, message: CanMessage, report: Report) -> bytes:
        payload = self._writers[message.name].payload(report.values, report.active)
        if payload is None:
            payload = self._payload(message, report)
        payload = payload.ljust(8, b"\0") if self._habits.padded else payload
        kind = EXTENDED if message.extended else 0
        return self._framer.build(Frame(self._habits.address, message.command, payload, kind=kind))

    def _payload(self, message: CanMessage, report: Report) -> bytes:
        """Write a message the long way. Raises EncodeError."""
        length = message.length
        fields = [field for field, slot in zip(message.fields, message.slots, strict=True) if slot.end <= length]
        values = {**report.values, **{field.name: _fitting(field, report.values) for field in fields}}
        record = fill(fields, Report(values, report.active), Context(self._habits.address))
        content = encode(message.fields, record)
        return self._family.frame(message, self._habits.address, content).payload


def _sure(messages: Sequence[CanMessage], surely: Collection[str]) -> dict[str, list[Field]]:
    """Find what each message carries of these."""
    if not surely:
        return {}
    return {message.name: [one for one in message.fields if one.quantity in surely] for message in messages}


def _fitting(field: Field, values: Mapping[str, Any]) -> Any:
    """Give the value of a field as the wire can carry it: numbers end at their range, texts at their size.

    None where nobody has given it: then the field's default counts, or its sign for "not known".
    """
    given = next((values[name] for name in (field.name, field.quantity) if values.get(name) is not None), None)
    kind = field.type
    if isinstance(kind, Number) and isinstance(given, int | float) and not isinstance(given, bool):
        low, high = kind.limits
        return min(max(given, low), high)
    if isinstance(kind, Text) and isinstance(given, str):
        return given[: kind.size]
    if isinstance(kind, Word) and given not in (None, *kind.names.values()):
        return None
    return given

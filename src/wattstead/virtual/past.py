"""A simulated past: what a poller would have read, had it polled for days already."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from wattstead.model.reading import Value
from wattstead.virtual.bank import Bank
from wattstead.virtual.live import LiveBank
from wattstead.wire.field import Bits, Number
from wattstead.wire.fill import Report, Told
from wattstead.wire.frame import Frame
from wattstead.wire.layout import fields_of
from wattstead.wire.message import Message, Poll

_POLLED = (Poll.VALUES, Poll.ALARMS)


@dataclass(frozen=True)
class Polled:
    """What a round of polling tells of a pack, learnt from one real round: names, and how finely the wire tells them.

    constant: what a pack itself says nothing of. digits: decimals by quantity, None for words and lists. flags: bits
    that tell a quantity. codes: the other bits.
    """

    constant: Mapping[str, Value]
    digits: Mapping[str, int | None]
    flags: tuple[str, ...]
    codes: tuple[str, ...]

    @classmethod
    def of(cls, bank: Bank) -> "Polled":
        """Ask the first pack once, over the wire."""
        dialect = bank.profile.dialect
        polled = [one for one in dialect.messages if one.poll in _POLLED and one.answered]
        fields = [field for message in polled for field in fields_of(message.reply)]
        bits = [name for field in fields if isinstance(field.type, Bits) for name in field.type.names if name]
        digits = {one.quantity: one.type.digits if isinstance(one.type, Number) else None for one in fields}
        said = {name: value for message in polled for name, value in _ask(bank, message).items() if name not in bits}
        by_itself = bank.simulated(0).values
        return cls(
            constant={name: value for name, value in said.items() if by_itself.get(name) is None},
            digits={name: digits[name] for name in said if by_itself.get(name) is not None},
            flags=tuple(name for name in bits if name in dialect.told),
            codes=tuple(name for name in bits if name not in dialect.told),
        )

    def told(self, report: Report) -> Told:
        """Give what a host would have understood of the report, without going over the wire."""
        said = report.values
        values: dict[str, Value] = dict(self.constant)
        for name, digits in self.digits.items():
            values[name] = said[name] if digits is None else _rounded(said[name], digits)
        values.update({name: bool(said.get(name, False)) for name in self.flags})
        return Told(values, tuple(code for code in self.codes if code in report.active) if report.active else ())


def _ask(bank: Bank, message: Message) -> Mapping[str, Value]:
    codec, framer = bank.profile.codec(), bank.profile.framer()
    question, _ = codec.ask(message.name, bank.addresses[0])
    answer = framer.feed(codec.answer(question, [bank.simulated(0)]))
    frame = next(one for one in answer if isinstance(one, Frame))
    return codec.understand(frame, question).packs[0].values


def past(live: LiveBank, from_ms: int, to_ms: int, step_s: float = 60.0) -> Iterator[tuple[int, tuple[Told, ...]]]:
    """Let a bank live from one time to another, and give what each pack would have told after each step.

    from_ms, to_ms: UTC in ms; the bank's local time must be that of from_ms. step_s: between two readings. The first
    reading comes one step after from_ms, the last at to_ms or less than a step before.
    """
    polled = Polled.of(live.bank)
    step_ms = round(step_s * 1000)
    for at_ms in range(from_ms + step_ms, to_ms + 1, step_ms):
        live.step(step_s)
        yield at_ms, tuple(polled.told(live.bank.simulated(place)) for place in range(len(live.bank.packs)))


def _rounded(value: Any, digits: int) -> Value:
    if isinstance(value, tuple):
        return tuple(round(one, digits) for one in value)
    rounded: float = round(value, digits)
    return rounded

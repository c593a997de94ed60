"""A simulated past: what a poller would have read, had it polled for days already."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from wattstead.model.reading import Value
from wattstead.virtual.live import LiveBank
from wattstead.wire.field import Bits, Number
from wattstead.wire.fill import Report, Told
from wattstead.wire.layout import fields_of
from wattstead.wire.message import Dialect, Poll

_POLLED = (Poll.VALUES, Poll.ALARMS)


@dataclass(frozen=True)
class Polled:
    """What the messages that are asked each round tell of a report: names, and how finely the wire tells them.

    digits: decimals by quantity, None for words, flags and lists. defaults: where a pack says nothing.
    flags: bits that tell a quantity. codes: the others.
    """

    digits: Mapping[str, int | None]
    defaults: Mapping[str, Value]
    flags: tuple[str, ...]
    codes: tuple[str, ...]

    @classmethod
    def of(cls, dialect: Dialect) -> "Polled":
        """Collect from the dialect's messages."""
        digits: dict[str, int | None] = {}
        defaults: dict[str, Any] = {}
        bits: list[str] = []
        for message in dialect.messages:
            if message.poll not in _POLLED or not message.answered:
                continue
            for field in fields_of(message.reply):
                if isinstance(field.type, Bits):
                    bits += [name for name in field.type.names if name]
                elif field.quantity:
                    digits[field.quantity] = field.type.digits if isinstance(field.type, Number) else None
                    if field.default is not None:
                        defaults[field.quantity] = field.default
        flags = tuple(name for name in bits if name in dialect.told)
        return cls(digits, defaults, flags, tuple(name for name in bits if name not in dialect.told))

    def told(self, report: Report) -> Told:
        """Give what a host would have understood of the report, without going over the wire."""
        said = report.values
        values: dict[str, Value] = dict(self.defaults)
        for name, digits in self.digits.items():
            if (value := said.get(name)) is not None:
                values[name] = value if digits is None else _rounded(value, digits)
        values.update({name: bool(said.get(name, False)) for name in self.flags})
        return Told(values, tuple(code for code in self.codes if code in report.active) if report.active else ())


def past(live: LiveBank, from_ms: int, to_ms: int, step_s: float = 60.0) -> Iterator[tuple[int, tuple[Told, ...]]]:
    """Let a bank live from one time to another, and give what each pack would have told after each step.

    from_ms, to_ms: UTC in ms; the bank's local time must be that of from_ms. step_s: between two readings. The first
    reading comes one step after from_ms, the last at to_ms or less than a step before.
    """
    polled = Polled.of(live.bank.profile.dialect)
    step_ms = round(step_s * 1000)
    for at_ms in range(from_ms + step_ms, to_ms + 1, step_ms):
        live.step(step_s)
        yield at_ms, tuple(polled.told(live.bank.simulated(place)) for place in range(len(live.bank.packs)))


def _rounded(value: Any, digits: int) -> Value:
    if isinstance(value, tuple):
        return tuple(round(one, digits) for one in value)
    rounded: float = round(value, digits)
    return rounded

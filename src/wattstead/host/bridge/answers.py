"""A bridge on an RS485 line: the inverter asks, and the bank answers as one battery at one address."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from wattstead.host.bridge.bank import Look
from wattstead.host.bridge.voice import SURELY, Voice
from wattstead.model.bank import Member, counted
from wattstead.model.bank_values import bank_values
from wattstead.model.errors import Refused, UsageError
from wattstead.model.reading import numbers
from wattstead.wire.codec import Question
from wattstead.wire.field import Number
from wattstead.wire.fill import Report
from wattstead.wire.layout import Field, fields_of
from wattstead.wire.message import Message
from wattstead.wire.responder import Manners, Responder

LOST_S: Final = 30.0
"""An inverter that has asked nothing for so long is lost (ours): they ask every few seconds."""
_LISTS: Final = ("cell_voltage_v", "cell_temperature_degc")


class BankAnswers:
    """The device that ``wire.responder`` answers for. look: gives the bank as of now. now_s: any clock that goes on.

    address: None for the one at which the protocol's masters answer.
    """

    def __init__(
        self,
        voice: Voice,
        look: Callable[[], Look],
        now_s: Callable[[], float],
        *,
        address: int | None = None,
        lost_s: float | None = None,
    ) -> None:
        self._voice = voice
        self._look = look
        self._now_s = now_s
        self._lost_s = LOST_S if lost_s is None else lost_s
        self._began_s = now_s()
        self.asked_at: float | None = None
        self.unspoken: dict[str, str] = {}
        where = voice.profile.addresses
        self.address = where.master if address is None else address
        if not where.first <= self.address <= where.last:
            known = f"{where.first} to {where.last}"
            raise UsageError(f"{voice.profile.name} has no address {self.address}; it knows {known}")

    def responder(self, over: str = "") -> Responder:
        """Make the device's side of one line. over: the framing that its URL prescribes. Raises UsageError."""
        profile = self._voice.profile
        manners = Manners(profile.link.refuse_noise, profile.link.zero_answers, profile.link.broadcast)
        return Responder(profile.codec(over), profile.framer(over), self, [self.address], manners, self._knows)

    def lost(self, now_s: float) -> bool:
        """Whether the inverter has asked nothing for too long."""
        return now_s - (self._began_s if self.asked_at is None else self.asked_at) > self._lost_s

    def reports(self, question: Question) -> Sequence[Report]:
        """Give what the bank has to tell; nothing, so that the line stays silent, where a number is not known."""
        self.asked_at = self._now_s()
        report = self._report(question.message)
        if report is None:
            return ()
        missing = _missing(question.message, report.values)
        if missing:
            self.unspoken[question.message.name] = f"nobody knows {', '.join(missing)}"
            return ()
        self.unspoken.pop(question.message.name, None)
        return [Report(_carried(question.message, report.values), report.active)]

    def write(self, question: Question) -> bool:
        """Refuse: what packs are set to is not for the inverter to say. Raises Refused."""
        self.asked_at = self._now_s()
        raise Refused(f"a bridge takes no {question.message.name}", reason="execution_failed")

    def _knows(self, question: Question) -> bool:
        return question.message.answered and not question.message.behind

    def _report(self, message: Message) -> Report | None:
        look = self._look()
        report = self._voice.report(look)
        if report is None:
            return None
        named = [replace(one, name=str(self.address + int(one.name) - 1)) for one in look.members]
        there = counted(named)
        values = {**bank_values(named), **report.values, **self._of_one(there)}
        if message.of_bank:
            values["serial_number"] = tuple(str(one.values.get("serial_number", "")) for one in there)
            values["module_count"] = len(there)
        return Report(values, report.active)

    def _of_one(self, there: Sequence[Member]) -> dict[str, Any]:
        """Of single cells, tell those of the pack with the highest one: it is what a charger has to look at."""
        telling = [one for one in there if numbers(one.values.get("cell_voltage_v"))]
        if not telling:
            return {}
        highest = max(telling, key=lambda one: max(numbers(one.values["cell_voltage_v"])))
        return {name: highest.values[name] for name in _LISTS if name in highest.values}


def _missing(message: Message, values: Mapping[str, Any]) -> list[str]:
    names = {field.quantity or field.name for field in fields_of(message.reply)}
    return sorted(name for name in names & {*SURELY, *_LISTS} if values.get(name) is None)


def _carried(message: Message, values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Hold numbers within what the wire carries, as a real battery's converters do."""
    held = dict(values)
    for field in fields_of(message.reply):
        for name in {field.name, field.quantity} & values.keys():
            held[name] = _within(field, values[name])
    return held


def _within(field: Field, value: Any) -> Any:
    if not isinstance(field.type, Number):
        return value
    low, high = field.type.limits
    if isinstance(value, tuple):
        return tuple(min(max(one, low), high) for one in value)
    return min(max(value, low), high) if isinstance(value, int | float) and not isinstance(value, bool) else value

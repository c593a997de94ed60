"""What is looked at before a current sensor is calibrated: several readings, what the device says, and the bounds."""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from wattstead.catalog.calibration_spec import CalibrationSpec
from wattstead.catalog.profile import Profile
from wattstead.host.conversation import Conversation
from wattstead.model.errors import UsageError
from wattstead.model.reading import Value, numbers
from wattstead.wire.layout import names_of
from wattstead.wire.message import Message, Poll

CURRENT: Final = "pack_current_a"
READINGS, PAUSE_S = 5, 1.0
_SAID: Final = ("operating_state", "charge_mos_on", "discharge_mos_on", "precharge_mos_on")


@dataclass(frozen=True, slots=True)
class Observed:
    """Readings one after the other. readings_a: positive charges. said: what else the device says, by quantity."""

    readings_a: tuple[float, ...]
    said: Mapping[str, Value] = field(default_factory=dict)

    @property
    def mean_a(self) -> float:
        return sum(self.readings_a) / len(self.readings_a)

    @property
    def low_a(self) -> float:
        return min(self.readings_a)

    @property
    def high_a(self) -> float:
        return max(self.readings_a)

    @property
    def spread_a(self) -> float:
        return self.high_a - self.low_a

    @property
    def one_way(self) -> bool:
        """Whether all readings have the same sign."""
        return self.low_a > 0.0 or self.high_a < 0.0


def spec_of(profile: Profile) -> CalibrationSpec:
    """Give how a device is calibrated. Raises UsageError where its profile does not say."""
    if profile.calibration is None:
        raise UsageError(
            f"{profile.name} cannot be calibrated here: no document tells how its calibration is read back, so neither "
            "a check nor a way back could be promised; use the maker's program"
        )
    return profile.calibration


async def observe(
    conversation: Conversation, address: int, *, count: int = READINGS, pause_s: float = PAUSE_S
) -> Observed:
    """Read the current several times. Raises NoAnswer, Refused, LinkLost."""
    message, readings, said = _teller(conversation.profile), list[float](), dict[str, Value]()
    for number in range(count):
        if number:
            await asyncio.sleep(pause_s)
        told = (await conversation.ask(message.name, address)).packs[0].values
        readings += numbers(told[CURRENT])
        said |= {name: told[name] for name in _SAID if name in told}
    return Observed(tuple(readings), said)


def _teller(profile: Profile) -> Message:
    """Find the message that tells the current."""
    for message in profile.dialect.messages:
        if message.poll is Poll.VALUES and message.answered and CURRENT in names_of(message.reply):
            return message
    raise UsageError(f"{profile.name} tells no current")


def zero_findings(spec: CalibrationSpec, seen: Observed) -> Iterator[str]:
    """Say what speaks against taking the zero now."""
    zero, state = spec.zero, seen.said.get("operating_state")
    if state in spec.moving:
        yield f"the device says that it is {state}: stop charger and load, or open the breaker"
    furthest = max(seen.readings_a, key=abs)
    if abs(furthest) > zero.within_a:
        yield (
            f"it reads {furthest:.2f} A: current flows, or the sensor is broken; "
            f"a zero is taken within {zero.within_a:g} A"
        )
    if seen.spread_a > zero.steady_a:
        yield (
            f"the readings move from {seen.low_a:.2f} to {seen.high_a:.2f} A: something still flows; "
            f"they may differ by {zero.steady_a:g} A"
        )


def gain_findings(
    spec: CalibrationSpec, seen: Observed, reference_a: float, held: Mapping[str, float], *, signed: bool
) -> Iterator[str]:
    """Say what speaks against taking the gain now. signed: the person has said which way the current flows."""
    gain, low, high = spec.gain, *spec.gain.reference_a
    asked_a = abs(reference_a)
    if not low <= asked_a <= high:
        yield f"a reference of {reference_a:g} A is of no use; let {low:g} to {high:g} A flow"
    if not seen.one_way:
        yield (f"the readings go from {seen.low_a:.2f} to {seen.high_a:.2f} A, both ways; let one steady current flow")
        return
    if signed and (seen.mean_a > 0.0) is not (reference_a > 0.0):
        way, other = ("charging", "") if seen.mean_a > 0.0 else ("discharging", "-")
        yield f"it reads {seen.mean_a:.2f} A, which is {way}; for that the reference is {other}{asked_a:g}"
    if seen.spread_a > asked_a * gain.steady_pct / 100.0:
        yield (
            f"the readings move from {seen.low_a:.2f} to {seen.high_a:.2f} A; wait until they differ "
            f"by no more than {asked_a * gain.steady_pct / 100.0:.2g} A"
        )
    off_pct = 100.0 * abs(abs(seen.mean_a) - asked_a) / asked_a if asked_a else 0.0
    if off_pct > gain.within_pct:
        yield (
            f"it reads {abs(seen.mean_a):.2f} A against {asked_a:g} A, {off_pct:.0f} % off; "
            f"beyond {gain.within_pct:g} % the reference or the shunt is wrong, not the gain"
        )
        return
    total = in_unit(spec, gain.changes, held.get(gain.changes, 0.0)) * asked_a / abs(seen.mean_a)
    if not gain.total[0] <= total <= gain.total[1]:
        yield f"the gain would be {total:.3f}; within {gain.total[0]:g} to {gain.total[1]:g} a sensor is whole"


def in_unit(spec: CalibrationSpec, name: str, value: float) -> float:
    """Give a field in its unit."""
    return value * spec.units.get(name, 1.0)

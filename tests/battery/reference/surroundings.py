"""How long things have been so: what the rows and the power switch ask of the time before this step."""

from dataclasses import dataclass
from decimal import Decimal

from battery.reference.sample import NOTHING, Sample
from wattstead.model.protection import Channel, Gate


@dataclass(frozen=True)
class Span:
    """A channel over one step: a straight line."""

    begin: Decimal
    end: Decimal


@dataclass
class Durations:
    """Seconds without a break, up to the end of the step that was noted last; 0 as soon as it is otherwise."""

    charging_s: Decimal = NOTHING
    idle_s: Decimal = NOTHING
    silent_s: Decimal = NOTHING
    held_s: Decimal = NOTHING
    unloaded_s: Decimal = NOTHING


class Surroundings:
    """One step with its past."""

    def __init__(self, sample: Sample, dt_s: Decimal, dead_band_a: Decimal, before: Durations, was_held: bool) -> None:
        self.sample = sample
        self.charging = sample.current_a > dead_band_a
        self.discharging = sample.current_a < -dead_band_a
        self.idle = not (self.charging or self.discharging)
        self.source = sample.source_v is not None and sample.source_v > 0
        self.press = sample.button and not was_held
        self.before = before
        self._courses: dict[Channel, Span | None] = {}

        def longer(before_s: Decimal, on: bool) -> Decimal:
            return before_s + dt_s if on else NOTHING

        self.now = Durations(
            charging_s=longer(before.charging_s, self.charging),
            idle_s=longer(before.idle_s, self.idle),
            silent_s=longer(before.silent_s, sample.inverter_silent),
            held_s=longer(before.held_s, sample.button),
            unloaded_s=longer(before.unloaded_s, not sample.load),
        )

    def channel(self, channel: Channel) -> Span | None:
        """Give the course of a channel within the step, None where no valid sensor reads it."""
        if channel not in self._courses:
            self._courses[channel] = self._course(channel)
        return self._courses[channel]

    def _course(self, channel: Channel) -> Span | None:
        match channel:
            case Channel.CHARGE_DURATION:
                return _grown(self.before.charging_s, self.now.charging_s)
            case Channel.SILENCE:
                return _grown(self.before.silent_s, self.now.silent_s)
            case Channel.BUTTON_STUCK:
                return _grown(self.before.held_s, self.now.held_s)
        value = self.sample.reading(channel)
        return None if value is None else Span(value, value)

    def gate(self, gate: Gate) -> bool:
        match gate:
            case Gate.ANY:
                return True
            case Gate.CHARGING:
                return self.charging
            case Gate.DISCHARGING:
                return self.discharging
            case Gate.IDLE:
                return self.idle
            case Gate.LOADED:
                return not self.idle
            case Gate.CHARGER:
                return self.source


def _grown(before_s: Decimal, now_s: Decimal) -> Span:
    """A duration that broke off is 0 from the beginning of the step."""
    return Span(before_s if now_s else NOTHING, now_s)

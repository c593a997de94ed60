"""On and off: the button, the external switch, long rest, a silent inverter, a source that wakes."""

from decimal import Decimal

from battery.reference.sample import NOTHING, Sample, exact
from battery.reference.surroundings import Surroundings
from wattstead.battery.behaviour import Power


class PowerSwitch:
    """Whether the BMS is on, and what turns it at the end of a step."""

    def __init__(self, power: Power) -> None:
        self.power = power
        self.on = True
        self._was_held = False
        self._pressed_s = NOTHING  # of the press that may still turn it
        self._spent = False  # this press has turned it already
        self._was_external_on = True
        self._sent_off = False  # by a row: the source that stands there does not wake it

    def sample(self, sample: Sample, dt_s: Decimal, around: Surroundings | None, *, row_asks: bool) -> bool:
        """Note one step; tell whether it is on from now. around: None while off. row_asks: a row wants power off."""
        press = sample.button and not self._was_held
        flipped_on = sample.external_on and not self._was_external_on
        if not sample.button or press:
            self._pressed_s, self._spent = NOTHING, False
        if sample.button and not self._spent:
            self._pressed_s += dt_s
        self._was_held, self._was_external_on = sample.button, sample.external_on
        on = self._wakes(sample, press, flipped_on) if around is None else not self._falls(around, row_asks)
        self._sent_off = not on and (row_asks if around is not None else self._sent_off and bool(sample.source_v))
        if on != self.on:
            self.on, self._spent = on, sample.button
        return self.on

    def _wakes(self, sample: Sample, press: bool, flipped_on: bool) -> bool:
        if self.power.external_switch and not sample.external_on:
            return False
        long_enough = press or self.power.press_on_s > 0
        button = sample.button and not self._spent and long_enough and self._pressed_s >= exact(self.power.press_on_s)
        woken = self._source_wakes(sample) and not self._sent_off
        return button or (self.power.external_switch and flipped_on) or woken

    def _source_wakes(self, sample: Sample) -> bool:
        source_v = sample.source_v
        return source_v is not None and exact(self.power.wake_low_v) <= source_v <= exact(self.power.wake_high_v)

    def _falls(self, around: Surroundings, row_asks: bool) -> bool:
        sample = around.sample
        if row_asks or (self.power.external_switch and not sample.external_on):
            return True
        if self._source_wakes(sample):
            return False  # it would be on again after the next step
        held_off = sample.button and not self._spent and self._pressed_s >= exact(self.power.press_off_s)
        idle = around.now.idle_s >= exact(self.power.shutdown_after_s)
        return held_off or idle or around.now.silent_s >= exact(self.power.silence_off_s)

"""What a BMS does beside its rows: limiter, balancer, heater, activation. Each sees the sample once, after the rows."""

from collections.abc import Sequence
from decimal import Decimal

from battery.reference.sample import NEVER, NOTHING, exact
from battery.reference.surroundings import Surroundings
from wattstead.battery.behaviour import Activation, Balancer, Heater, Limiter, LimiterKind


class LimiterState:
    """Whether charge is limited now."""

    def __init__(self, limiter: Limiter) -> None:
        self.kind, self.hold_s = limiter.kind, exact(limiter.hold_s)
        self.on = limiter.kind is LimiterKind.ACTIVE
        self.since_s = NOTHING

    def sample(self, now_s: Decimal, asked: bool) -> None:
        if self.kind in {LimiterKind.NONE, LimiterKind.ACTIVE}:
            return
        if self.on and now_s - self.since_s < self.hold_s:
            return
        self.on, self.since_s = asked, now_s


class BalancerState:
    """Which cells bleed, and whether charge moves from the highest to the lowest."""

    def __init__(self, balancer: Balancer, cells: int) -> None:
        self.balancer = balancer
        self.bleeding = [False] * cells
        self.moving = False
        self.rested_s = NOTHING  # of balancing at rest

    def sample(self, around: Surroundings, dt_s: Decimal, forbidden: bool) -> None:
        if not around.idle:
            self.rested_s = NOTHING
        if forbidden or not self._time(around):
            self._stop()
            return
        cells_v = around.sample.cells_v
        if self.balancer.bleed_a > 0:
            self.bleeding = [self._bleeds(cells_v, k) for k in range(len(cells_v))]
        if self.balancer.transfer_a > 0:
            start = exact(self.balancer.transfer_start_difference_v)
            stop = exact(self.balancer.transfer_stop_difference_v)
            difference_v = max(cells_v) - min(cells_v)
            self.moving = difference_v > stop if self.moving else difference_v >= start
        if around.idle and (self.moving or any(self.bleeding)):
            self.rested_s += dt_s
            if self.rested_s >= exact(self.balancer.rest_limit_s):
                self._stop()

    def _stop(self) -> None:
        self.bleeding, self.moving = [False] * len(self.bleeding), False

    def _time(self, around: Surroundings) -> bool:
        if around.charging:
            return self.balancer.charging
        return around.idle and self.balancer.at_rest

    def _bleeds(self, cells_v: Sequence[Decimal], k: int) -> bool:
        others = cells_v[max(0, k - 1) : k + 2] if self.balancer.neighbours else cells_v
        difference_v = cells_v[k] - min(others)
        if self.bleeding[k]:
            return difference_v > exact(self.balancer.stop_difference_v)
        high = cells_v[k] >= exact(self.balancer.start_v)
        return high and difference_v >= exact(self.balancer.start_difference_v)


class HeaterState:
    """Whether the cells are warmed."""

    def __init__(self, heater: Heater) -> None:
        self.heater = heater
        self.on = False

    def sample(self, around: Surroundings) -> None:
        cold = around.sample.cold_degc
        if self.heater.power_w <= 0 or not around.source or cold is None:
            self.on = False
        elif self.on:
            self.on = cold < exact(self.heater.off_degc)
        else:
            self.on = cold < exact(self.heater.on_degc)


class ActivationState:
    """Whether the output is forced on in spite of an empty battery."""

    def __init__(self, activation: Activation) -> None:
        self.activation = activation
        self.waited_s = NOTHING
        self.automatic_until_s = self.manual_until_s = -NEVER

    def sample(self, now_s: Decimal, dt_s: Decimal, *, empty_before: bool, empty: bool, pressed: bool) -> None:
        """empty_before, empty: whether a row of undervoltage or SOC was active before, is active after this sample.

        pressed: the button has cleared such a row.
        """
        if pressed:
            self.manual_until_s = now_s + exact(self.activation.button_force_s)
        if not empty:
            self.waited_s, self.automatic_until_s = NOTHING, -NEVER
            return
        self.waited_s = self.waited_s + dt_s if empty_before else NOTHING
        if self.activation.automatic and self.waited_s >= exact(self.activation.interval_s):
            self.automatic_until_s, self.waited_s = now_s + exact(self.activation.force_s), NOTHING

    def forced(self, now_s: Decimal) -> bool:
        return now_s < max(self.automatic_until_s, self.manual_until_s)

"""What a BMS does beside watching limits, as values that a preset hands in; docs/models/bms.md says how each works.

Every value is checked when it is set; UsageError names the value and the rule. The defaults do nothing unusual: a pack
with MOS, no pre-charge, no limiter, no balancing, no heater, always on.
"""

from dataclasses import dataclass
from enum import StrEnum
from math import inf

from wattstead.battery.check import above_zero, between, require

_DAY_S = 86400.0


class Switch(StrEnum):
    """What lies between cells and port."""

    MOS = "mos"
    IDEAL_DIODE = "ideal_diode"
    RELAY = "relay"


@dataclass(frozen=True)
class Switches:
    """kind: see docs/models/bms.md. open_delay_s: from the front end's decision to the open switch."""

    kind: Switch = Switch.MOS
    open_delay_s: float = 128e-6
    load_release_s: float = 2.0

    def __post_init__(self) -> None:
        between("switches open_delay_s", self.open_delay_s, 0.0, 1.0, "a switch opens within a second")
        between("switches load_release_s", self.load_release_s, 0.0, _DAY_S, "a time within a day")


class PrechargeWhen(StrEnum):
    """When the capacitors of an inverter are charged through a resistor first."""

    NONE = "none"
    BEFORE_CLOSE = "before_close"
    AFTER_SHORT = "after_short"
    RELAY = "relay"


@dataclass(frozen=True)
class Precharge:
    """ohm: of the resistor. soft_start_s: the longest that a soft start takes. timeout_s: after it, it has failed."""

    when: PrechargeWhen = PrechargeWhen.NONE
    ohm: float = 50.0
    soft_start_s: float = 2.0
    timeout_s: float = 5.0

    def __post_init__(self) -> None:
        above_zero("precharge ohm", self.ohm, "without resistance it is no pre-charge")
        between("precharge soft_start_s", self.soft_start_s, 0.0, 600.0, "a soft start is over soon (SEP-11)")
        above_zero("precharge timeout_s", self.timeout_s, "it may take some time")


class LimiterKind(StrEnum):
    """What limits the charge current: nothing, always, after an alarm, or a board of its own."""

    NONE = "none"
    ACTIVE = "active"
    PASSIVE = "passive"
    BOARD = "board"


@dataclass(frozen=True)
class Limiter:
    """limit_a: what it lets through. hold_s: after so long it looks again."""

    kind: LimiterKind = LimiterKind.NONE
    limit_a: float = 10.0
    hold_s: float = 300.0

    def __post_init__(self) -> None:
        above_zero("limiter limit_a", self.limit_a, "a limit of nothing is a cut (SEP-15)")
        above_zero("limiter hold_s", self.hold_s, "it looks again later")


@dataclass(frozen=True)
class Balancer:
    """Bleeding and moving charge between cells; 0 A where a pack cannot.

    bleed_a: out of each cell that is ``start_v`` or more and ``start_difference_v`` above the lowest, until
    ``stop_difference_v``; with ``neighbours`` the difference is to the next cells in the row. transfer_a: from the
    highest cell into the lowest from ``transfer_start_difference_v`` until ``transfer_stop_difference_v``, of which
    ``transfer_efficiency`` arrives. rest_limit_s: at rest it ends after that.
    """

    bleed_a: float = 0.0
    start_v: float = 3.4
    start_difference_v: float = 0.030
    stop_difference_v: float = 0.020
    neighbours: bool = False
    transfer_a: float = 0.0
    transfer_start_difference_v: float = 0.150
    transfer_stop_difference_v: float = 0.050
    transfer_efficiency: float = 0.85
    charging: bool = True
    at_rest: bool = True
    rest_limit_s: float = inf

    def __post_init__(self) -> None:
        between("balancer bleed_a", self.bleed_a, 0.0, 10.0, "a board burns no more")
        between("balancer transfer_a", self.transfer_a, 0.0, 50.0, "a board moves no more")
        between("balancer transfer_efficiency", self.transfer_efficiency, 0.0, 1.0, "no more arrives than was sent")
        for start, stop in (
            ("start_difference_v", "stop_difference_v"),
            ("transfer_start_difference_v", "transfer_stop_difference_v"),
        ):
            low, high = getattr(self, stop), getattr(self, start)
            require(low <= high, f"balancer {stop}", low, f"not lie above {start} {high:g} (SEP-3, SEP-14)")
        require(self.rest_limit_s > 0.0, "balancer rest_limit_s", self.rest_limit_s, "be above 0 (SEP-14)")

    @property
    def fitted(self) -> bool:
        """Whether the pack can balance at all."""
        return self.bleed_a > 0.0 or self.transfer_a > 0.0


@dataclass(frozen=True)
class Heater:
    """power_w: of the whole pack, 0 where none is fitted or its function is off."""

    power_w: float = 0.0
    on_degc: float = 0.0
    off_degc: float = 10.0

    def __post_init__(self) -> None:
        between("heater power_w", self.power_w, 0.0, 1e4, "a pack has no more room")
        rule = f"lie below off_degc {self.off_degc:g} (SEP-16)"
        require(self.on_degc < self.off_degc, "heater on_degc", self.on_degc, rule)


@dataclass(frozen=True)
class Activation:
    """Forcing the output on after an undervoltage or SOC protection, so that an inverter finds the battery."""

    automatic: bool = False
    manual: bool = False
    interval_s: float = 36000.0
    force_s: float = 60.0
    button_force_s: float = 60.0

    def __post_init__(self) -> None:
        for name in ("interval_s", "force_s", "button_force_s"):
            above_zero(f"activation {name}", getattr(self, name), "it takes some time (SEP-17)")


@dataclass(frozen=True)
class Power:
    """What the BMS draws from its cells, and what turns it off and on. Times of inf: never.

    off_a: the leak while off. wake_low_v, wake_high_v: a source between them at the port turns it on. press_on_s,
    press_off_s: how long the button must be held. external_switch: one is fitted and says on or off.
    """

    standby_a: float = 0.040
    off_a: float = 0.0003
    shutdown_after_s: float = inf
    silence_off_s: float = inf
    press_on_s: float = 0.0
    press_off_s: float = inf
    wake_low_v: float = 40.0
    wake_high_v: float = 65.0
    external_switch: bool = False

    def __post_init__(self) -> None:
        for name in ("standby_a", "off_a"):
            between(f"power {name}", getattr(self, name), 0.0, 10.0, "a BMS draws no more")
        for name in ("shutdown_after_s", "silence_off_s", "press_off_s"):
            require(getattr(self, name) > 0.0, f"power {name}", getattr(self, name), "be above 0 (SEP-19)")
        between("power press_on_s", self.press_on_s, 0.0, 60.0, "nobody holds a button longer")
        rule = f"lie below wake_high_v {self.wake_high_v:g} (GRW-6)"
        require(self.wake_low_v < self.wake_high_v, "power wake_low_v", self.wake_low_v, rule)


@dataclass(frozen=True)
class Busbar:
    """A joint between two cells. cell: the one (from 1) whose reading its drop adds to. ohm: what it is.

    corrected_ohm: what the BMS takes off again (SEP-20).
    """

    cell: int
    ohm: float = 0.0
    corrected_ohm: float = 0.0

    def __post_init__(self) -> None:
        for name in ("ohm", "corrected_ohm"):
            between(f"busbar {name}", getattr(self, name), 0.0, 0.1, "more would melt")


@dataclass(frozen=True)
class Sensors:
    """How well the BMS measures. Offsets and gains are drawn for each pack and channel, uniform within these bounds.

    step: of the converter, 0 for none. noise: standard deviation of each sample. A zero or a gain is corrected by
    calibration (``PackState.current_zero_a``, ``current_gain``).
    """

    cell_offset_v: float = 0.0
    cell_step_v: float = 0.0
    cell_noise_v: float = 0.0
    current_offset_a: float = 0.0
    current_gain: float = 0.0
    current_step_a: float = 0.0
    current_noise_a: float = 0.0
    temperature_offset_k: float = 0.0

    def __post_init__(self) -> None:
        for name in ("cell_offset_v", "cell_step_v", "cell_noise_v"):
            between(f"sensors {name}", getattr(self, name), 0.0, 0.5, "a worse one measures nothing (PWS-2)")
        for name in ("current_offset_a", "current_step_a", "current_noise_a"):
            between(f"sensors {name}", getattr(self, name), 0.0, 50.0, "a worse one measures nothing (PWS-2)")
        between("sensors current_gain", self.current_gain, 0.0, 0.5, "a worse one measures nothing (PWS-2)")
        between("sensors temperature_offset_k", self.temperature_offset_k, 0.0, 20.0, "a worse one measures nothing")


@dataclass(frozen=True)
class Requests:
    """What the pack asks of the inverter when all is well, in V and A; ``battery.request`` lowers it.

    With a cell below ``trickle_below_v`` at most ``trickle_a`` of charge is asked (C26).
    """

    charge_voltage_v: float = 56.0
    discharge_voltage_v: float = 46.4
    charge_current_a: float = 60.0
    discharge_current_a: float = 100.0
    trickle_below_v: float = 0.0
    trickle_a: float = 5.0

    def __post_init__(self) -> None:
        rule = f"lie above discharge_voltage_v {self.discharge_voltage_v:g} (SEP-3)"
        above = self.charge_voltage_v > self.discharge_voltage_v
        require(above, "requests charge_voltage_v", self.charge_voltage_v, rule)
        for name in ("charge_current_a", "discharge_current_a", "trickle_a"):
            between(f"requests {name}", getattr(self, name), 0.0, 1e4, "a current of a home battery")


@dataclass(frozen=True)
class Parallel:
    """Packs on one bus. most: how many. join_difference_v: a pack further from the bus stays off it.

    window_s: the packs of a bank are switched on within that time, else parallel failure; inf where it does not matter.
    """

    most: int = 16
    join_difference_v: float = inf
    window_s: float = inf

    def __post_init__(self) -> None:
        between("parallel most", self.most, 1, 256, "packs are counted")
        above_zero("parallel join_difference_v", min(self.join_difference_v, 1e9), "no two packs are equal")
        above_zero("parallel window_s", min(self.window_s, 1e9), "nobody presses two buttons at once")

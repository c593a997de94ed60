"""The judge judged: hand-worked cases of the reference BMS, each a line of docs/models/bms.md."""

from decimal import Decimal
from typing import Any

import pytest

from battery.reference.bms import ReferenceBms
from battery.reference.rows import Event
from battery.reference.rules import Rules, quiet
from wattstead.battery.behaviour import Activation, Balancer, Heater, Limiter, LimiterKind, Power
from wattstead.model.protection import Action, Channel, Gate, Level, Lock, Protection, parse_recovery
from wattstead.model.threshold import Threshold

STOP_BOTH = frozenset({Action.STOP_CHARGE, Action.STOP_DISCHARGE})


def row(name: str, channel: Channel, trip: float, recover: float | None = None, **more: Any) -> Protection:
    recover = trip if recover is None else recover
    above = more.pop("above", trip >= recover)
    threshold = Threshold(trip, recover, above=above, delay_s=more.pop("delay_s", 0.0))
    more["recovery"] = parse_recovery(more.pop("recovery", "value"))
    more.setdefault("level", Level.PROTECTION)
    return Protection(name, channel, threshold, **more)


def high(**more: Any) -> Protection:
    more = {"delay_s": 2.0, "actions": frozenset({Action.STOP_CHARGE})} | more
    return row("high", Channel.CELL_VOLTAGE_MAX, 3.65, 3.38, **more)


def low(**more: Any) -> Protection:
    more = {"delay_s": 2.0, "actions": frozenset({Action.STOP_DISCHARGE})} | more
    return row("low", Channel.CELL_VOLTAGE_MIN, 2.7, 3.1, **more)


def overcurrent(after: int | None = 3, **more: Any) -> Protection:
    lock = None if after is None else Lock("discharge", after, charger_unlocks=True)
    values: dict[str, Any] = {
        "above": True,
        "delay_s": 10.0,
        "actions": STOP_BOTH,
        "recovery": "elapsed",
        "elapsed_s": 60.0,
    }
    return row("overcurrent", Channel.DISCHARGE_CURRENT, 110, **(values | {"lock": lock} | more))


class Bench:
    """A reference BMS with rows and steps of one length."""

    def __init__(self, *rows: Protection, dt_s: str = "1", **rules: Any) -> None:
        self.bms = ReferenceBms(Rules(rows, **rules))
        self.dt_s = Decimal(dt_s)

    def run(self, steps: int = 1, **seen: Any) -> list[tuple[str, str, float]]:
        events: list[Event] = []
        for _ in range(steps):
            events += self.bms.step(quiet(**seen), self.dt_s)
        return [(event.name, event.change.name.lower(), float(event.at_s)) for event in events]

    def on(self) -> bool:
        return self.bms.on

    def charge_on(self) -> bool:
        return self.bms.charge_on

    def discharge_on(self) -> bool:
        return self.bms.discharge_on

    def limiting(self) -> bool:
        return self.bms.limiting

    def transferring(self) -> bool:
        return self.bms.transferring


HIGH = (3.3, 3.65, 3.3, 3.3)
LOW = (3.3, 2.7, 3.3, 3.3)


def test_trips_at_the_delay_and_not_one_tick_before() -> None:
    bench = Bench(high())
    assert bench.run(1, cells_v=HIGH) == []
    bench.dt_s = Decimal("0.9999")
    assert bench.run(1, cells_v=HIGH) == []
    assert bench.charge_on()
    bench.dt_s = Decimal("0.0001")
    assert bench.run(1, cells_v=HIGH) == [("high", "began", 2.0)]
    assert not bench.charge_on()
    assert bench.discharge_on()


def test_ten_waits_of_a_tenth_are_one_second() -> None:
    bench = Bench(high(delay_s=1.0), dt_s="0.1")
    assert bench.run(9, cells_v=HIGH) == []
    assert bench.run(1, cells_v=HIGH) == [("high", "began", 1.0)]


def test_trip_in_a_long_step_carries_the_instant() -> None:
    bench = Bench(high(), dt_s="60")
    bench.run(1)
    assert bench.run(1, cells_v=HIGH) == [("high", "began", 62.0)]
    assert bench.run(1) == [("high", "ended", 180.0)]


def test_leaving_sets_the_wait_back() -> None:
    bench = Bench(high())
    assert bench.run(1, cells_v=HIGH) + bench.run(1) + bench.run(1, cells_v=HIGH) == []
    assert bench.run(1, cells_v=HIGH) == [("high", "began", 4.0)]


def test_leaving_the_gate_sets_the_wait_back_but_ends_nothing() -> None:
    bench = Bench(high(gate=Gate.CHARGING))
    assert bench.run(1, cells_v=HIGH, current_a=0.51) + bench.run(5, cells_v=HIGH, current_a=0.5) == []
    assert bench.run(2, cells_v=HIGH, current_a=0.51) == [("high", "began", 8.0)]
    assert bench.run(5, cells_v=HIGH, current_a=-50) == []
    assert bench.bms.active == {"high"}


@pytest.mark.parametrize(
    ("gate", "open_at"),
    [
        (Gate.ANY, (-0.51, -0.5, 0.0, 0.5, 0.51)),
        (Gate.CHARGING, (0.51,)),
        (Gate.DISCHARGING, (-0.51,)),
        (Gate.IDLE, (-0.5, 0.0, 0.5)),
        (Gate.LOADED, (-0.51, 0.51)),
        (Gate.CHARGER, ()),
    ],
)
def test_gates_go_by_the_dead_band(gate: Gate, open_at: tuple[float, ...]) -> None:
    row, currents_a = high(gate=gate, delay_s=0.0), (-0.51, -0.5, 0.0, 0.5, 0.51)
    assert open_at == tuple(one for one in currents_a if Bench(row).run(1, cells_v=HIGH, current_a=one))


def test_gate_of_a_charger_is_a_source_at_the_port() -> None:
    assert Bench(high(gate=Gate.CHARGER, delay_s=0.0)).run(1, cells_v=HIGH, source_v=54)


def test_recovery_is_inclusive_and_not_one_millivolt_before() -> None:
    """SEP-6."""
    bench = Bench(high())
    bench.run(2, cells_v=HIGH)
    assert bench.run(9, cells_v=(3.3, 3.381, 3.3, 3.3)) == []
    assert bench.run(1, cells_v=(3.3, 3.38, 3.3, 3.3)) == [("high", "ended", 12.0)]


def test_recovery_waits_without_a_break() -> None:
    bench = Bench(high(recover_delay_s=3.0))
    bench.run(2, cells_v=HIGH)
    assert bench.run(2) + bench.run(1, cells_v=(3.4,) * 4) + bench.run(2) == []
    assert bench.run(1) == [("high", "ended", 8.0)]


def test_recovery_by_value_and_soc() -> None:
    """SEP-8."""
    bench = Bench(high(recovery="value and soc", soc_at_most_pct=96.0))
    bench.run(2, cells_v=HIGH)
    assert bench.run(3, soc_pct=96.1) == []
    assert bench.run(1, soc_pct=96, cells_v=HIGH) == []
    assert bench.run(1, soc_pct=96) == [("high", "ended", 7.0)]


def test_recovery_by_value_or_current_and_load_removed() -> None:
    """PWS-3, PWS-4."""
    bench = Bench(low(recovery="(value or charge) and load_removed"))
    bench.run(2, cells_v=LOW)
    assert bench.run(1, cells_v=LOW, current_a=1) == []
    assert bench.run(1, cells_v=LOW, current_a=1, load=False) == []
    assert bench.run(1, cells_v=LOW, current_a=1, load=True) == []
    assert bench.run(2, cells_v=LOW, current_a=1, load=False) == [("low", "ended", 7.0)]


@pytest.mark.parametrize(
    ("recovery", "seen"),
    [
        ("discharge", {"current_a": -0.6}),
        ("charge", {"current_a": 0.6}),
        ("charger", {"source_v": 50}),
        ("button", {"button": True}),
        ("service", {"service": True}),
        ("never", {"service": True}),
        ("value", {"service": True}),
    ],
)
def test_recovery_by_each_atom_alone(recovery: str, seen: dict[str, Any]) -> None:
    bench = Bench(high(recovery=recovery))
    bench.run(2, cells_v=HIGH)
    assert bench.run(3, cells_v=HIGH) == []
    assert bench.run(1, cells_v=HIGH, **seen) == [("high", "ended", 6.0)]


def test_button_is_a_press_not_a_finger_that_rests() -> None:
    bench = Bench(high(recovery="button"))
    bench.run(3, cells_v=HIGH, button=True)
    assert bench.run(5, cells_v=HIGH, button=True) == []
    bench.run(1, cells_v=HIGH)
    assert bench.run(1, cells_v=HIGH, button=True) == [("high", "ended", 10.0)]


def test_emergency_stop_needs_contact_and_press_together() -> None:
    """PWS-8."""
    stop = row("stop", Channel.EMERGENCY_STOP, 1, 0, actions=STOP_BOTH, recovery="value and button")
    bench, out = Bench(stop), {Channel.EMERGENCY_STOP: Decimal(1)}
    assert bench.run(1, faults=out) == [("stop", "began", 0.0)]
    assert not bench.charge_on()
    assert not bench.discharge_on()
    assert bench.run(1, faults=out, button=True) + bench.run(3) == []
    assert bench.run(1, button=True) == [("stop", "ended", 6.0)]


def test_an_overcurrent_is_retried_and_locks() -> None:
    """SEP-10."""
    bench = Bench(overcurrent())
    assert bench.run(142, current_a=-110) == [
        ("overcurrent", "began", 10.0),
        ("overcurrent", "ended", 70.0),
        ("overcurrent", "began", 80.0),
        ("overcurrent", "ended", 140.0),
    ]
    assert bench.bms.counts == {"discharge": 2}
    assert bench.run(10, current_a=-110) == [("overcurrent", "began", 150.0), ("overcurrent", "locked", 150.0)]
    assert bench.run(500) == []
    assert bench.run(1, button=True) == [("overcurrent", "unlocked", 653.0), ("overcurrent", "ended", 653.0)]
    assert bench.bms.counts == {"discharge": 0}


def test_a_lock_of_a_family_takes_every_active_row_of_it() -> None:
    """SEP-10: a charger unlocks."""
    other = row("short", Channel.DISCHARGE_CURRENT, 500, recovery="elapsed", elapsed_s=60.0, lock=Lock("discharge", 3))
    bench = Bench(overcurrent(), other)
    bench.run(1, current_a=-500)
    assert bench.bms.counts == {"discharge": 1}
    bench.run(70)
    bench.run(10, current_a=-500)
    assert bench.bms.counts == {"discharge": 3}
    assert bench.bms.locked == {"overcurrent", "short"}
    assert bench.run(1, source_v=30) == [("overcurrent", "unlocked", 82.0), ("overcurrent", "ended", 82.0)]
    assert bench.bms.locked == {"short"}


def test_the_count_is_forgotten_after_half_an_hour_of_clean_current() -> None:
    bench = Bench(overcurrent())
    bench.run(10, current_a=-110)
    bench.run(60)
    bench.run(1799, current_a=-109.9)
    bench.run(1, current_a=0)
    bench.run(1799, current_a=-109.9)
    assert bench.bms.counts == {"discharge": 1}
    bench.run(1, current_a=-109.9)
    assert bench.bms.counts == {"discharge": 0}
    bench.run(10, current_a=-110)
    bench.run(60)
    bench.run(2000, current_a=100)
    assert bench.bms.counts == {"discharge": 1}


def test_a_short_circuit_trips_after_320_microseconds_whatever_the_step() -> None:
    """PWS-4."""
    short = overcurrent(after=None, delay_s=320e-6)
    for dt_s in ("0.01", "1", "60"):
        assert Bench(short, dt_s=dt_s).run(1, current_a=-500) == [("overcurrent", "began", 0.00032)]


def test_probes_that_are_out_are_left_out() -> None:
    """SEP-21."""
    hot = row("hot", Channel.CELL_TEMPERATURE_MAX, 55, 50)
    fault = row("probe", Channel.TEMPERATURE_SENSOR_FAULT, 1, 0)
    bench = Bench(hot, fault)
    assert bench.run(1, probes_degc=(25, None, 54.9)) == [("probe", "began", 0.0)]
    assert bench.run(1, probes_degc=(25, 20, 55)) == [("hot", "began", 1.0), ("probe", "ended", 2.0)]
    assert bench.run(5, probes_degc=(None, None)) == [("probe", "began", 2.0)]
    assert bench.run(1, probes_degc=(50, None)) == [("hot", "ended", 8.0)]


def test_durations_cross_within_the_step() -> None:
    over_time = row("time", Channel.CHARGE_DURATION, 100, 0)
    silent = row("silence", Channel.SILENCE, 70, 0)
    bench = Bench(over_time, silent, dt_s="60")
    bench.run(1, current_a=10)
    assert bench.run(1, current_a=10, inverter_silent=True) == [("time", "began", 100.0)]
    assert bench.run(1, inverter_silent=True) == [("silence", "began", 130.0), ("time", "ended", 180.0)]


def test_a_row_turns_it_off_and_a_press_on_again() -> None:
    bench = Bench(low(actions=frozenset({Action.POWER_OFF})))
    assert bench.run(2, cells_v=LOW) == [("low", "began", 2.0)]
    assert not bench.on()
    assert not bench.charge_on()
    assert bench.run(9, cells_v=HIGH) == []
    assert bench.run(1, cells_v=LOW, button=True) == [("low", "ended", 12.0)]
    assert bench.on()
    assert bench.run(1, cells_v=LOW) == []
    assert bench.run(1, cells_v=LOW) == [("low", "began", 14.0)]


def test_the_source_that_stands_there_does_not_wake_what_a_row_turned_off() -> None:
    """It has to go and come back: else a pack with an empty cell would go off and on at each sample."""
    power = Power(wake_low_v=44.0, wake_high_v=57.6)
    bench = Bench(low(actions=frozenset({Action.POWER_OFF})), power=power)
    assert bench.run(2, cells_v=LOW, source_v=50) == [("low", "began", 2.0)]
    bench.run(5, cells_v=LOW, source_v=50)
    assert not bench.on()
    bench.run(1, cells_v=LOW)
    assert not bench.on()
    bench.run(1, cells_v=LOW, source_v=50)
    assert bench.on()


def test_what_only_service_ends_outlives_a_power_cycle() -> None:
    relay = row("relay", Channel.RELAY_DRIVE_FAULT, 1, 0, recovery="never", actions=STOP_BOTH)
    bench = Bench(relay, power=Power(press_off_s=2.0))
    bench.run(1, faults={Channel.RELAY_DRIVE_FAULT: Decimal(1)})
    bench.run(2, button=True)
    assert not bench.on()
    bench.run(1)
    assert bench.run(1, button=True) == []
    assert bench.on()
    assert bench.bms.active == {"relay"}
    assert bench.run(1, service=True) == [("relay", "ended", 6.0)]


def test_power_cycle_leaves_a_lock() -> None:
    bench = Bench(overcurrent(after=1), power=Power(shutdown_after_s=100.0))
    bench.run(10, current_a=-110)
    bench.run(100)
    assert not bench.on()
    assert bench.run(1, source_v=48) == [("overcurrent", "unlocked", 111.0), ("overcurrent", "ended", 111.0)]
    assert bench.bms.counts == {"discharge": 0}


def test_one_press_turns_it_once() -> None:
    bench = Bench(power=Power(press_on_s=2.0, press_off_s=2.0))
    states = []
    for held in (True,) * 7 + (False,) + (True,) * 5:
        bench.run(1, button=held)
        states.append(bench.on())
    assert states == [True] + [False] * 8 + [True] * 4


@pytest.mark.parametrize(("source_v", "wakes"), [(39.9, False), (40.0, True), (65.0, True), (65.1, False)])
def test_a_source_within_the_window_wakes_and_keeps_awake(source_v: float, wakes: bool) -> None:
    bench = Bench(power=Power(shutdown_after_s=10.0))
    bench.run(9)
    assert bench.on()
    bench.run(1)
    assert not bench.on()
    bench.run(1, source_v=source_v)
    assert bench.on() is wakes
    bench.run(20, source_v=source_v)
    assert bench.on() is wakes


def test_a_silent_inverter_turns_it_off() -> None:
    """GRW-6."""
    bench = Bench(power=Power(silence_off_s=5.0))
    bench.run(4, inverter_silent=True)
    bench.run(1)
    bench.run(4, inverter_silent=True)
    assert bench.on()
    bench.run(1, inverter_silent=True)
    assert not bench.on()


def test_the_external_switch_rules() -> None:
    """SEP-21, PWS-8."""
    bench = Bench(power=Power(external_switch=True, shutdown_after_s=10.0))
    bench.run(1, external_on=False)
    assert not bench.on()
    bench.run(3, external_on=False, source_v=50, button=True)
    assert not bench.on()
    bench.run(1)
    assert bench.on()
    bench.run(10)
    assert not bench.on()
    bench.run(5)
    assert not bench.on()


def test_a_breaker_stays_open_until_service() -> None:
    bench = Bench(high(actions=frozenset({Action.TRIP_BREAKER})))
    bench.run(2, cells_v=HIGH)
    assert bench.run(1) == [("high", "ended", 3.0)]
    assert not bench.charge_on()
    assert not bench.discharge_on()
    bench.run(1, service=True)
    assert bench.charge_on()
    assert bench.discharge_on()


def test_the_limiter_holds_and_looks_again() -> None:
    """SEP-15."""
    alarm = row(
        "alarm",
        Channel.CHARGE_CURRENT,
        70,
        65,
        level=Level.ALARM,
        actions=frozenset({Action.LIMIT_CHARGE}),
        delay_s=1.0,
    )
    bench = Bench(alarm, limiter=Limiter(LimiterKind.PASSIVE, hold_s=300.0))
    bench.run(1, current_a=70)
    assert bench.limiting()
    bench.run(299, current_a=10)
    assert bench.limiting()
    bench.run(1, current_a=10)
    assert not bench.limiting()
    bench.run(300, current_a=70)
    bench.run(1, current_a=70)
    assert bench.limiting()


def test_cells_bleed_between_start_and_stop() -> None:
    """SEP-14."""
    bench = Bench(balancer=Balancer(bleed_a=0.1, rest_limit_s=10.0))

    def bleeding(*cells_v: float, current_a: float = 20) -> tuple[bool, ...]:
        bench.run(1, cells_v=cells_v, current_a=current_a)
        return bench.bms.bleeding

    assert bleeding(3.399, 3.3, 3.3, 3.3) == (False, False, False, False)
    assert bleeding(3.4, 3.38, 3.37, 3.399) == (True, False, False, False)
    assert bleeding(3.391, 3.38, 3.37, 3.37) == (True, False, False, False)
    assert bleeding(3.39, 3.38, 3.37, 3.37) == (False, False, False, False)
    assert bleeding(3.45, 3.38, 3.37, 3.37, current_a=-20) == (False, False, False, False)
    for _ in range(9):
        assert bleeding(3.45, 3.38, 3.37, 3.37, current_a=0) == (True, False, False, False)
    assert bleeding(3.45, 3.38, 3.37, 3.37, current_a=0) == (False, False, False, False)


def test_neighbours_and_transfer_and_what_forbids_them() -> None:
    """PWS-6; SEP-14: none in heat."""
    hot = row("hot", Channel.AMBIENT_TEMPERATURE, 50, 47, actions=frozenset({Action.NO_BALANCING}))
    bench = Bench(hot, balancer=Balancer(bleed_a=0.1, transfer_a=1.0, neighbours=True))
    bench.run(1, cells_v=(3.5, 3.48, 3.46, 3.31))
    assert bench.bms.bleeding == (False, False, True, False)
    assert bench.transferring()
    bench.run(1, cells_v=(3.5, 3.48, 3.46, 3.451))
    assert not bench.transferring()
    bench.run(1, cells_v=(3.5, 3.48, 3.46, 3.31), ambient_degc=50)
    assert bench.bms.bleeding == (False,) * 4
    assert not bench.transferring()


def test_the_heater_needs_a_charger() -> None:
    """SEP-16."""
    bench = Bench(heater=Heater(power_w=100.0))
    seen = []
    for degc, source_v in ((-1, None), (0, 54), (-0.1, 54), (9.9, 54), (10, 54), (5, 54), (-5, 54), (-5, None)):
        bench.run(1, probes_degc=(degc, 30), source_v=source_v)
        seen.append(bench.bms.heating)
    assert seen == [False, False, True, True, False, False, True, False]


def test_activation_forces_the_output_past_empty_rows_only() -> None:
    """SEP-17: by itself."""
    hot = row("hot", Channel.MOS_TEMPERATURE, 100, 85, actions=STOP_BOTH)
    bench = Bench(low(), hot, activation=Activation(automatic=True, interval_s=100.0, force_s=10.0))
    bench.run(2, cells_v=LOW)
    bench.run(99, cells_v=LOW)
    assert not bench.discharge_on()
    bench.run(1, cells_v=LOW)
    assert bench.bms.forced
    assert bench.discharge_on()
    bench.run(1, cells_v=LOW, mos_degc=100)
    assert not bench.discharge_on()
    bench.run(8, cells_v=LOW)
    assert bench.discharge_on()
    bench.run(1, cells_v=LOW)
    assert not bench.discharge_on()
    bench.run(89, cells_v=LOW)
    assert not bench.discharge_on()
    bench.run(1, cells_v=LOW)
    assert bench.discharge_on()


def test_the_button_clears_an_empty_battery_and_keeps_the_output_on() -> None:
    """SEP-17: by the button."""
    bench = Bench(low(), high(), activation=Activation(manual=True, button_force_s=60.0))
    bench.run(2, cells_v=LOW)
    assert bench.run(1, cells_v=LOW, button=True) == [("low", "ended", 3.0)]
    assert bench.run(59, cells_v=LOW) == [("low", "began", 5.0)]
    assert bench.discharge_on()
    bench.run(1, cells_v=LOW)
    assert not bench.discharge_on()


def test_an_alarm_leaves_the_switches_alone() -> None:
    """SEP-6."""
    bench = Bench(high(level=Level.ALARM, actions=frozenset({Action.ASK_LESS_CHARGE})))
    bench.run(2, cells_v=HIGH)
    assert bench.bms.active == {"high"}
    assert bench.charge_on()
    assert bench.discharge_on()

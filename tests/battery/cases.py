"""Golden cases of every row of a preset: what the BMS sees, step by step, and what the row must do in which step.

The expectations are arithmetic on the row itself: its trip, delay, recovery and lock. The reference must meet them, and
the engine must meet them too.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from itertools import product
from typing import Any

from battery.reference.rows import Change
from battery.reference.rules import Rules, quiet
from battery.reference.sample import Sample, exact
from battery.scenarios import step_of
from wattstead.model.protection import Action, Atom, Channel, Gate, Protection

TICK_S = Decimal("0.0001")
LONG_S = Decimal(10)
LONGEST_S = Decimal(3600)
"""Of a step."""
FLOWS_A = Decimal(20)
SOURCE_V = Decimal(52)

DURATIONS = {Channel.CHARGE_DURATION, Channel.SILENCE, Channel.BUTTON_STUCK}
CURRENTS = {Channel.CHARGE_CURRENT: 1, Channel.DISCHARGE_CURRENT: -1}

Step = tuple[Sample, Decimal]
Happened = tuple[int, Change]


@dataclass(frozen=True)
class Case:
    """title: what it shows. happens: all that the row does, each with the number of the step, from 0."""

    title: str
    row: Protection
    steps: tuple[Step, ...]
    happens: tuple[Happened, ...]


class Script:
    """Steps that are written one after another, with what they must bring."""

    def __init__(self, rules: Rules, row: Protection) -> None:
        self.rules, self.row = rules, row
        self.steps: list[Step] = []
        self.happens: list[Happened] = []
        limit = row.threshold
        self.trip, self.recover, self.delay_s = exact(limit.trip), exact(limit.recover), exact(limit.delay_s)
        inward = -1 if limit.above else 1
        step = step_of(row.channel)
        self.short_of_trip = self.trip + inward * step
        self.short_of_recovery = self.recover - inward * step
        if row.channel in DURATIONS:
            self.recover = Decimal(0)  # it breaks off, whatever the value of its recovery
        if row.channel is Channel.CELL_VOLTAGE_DIFFERENCE:
            # Two roundings lie between a difference in binary fractions and its threshold: a little further in.
            self.trip, self.recover = self.trip - inward * step, self.recover + inward * step

    def see(self, value: Decimal, seconds: Decimal, *changes: Change, **more: Any) -> "Script":
        """Add steps in which the row's channel reads a value; the changes come in the last of them."""
        sample = seen(self.rules, self.row.channel, value, **more)
        while seconds > LONGEST_S:
            self.steps.append((sample, LONGEST_S))
            seconds -= LONGEST_S
        self.steps.append((sample, seconds))
        self.happens += [(len(self.steps) - 1, change) for change in changes]
        return self

    def watched(self) -> dict[str, Any]:
        """Give what opens the gate of the row."""
        if self.row.channel in CURRENTS:
            return {"source_v": SOURCE_V} if self.row.gate is Gate.CHARGER else {}
        if self.row.channel is Channel.PORT_VOLTAGE:
            return {}
        return _GATES[self.row.gate]

    def trip_it(self, *more: Change) -> "Script":
        """Let the row trip at the end of one step."""
        if self.row.channel in DURATIONS:
            return self.see(self.trip, self.trip + self.delay_s, Change.BEGAN, *more)
        return self.see(self.trip, max(_up(self.delay_s), TICK_S), Change.BEGAN, *more, **self.watched())

    def case(self, title: str) -> Case:
        return Case(title, self.row, tuple(self.steps), tuple(self.happens))


_GATES: dict[Gate, dict[str, Any]] = {
    Gate.ANY: {},
    Gate.CHARGING: {"current_a": FLOWS_A},
    Gate.DISCHARGING: {"current_a": -FLOWS_A},
    Gate.IDLE: {},
    Gate.LOADED: {"current_a": FLOWS_A},
    Gate.CHARGER: {"source_v": SOURCE_V},
}
_SHUT: dict[Gate, dict[str, Any]] = {
    Gate.CHARGING: {"current_a": -FLOWS_A},
    Gate.DISCHARGING: {"current_a": FLOWS_A},
    Gate.IDLE: {"current_a": FLOWS_A},
    Gate.LOADED: {"current_a": Decimal(0)},
    Gate.CHARGER: {"source_v": None},
}


def seen(rules: Rules, channel: Channel, value: Decimal, **more: Any) -> Sample:
    """Give a sample in which one channel reads a value and all else is well. A duration reads what time makes of it."""
    usual_v = Decimal("3.3")
    cells_v = [usual_v] * rules.cells
    match channel:
        case Channel.CELL_VOLTAGE_MAX:
            cells_v = [min(usual_v, value)] * rules.cells
            cells_v[1] = value
        case Channel.CELL_VOLTAGE_MIN:
            cells_v = [max(usual_v, value)] * rules.cells
            cells_v[1] = value
        case Channel.CELL_VOLTAGE_DIFFERENCE:
            cells_v = [Decimal("3.25")] * rules.cells
            cells_v[1] += value
        case _:
            more = _told(rules, channel, value) | more
    return quiet(cells_v=tuple(cells_v), **({"probes_degc": (Decimal(25),) * rules.probes} | more))


def _told(rules: Rules, channel: Channel, value: Decimal) -> dict[str, Any]:
    well = [Decimal(25)] * (rules.probes - 1)
    match channel:
        case Channel.PACK_VOLTAGE:
            return {"pack_v": value}
        case Channel.PORT_VOLTAGE:
            return {"source_v": value}
        case Channel.CHARGE_CURRENT | Channel.DISCHARGE_CURRENT:
            return {"current_a": CURRENTS[channel] * value}
        case Channel.CELL_TEMPERATURE_MAX:
            return {"probes_degc": (value, *(min(value, one) for one in well))}
        case Channel.CELL_TEMPERATURE_MIN:
            return {"probes_degc": (value, *(max(value, one) for one in well))}
        case Channel.AMBIENT_TEMPERATURE:
            return {"ambient_degc": value}
        case Channel.MOS_TEMPERATURE:
            return {"mos_degc": value}
        case Channel.SOC:
            return {"soc_pct": value}
        case Channel.TEMPERATURE_SENSOR_FAULT:
            return {"probes_degc": (None if value else Decimal(25), *well)}
        case Channel.CHARGE_DURATION:
            return {"current_a": FLOWS_A if value else Decimal(0)}
        case Channel.SILENCE:
            return {"inverter_silent": bool(value)}
        case Channel.BUTTON_STUCK:
            return {"button": bool(value)}
    return {"faults": {channel: value}}


def cases(rules: Rules, row: Protection) -> Iterator[Case]:
    """Give the golden cases of one row."""
    yield from _trips(rules, row)
    if Action.POWER_OFF in row.actions:
        press_s = max(exact(rules.power.press_on_s), TICK_S)
        script = Script(rules, row).trip_it().see(_calm(row), LONG_S)
        yield script.see(_calm(row), press_s, *_cycled(row), button=True).case("switched on again")
        return
    yield from _recoveries(rules, row)
    # What is on current, or holds the button, must let go for service to be the only cause.
    yield Script(rules, row).trip_it().see(_stays(row), TICK_S, Change.ENDED, service=True).case("service")
    if row.lock is not None:
        yield from _locks(rules, row)


def _trips(rules: Rules, row: Protection) -> Iterator[Case]:
    script = Script(rules, row)
    if row.channel in DURATIONS:
        script.see(script.trip, script.trip + script.delay_s - TICK_S)
        yield script.see(script.trip, TICK_S, Change.BEGAN).case("trips at the delay and not one tick before")
        return
    after = max(_up(script.delay_s), TICK_S)
    if after > TICK_S:
        script.see(script.trip, after - TICK_S, **script.watched())
    script.see(script.trip, TICK_S, Change.BEGAN, **script.watched())
    yield script.case("trips at the delay and not one tick before")
    script = Script(rules, row)
    yield script.see(script.short_of_trip, _up(script.delay_s * 3) + LONG_S, **script.watched()).case(
        "short of its trip"
    )
    if row.gate in _SHUT and row.channel not in CURRENTS and row.channel is not Channel.PORT_VOLTAGE:
        script = Script(rules, row)
        yield script.see(script.trip, _up(script.delay_s * 3) + LONG_S, **_SHUT[row.gate]).case("its gate is shut")
    if script.delay_s > TICK_S:
        script = Script(rules, row)
        half = _up(script.delay_s) - TICK_S
        script.see(script.trip, half, **script.watched()).see(script.short_of_trip, TICK_S, **script.watched())
        yield script.see(script.trip, half, **script.watched()).case("the wait begins anew")


def _recoveries(rules: Rules, row: Protection) -> Iterator[Case]:
    for chosen in product(*(sorted(clause) for clause in row.recovery)):
        if row.recovery and _possible(row, chosen):
            script = Script(rules, row).trip_it()
            _almost(script, chosen)
            yield _end(script, chosen).case("ends by " + " and ".join(chosen))
    if frozenset({Atom.POWER_CYCLE}) in row.recovery and rules.power.press_off_s < LONGEST_S:
        yield _power_cycle(rules, row)
    for left_out in range(len(row.recovery)):
        chosen = tuple(_first(clause) for k, clause in enumerate(row.recovery) if k != left_out)
        if _possible(row, chosen) and not row.recovery[left_out] & set(chosen):
            script = Script(rules, row).trip_it()
            wait_s = min(LONG_S, exact(row.elapsed_s) / 2 or LONG_S)
            script.see(_value(script, chosen), _up(wait_s), **_given(row, chosen))
            yield script.case("does not end without " + " or ".join(sorted(row.recovery[left_out])))
    if not row.recovery:
        script = Script(rules, row).trip_it()
        given = {"load": False, "source_v": SOURCE_V, "button": True}
        yield script.see(script.recover, LONGEST_S, **_told_free(row, given)).case("never ends")


def _power_cycle(rules: Rules, row: Protection) -> Case:
    """Turn it off and on by the button."""
    off_s, on_s = (max(exact(one), TICK_S) for one in (rules.power.press_off_s, rules.power.press_on_s))
    script = Script(rules, row).trip_it()
    script.see(_stays(row), off_s, button=True).see(_stays(row), LONG_S)
    return script.see(_stays(row), on_s, Change.ENDED, button=True).case("ends by power cycle")


def _told_free(row: Protection, given: dict[str, Any]) -> dict[str, Any]:
    """Leave out what is the channel of the row itself."""
    own = {Channel.BUTTON_STUCK: "button", Channel.PORT_VOLTAGE: "source_v"}.get(row.channel)
    return {name: value for name, value in given.items() if name != own}


def _almost(script: Script, chosen: Sequence[Atom]) -> None:
    """Stop one step short of the end, where there is a value or a time to be short of."""
    if chosen == (Atom.VALUE,) and script.row.channel not in DURATIONS and script.row.channel.unit:
        script.see(script.short_of_recovery, LONG_S)
    if chosen == (Atom.ELAPSED,):
        late_s = max(_up(script.delay_s), TICK_S) - script.delay_s
        script.see(_stays(script.row), _up(exact(script.row.elapsed_s) - late_s) - TICK_S)
    if chosen == (Atom.SOC,):
        script.see(_stays(script.row), LONG_S, soc_pct=exact(script.row.soc_at_most_pct) + step_of(Channel.SOC))


def _end(script: Script, chosen: Sequence[Atom]) -> Script:
    """Let the row end by these atoms."""
    row, given = script.row, _given(script.row, chosen)
    waits = {
        Atom.VALUE: exact(row.recover_delay_s),
        Atom.LOAD_REMOVED: exact(script.rules.switches.load_release_s),
        Atom.ELAPSED: TICK_S if chosen == (Atom.ELAPSED,) else exact(row.elapsed_s),
    }
    if Atom.SOC in chosen:
        given["soc_pct"] = exact(row.soc_at_most_pct)
    wait_s = max([_up(waits.get(atom, TICK_S)) for atom in chosen], default=TICK_S)
    value = _value(script, chosen)
    if wait_s > TICK_S and Atom.BUTTON not in chosen and Atom.SERVICE not in chosen:
        script.see(value, wait_s - TICK_S, **given)
        return script.see(value, TICK_S, Change.ENDED, **given)
    return script.see(value, max(wait_s, TICK_S), Change.ENDED, **given)


def _given(row: Protection, chosen: Sequence[Atom]) -> dict[str, Any]:
    given: dict[str, Any] = {} if row.channel is Channel.SOC else {"soc_pct": Decimal("99.9")}
    ways: dict[Atom, dict[str, Any]] = {
        Atom.CHARGE: {"current_a": FLOWS_A},
        Atom.DISCHARGE: {"current_a": -FLOWS_A},
        Atom.CHARGER: {"source_v": SOURCE_V},
        Atom.LOAD_REMOVED: {"load": False},
        Atom.BUTTON: {"button": True},
        Atom.SERVICE: {"service": True},
    }
    for atom in chosen:
        given |= ways.get(atom, {})
    return given


def _value(script: Script, chosen: Sequence[Atom]) -> Decimal:
    return script.recover if Atom.VALUE in chosen else _stays(script.row)


def _possible(row: Protection, chosen: Sequence[Atom]) -> bool:
    """Tell whether these atoms, and no other that would do, can be shown to a row of this channel."""
    currents = {Atom.CHARGE, Atom.DISCHARGE} & set(chosen)
    if row.channel in CURRENTS and currents:
        return False
    if row.channel is Channel.SOC and Atom.SOC in chosen:
        return False
    return Atom.POWER_CYCLE not in chosen and len(currents) < 2


def _first(clause: frozenset[Atom]) -> Atom:
    order = (Atom.ELAPSED, Atom.VALUE, *sorted(Atom))
    return next(atom for atom in order if atom in clause)


def _stays(row: Protection) -> Decimal:
    """Give a reading at which the row is as it was: still beyond."""
    limit = exact(row.threshold.trip)
    if row.channel is Channel.CELL_VOLTAGE_DIFFERENCE:
        limit += step_of(row.channel) * (1 if row.threshold.above else -1)
    return limit


def _calm(row: Protection) -> Decimal:
    return exact(row.threshold.recover)


def _cycled(row: Protection) -> tuple[Change, ...]:
    only_service = not row.recovery or any(clause == {Atom.SERVICE} for clause in row.recovery)
    return () if only_service else (Change.ENDED,)


def _locks(rules: Rules, row: Protection) -> Iterator[Case]:
    assert row.lock is not None
    ways: dict[str, dict[str, Any]] = {"button": {"button": True}, "service": {"service": True}}
    if row.lock.charger_unlocks:
        ways["charger"] = {"source_v": SOURCE_V}
    for way, given in ways.items():
        script = _locked(rules, row)
        script.see(_stays(row), TICK_S, Change.UNLOCKED, Change.ENDED, **given)
        yield script.trip_it().case(f"locks at trip {row.lock.after}, unlocks by {way}, pends anew")
    if not row.lock.charger_unlocks:
        script = _locked(rules, row).see(_stays(row), LONG_S, source_v=SOURCE_V)
        yield script.case("a charger leaves the lock alone")


def _locked(rules: Rules, row: Protection) -> Script:
    assert row.lock is not None
    script = Script(rules, row)
    chosen = tuple(_first(clause) for clause in row.recovery)
    for _ in range(row.lock.after - 1):
        script.trip_it()
        if chosen == (Atom.ELAPSED,):
            _almost(script, chosen)
        _end(script, chosen)
    script.trip_it(Change.LOCKED)
    elapsed_s = exact(row.elapsed_s) * 2
    return script.see(script.recover, max(elapsed_s, LONG_S))


def _up(seconds: Decimal) -> Decimal:
    """Give the next whole number of ticks."""
    return (seconds / TICK_S).to_integral_value(ROUND_CEILING) * TICK_S

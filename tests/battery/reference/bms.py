"""A whole BMS, one pack, step by step in exact decimals: the judge of the array engine (docs/models/bms.md)."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Protocol

from battery.reference.families import Family
from battery.reference.functions import ActivationState, BalancerState, HeaterState, LimiterState
from battery.reference.power import PowerSwitch
from battery.reference.rows import Change, Event, Row
from battery.reference.sample import NOTHING, Sample, exact
from battery.reference.surroundings import Durations, Surroundings
from wattstead.battery.behaviour import Activation, Balancer, Heater, Limiter, Power, Switches
from wattstead.model.protection import Action, Channel, Protection

_EMPTY = {Channel.CELL_VOLTAGE_MIN, Channel.PACK_VOLTAGE, Channel.SOC}


class Behaves(Protocol):
    """What the reference asks of a preset."""

    @property
    def cells(self) -> int: ...
    @property
    def protections(self) -> tuple[Protection, ...]: ...
    @property
    def dead_band_a(self) -> float: ...
    @property
    def switches(self) -> Switches: ...
    @property
    def limiter(self) -> Limiter: ...
    @property
    def balancer(self) -> Balancer: ...
    @property
    def heater(self) -> Heater: ...
    @property
    def activation(self) -> Activation: ...
    @property
    def power(self) -> Power: ...


class ReferenceBms:
    """One BMS. After ``step`` its attributes say how it stands at the end of that step."""

    def __init__(self, preset: Behaves) -> None:
        self.preset = preset
        self.now_s = NOTHING
        release_s = exact(preset.switches.load_release_s)
        self.rows = [Row(protection, release_s) for protection in preset.protections]
        self.families = _families(self.rows)
        self.breaker_open = False
        self.power = PowerSwitch(preset.power)
        self._was_held = False
        self._start()

    def _start(self) -> None:
        """Begin what begins anew each time it is switched on."""
        self.durations = Durations()
        self.limiter = LimiterState(self.preset.limiter)
        self.balancer = BalancerState(self.preset.balancer, self.preset.cells)
        self.heater = HeaterState(self.preset.heater)
        self.activation = ActivationState(self.preset.activation)
        for family in self.families.values():
            family.forget()

    @property
    def on(self) -> bool:
        return self.power.on

    @property
    def active(self) -> set[str]:
        return {row.protection.name for row in self.rows if row.active}

    @property
    def locked(self) -> set[str]:
        return {row.protection.name for row in self.rows if row.locked}

    @property
    def counts(self) -> dict[str, int]:
        return {name: family.count for name, family in self.families.items()}

    @property
    def forced(self) -> bool:
        """Whether an empty battery's output is forced on."""
        return self.on and self.activation.forced(self.now_s)

    @property
    def charge_on(self) -> bool:
        """Whether the BMS lets charge in."""
        return self.on and not self.breaker_open and not self._asks(Action.STOP_CHARGE)

    @property
    def discharge_on(self) -> bool:
        """Whether the BMS lets charge out."""
        stops = [row for row in self._asking(Action.STOP_DISCHARGE) if not (self.forced and is_empty(row))]
        return self.on and not self.breaker_open and not stops

    @property
    def limiting(self) -> bool:
        return self.on and self.limiter.on

    @property
    def bleeding(self) -> tuple[bool, ...]:
        return tuple(self.on and one for one in self.balancer.bleeding)

    @property
    def transferring(self) -> bool:
        return self.on and self.balancer.moving

    @property
    def heating(self) -> bool:
        return self.on and self.heater.on

    def step(self, sample: Sample, dt_s: Decimal) -> list[Event]:
        """Let dt_s seconds pass with one sample; give what happened, in order of time and name."""
        start_s, self.now_s = self.now_s, self.now_s + dt_s
        events = self._run(sample, start_s, dt_s) if self.on else self._sleep(sample, dt_s)
        self._was_held = sample.button
        return sorted(events, key=lambda event: (event.at_s, event.name, event.change.value))

    def _sleep(self, sample: Sample, dt_s: Decimal) -> list[Event]:
        if not self.power.sample(sample, dt_s, None, row_asks=False):
            return []
        self._start()
        events = [self._event(row, Change.UNLOCKED) for row in self.rows if row.locked]
        for row in self.rows:
            row.locked = False
            row.pending_since_s = None
            if row.active and not row.only_service_ends:
                row.end()
                events.append(self._event(row, Change.ENDED))
        return events

    def _run(self, sample: Sample, start_s: Decimal, dt_s: Decimal) -> list[Event]:
        around = Surroundings(sample, dt_s, exact(self.preset.dead_band_a), self.durations, self._was_held)
        self.durations = around.now
        before = [row for row in self.rows if row.active]
        pressed = self.preset.activation.manual and around.press
        cleared = [row for row in before if pressed and is_empty(row) and not row.locked]
        armed = [row for row in self.rows if not row.active]
        events = self._end(around, before, cleared, start_s)
        events += self._begin(around, armed, start_s)
        for family in self.families.values():
            family.rest(around, dt_s, before)
        self.breaker_open = (self.breaker_open and not sample.service) or self._asks(Action.TRIP_BREAKER)
        self.limiter.sample(self.now_s, self._asks(Action.LIMIT_CHARGE))
        self.balancer.sample(around, dt_s, self._asks(Action.NO_BALANCING))
        self.heater.sample(around)
        empty_before, empty = any(map(is_empty, before)), any(row.active and is_empty(row) for row in self.rows)
        self.activation.sample(self.now_s, dt_s, empty_before=empty_before, empty=empty, pressed=bool(cleared))
        self.power.sample(sample, dt_s, around, row_asks=self._asks(Action.POWER_OFF))
        return events

    def _end(
        self, around: Surroundings, active: Sequence[Row], cleared: Sequence[Row], start_s: Decimal
    ) -> list[Event]:
        unlocked = [row for row in active if row.locked and row.unlocks(around)]
        ended = [row for row in active if not row.locked and (row.ends(around, start_s, self.now_s) or row in cleared)]
        for family in self.families.values():
            if around.sample.service or any(row in unlocked for row in family.rows):
                family.forget()
        for row in (*unlocked, *ended):
            row.end()
        events = [self._event(row, Change.UNLOCKED) for row in unlocked]
        return events + [self._event(row, Change.ENDED) for row in (*unlocked, *ended)]

    def _begin(self, around: Surroundings, armed: Sequence[Row], start_s: Decimal) -> list[Event]:
        trips = [(row, row.trips_at_s(around, start_s, self.now_s)) for row in armed]
        events = []
        for row, at_s in trips:
            if at_s is not None:
                row.begin(at_s)
                events.append(Event(at_s, row.protection.name, Change.BEGAN))
        tripped = [row for row, at_s in trips if at_s is not None]
        for family in self.families.values():
            if family.count_trips(tripped):
                locking = [row for row in family.rows if row.active and not row.locked]
                for row in locking:
                    row.locked = True
                events += [self._event(row, Change.LOCKED) for row in locking]
        return events

    def _event(self, row: Row, change: Change) -> Event:
        return Event(self.now_s, row.protection.name, change)

    def _asking(self, action: Action) -> list[Row]:
        return [row for row in self.rows if row.active and action in row.protection.actions]

    def _asks(self, action: Action) -> bool:
        return bool(self._asking(action))


def is_empty(row: Row) -> bool:
    """Tell whether a row guards an empty battery: the output may be forced on in spite of it (SEP-17)."""
    protection = row.protection
    below = not protection.threshold.above
    return below and protection.channel in _EMPTY and Action.STOP_DISCHARGE in protection.actions


def _families(rows: Sequence[Row]) -> dict[str, Family]:
    names = dict.fromkeys(row.protection.lock.family for row in rows if row.protection.lock is not None)
    return {
        name: Family([row for row in rows if row.protection.lock is not None and row.protection.lock.family == name])
        for name in names
    }

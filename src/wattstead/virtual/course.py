"""How a virtual bank goes on: who is on its bus, what each pack is asked, what is done to it, what is recorded."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from math import inf

import numpy as np

from wattstead.battery.kernel import layout as at
from wattstead.battery.measure import PackReport
from wattstead.battery.packs import Packs
from wattstead.battery.step import Event
from wattstead.virtual.given import Given, Input
from wattstead.virtual.master import Master, Tell
from wattstead.virtual.orders import Orders
from wattstead.virtual.pack import Pack, Recorded
from wattstead.virtual.preset import charge_voltage_v
from wattstead.virtual.sensing import Sensed
from wattstead.virtual.stack import Stack
from wattstead.virtual.surroundings import Flow, inputs_of

_LOOKS_S = 60.0
_NOTHING_GIVEN = Given()

Measure = Callable[[int, Sensed], PackReport]
"""Gives what the BMS of a pack believes, by its place and what its sensors are made to see."""


class Course:
    """Time of one bank.

    packs, stack, master: those of the bank. measure: what a pack believes. tell: what it says to its master. apart:
    places that stand alone, off the bus.
    """

    def __init__(self, packs: Sequence[Pack], stack: Stack, master: Master, measure: Measure, tell: Tell) -> None:
        self.packs, self.stack, self.master = packs, stack, master
        self._common = Input()
        self.apart: frozenset[int] = frozenset()
        self._measure, self._tell = measure, tell
        self._gap_v: tuple[float, ...] = (0.0,) * len(packs)

    @property
    def state(self) -> Packs:
        """The arrays of all packs."""
        return self.stack.state

    def advance(
        self,
        dt_s: float,
        current_a: float,
        steps: int,
        own: Mapping[int, float],
        ambient_degc: float | Sequence[float],
        common: Input,
        *,
        holds: bool,
    ) -> None:
        """Let ``steps`` steps of dt_s seconds pass, as ``Bank.advance`` says.

        own: current of packs that stand alone. common: what is done to all together. holds: chargers stop at their
        voltage.
        """
        self._common, done = common, 0
        near = holds and self.stack.fills(max(current_a, *own.values(), 0.0), dt_s * steps)
        # Near full the inverter looks at the cells again and again; and the packs at who is on the bus, until all are.
        few = max(1, int(_LOOKS_S / dt_s)) if near else steps
        while done < steps:
            apart = self._look(frozenset(own))
            part = min(few if self.stack.bus.quiet else 1, steps - done)
            flow = self._flow(dt_s * part, current_a, own, ambient_degc, apart, holds=holds)
            self._stretch(flow, dt_s, part)
            done += part
        if not (self.stack.bus.quiet and self.state.on.all()):
            self._look(frozenset(own))  # so that what is asked now knows of it

    def _look(self, own: frozenset[int]) -> frozenset[int]:
        """See who is on the bus and who hears whom. own: somebody is at their terminals. Gives who stands alone."""
        inputs = self._inputs()
        cut = frozenset(place for place, one in enumerate(inputs) if one.line_cut)
        apart = own | {place for place, one in enumerate(inputs) if one.isolated}
        on = self.state.on.tolist()
        self.master.look(self.state.time_s, on, [place in cut for place in range(len(on))], self._tell)
        seen_v = {place: self._seen_v(place) for place, pack in enumerate(self.packs) if pack.given != _NOTHING_GIVEN}
        self._gap_v = self.stack.look(apart, cut, seen_v)
        self.apart = apart
        return apart

    def _seen_v(self, place: int) -> float:
        """Give the voltage by which a pack joins: as its BMS measures it, and as far from the bus as somebody says."""
        given = self.packs[place].given
        volts = given.sense.get("pack_voltage_v", float(self.state.pack_voltage_v[place]))
        return float(volts) + (given.input.bus_gap_v or 0.0)

    def _inputs(self) -> list[Input]:
        return [pack.given.input.over(self._common) for pack in self.packs]

    def _flow(
        self,
        for_s: float,
        current_a: float,
        own: Mapping[int, float],
        ambient_degc: float | Sequence[float],
        apart: frozenset[int],
        *,
        holds: bool,
    ) -> Flow:
        """Share what is asked. for_s: as long as the current stays. holds: chargers stop at their voltage."""
        count, stack = len(self.packs), self.stack
        asked = stack.shared(current_a, for_s, apart)
        asked[list(own)] = list(own.values())
        if holds:
            free = np.array([self._free(place) for place in range(count)])
            asked = np.where((asked > 0.0) & free, asked * stack.room(), asked)
        for place, pack in self._ordered_packs():
            asked[place] = pack.orders.flow_a(float(asked[place]), pack.preset.limiter.limit_a)
        return Flow(
            asked,
            np.array([self._holds_v(place) if holds else inf for place in range(count)]),
            np.full(count, ambient_degc, dtype=np.float64),
            self._gap_v,
            stack.bus.failed,
            frozenset(own),
            stack.waiting(apart) | (apart - own.keys()),
            frozenset(np.flatnonzero(asked > 0.0).tolist()) - own.keys() if current_a <= 0.0 else frozenset(),
        )

    def _stretch(self, flow: Flow, dt_s: float, steps: int) -> None:
        """Let some steps pass in which nobody looks."""
        inputs = inputs_of(flow, self._common, [pack.given.input for pack in self.packs], self.state.on.tolist())
        for place, pack in self._ordered_packs():
            if not pack.orders.discharge:  # no current flows into a short circuit either
                inputs.values[at.SHORT_OHM, place] = inf
        lied = {place: pack.given.sense for place, pack in enumerate(self.packs) if pack.given.sense}
        self.stack.step(inputs, dt_s, steps, lied, self._happened)
        self._pass(dt_s * steps)

    def _ordered_packs(self) -> list[tuple[int, Pack]]:
        """Give the packs, with their places, whose current hangs on an order."""
        return [(place, pack) for place, pack in enumerate(self.packs) if pack.orders.holds]

    def _free(self, place: int) -> bool:
        """Whether nobody has fixed the current of a pack."""
        own = self.packs[place].given.input
        return (own if own.acts else self._common).current_a is None

    def _holds_v(self, place: int) -> float:
        """Where the charger of a pack stops; one whose current somebody fixed does not look."""
        return charge_voltage_v(self.packs[place].preset) if self._free(place) else inf

    def _happened(self, place: int, events: Sequence[Event]) -> None:
        self.packs[place].remember(events, Recorded(partial(self._measure, place, self.packs[place].given.sense)))

    def _pass(self, dt_s: float) -> None:
        """Let the packs grow older, and their records follow."""
        state = self.state
        time_s, moving = state.time_s, np.abs(state.current_a) > self.packs[0].preset.dead_band_a
        told = zip(self.packs, (100.0 * state.soc).tolist(), state.on.tolist(), moving.tolist(), strict=True)
        for place, (pack, soc_pct, on, moves) in enumerate(told):
            pack.age(dt_s, soc_pct)
            if on and pack.journal is not None:
                flows = int(moves) * (1 if state.current_a[place] > 0.0 else -1)
                pack.journal.look(time_s, flows, soc_pct, pack.records)
            if on:
                values = Recorded(partial(self._measure, place, pack.given.sense))
                pack.records.tick(time_s, values, moving=moves)
            else:
                pack.records.off(time_s)
                pack.orders = Orders()
                pack.take_address()

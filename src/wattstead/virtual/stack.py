"""The packs of a bank as the engine runs them: one block of arrays, and the bus that joins them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from math import inf, isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wattstead.battery.age import Wear
from wattstead.battery.bank import share
from wattstead.battery.inputs import Inputs
from wattstead.battery.join import Bus, Seat, look
from wattstead.battery.kernel import estimate
from wattstead.battery.kernel import layout as at
from wattstead.battery.kernel.layout import State
from wattstead.battery.kernel.power import switch_off
from wattstead.battery.packs import Packs
from wattstead.battery.preset import PackPreset
from wattstead.battery.sense import Sense
from wattstead.battery.step import Event, advance
from wattstead.battery.wear import Ageing
from wattstead.model.protection import Channel, Protection
from wattstead.virtual.preset import Character
from wattstead.virtual.sensing import Sensed, sense_of, shunt_offset

# The kernel's own words, uncompiled: Python cannot call what is compiled for other kernels.
_switch_off: Callable[[State, int], None] = getattr(switch_off, "py_func", switch_off)
_KNOWN_SOC, _KNOWN_CAPACITY = 0.005, 0.02
_NEARLY_FULL = 0.93
_BEGINS_BEFORE_V, _STOPS_BEFORE_V = 0.09, 0.015

Happened = Callable[[int, Sequence[Event]], None]
"""Told the place of a pack and what happened to its rows in a step."""


class Stack:
    """Packs in parallel.

    presets: of each pack; they differ in their figures alone. state: the arrays of all, under the first of the presets.
    ageing: what they wear. bus: who has joined it.
    """

    def __init__(self, presets: Sequence[PackPreset], characters: Sequence[Character], soc: float) -> None:
        self.presets = list(presets)
        self._warns_v = np.array([_lowest_of_high_cells(preset.protections) for preset in presets])
        self.state = Packs.rest(presets[0], len(presets), soc)
        for place, (preset, one) in enumerate(zip(presets, characters, strict=True)):
            if one != Character():
                own = Packs.rest(
                    replace(preset, spread=one.spread), 1, soc, soh=one.soh, cycles=one.cycles, first=place
                )
                self.state.put([place], own)
        lost = [1.0 - one.soh for one in characters]
        self.ageing = Ageing(self.state, wear=Wear.behind(lost))
        for place in range(len(presets)):
            self._sure(place)
        # More than the make allows may be put on one bus: how a host copes with that is worth a look.
        most = max(len(presets), presets[0].parallel.most)
        self.bus = Bus.of(replace(presets[0].parallel, most=most), len(presets))

    def under(self, place: int) -> Packs:
        """Give the state of all under the preset of one of them; it is the same state, not a copy."""
        return Packs(self.presets[place], self.state.state, self.state.count)

    def configure(self, place: int, preset: PackPreset) -> None:
        """Let a pack run by other figures from now on. Rows that are switched off by them end without a word."""
        preset = next((known for known in self.presets if known == preset), preset)
        before, self.presets[place] = self.presets[place], preset
        self._warns_v[place] = _lowest_of_high_cells(preset.protections)
        for number, (was, row) in enumerate(zip(before.protections, preset.protections, strict=True)):
            if was != row and abs(row.threshold.trip) >= 1e9:
                bit = np.int64(1 << number)
                self.state.state.active[place] &= ~bit
                self.state.state.locked[place] &= ~bit
                self.state.state.timer[number, place] = 0
        self.state.preset = self.presets[0]
        self.state.state.busy[:] = 1

    def believe(self, place: int, soc: float) -> None:
        """Tell the BMS of a pack its state of charge, 0..1."""
        one = self.state.pack(place)
        one.believe(np.array([soc]))
        self.state.put([place], one)
        self._sure(place)

    def turn_off(self, place: int) -> None:
        """Let a pack turn itself off now. Who charges it wakes it again at once."""
        _switch_off(self.state.state, place)
        self.state.state.busy[:] = 1

    def _sure(self, place: int) -> None:
        """Let a BMS be as sure of charge and capacity as one whose capacity the factory has measured."""
        belief = self.state.state.belief[:, place]
        belief[estimate.P_SS], belief[estimate.P_GG] = _KNOWN_SOC**2, _KNOWN_CAPACITY**2

    def fills(self, most_a: float, time_s: float) -> bool:
        """Whether this current may bring a cell near its upper end within this time."""
        state = self.state
        per_pack = most_a * time_s / 3600.0 / float(state.capacity_ah.min())
        return most_a > 0.0 and float(state.fill.max()) + per_pack > _NEARLY_FULL

    def room(self) -> NDArray[np.float64]:
        """How much of its current an inverter leaves to each pack by its highest cell, 0..1.

        Rows warn from some voltage on; a little below it nothing flows any more, so that an uneven pack is balanced
        and not stopped.
        """
        state = self.state
        flows_v = np.maximum(state.current_a, 0.0) * state.pack_row(at.R_SUM_OHM) / state.preset.cells
        highest = state.pack_row(at.EMF_MAX_V) + flows_v
        return np.clip((self._warns_v - _STOPS_BEFORE_V - highest) / (_BEGINS_BEFORE_V - _STOPS_BEFORE_V), 0.0, 1.0)

    def shared(self, total_a: float, dt_s: float, apart: frozenset[int]) -> NDArray[np.float64]:
        """Share a current among the packs on the bus; those apart get nothing."""
        joined = np.array([on_bus and place not in apart for place, on_bus in enumerate(self.bus.joined)])
        if not joined.any():
            return np.zeros(len(joined))
        if joined.sum() == 1:
            return np.where(joined, total_a, 0.0)
        return np.asarray(share(self.state, total_a, dt_s, joined=joined).current_a, dtype=np.float64)

    def look(
        self, apart: frozenset[int], cut: frozenset[int] = frozenset(), seen_v: Mapping[int, float] | None = None
    ) -> tuple[float, ...]:
        """See who joins and leaves the bus; give how far from it those are who wait.

        apart: stand alone. cut: have no line to the others. seen_v: what a pack measures, where that is not the truth.
        """
        on = self.state.on.tolist()
        volts = [float(one) for one in self.state.pack_voltage_v]
        for place, seen in (seen_v or {}).items():
            volts[place] = seen
        # Who joins one by one has to fit anew after it stood alone; of a pair that was started together each stays.
        away = cut if isfinite(self.bus.rule.window_s) else cut | apart
        linked = [place not in away for place in range(len(on))]
        closed = (self.state.charge_mos_on & self.state.discharge_mos_on).tolist()
        self.bus, _ = look(self.bus, self.state.time_s, on, volts, linked=linked, closed=closed)
        return tuple(self.bus.gap_v(volts))

    def waiting(self, apart: frozenset[int]) -> frozenset[int]:
        """Name the packs that are on and keep their switches open: they wait for the bus, or have failed to join it."""
        seats = (Seat.WAITING, Seat.FAILED)
        on = self.state.on
        return frozenset(k for seat in seats for k in self.bus.seated(seat) if on[k] and k not in apart)

    def step(self, inputs: Inputs, dt_s: float, steps: int, lied: Mapping[int, Sensed], happened: Happened) -> None:
        """Let ``steps`` steps of dt_s seconds pass. lied: what sensors see in place of the truth, by place."""
        groups = self._groups()
        if len(groups) == 1:
            self._run(self.state, list(range(self.state.count)), inputs, dt_s, steps, lied, happened)
        else:
            self._run_apart(groups, inputs, dt_s, steps, lied, happened)
        self.ageing.look(self.state)

    def _run_apart(
        self,
        groups: list[list[int]],
        inputs: Inputs,
        dt_s: float,
        steps: int,
        lied: Mapping[int, Sensed],
        happened: Happened,
    ) -> None:
        picked = [(places, self.state.pick(places)) for places in groups]
        for places, packs in picked:
            packs.preset = self.presets[places[0]]
            own = Inputs(np.ascontiguousarray(inputs.values[:, places]), inputs.signals[places].copy())
            self._run(packs, places, own, dt_s, steps, lied, happened)
        for places, packs in picked:
            self.state.put(places, packs)

    def _groups(self) -> list[list[int]]:
        """Places of packs that run by the same preset: ``configure`` keeps equal ones the same object."""
        groups: dict[int, list[int]] = {}
        for place, preset in enumerate(self.presets):
            groups.setdefault(id(preset), []).append(place)
        return list(groups.values())

    def _run(
        self,
        packs: Packs,
        places: list[int],
        inputs: Inputs,
        dt_s: float,
        steps: int,
        lied: Mapping[int, Sensed],
        happened: Happened,
    ) -> None:
        own: dict[int, Any] = {k: lied[place] for k, place in enumerate(places) if place in lied}
        with shunt_offset(packs, own):
            sense: Sense | None = sense_of(packs, own)
            log = advance(packs, inputs, dt_s, steps, sense=sense)
        if not len(log.at_s):
            return
        events = log.events(packs.preset)
        for k, place in enumerate(places):
            happened(place, [one for one in events if one.pack == k])


@lru_cache(maxsize=64)
def _lowest_of_high_cells(rows: tuple[Protection, ...]) -> float:
    trips = [row.threshold.trip for row in rows if row.channel is Channel.CELL_VOLTAGE_MAX]
    return min(trips, default=inf)

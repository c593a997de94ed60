"""A day and a night of packs of three makes behind a bridge, in steps of one to ten minutes (PWS-11, PWS-12).

Once with an inverter that obeys what the frames say, once with one that does not: then each pack's own BMS has to
protect it.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from bridging import NOON
from wattstead.catalog.can_sides import battery_side, inverter_side
from wattstead.catalog.profile import load_profile
from wattstead.host.bridge.bank import BridgeBank, BridgedPack, Times
from wattstead.host.bridge.voice import SURELY, Voice
from wattstead.model.bridge import Rule, Rules, Stated
from wattstead.model.reading import Snapshot, numbers
from wattstead.virtual.bank import Bank
from wattstead.virtual.can_serve import virtual_inverter

DAY_S = 86_400.0
MAKES = ("seplos-v2", "jk-pb", "pace")
PER_PACK = Stated(56.0, 46.0, 40.0, 60.0)
FOR_BANK = Stated(charge_voltage_v=55.6, charge_current_a=100.0, discharge_current_a=110.0)
_BRANCH_OHM = 0.03  # of a pack with its cables: by it the packs share the current


@dataclass
class Plant:
    """Three packs on one bus, a bridge that reads them at each step, an inverter that hears its frames."""

    protocol: str
    obeys: bool
    asked: list[tuple[float, float]] = field(default_factory=list)
    rules: set[Rule] = field(default_factory=set)
    flowed: list[float] = field(default_factory=list)
    highest_v: float = 0.0
    lowest_v: float = 9.0
    protections: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.now_s = 0.0
        self.banks = [Bank(load_profile(make), now_ms=lambda: 0, seed=7, soc_pct=60.0) for make in MAKES]
        packs = [BridgedPack(make, bank.profile, PER_PACK) for make, bank in zip(MAKES, self.banks, strict=True)]
        self.bank = BridgeBank(packs, Rules(empty_soc_pct=8.0), FOR_BANK, Times(stale_s=1500.0), now_s=0.0)
        profile = load_profile(self.protocol)
        self.voice = Voice(profile, self.bank.rules, lambda: NOON)
        self.talker = battery_side(profile, lambda: self.voice.report(self.bank.look(self.now_s)), surely=SURELY)
        self.inverter = virtual_inverter(profile, lambda: self.now_s)
        self.hears = inverter_side(profile, self.inverter.report)
        self.flows = [0.0] * len(self.banks)
        self.told = [bank.report(0) for bank in self.banks]

    def step(self) -> None:
        """Read, tell, let the inverter decide, let some time pass: little where cells are near their ends."""
        for make, told in zip(MAKES, self.told, strict=True):
            self.bank.take(Snapshot(make, 0, dict(told.values), tuple(told.active)), self.now_s)
        report = self.voice.report(self.bank.look(self.now_s))
        assert report is not None
        for data in self.talker.made(report):
            for said in self.hears.feed(data, self.now_s):
                self.inverter.heard.take(said, self.now_s)
        heard = self.inverter.limits()
        limits = numbers(heard["charge_current_limit_a"])[0], -numbers(heard["discharge_current_limit_a"])[0]
        look = self.bank.look(self.now_s)
        assert look.limits is not None
        assert limits == pytest.approx((look.limits.charge.current_a, look.limits.discharge.current_a), abs=0.06)
        self.rules |= {look.limits.charge.why.rule, look.limits.discharge.why.rule}
        self.asked.append(limits)
        wanted = self.wanted_a()
        self.let_flow(min(max(wanted, -limits[1]), limits[0]) if self.obeys else wanted)

    def wanted_a(self) -> float:
        """Sun by day, more than the packs take; a house in the evening and at night, more than they hold."""
        hour = self.now_s / 3600.0
        sun_a = 150.0 * max(0.0, math.sin(math.pi * (hour - 1.0) / 10.0)) if 1.0 < hour < 11.0 else 0.0
        return sun_a - (10.0 if hour < 11.0 else 45.0)

    def let_flow(self, total_a: float) -> None:
        """Share a current as physics does: all have one voltage, and a pack whose switch is open takes none."""
        takes = [
            bool(bank.state.charge_mos_on[0] if total_a > 0 else bank.state.discharge_mos_on[0]) for bank in self.banks
        ]
        inner = [
            float(bank.state.pack_voltage_v[0]) - _BRANCH_OHM * flow
            for bank, flow in zip(self.banks, self.flows, strict=True)
        ]
        there = [place for place, open_to in enumerate(takes) if open_to]
        self.flows = [0.0] * len(self.banks)
        if there:
            bus_v = (total_a * _BRANCH_OHM + sum(inner[place] for place in there)) / len(there)
            for place in there:
                self.flows[place] = (bus_v - inner[place]) / _BRANCH_OHM
        step_s = self._step_s()
        for bank, flow in zip(self.banks, self.flows, strict=True):
            bank.advance(10.0, flow, steps=round(step_s / 10.0))
        self.now_s += step_s
        self.told = [bank.report(0) for bank in self.banks]
        for told in self.told:
            cells = numbers(told.values["cell_voltage_v"])
            self.highest_v, self.lowest_v = max(self.highest_v, *cells), min(self.lowest_v, *cells)
            self.protections |= {one for one in told.active if one.endswith("_protection")}
        self.flowed.append(sum(self.flows))

    def _step_s(self) -> float:
        cells = [volts for told in self.told for volts in numbers(told.values["cell_voltage_v"])]
        if all(abs(flow) < 0.5 for flow in self.flows):
            return 600.0
        return 300.0 if max(cells) < 3.37 and min(cells) > 3.21 else 60.0

    def day(self) -> Iterator[float]:
        while self.now_s < DAY_S:
            self.step()
            yield self.now_s


@pytest.mark.slow
def test_an_inverter_that_obeys_keeps_all_limits_for_a_day_and_a_night() -> None:
    plant = Plant("pylontech-can", obeys=True)
    for _ in plant.day():
        charge_a, discharge_a = plant.asked[-1]
        assert 0.0 <= charge_a <= 100.0
        assert 0.0 <= discharge_a <= 110.0
        assert -discharge_a - 0.1 <= plant.flowed[-1] <= charge_a + 0.1
        assert max(plant.flows) <= 40.0 + 1.0
        assert min(plant.flows) >= -60.0 - 1.0
    assert not plant.protections, "no BMS had to step in"
    assert 3.4 < plant.highest_v < 3.6
    assert 2.7 < plant.lowest_v < 3.25
    assert {Rule.BANK, Rule.NEAR_FULL} <= plant.rules
    assert plant.rules & {Rule.NEAR_EMPTY, Rule.NO_CHARGE_LEFT}
    assert min(charge for charge, _ in plant.asked) < 5.0
    assert min(discharge for _, discharge in plant.asked) < 5.0


@pytest.mark.slow
def test_where_the_inverter_does_not_obey_it_was_told_and_each_bms_protects_its_pack() -> None:
    plant = Plant("sma-can", obeys=False)
    told_first: dict[str, bool] = {}
    for _ in plant.day():
        stopped = min(plant.asked[-1]) < 5.0 or any(min(asked) < 5.0 for asked in plant.asked)
        for one in plant.protections:
            told_first.setdefault(one, stopped)
    assert {"cell_overvoltage_protection", "cell_undervoltage_protection"} & plant.protections
    assert all(told_first.values()), "the limit was 0 A before a BMS stepped in"
    assert plant.highest_v < 3.8
    assert plant.lowest_v > 2.0
    assert max(abs(flow - asked) for flow, (asked, _) in zip(plant.flowed, plant.asked, strict=True)) > 50.0

"""Filling the capacitors of inverters: the engine against the plain judge, over random lives."""

from dataclasses import replace
from decimal import Decimal
from random import Random

import pytest

from battery.packs import of_make
from battery.reference.precharge import BEFORE, Around, PrechargeState
from battery.reference.sample import exact
from wattstead.battery.behaviour import Power
from wattstead.battery.inputs import Inputs, Signal
from wattstead.battery.kernel import layout as at
from wattstead.battery.packs import Packs
from wattstead.battery.sense import Sense
from wattstead.battery.step import advance
from wattstead.catalog.packs import preset_names

MAKES = [name for name in preset_names() if of_make(name).precharge.when in BEFORE]
FARADS = ("0", "0.001", "0.01", "0.02", "0.05", "0.1", "0.5")
LEAST = 20
"""Beginnings and ends in each life."""


@pytest.mark.slow
@pytest.mark.parametrize("dt", ["0.01", "0.1", "1", "10"])
@pytest.mark.parametrize("name", MAKES)
def test_engine_and_judge_agree_on_every_pre_charge(name: str, dt: str) -> None:
    """Inverters come and go, heat opens the switch and closes it again, a technician takes back what is latched."""
    preset = replace(of_make(name), power=Power(standby_a=0.0, off_a=0.0))
    pack, judge, rng = Packs.rest(preset, 1, 0.5), PrechargeState(preset.precharge), Random(f"{name} {dt}")
    sense, farad, hot, changes = Sense.true(pack), Decimal(0), False, 0
    for step in range(800):
        if rng.random() < 0.2:
            farad = Decimal(rng.choice(FARADS))
        if rng.random() < (0.3 if hot else 0.01):
            hot = not hot
        sense.probe_degc[:, 0] = 75.0 if hot else 25.0
        signals = Signal.SERVICE if rng.random() < 0.05 else Signal(0)
        closable = bool(pack.has(at.DISCHARGE_ON)[0])
        around = Around(exact(float(pack.pack_row(at.EMF_V)[0])), farad, bool(pack.on[0]), closable)
        before = judge.runs
        if signals:
            judge.failed = False
        judge.step(around, Decimal(dt))
        advance(pack, Inputs.of(1, 0.0, inverter_f=float(farad), signals=signals), float(dt), sense=sense)
        stands = bool(pack.has(at.PRECHARGING)[0]), bool(pack.has(at.PRECHARGE_FAILED)[0])
        assert stands == (judge.runs, judge.failed), f"step {step}: {around}"
        assert float(pack.pack_row(at.CAPACITOR_V)[0]) == pytest.approx(float(judge.capacitor_v), abs=2e-3), step
        changes += judge.runs != before
    assert changes >= LEAST


def test_the_three_forms_are_those_of_presets() -> None:
    assert {of_make(name).precharge.when.value for name in preset_names()} >= {"before_close", "relay", "after_short"}

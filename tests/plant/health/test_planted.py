"""A small version of bench/health.py: the engine's packs, a few a fault, one reading in five minutes."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[3]))

from bench.health import RIGHT
from bench.planted import Fault, live, plant, preset

from wattstead.model.health import Weight
from wattstead.plant.health.facts import facts_of
from wattstead.plant.health.judge import judge

PACKS, DAYS = 3, 5


@pytest.mark.parametrize("fault", [Fault.WEAK, Fault.BUSBAR, Fault.PROBE])
def test_what_is_planted_in_the_engine_is_found_within_a_week(fault: Fault) -> None:
    planted = plant(preset("seplos-16s-100ah", 11), fault, PACKS, first_day=15, per_home=1)
    lived = list(live(planted, DAYS, sample_s=300))
    right = wrong = 0
    for k, place in enumerate(planted.place.tolist()):
        found = judge([one for days in lived if (one := facts_of(days[k]))])
        faults = [one for one in found if one.weight is Weight.FAULT]
        named = [one for one in faults if one.kind is RIGHT.get(fault) and one.place == place]
        right += len(named)
        wrong += len(faults) - len(named)
    assert wrong == 0
    assert right >= PACKS - 1

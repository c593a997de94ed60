"""Sensors that lie: rows and counters follow them, the cells do not."""

from math import inf, nan

import numpy as np
import pytest

from battery.packs import of_make, run, same_bits
from wattstead.battery.kernel.layout import BLOCK
from wattstead.battery.packs import Packs
from wattstead.battery.sense import OPEN_DEGC, Sense
from wattstead.model.errors import UsageError

PRESET = of_make()


def active(packs: Packs, pack: int = 0) -> set[str]:
    rows = zip(packs.preset.protections, packs.active[:, pack].tolist(), strict=True)
    return {row.name for row, on in rows if on}


def test_true_sensors_change_nothing() -> None:
    packs = Packs.rest(PRESET, 3, 0.97)
    seen = run(packs, 40.0, 900.0, sense=Sense.true(packs))
    plain = run(packs, 40.0, 900.0)
    assert plain.active.any()
    same_bits(seen, plain)


def test_one_sensed_cell_trips_and_recovers_with_the_truth() -> None:
    packs = Packs.rest(PRESET, 1, 0.5)
    sense = Sense.true(packs)
    sense.cell_voltage_v[7, 0] = 3.7
    cut = run(packs, 20.0, 10.0, sense=sense)
    assert {"cell_high_voltage_alarm", "cell_overvoltage_protection"} <= active(cut)
    assert float(cut.current_a[0]) == 0.0
    assert float(cut.cell_voltage_v.max()) < 3.4
    back = run(cut, 20.0, 60.0)
    assert not active(back)
    assert float(back.current_a[0]) == 20.0


@pytest.mark.parametrize("dt_s", [0.1, 1.0, 5.0])
def test_pack_voltage_has_its_own_sensor(dt_s: float) -> None:
    packs = Packs.rest(PRESET, 1, 0.5)
    sense = Sense.true(packs)
    sense.pack_voltage_v[0] = 40.0
    seen = run(packs, -20.0, 20.0, dt_s, sense=sense)
    assert {"pack_low_voltage_alarm", "pack_undervoltage_protection"} <= active(seen)
    assert not active(run(packs, -20.0, 20.0, dt_s))


def test_sensed_current_is_counted_and_moves_no_charge() -> None:
    packs = Packs.rest(PRESET, 1, 0.5)
    sense = Sense.true(packs)
    sense.current_a[0] = 36.0
    seen, true = run(packs, 0.0, 100.0, sense=sense), run(packs, 0.0, 100.0)
    known = packs.preset.estimator
    gained = 1.0 / (known.full_fill - known.empty_fill) / 100.0
    assert float(seen.counted_soc[0] - true.counted_soc[0]) == pytest.approx(gained, abs=1e-6)
    assert np.array_equal(seen.fill, true.fill)


def test_a_probe_without_reading_is_left_out_and_frozen_ones_stay() -> None:
    """SEP-21."""
    packs = Packs.rest(PRESET, 1, 0.5)
    sense = Sense.true(packs)
    sense.probe_degc[:, 0] = [OPEN_DEGC, 80.0, 25.0, 25.0]
    hot = run(packs, 20.0, 30.0, sense=sense)
    assert not hot.charge_mos_on[0]
    sense.probe_degc[1, 0] = 25.0
    assert run(packs, 20.0, 30.0, sense=sense).charge_mos_on[0]


def test_each_pack_has_its_own_sensors_in_any_block() -> None:
    packs = Packs.rest(PRESET, BLOCK + 2, 0.5)
    sense = Sense.true(packs)
    sense.cell_voltage_v[:, BLOCK + 1] = 3.58
    after = run(packs, 20.0, 3.0, sense=sense)
    assert np.flatnonzero(after.active.any(axis=0)).tolist() == [BLOCK + 1]


def test_impossible_readings_are_refused() -> None:
    packs = Packs.rest(PRESET, 2, 0.5)
    sense = Sense.true(packs)
    sense.current_a[1] = inf
    with pytest.raises(UsageError, match="sensed packs with infinity must hold numbers"):
        run(packs, 0.0, 1.0, sense=sense)
    cells = np.full((16, 1), nan, dtype=np.float32)
    with pytest.raises(UsageError, match="sensed cell_voltage_v of shape"):
        run(packs, 0.0, 1.0, sense=Sense(cells, Sense.true(packs).probe_degc, Sense.true(packs).packs))

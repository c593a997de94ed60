"""A batch grows old: by the band that its rows tell, as one of it says, from the health at which it began."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from numpy.typing import NDArray

from batch.small import plan, run
from wattstead.battery.age import Wear
from wattstead.battery.wear import Acting
from wattstead.model.errors import UsageError

DAYS = 10.0
LEFT = ("capacity_left_low_pct", "capacity_left_mid_pct", "capacity_left_high_pct")


def column(folder: Path, name: str, packs: int) -> NDArray[Any]:
    """Give a column as ``[pack, period]``."""
    return np.asarray(pq.read_table(folder / "rows")[name].to_numpy().reshape(packs, -1))


@pytest.mark.slow
def test_the_band_opens_and_never_closes_again(tmp_path: Path) -> None:
    run(plan(packs=6, days=DAYS, keep_s=86_400), tmp_path)
    low, mid, high = (column(tmp_path, name, 6) for name in LEFT)
    assert (np.diff(low, axis=1) < 0.0).all()
    assert (low < mid).all()
    assert (mid < high).all()
    assert high.max() < 100.0
    assert low.min() > 97.0, "ten days"
    cycles = column(tmp_path, "equivalent_full_cycles", 6)
    charged, out = (column(tmp_path, f"{one}_energy_kwh", 6).sum(axis=1) for one in ("charged", "discharged"))
    assert cycles[:, -1] == pytest.approx((charged + out) / (2 * 5.28), rel=0.03), "16 cells of some 3.3 V, 100 Ah"


@pytest.mark.slow
def test_what_acts_is_felt_by_the_cells(tmp_path: Path) -> None:
    """The same households; where more is lost, the same charge is a larger share."""
    for acting in (Acting.LOW, Acting.NONE):
        run(plan(packs=6, days=DAYS, keep_s=86_400, ageing=acting), tmp_path / acting.value)
    felt, not_felt = (column(tmp_path / one.value, "true_soc_max_pct", 6) for one in (Acting.LOW, Acting.NONE))
    assert not np.array_equal(felt, not_felt)
    told = [column(tmp_path / one.value, LEFT[1], 6) for one in (Acting.LOW, Acting.NONE)]
    assert told[0] == pytest.approx(told[1], abs=0.05), "the band is told either way"


@pytest.mark.slow
def test_used_packs_go_on_from_what_they_have_lost(tmp_path: Path) -> None:
    run(plan(packs=8, days=6.0, keep_s=259_200, soh=(0.7, 0.9)), tmp_path / "used")
    run(plan(packs=8, days=6.0, keep_s=259_200), tmp_path / "new")
    used, new = (column(tmp_path / one, LEFT[0], 8) for one in ("used", "new"))
    assert 69.9 < used.min() < used.max() < 90.0
    lost = used[:, 0] - used[:, 1]
    assert (lost > 0.0).all()
    assert (lost < 0.25 * (100.0 - new[:, 0])).all(), "loss slows down with age"


def test_the_totals_hold_the_band(tmp_path: Path) -> None:
    total = run(plan(packs=5, days=1.0), tmp_path)
    low, mid, high = (share / 5 for share in total.capacity_left)
    assert 0.98 < low < mid < high < 1.0
    last = [100.0 * one for one in (low, mid, high)]
    assert last == pytest.approx([float(column(tmp_path, name, 5)[:, -1].mean()) for name in LEFT], abs=0.02)
    cycles = column(tmp_path, "equivalent_full_cycles", 5)[:, -1].sum()
    assert total.equivalent_full_cycles == pytest.approx(cycles, abs=0.01)


@pytest.mark.parametrize("lost", [[-0.1], [1.0], [float("nan")], 0.2])
def test_a_loss_that_cannot_be_is_refused(lost: Any) -> None:
    with pytest.raises(UsageError, match=r"lost capacity .* must be a share from 0 to below 1 for each pack"):
        Wear.behind(lost)

"""A virtual bank that lives fast grows old, each pack by what it lives through, and remembers it over a restart."""

import json

import numpy as np
import pytest

from virtual.banks import NOON_MS, Rig
from wattstead.model.errors import UsageError
from wattstead.virtual.bank import Bank
from wattstead.virtual.keep import keep, resume
from wattstead.virtual.preset import Character


def lived(days: int = 3, packs: int = 2) -> Rig:
    rig = Rig(packs=packs)
    for _ in range(24 * days):
        rig.live.step(3600.0)
    return rig


def test_capacity_goes_with_the_days() -> None:
    rig = lived()
    band = rig.bank.stack.ageing.aged
    assert (band.capacity_low < band.capacity_mid).all()
    assert (band.capacity_mid < band.capacity_high).all()
    assert (band.capacity_high < 1.0).all()
    new = Rig(packs=2).bank.state
    assert rig.bank.state.capacity_ah == pytest.approx(new.capacity_ah * band.capacity_mid, rel=1e-6)
    cycles = rig.bank.stack.ageing.cycles
    assert cycles == pytest.approx(rig.bank.state.cycles, rel=0.05), "nearly as the BMS counts"


def test_after_a_restart_a_bank_is_as_old_as_before() -> None:
    rig, again = lived(1), Rig(packs=2)
    kept = json.loads(json.dumps(keep(rig.bank), allow_nan=False))
    resume(again.bank, kept)
    assert again.bank.stack.ageing.save() == rig.bank.stack.ageing.save()
    with pytest.raises(UsageError, match="saved wear cycles must be 2 finite numbers"):
        resume(Rig(packs=2).bank, {**kept, "wear": {**kept["wear"], "cycles": []}})
    del kept["wear"]
    older = Rig(packs=2)
    resume(older.bank, kept)
    assert older.bank.stack.ageing.aged.capacity_low.tolist() == [1.0, 1.0], "kept before packs grew old"


def test_a_used_pack_goes_on_from_its_health() -> None:
    characters = [Character(), Character(soh=0.8)]
    bank = Bank(Rig().profile, now_ms=lambda: NOON_MS, packs=2, characters=characters)
    assert bank.stack.ageing.aged.capacity_mid.tolist() == pytest.approx([1.0, 0.8])
    before = bank.state.capacity_ah.copy()
    for _ in range(24):
        bank.advance(60.0, steps=60)
    lost = np.asarray(1.0 - bank.state.capacity_ah / before)
    assert (lost[:, 0] > 20.0 * lost[:, 1]).all(), "loss slows down with age"

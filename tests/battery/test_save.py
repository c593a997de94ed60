"""A saved state goes on as if nothing had happened; a broken one is refused by name."""

import json
from typing import Any

import numpy as np
import pytest

from battery.packs import run, seplos
from wattstead.battery.preset import Spread
from wattstead.battery.save import restore, save
from wattstead.battery.state import ARRAYS, PackState
from wattstead.model.errors import UsageError

PRESET = seplos(spread=Spread())


def used_state() -> PackState:
    state = run(PackState.rest(PRESET, 3, [0.1, 0.5, 0.97]), 35.0, 600.0, 10.0)
    assert state.active.any()
    assert not state.charge_mos_on.all()
    return state


def test_after_a_restart_it_goes_on_bit_for_bit() -> None:
    state = used_state()
    again = restore(PRESET, json.loads(json.dumps(save(state))))
    for name in ARRAYS:
        before, after = getattr(state, name), getattr(again, name)
        assert before.dtype == after.dtype
        assert np.array_equal(before, after), name
    one, other = run(state, -40.0, 3600.0, 60.0), run(again, -40.0, 3600.0, 60.0)
    assert json.dumps(save(one)) == json.dumps(save(other))


def broken(**changes: Any) -> dict[str, Any]:
    return {**json.loads(json.dumps(save(used_state()))), **changes}


def changed_cell(name: str, value: float) -> dict[str, Any]:
    saved = broken()
    saved[name][0][1] = value
    return saved


@pytest.mark.parametrize(
    ("saved", "says"),
    [
        ({}, "saved form None must be 1"),
        (broken(form=99), "saved form 99 must be 1"),
        ({k: v for k, v in broken().items() if k != "rc_v"}, "without rc_v must hold every part"),
        (broken(time_s=float("nan")), "saved time_s nan must be a finite number"),
        (broken(fill=[[0.5] * 3] * 15), "saved fill must be 16 x 3 numbers"),
        (broken(fill=[[0.5], [0.5, 0.6]]), "saved fill must be 16 x 3 numbers"),
        (broken(fill="all of it"), "saved fill must be 16 x 3 numbers"),
        (broken(active=[[0.0] * 3] * 8), "saved active must be 8 x 3 flags"),
        (broken(remaining_ah=[1.0, 2.0]), "saved remaining_ah must be 3 numbers"),
        (broken(remaining_ah=[1.0, 2.0, 300.0]), "saved remaining_ah is 200 Ah above full_ah and must not exceed it"),
        (broken(cycles=[1.0, 2.0, -3.0]), "saved cycles -3.0 must not be negative"),
        (broken(full_ah=[100.0, 100.0, 0.0]), "saved full_ah 0.0 must be above 0"),
        (changed_cell("fill", 1.5), "saved fill 1.5 must lie between"),
        (changed_cell("fill", float("nan")), "saved fill must hold finite numbers only"),
        (changed_cell("capacity_ah", 0.0), "saved capacity_ah 0.0 must be above 0"),
        (changed_cell("r1_ohm", -1.0), "saved r1_ohm -1.0 must be above 0"),
    ],
)
def test_a_broken_save_is_refused_by_name(saved: dict[str, Any], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        restore(PRESET, saved)

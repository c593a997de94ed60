"""A saved state goes on as if nothing had happened; a broken one is refused by name."""

import json
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from battery.packs import PS, SEPLOS, WALL, of_make, run, same_bits
from wattstead.battery.inputs import Signal
from wattstead.battery.kernel import estimate
from wattstead.battery.kernel import layout as at
from wattstead.battery.packs import Packs
from wattstead.battery.save import restore, save
from wattstead.battery.sense import OPEN_DEGC, Sense
from wattstead.model.errors import UsageError

PRESET = of_make(SEPLOS)


@cache
def used(name: str = SEPLOS) -> Packs:
    packs = Packs.rest(of_make(name), 3, [0.1, 0.5, 0.97])
    packs = run(packs, [-60.0, 35.0, 35.0], 1800.0, 10.0)
    packs = run(packs, [-60.0, 35.0, 35.0], 7.5, 0.5, signals=[0, int(Signal.BUTTON), int(Signal.LOAD)])
    assert packs.active.any()
    return packs


@pytest.mark.parametrize("name", [SEPLOS, PS, WALL])
def test_after_a_restart_it_goes_on_bit_for_bit(name: str) -> None:
    packs = used(name)
    again = restore(of_make(name), json.loads(json.dumps(save(packs), allow_nan=False)))
    same_bits(packs, again)
    one, other = run(packs, [20.0, -40.0, -40.0], 3600.0, 60.0), run(again, [20.0, -40.0, -40.0], 3600.0, 60.0)
    same_bits(one, other)


def test_probes_without_any_reading_are_kept_as_such() -> None:
    packs = Packs.rest(PRESET, 2, 0.5)
    sense = Sense.true(packs)
    sense.probe_degc[:, 1] = OPEN_DEGC
    packs = run(packs, 10.0, 5.0, sense=sense)
    assert np.isnan(packs.pack_row(at.WAS_DEGC_MAX)[1])
    same_bits(packs, restore(PRESET, json.loads(json.dumps(save(packs), allow_nan=False))))


def test_figures_of_the_preset_may_have_changed() -> None:
    first, *others = PRESET.protections
    slower = replace(first, threshold=replace(first.threshold, delay_s=9.0))
    changed = replace(PRESET, protections=(slower, *others))
    assert restore(changed, save(used())).preset is changed


def broken(**changes: Any) -> dict[str, Any]:
    return {**json.loads(json.dumps(save(used()))), **changes}


def changed(name: str, place: tuple[int, ...], value: Any) -> dict[str, Any]:
    saved = broken()
    part = saved[name]
    for k in place[:-1]:
        part = part[k]
    part[place[-1]] = value
    return saved


@pytest.mark.parametrize(
    ("saved", "says"),
    [
        (dict, "saved form None must be 3"),
        (lambda: broken(form=1), "saved form 1 must be 3"),
        (lambda: {k: v for k, v in broken().items() if k != "belief"}, "without belief must hold every part"),
        (lambda: broken(cells=15), "saved cells 15 must be 16 as in the preset"),
        (lambda: broken(packs=4), "saved packs 4 must be as many as there are columns"),
        (lambda: broken(packs=True), "saved packs True must be"),
        (lambda: broken(packs=0), "saved packs 0 must be"),
        (lambda: broken(rows=["a"]), "saved rows differing in 'a', .* must be those of the preset"),
        (lambda: broken(rows=broken()["rows"][::-1]), "saved rows in another order must be those"),
        (lambda: broken(rows=7), "saved rows differing in"),
        (lambda: broken(fill=[[0.5] * 3] * 15), "saved fill must be 16 x 3 numbers"),
        (lambda: broken(fill=[[0.5], [0.5, 0.6]]), "saved fill must be 16 x 3 numbers"),
        (lambda: broken(fill="all of it"), "saved fill must be 16 x 3 numbers"),
        (lambda: changed("fill", (0, 1), "0.5"), "saved fill must be 16 x 3 numbers"),
        (lambda: changed("fill", (0, 1), 1.5), "saved fill 1.5 must lie between"),
        (lambda: changed("fill", (0, 1), float("nan")), "saved fill must hold finite numbers only"),
        (lambda: changed("fill", (0, 1), None), "saved fill must hold finite numbers only"),
        (lambda: changed("cell", (at.PER_AH, 3, 1), 0.0), "saved cell per_ah 0 must lie between"),
        (lambda: changed("cell", (at.PER_AH, 3, 1), float("inf")), "saved cell must hold finite numbers only"),
        (lambda: changed("cell", (at.R25_OHM, 3, 1), -1.0), "saved cell r25_ohm -1 must lie between"),
        (lambda: changed("cell", (at.HYSTERESIS, 3, 1), 2.0), "saved cell hysteresis 2 must lie between"),
        (lambda: changed("cell", (at.DEGC, 3, 1), -300.0), "saved cell temperature_degc -300 must lie between"),
        (lambda: changed("tally", (estimate.COUNTED, 1), 1.2), "saved tally counted 1.2 must lie between"),
        (lambda: changed("tally", (estimate.CAPACITY_AH, 1), 0.0), "saved tally capacity_ah 0 must lie between"),
        (lambda: changed("tally", (estimate.CYCLES_EFC, 1), -3.0), "saved tally -3 must lie between"),
        (lambda: changed("energy", (0, 0), -1.0), "saved energy -1 must lie between"),
        (lambda: changed("timer", (0, 0), -1), "saved timer -1 must lie between"),
        (lambda: changed("timer", (0, 0), 0.5), "saved timer must be .* whole numbers"),
        (lambda: changed("time", (0,), -1), "saved time -1 must lie between"),
        (lambda: changed("status", (0,), 1 << 30), "saved status must set only bits that mean something"),
        (lambda: changed("status", (0,), 1 << 40), "saved status must lie between"),
        (lambda: changed("active", (0,), 1 << 61), "saved active must set only bits that mean something"),
        (lambda: changed("locked", (1,), 1 << 20), "saved locked must name active rows only"),
        (lambda: changed("bleed", (1,), 1 << 16), "saved bleed must set only bits that mean something"),
        (lambda: changed("moving", (1,), 16), "saved moving 16 must lie between"),
        (lambda: changed("pack", (at.CURRENT_A, 1), float("nan")), "saved pack must hold finite numbers only"),
    ],
)
def test_a_broken_save_is_refused_by_name(saved: Any, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        restore(PRESET, saved())


def test_another_preset_is_refused() -> None:
    with pytest.raises(UsageError, match=r"saved rows differing in .* must be those of the preset"):
        restore(of_make(PS), save(used()))
    with pytest.raises(UsageError, match="saved cells 16 must be 15"):
        restore(of_make("pylontech-15s"), save(used()))

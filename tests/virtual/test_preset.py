"""From a profile to the pack that the engine runs: rows follow settings and switches, whatever is written."""

import pytest

from virtual.banks import MAKES
from wattstead.catalog.packs import load_pack
from wattstead.catalog.profile import load_profile
from wattstead.model.errors import ProfileError, UsageError
from wattstead.virtual.preset import charge_voltage_v, engine_preset, model_of
from wattstead.virtual.settings import factory_settings

SEPLOS = load_profile("seplos-v2")


@pytest.mark.parametrize("make", MAKES)
def test_a_profile_and_its_preset_have_the_same_settings(make: str) -> None:
    profile = load_profile(make)
    assert dict(load_pack(profile.virtual.preset).settings) == factory_settings(profile)


@pytest.mark.parametrize("make", MAKES)
def test_every_row_of_the_preset_runs_with_its_own_figures(make: str) -> None:
    profile = load_profile(make)
    model = model_of(profile, factory_settings(profile))
    preset = engine_preset(model, seed=3)
    assert [row.name for row in preset.protections] == [row.name for row in model.rows]
    for row, run in zip(model.rows, preset.protections, strict=True):
        if row.enabled:
            assert run == row.protection()
    assert (preset.cells, preset.rated_capacity_ah, preset.seed) == (model.series, model.capacity_ah, 3)
    assert len(preset.probes) == model.probes


def test_a_switch_that_is_off_leaves_its_row_in_place_where_nothing_trips_it() -> None:
    settings = {**factory_settings(SEPLOS), "enable_cell_overvoltage_protection": False}
    on, off = (engine_preset(model_of(SEPLOS, one), 0).protections for one in (factory_settings(SEPLOS), settings))
    assert [row.name for row in on] == [row.name for row in off]
    changed = [(was, now) for was, now in zip(on, off, strict=True) if was != now]
    assert [(was.name, now.threshold.trip, set(now.actions)) for was, now in changed] == [
        ("cell_overvoltage_protection", 1e9, set())
    ]


def test_settings_of_functions_reach_the_engine() -> None:
    settings = {
        **factory_settings(SEPLOS),
        "balancing_start_difference_v": 0.05,
        "standby_shutdown_delay_h": 1,
        "enable_passive_current_limiting": False,
        "soft_start_delay_ms": 500,
        "charge_overcurrent_delay_s": 3,
    }
    preset = engine_preset(model_of(SEPLOS, settings), 0)
    assert preset.balancer.start_difference_v == 0.05
    assert preset.power.shutdown_after_s == 3600.0
    assert preset.limiter.kind == "none"
    assert preset.precharge.soft_start_s == 0.5
    (row,) = [row for row in preset.protections if row.name == "charge_overcurrent_protection"]
    assert row.threshold.delay_s == 3.0


def test_a_recovery_on_the_wrong_side_names_its_row() -> None:
    settings = {**factory_settings(SEPLOS), "cell_overvoltage_recovery_v": 3.7}
    with pytest.raises((ProfileError, UsageError), match=r"recovery 3\.7 must lie at or below"):
        model_of(SEPLOS, settings)


@pytest.mark.parametrize(("make", "per_cell_v"), [("seplos-v2", 3.45), ("pylontech", 3.53)])
def test_the_charger_stops_just_above_full_and_below_every_limit(make: str, per_cell_v: float) -> None:
    profile = load_profile(make)
    preset = engine_preset(model_of(profile, factory_settings(profile)), 0)
    held_v = charge_voltage_v(preset)
    assert held_v == pytest.approx(per_cell_v * preset.cells)
    for row in preset.protections:
        if "voltage" in row.name and row.threshold.above and row.channel.unit == "V":
            trip_v = row.threshold.trip * (1 if "pack" in row.name or "charger" in row.name else preset.cells)
            assert trip_v > held_v or "difference" in row.name, row.name

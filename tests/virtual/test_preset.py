"""From a profile to the pack that the engine runs: limits follow settings and switches."""

from dataclasses import replace

import pytest

from virtual.banks import MAKES
from wattstead.battery.limit import ROWS
from wattstead.catalog.profile import load_profile
from wattstead.model.errors import ProfileError, UsageError
from wattstead.model.threshold import Threshold
from wattstead.virtual.preset import CHARGE_CELL_V, limits_of, pack_preset
from wattstead.virtual.settings import factory_settings

SEPLOS = load_profile("seplos-v2")


@pytest.mark.parametrize("make", MAKES)
def test_every_limit_of_a_profile_runs_with_its_own_figures(make: str) -> None:
    profile = load_profile(make)
    preset = pack_preset(profile, factory_settings(profile), seed=3)
    running = {row.name for row in ROWS if preset.limits.of(row)}
    assert running == set(profile.virtual.limits)
    assert (preset.cells, preset.rated_capacity_ah, preset.seed) == (
        profile.virtual.cells,
        profile.virtual.capacity_ah,
        3,
    )
    assert len(preset.probes) == profile.virtual.probes


def test_figures_come_from_settings_or_stand_in_the_profile() -> None:
    seplos = limits_of(SEPLOS, factory_settings(SEPLOS))
    assert seplos.cell_overvoltage_protection == Threshold(3.65, 3.38, above=True, delay_s=2)
    pylontech = load_profile("pylontech")
    limits = limits_of(pylontech, factory_settings(pylontech))
    assert limits.pack_undervoltage_protection == Threshold(44.5, 48.0, above=False, delay_s=2)
    assert limits.cell_high_voltage_alarm is None


def test_a_switch_that_is_off_takes_its_limit_away() -> None:
    settings = {**factory_settings(SEPLOS), "enable_cell_overvoltage_protection": False}
    limits = limits_of(SEPLOS, settings)
    assert limits.cell_overvoltage_protection is None
    assert limits.cell_high_voltage_alarm is not None


def test_a_recovery_on_the_wrong_side_names_its_limit() -> None:
    settings = {**factory_settings(SEPLOS), "cell_overvoltage_recovery_v": 3.7}
    with pytest.raises(UsageError, match=r"^cell_overvoltage_protection: recovery 3\.7 must lie at or below"):
        limits_of(SEPLOS, settings)


def test_a_profile_with_an_unknown_limit_or_source_says_what_would_be_right() -> None:
    row = next(iter(SEPLOS.virtual.limits.values()))
    odd = replace(SEPLOS, virtual=SEPLOS.virtual.model_copy(update={"limits": {"cell_boredom_alarm": row}}))
    with pytest.raises(ProfileError, match="no limit is called 'cell_boredom_alarm'; use cell_overvoltage_protection"):
        limits_of(odd, factory_settings(SEPLOS))
    with pytest.raises(ProfileError, match=r"virtual\.limits\.\w+: '\w+' has no value"):
        limits_of(SEPLOS, {})


@pytest.mark.parametrize("make", MAKES)
def test_the_charger_stops_below_every_limit(make: str) -> None:
    profile = load_profile(make)
    limits = limits_of(profile, factory_settings(profile))
    cells = profile.virtual.cells
    for row in ROWS:
        threshold = limits.of(row)
        if threshold and row.above:
            per_cell = threshold.trip / cells if "pack" in row.name else threshold.trip
            assert per_cell > CHARGE_CELL_V, row.name

"""From a preset to what the engine runs."""

from dataclasses import fields, replace
from math import inf

import pytest

from wattstead.battery.behaviour import LimiterKind, PrechargeWhen, Switch
from wattstead.battery.make import KINDS, pack_preset, record_rules
from wattstead.battery.preset import PackPreset
from wattstead.battery.record import RecordRules
from wattstead.catalog.pack_spec import TABLES
from wattstead.catalog.packs import load_pack, preset_names
from wattstead.model.errors import UsageError


def test_the_keys_of_the_tables_are_the_fields_of_the_functions() -> None:
    assert set(TABLES) == set(KINDS)
    assert set(KINDS) <= {one.name for one in fields(PackPreset)}
    for name, keys in TABLES.items():
        there = {one.name for one in fields(KINDS[name])}
        assert set(keys) <= there if name == "estimator" else set(keys) == there


@pytest.mark.parametrize("name", preset_names())
def test_each_shipped_preset_becomes_one_that_the_engine_takes(name: str) -> None:
    pack = load_pack(name)
    preset = pack_preset(pack, seed=7)
    assert (preset.cells, preset.rated_capacity_ah, preset.seed) == (pack.series, pack.capacity_ah, 7)
    assert preset.protections == pack.protections
    assert {cell for probe in preset.probes for cell in probe} == set(range(1, pack.series + 1))
    for table, values in pack.tables.items():
        made = getattr(preset, table)
        assert {key: getattr(made, key) for key in values} == values


def test_functions_of_seplos() -> None:
    preset = pack_preset(load_pack("seplos-16s-100ah", {"compensation_1_resistance_mohm": 0.4}))
    assert preset.switches.kind is Switch.MOS
    assert preset.precharge.when is PrechargeWhen.BEFORE_CLOSE
    assert preset.limiter.kind is LimiterKind.PASSIVE
    assert [(one.cell, one.corrected_ohm) for one in preset.busbars] == [(9, 0.0004), (13, 0.0)]
    assert preset.power.silence_off_s == inf
    assert record_rules(load_pack("seplos-16s-100ah")) == RecordRules(
        capacity=500, moving_every_s=1800.0, standby_every_s=14400.0
    )
    assert not record_rules(load_pack("seplos-16s-100ah", {"enable_history_recording": False})).enabled


def test_what_no_battery_can_have_is_refused_by_name() -> None:
    pack = load_pack("ps-20016s", {"battery_capacity_ah": 0})
    with pytest.raises(UsageError, match=r"cell capacity_ah 0\.0 must be above 0"):
        pack_preset(pack)
    wall = load_pack("wall-6k5")
    with pytest.raises(UsageError, match=r"\[powr\] is no function of a pack; did you mean 'power'\?"):
        pack_preset(replace(wall, tables={**wall.tables, "powr": {}}))
    with pytest.raises(UsageError, match=r"\[power\] has no value 'standby'; did you mean 'standby_a'\?"):
        pack_preset(replace(wall, tables={"power": {"standby": 1}}))

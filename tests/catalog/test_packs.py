"""Presets of packs: figures that follow settings, and one clear sentence for each slip in a file."""

from math import inf, nan
from pathlib import Path

import pytest

from wattstead.catalog.packs import load_pack, preset_names
from wattstead.model.errors import ProfileError, UsageError
from wattstead.model.pack import PackModel
from wattstead.model.protection import Action, Channel, recovery_text

TINY = """
[pack]
name = "tiny"
title = { en = "Tiny pack", fr = "Petit pack" }
source = "made up"
series = 4
capacity_ah = 10
unused = ["lcd"]

[settings]
high_mv = 3650
low_v = 2.5
delay_ms = 40
charge_a = -20
watch = true
mode = "gentle"
lcd = false

[switches]
kind = "relay"

[power]
shutdown_after_s = inf

[[protection]]
name = "high"
channel = "cell_voltage_max"
level = "protection"
trip = { setting = "high_mv", scale = 0.001 }
recover = { setting = "high_mv", scale = 0.001, plus = -0.2 }
actions = { when = "mode", is = "harsh", then = ["stop_charge", "stop_discharge"], else = ["stop_charge"] }
enabled = "watch"

[[protection]]
name = "low"
channel = "cell_voltage_min"
level = "alarm"
trip = "low_v"
recover = 3.0
delay_s = { setting = "delay_ms", per = 1000 }
ours = ["recover"]

[[protection]]
name = "charge"
channel = "charge_current"
level = "protection"
trip = { setting = "charge_a", scale = -1 }
recovery = "elapsed"
elapsed_s = 5
lock = { family = "charge", after = 2, enabled = "watch" }

[[protection]]
name = "sensor"
channel = "current_sensor_fault"
level = "alarm"
"""


def tiny(folder: Path, text: str = TINY, **settings: float | bool | str) -> PackModel:
    file = folder / "tiny.toml"
    file.write_text(text, encoding="utf-8")
    return load_pack(file, settings)


def sentence(folder: Path, text: str) -> str:
    with pytest.raises(ProfileError) as error:
        tiny(folder, text)
    return str(error.value).removeprefix("tiny.toml, ")


# --- figures


def test_figures_come_from_the_file_or_from_settings(tmp_path: Path) -> None:
    pack = tiny(tmp_path)
    high, low, charge, sensor = pack.rows
    assert (high.trip, high.recover, high.delay_s) == (3.65, 3.45, 2.0)  # 2 s: the usual delay of a voltage protection
    assert (low.trip, low.recover, low.delay_s) == (2.5, 3.0, 0.04)
    assert (charge.trip, charge.recover) == (20.0, 20.0)
    assert (sensor.channel, sensor.trip, sensor.recover) == (Channel.CURRENT_SENSOR_FAULT, 1.0, 0.0)
    assert pack.tables["switches"] == {"kind": "relay"}
    assert pack.tables["power"] == {"shutdown_after_s": inf}
    assert pack.value("power", "standby_a", 0.04) == 0.04


def test_a_written_setting_changes_what_hangs_on_it_and_nothing_else(tmp_path: Path) -> None:
    shipped, written = tiny(tmp_path), tiny(tmp_path, high_mv=3600, mode="harsh", watch=False)
    assert (written.rows[0].trip, written.rows[0].recover) == (3.6, 3.4)
    assert written.rows[0].actions == {Action.STOP_CHARGE, Action.STOP_DISCHARGE}
    assert not written.rows[0].enabled
    assert written.rows[2].lock is None
    assert [row.name for row in written.protections] == ["low", "charge", "sensor"]
    assert written.rows[1] == shipped.rows[1]
    assert written.settings == {**shipped.settings, "high_mv": 3600, "mode": "harsh", "watch": False}


def test_a_row_knows_which_settings_it_has_and_what_is_ours(tmp_path: Path) -> None:
    high, low, _, _ = tiny(tmp_path).rows
    assert (dict(high.named), high.switch) == ({"trip": "high_mv", "recover": "high_mv"}, "watch")
    assert set(high.ours) == {"delay_s"}
    assert set(low.ours) == {"recover"}


def test_the_record_is_the_name_unless_the_file_says_otherwise(tmp_path: Path) -> None:
    text = TINY.replace('name = "low"', 'name = "low"\nrecord = "UV"').replace(
        'name = "sensor"', 'name = "sensor"\nrecord = ""'
    )
    assert [row.record for row in tiny(tmp_path, text).rows] == ["high", "UV", "charge", ""]


def test_the_row_of_a_name_and_of_none(tmp_path: Path) -> None:
    pack = tiny(tmp_path)
    assert pack.row("low") is pack.rows[1]
    with pytest.raises(UsageError, match="tiny has no row 'hihg'; its rows are high, low, charge, sensor"):
        pack.row("hihg")


@pytest.mark.parametrize(
    ("channel", "level", "delay_s"),
    [
        ("cell_voltage_max", "alarm", 1.0),
        ("cell_voltage_max", "critical", 2.0),
        ("cell_temperature_max", "protection", 5.0),
        ("cell_temperature_max", "alarm", 1.0),
        ("charge_current", "protection", 2.0),
    ],
)
def test_a_delay_that_no_document_states(tmp_path: Path, channel: str, level: str, delay_s: float) -> None:
    text = TINY.replace('"cell_voltage_max"\nlevel = "protection"', f'"{channel}"\nlevel = "{level}"')
    text = text.replace(
        'actions = { when = "mode", is = "harsh", then = ["stop_charge", "stop_discharge"], else = ["stop_charge"] }',
        "",
    ).replace('mode = "gentle"\n', "")
    assert tiny(tmp_path, text).rows[0].delay_s == delay_s


# --- settings


def test_a_setting_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match="settings: there is no setting 'hihg_mv'; did you mean 'high_mv'\\?"):
        tiny(tmp_path, hihg_mv=3600)


@pytest.mark.parametrize(
    ("name", "value"), [("high_mv", True), ("watch", 1), ("mode", 3), ("high_mv", nan), ("low_v", inf)]
)
def test_settings_of_another_kind(tmp_path: Path, name: str, value: float | bool | str) -> None:
    tiny(tmp_path)
    with pytest.raises(ProfileError, match=f"settings, {name}: .* stands there; write a value like"):
        load_pack(tmp_path / "tiny.toml", {name: value})


def test_a_row_that_no_bms_can_run_is_refused_or_kept_for_the_checker(tmp_path: Path) -> None:
    file = tmp_path / "tiny.toml"
    with pytest.raises(
        ProfileError, match=r"protection 'low': recovery 3 must lie at or above the trip value 3\.1 \(SEP-6\); "
    ):
        tiny(tmp_path, low_v=3.1)
    assert load_pack(file, {"low_v": 3.1}, refuse=False).rows[1].trip == 3.1


def test_a_word_that_nothing_asks_for_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match=r"settings, mode: 'hars' stands there; did you mean 'harsh'\?"):
        tiny(tmp_path, mode="hars")
    with pytest.raises(
        ProfileError, match="settings, ctl_pin_control: 'on' stands there; write one of charge, charge_and"
    ):
        load_pack("ps-20016s", {"ctl_pin_control": "on"})


# --- slips in the file

HIGH, LOW, CHARGE = (f"protection {name!r}" for name in ("high", "low", "charge"))


@pytest.mark.parametrize(
    ("right", "wrong", "wanted"),
    [
        ('name = "tiny"\n', "", "pack: name is missing; add it"),
        ("series = 4", "series = 4.5", "pack, series: 4.5 stands there; write a whole number from 0 up"),
        ("series = 4", "serie = 4", "pack: there is no key 'serie' here; did you mean 'series'?"),
        ("series = 4", 'series = 4\nworking_v = [59, 40]', "pack, working_v: 59 does not lie below 40; "),
        ("series = 4", "series = 4\nworking_v = 40", "pack, working_v: no range stands there; "),
        ("series = 4", 'series = 4\npanel = "wal-6k5"', "pack, panel: there is no panel 'wal-6k5'; did you"),
        ('["lcd"]', '["lcd", "low_v"]', "pack, unused: 'low_v' is used; take it out"),
        ('["lcd"]', '["lce"]', "pack, unused: there is no setting 'lce'; did you mean 'lcd'?"),
        ('["lcd"]', "[]", "pack, unused: nothing uses 'lcd'; use it, or list it as unused"),
        ("[switches]", "[swiches]", "file: there is no key 'swiches' here; did you mean 'switches'?"),
        ('kind = "relay"', 'kind = "rely"', "switches, kind: 'rely' stands there; did you mean 'relay'?"),
        ('kind = "relay"', 'kin = "relay"', "switches: there is no key 'kin' here; did you mean 'kind'?"),
        ('kind = "relay"', 'open_delay_s = inf', "switches, open_delay_s: inf is no figure; write a finite number"),
        ("= inf", "= -inf", "power, shutdown_after_s: -inf is no figure; "),
        ("= inf", "= nan", "power, shutdown_after_s: nan is no figure; "),
        ("= inf", "= true", "power, shutdown_after_s: true stands there; write a figure, "),
        ("= inf", '= "watch"', "power, shutdown_after_s: 'watch' is True; name a setting that holds a figure"),
        ('"low_v"\n', '{ smaller = ["low_v"] }\n', f"{LOW}, trip: smaller takes two figures or more"),
        ('"low_v"\n', '{ smaller = ["low_v", "lov_v"] }\n', f"{LOW}, trip, smaller: there is no setting 'lov_v'"),
        ('"low_v"\n', '"lov_v"\n', f"{LOW}, trip: there is no setting 'lov_v'; did you mean 'low_v'?"),
        ('trip = "low_v"\n', "", f"{LOW}: trip is missing; "),
        ('"cell_voltage_min"', '"cell_voltage_mid"', f"{LOW}, channel: 'cell_voltage_mid' stands there"),
        ('"cell_voltage_min"', '"pack_voltage"', f"{LOW}: side is missing; write side = "),
        ('"cell_voltage_min"', '"cell_voltage_min"\nside = "above"', f"{LOW}: side is 'above'; cell_voltage_min"),
        ('level = "alarm"\ntrip', 'level = "grave"\ntrip', f"{LOW}, level: 'grave' stands there; write 'alarm', "),
        ('name = "low"', 'name = "high"', f"{HIGH}: stands twice; give each row its own name"),
        ('"elapsed"', '"elapse"', f"{CHARGE}, recovery: recovery 'elapse': 'elapse' is not a valid Atom; write "),
        ("elapsed_s = 5", "", f"{CHARGE}: a recovery by elapsed time must say elapsed_s; "),
        ("after = 2", "after = 0", f"{CHARGE}, lock: lock of charge after 0 trips must be after 1 or more"),
        ("after = 2", "afer = 2", f"{CHARGE}, lock: there is no key 'afer' here; did you mean 'after'?"),
        ("scale = -1", "scal = -1", f"{CHARGE}, trip: there is no key 'scal' here; did you mean 'scale'?"),
        ("per = 1000", "per = 0", f"{LOW}, delay_s: per is 0; "),
        ("per = 1000", "per = -1", f"{LOW}: delay -40 s must not be negative; "),
        ('is = "harsh"', "is = true", f"{HIGH}, actions: 'mode' is 'gentle'; write is = a value like that"),
        (', else = ["stop_charge"]', "", f"{HIGH}, actions: a key is missing; write {{ when"),
        ('"stop_discharge"]', '"stop_dischrge"]', f"{HIGH}, actions: 'stop_dischrge' stands there; did you mean"),
        ('enabled = "watch"\n', 'enabled = "mode"\n', f"{HIGH}, enabled: 'mode' is 'gentle'; name a setting that"),
        ('level = "alarm"\ntrip', 'level = "alarm"\nactions = ["stop_charge"]\ntrip', f"{LOW}: an alarm must cut"),
    ],
)  # fmt: skip
def test_slips(tmp_path: Path, right: str, wrong: str, wanted: str) -> None:
    assert TINY.count(right) >= 1
    assert sentence(tmp_path, TINY.replace(right, wrong, 1)).startswith(wanted)


def test_a_slip_in_the_branch_that_does_not_hold_is_found_too(tmp_path: Path) -> None:
    text = TINY.replace("shutdown_after_s = inf", 'shutdown_after_s = { when = "watch", then = inf, else = "lov_v" }')
    assert sentence(tmp_path, text).startswith(
        "power, shutdown_after_s: there is no setting 'lov_v'; did you mean 'low_v'?"
    )


def test_names_of_presets() -> None:
    assert preset_names() == (
        "pace-16s-100ah",
        "ps-20016s",
        "pylontech-15s",
        "seplos-16s-100ah",
        "seplos-v3-16s-330ah",
        "smart-16s-100ah",
        "wall-6k5",
    )
    with pytest.raises(
        UsageError, match="there is no preset 'seplos-16s'; did you mean seplos-16s-100ah\\? The presets are "
    ):
        load_pack("seplos-16s")
    with pytest.raises(ProfileError, match=r"nowhere\.toml, file: cannot be read"):
        load_pack("nowhere.toml")


# --- what written settings do to the shipped packs


@pytest.mark.parametrize(
    ("pack", "settings", "table", "key", "shipped", "written"),
    [
        ("seplos-16s-100ah", {"enable_soft_start": False}, "precharge", "when", "before_close", "none"),
        ("seplos-16s-100ah", {"soft_start_delay_ms": 500}, "precharge", "soft_start_s", 2.0, 0.5),
        ("seplos-16s-100ah", {"enable_active_current_limiting": True}, "limiter", "kind", "passive", "active"),
        ("seplos-16s-100ah", {"enable_passive_current_limiting": False}, "limiter", "kind", "passive", "none"),
        ("seplos-16s-100ah", {"enable_timeout_stops_balancing": False}, "balancer", "rest_limit_s", 36000.0, inf),
        ("seplos-16s-100ah", {"enable_standby_shutdown": False}, "power", "shutdown_after_s", 172800.0, inf),
        ("seplos-16s-100ah", {"enable_cell_heating": True}, "heater", "power_w", 0.0, 200.0),
        ("seplos-16s-100ah", {"charge_overcurrent_alarm_a": 80}, "requests", "charge_current_a", 60.0, 70.0),
        ("seplos-16s-100ah", {"enable_single_pack_1c_charging": False}, "requests", "charge_current_a", 60.0, 50.0),
        ("seplos-16s-100ah", {"cycle_depth_pct": 70}, "estimator", "cycle_depth", 0.8, 0.7),
        ("ps-20016s", {"charge_mos_recovery": False}, "switches", "kind", "ideal_diode", "mos"),
        ("ps-20016s", {"limiter_board_fitted": False}, "limiter", "kind", "board", "none"),
        ("ps-20016s", {"limiter_board_fitted": False}, "power", "standby_a", 0.06, 0.04),
        ("ps-20016s", {"precharge_control": True}, "requests", "trickle_below_v", 0.0, 2.5),
    ],
)
def test_switches_and_parameters_reach_the_functions(
    pack: str, settings: dict[str, float | bool], table: str, key: str, shipped: object, written: object
) -> None:
    """SEP-12, SEP-14, SEP-15, SEP-16, SEP-19, SEP-22: their switches and figures."""
    assert load_pack(pack).value(table, key) == shipped
    assert load_pack(pack, settings).value(table, key) == written


def test_interval_recharge_off_leaves_the_voltage_alone() -> None:
    """SEP-8: switch 42."""
    row = load_pack("seplos-16s-100ah", {"enable_interval_recharge": False}).row("pack_overvoltage_protection")
    assert recovery_text(row.recovery) == "value"


def test_of_two_limits_of_the_charge_voltage_the_smaller_is_asked() -> None:
    for screen_v, asked_v in ((57, 56.0), (55.2, 55.2)):
        pack = load_pack("ps-20016s", {"screen_charge_voltage_v": screen_v})
        assert pack.tables["requests"]["charge_voltage_v"] == asked_v


def test_ps_20016s_of_eight_cells() -> None:
    """PWS-1."""
    pack = load_pack("ps-20016s", {"cell_count": 8, "shunt_mohm": 0.2, "ctl_pin_control": "off"})
    assert (pack.series, pack.dead_band_a) == (8, 2.5)
    assert pack.row("short_circuit_protection").trip == 550.0
    assert not pack.row("emergency_stop").enabled

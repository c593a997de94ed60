"""The check of a set, dangers, files, what is kept: all without a line."""

from pathlib import Path

import pytest

from tiny_profile import ASK, HEAD
from tiny_profile import profile as tiny
from wattstead.catalog.profile import load_profile, profile_names
from wattstead.catalog.sentences import in_words
from wattstead.catalog.setting_words import setting_label, setting_labels, setting_words
from wattstead.host.settings.check import check_set, dangers, errors
from wattstead.host.settings.file import parse_value, read_settings_file, to_toml
from wattstead.host.settings.keep import Keeper, device_key
from wattstead.host.settings.mapping import on_wire, writable
from wattstead.host.settings.plan import plan
from wattstead.host.settings.sets import LIVE, Held, SettingSet, defaults
from wattstead.model.errors import ProfileError, UsageError
from wattstead.model.setting import SettingValue

WRITABLE = ("seplos-v2", "seplos-v3", "pace", "growatt-rs485", "ps-20016s", "aura")


@pytest.mark.parametrize("make", WRITABLE)
def test_the_set_as_shipped_has_no_error(make: str) -> None:
    """SEP-3."""
    profile = load_profile(make)
    assert errors(check_set(profile, defaults(profile).values)) == ()
    assert set(writable(profile)) == set(profile.settings)


@pytest.mark.parametrize("make", WRITABLE)
def test_a_set_goes_through_a_file(make: str, tmp_path: Path) -> None:
    profile = load_profile(make)
    shipped = defaults(profile)
    file = tmp_path / "set.toml"
    file.write_text(to_toml(profile, shipped), encoding="utf-8")
    read = read_settings_file(file)
    assert read.profile == make
    assert read.values == {name: value for name, value in shipped.values.items() if name not in LIVE}


@pytest.mark.parametrize(
    ("name", "value", "rule"),
    [
        ("cell_overvoltage_protection_v", 3.6505, "step"),
        ("cell_overvoltage_protection_v", 99.0, "range"),
        ("cell_overvoltage_protection_v", 6.0, "range"),
        ("cell_overvoltage_protection_v", True, "kind"),
        ("cell_overvoltage_protection_v", 3.3, "SEP-6"),
        ("charge_overtemperature_protection_degc", 500.0, "range"),
        ("discharge_overcurrent_protection_a", 110, "sign"),
        ("enable_lcd", 1, "kind"),
        ("rated_capacity_ah", 0, "SEP-3"),
        ("balancing_stop_difference_v", 0.05, "SEP-3"),
    ],
)
def test_each_error_names_the_setting_and_its_rule(name: str, value: float, rule: str) -> None:
    profile = load_profile("seplos-v2")
    found = errors(check_set(profile, {name: value}, defaults(profile).values))
    assert rule in {one.rule for one in found}
    assert all(one.rule in str(one) for one in found)


@pytest.mark.parametrize("make", ["daly", "pylontech"])
def test_settings_that_can_only_be_read_are_no_errors_and_a_write_says_that_it_cannot(make: str) -> None:
    profile = load_profile(make)
    shipped = defaults(profile).values
    assert errors(check_set(profile, shipped)) == ()
    name = next(name for name in shipped if name.startswith("cell_"))
    assert (name,) in [one.names for one in errors(check_set(profile, {**shipped, name: 7.0}))]
    with pytest.raises(UsageError, match=f"{make}: its settings can be read, but no way to write them is known; use"):
        plan(profile, Held({}, {}), {name: 3.4})


def test_all_findings_come_at_once_and_an_old_one_that_is_not_touched_does_not_stop() -> None:
    profile = load_profile("seplos-v2")
    held = {**defaults(profile).values, "cell_overvoltage_protection_v": 3.3}
    assert errors(check_set(profile, {"soc_alarm_pct": 15}, held)) == ()
    assert len(errors(check_set(profile, {"soc_alarm_pct": 300, "enable_lcd": "on"}, held))) == 2
    assert errors(check_set(profile, {"cell_overvoltage_protection_v": 3.31}, held))


def test_a_protection_is_a_danger_and_an_alarm_is_none() -> None:
    """SEP-4."""
    profile = load_profile("seplos-v2")
    held = defaults(profile).values
    assert dangers(profile, held, {"enable_cell_high_voltage_alarm": False}) == ()
    (one,) = dangers(profile, held, {"enable_cell_overvoltage_protection": False})
    assert (one.name, "charge is no longer stopped" in one.text) == ("enable_cell_overvoltage_protection", True)
    (link,) = dangers(profile, held, {"enable_automatic_addressing": True})
    assert "this very link" in link.text


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("[settings]\nsoc_alarm_pct = 15\n", "the profile is missing"),
        ('[about]\nprofile = "seplos-v2"\n[settings]\nsoc_alarm = 15\n', "did you mean 'soc_alarm_pct'?"),
        ('[about]\nprofile = "seplos-v2"\n[settings]\nsoc_alarm_pct = [1]\n', "write a value like 10"),
        ('[about]\nprofile = "seplos-v2"\n[setings]\nsoc_alarm_pct = 1\n', "did you mean 'settings'?"),
        ("[settings\n", "write one `name = value` a line"),
    ],
)
def test_a_slip_in_a_file_is_told_with_its_remedy(text: str, wanted: str, tmp_path: Path) -> None:
    file = tmp_path / "slip.toml"
    file.write_text(text)
    with pytest.raises(ProfileError) as error:
        read_settings_file(file)
    assert wanted in str(error.value)


def test_words_on_the_command_line() -> None:
    profile = load_profile("seplos-v2")
    assert parse_value(profile, "soc_alarm_pct=15") == ("soc_alarm_pct", 15)
    assert parse_value(profile, "enable_lcd=on") == ("enable_lcd", True)
    for slip in ("soc_alarm_pct", "soc_alarm_pct=", "soc_alarm_pct=15%", "enable_lcd=maybe", "soc=1"):
        with pytest.raises(UsageError):
            parse_value(profile, slip)


def test_backups_follow_each_other_and_writes_are_counted(tmp_path: Path) -> None:
    profile = load_profile("seplos-v2")
    keeper = Keeper(tmp_path, profile, device_key(profile, "tcp://a:1", 0, {"serial_number": "SP 12/3"}))
    held = SettingSet("seplos-v2", {"soc_alarm_pct": 10}, "a device", 0, 1_780_315_200_000)
    names = [keeper.backup(held).name for _ in range(11)]
    assert [one.name for one in keeper.backups()] == names
    keeper.remember(held)
    last = keeper.last()
    assert last is not None
    assert last.values == held.values
    keeper.log({"what": "write ended", "sent": 2}, 0)
    with keeper.log_path.open("a") as file:
        file.write('{"at": "broken')
    keeper.log({"what": "lost with the broken line", "sent": 1}, 0)
    keeper.log({"what": "write ended", "sent": 3}, 0)
    assert keeper.writes() == 5
    assert device_key(profile, "tcp://a:1", 0, {"serial_number": "000"}) == "seplos-v2-tcp-a-1-0"
    spelled = ("/dev/ttyUSB0", "serial:///dev/ttyUSB0", "serial:///dev/ttyUSB0?baud=19200")
    assert {device_key(profile, url, 1, {}) for url in spelled} == {"seplos-v2-dev-ttyUSB0-1"}


def test_every_setting_of_every_profile_has_a_label_and_an_explanation_in_both_languages() -> None:
    """SEP-1."""
    known = {name for profile in map(load_profile, profile_names()) for name in profile.settings}
    assert set(setting_words()) == set(setting_labels()) == known
    for name in known:
        for words in (setting_words()[name], setting_labels()[name]):
            assert set(words) == {"en", "fr"}
            assert all(text.strip() for text in words.values()), name
        label = setting_labels()[name]
        assert "_" not in label["en"] + label["fr"], name
        assert label["en"] != setting_words()[name]["en"], name


def test_two_settings_of_one_make_are_not_called_the_same() -> None:
    for profile in map(load_profile, profile_names()):
        for lang in ("en", "fr"):
            called: dict[str, str] = {}
            for name in profile.settings:
                other = called.setdefault(setting_label(name, lang), name)
                assert other == name, (profile.name, lang, name, other)


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ('link = ["bms_adress"]', "writing, link: there is no setting 'bms_adress'"),
        ('before = [{ message = "unlock" }]', "writing, before: there is no message 'unlock'"),
        ('after = [{ message = "ask" }]', "writing, after: 'ask' only reads"),
        (
            'wait = { message = "ask", field = "state", busy = [], done = ["done"] }',
            "writing, wait: ask tells no 'state'",
        ),
    ],
)
def test_a_slip_in_what_a_profile_says_of_writing_has_its_place(line: str, wanted: str, tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match=wanted):
        tiny(tmp_path, f"{HEAD}\n[writing]\n{line}\n{ASK}")


OUT_OF_THE_BATTERY = ("discharge_", "transient_overcurrent", "inverter_discharge", "short_circuit_")


def test_a_current_that_discharges_is_negative_in_the_settings_of_every_profile() -> None:
    """One rule of the house, in data: positive charges, above every wire."""
    seen = 0
    for profile in map(load_profile, profile_names()):
        for name, setting in profile.settings.items():
            if setting.unit != "A" or not isinstance(setting.default, int | float):
                continue
            out = name.startswith(OUT_OF_THE_BATTERY)
            assert setting.default < 0 if out else setting.default >= 0, (profile.name, name, setting.default)
            if not out or name not in writable(profile):
                continue
            seen += 1
            found = errors(check_set(profile, {name: -setting.default}, defaults(profile).values))
            assert ("sign", (name,)) in [(one.rule, one.names) for one in found], (profile.name, found)
            carried = on_wire(profile, name, setting.default)
            assert carried == pytest.approx(setting.default), (profile.name, name)
    assert seen > 10


def test_every_finding_and_danger_of_the_shipped_sets_and_of_broken_ones_is_said_in_french() -> None:
    slips: list[dict[str, SettingValue]] = [
        {"cell_overvoltage_protection_v": 3.3},
        {"cell_overvoltage_protection_v": 3.6505},
        {"cell_overvoltage_protection_v": 99.0},
        {"cell_overvoltage_protection_v": True},
        {"cell_overvoltage_protection_v": 3.9},
        {"discharge_overcurrent_protection_a": 110},
        {"enable_lcd": 1},
        {"rated_capacity_ah": 0},
        {"balancing_stop_difference_v": 0.05},
        {"soc_alarm_pct": 3},
    ]
    for make in WRITABLE:
        profile = load_profile(make)
        shipped = defaults(profile).values
        off: dict[str, SettingValue] = {name: not value for name, value in shipped.items() if isinstance(value, bool)}
        sets: list[dict[str, SettingValue]] = [{}, off]
        sets += [{name: value for name, value in one.items() if name in shipped} for one in slips]
        for wanted in sets:
            for one in check_set(profile, {**shipped, **wanted}, shipped):
                french = in_words(str(one), "fr")
                assert french != str(one), str(one)
                assert in_words(str(one), "en") == str(one)
            if not wanted or all(isinstance(value, bool) for value in wanted.values()):
                for danger in dangers(profile, shipped, wanted):
                    assert in_words(danger.text, "fr") != danger.text, danger.text

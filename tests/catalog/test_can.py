"""Profiles on a CAN bus: what is wrong in a file is said, switches, and life without the extra."""

from pathlib import Path
from shutil import copy

import pytest

from wattstead.catalog import can_dbc
from wattstead.catalog.can_rows import raised
from wattstead.catalog.profile import load_profile, profile_names
from wattstead.model.errors import ProfileError, UsageError

SHIPPED = Path(can_dbc.__file__).parents[1] / "profiles"


def own(tmp_path: Path, toml: tuple[str, str] = ("", ""), dbc: tuple[str, str] = ("", "")) -> str:
    """Make a copy of a shipped profile with a slip in it."""
    for name, (right, wrong) in (("pylontech-can.toml", toml), ("pylontech-can.dbc", dbc)):
        text = (SHIPPED / name).read_text(encoding="utf-8")
        assert right in text
        (tmp_path / name).write_text(text.replace(right, wrong, 1) if right else text, encoding="utf-8")
    return str(tmp_path / "pylontech-can.toml")


def test_a_profile_of_ones_own_has_its_dbc_beside_it(tmp_path: Path) -> None:
    assert len(load_profile(own(tmp_path)).dialect.messages) == 18


@pytest.mark.parametrize(
    ("toml", "dbc", "why"),
    [
        (('"limits", "charge"', '"limit", "charge"'), ("", ""), "send: the DBC has no 'limit'; did you mean 'limits'?"),
        (("pylontech-can.dbc", "pylon.dbc"), ("", ""), "dbc: there is no file pylon.dbc; put it beside the profile"),
        (('"discharge_current_limit_a"', '"discharge_limit"'), ("", ""), "there is no quantity 'discharge_limit'"),
        (("", ""), ("BO_ 849 limits", "BO 849 limits"), "cantools cannot read pylontech-can.dbc"),
        (
            ("", ""),
            ("SG_ overvoltage_protection :", "SG_ overvoltage :"),
            "signal 'overvoltage': a single bit is a flag or",
        ),
        (("sign = -1", "sign = 2"), ("", ""), "sign: 2 stands there"),
    ],
)
def test_a_slip_is_said_with_its_place(tmp_path: Path, toml: tuple[str, str], dbc: tuple[str, str], why: str) -> None:
    with pytest.raises(ProfileError, match=r"pylontech-can\.toml, link, can") as error:
        load_profile(own(tmp_path, toml, dbc))
    assert why in str(error.value)


def test_switches_stand_behind_the_name() -> None:
    both = load_profile("pylontech-can+v1.2+dlc8").link.can
    assert both is not None
    assert (both.lengths, both.padded) == ({"limits": 6}, True)
    assert load_profile("pylontech-can+deye").virtual.says["maker"] == "DEYE"
    plain = load_profile("pylontech-can").link.can
    assert plain is not None
    assert (plain.lengths, plain.padded) == ({}, False)


def test_a_switch_that_is_not_there_has_the_nearest() -> None:
    with pytest.raises(UsageError, match=r"pylontech-can has no switch 'v1\.33'; did you mean 'v1\.3'"):
        load_profile("pylontech-can+v1.33")


@pytest.mark.parametrize("name", [name for name in profile_names() if name.endswith("-can")])
def test_every_switch_of_every_profile_loads(name: str) -> None:
    keys = load_profile(name).link.can
    assert keys is not None
    for option in keys.options:
        assert load_profile(f"{name}+{option}").dialect.messages


def test_without_the_extra_all_other_profiles_are_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("wattstead.catalog.shipped.has_cantools", lambda: False)
    names = profile_names()
    assert "seplos-v2" in names
    assert not [name for name in names if name.endswith("-can")]


def test_a_profile_of_can_without_the_extra_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def absent(text: str) -> None:
        raise ImportError("cantools")

    monkeypatch.setattr(can_dbc, "_read", absent)
    for name in ("pylontech-can.toml", "pylontech-can.dbc"):
        copy(SHIPPED / name, tmp_path)
    with pytest.raises(UsageError, match=r"install them by: pip install 'wattstead\[can\]'"):
        load_profile(str(tmp_path / "pylontech-can.toml"))


def test_one_bit_stands_for_several_rows() -> None:
    assert raised("overtemperature_protection", {"charge_overtemperature_protection"})
    assert raised("error_valid", {"short_circuit_protection"})
    assert not raised("overtemperature_protection", {"charge_undertemperature_protection"})

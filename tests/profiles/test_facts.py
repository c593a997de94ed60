"""The profile of Seplos V2 against the maker's own tables of parameters and switches."""

import csv
from pathlib import Path

import pytest

from wattstead.catalog.profile import load_profile

FACTS = Path(__file__).parents[3] / "shared" / "facts"


def rows(name: str) -> list[dict[str, str]]:
    file = FACTS / name
    if not file.is_file():
        pytest.skip(f"the maker's table {name} is not beside the repository (../shared/facts)")
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def test_all_parameters_stand_in_the_profile_as_the_maker_lists_them() -> None:
    settings = [one for one in load_profile("seplos-v2").settings.values() if not one.name.startswith("enable_")]
    listed = rows("seplos_parameters.csv")
    assert len(listed) == 87
    for setting, row in zip(settings, listed, strict=True):
        assert (setting.number, setting.vendor_name, setting.unit) == (
            int(row["number"]),
            row["vendor_name"],
            row["unit"],
        )
        assert setting.default == float(row["default"])


def test_all_switches_stand_in_the_profile_as_the_maker_lists_them() -> None:
    switches = [one for one in load_profile("seplos-v2").settings.values() if one.name.startswith("enable_")]
    listed = rows("seplos_switches.csv")
    assert len(listed) == 64
    for setting, row in zip(switches, listed, strict=True):
        assert (setting.number, setting.vendor_name) == (int(row["number"]), row["vendor_name"])
        assert setting.default is (row["default"] == "on")

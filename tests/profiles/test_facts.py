"""The profiles of Seplos V2 and PS-20016S against the makers' own tables of parameters, switches and codes."""

import csv
from pathlib import Path
from typing import Any

import pytest

from wattstead.catalog.profile import load_profile
from wattstead.wire.field import Word
from wattstead.wire.layout import fields_of

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


def test_all_65_parameters_of_the_ps_20016s_are_registers_as_its_table_lists_them() -> None:
    settings = list(load_profile("ps-20016s").settings.values())
    listed = rows("powastone_parameters.csv")
    assert len(listed) == 65
    assert (
        len({setting.number for setting in settings}) == len(settings) == 65 + 4 + 6
    )  # what is fitted, and what its text has
    words = {"on": True, "off": False, "close-discharge MOS": "discharge_mos", "Chg/Dsg": "charge_and_discharge"}
    for setting, row in zip(settings, listed, strict=False):
        place = row["group"].removeprefix("temperature:") + " " if row["group"].startswith("temperature") else ""
        default: Any = words[row["default"]] if row["default"] in words else float(row["default"])
        assert (setting.vendor_name, setting.unit) == (place + row["name"], row["unit"] or setting.unit)
        # What discharges is negative above the wire; the maker counts it up.
        discharges = setting.unit == "A" and "discharge" in setting.name
        assert setting.default == (-default if discharges else default)
        assert setting.values or isinstance(default, bool) or setting.minimum is not None


def test_every_code_of_the_records_is_an_event_of_the_registers() -> None:
    message = load_profile("ps-20016s").dialect.message("records_46_to_50")
    (events,) = (field.type.names.values() for field in fields_of(message.reply) if isinstance(field.type, Word))
    assert {row["code"] for row in rows("powastone_records.csv")} <= set(events)

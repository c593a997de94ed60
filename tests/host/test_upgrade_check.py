"""What is held against an upgrade before anything is sent: the state by its values, the image, the profile."""

from importlib.resources import files
from typing import Any

import pytest

from talk.upgrading import image
from wattstead.catalog.profile import load_file, load_profile, profile_names
from wattstead.catalog.upgrade_state import declared, speaks_against
from wattstead.host.upgrade.check import DOWNGRADE, SAME_VERSION, danger_of, misfits
from wattstead.model.errors import ProfileError, UsageError
from wattstead.wire.upgrade import State, Status, Why
from wattstead.wire.upgrade_image import Image

GROWATT = load_profile("growatt-rs485")
FIT: dict[str, Any] = {
    "pack_current_a": 0.4,
    "charge_mos_on": True,
    "discharge_mos_on": True,
    "soc_pct": 60.0,
    "pack_voltage_v": 52.8,
}
DECLARED = {"growatt-can", "growatt-rs485", "ps-20016s"}


@pytest.mark.parametrize(
    ("values", "active", "against"),
    [
        ({}, [], ()),
        ({"pack_current_a": -1.0}, ["cell_high_voltage_alarm"], ()),
        ({"pack_current_a": 30.0, "charge_mos_on": False, "discharge_mos_on": False}, [], ()),
        (
            {"pack_current_a": -12.5},
            [],
            ("-12.5 A flow and the relays are closed; idle is 1 A at most: stop charger and load",),
        ),
        (
            {"pack_current_a": None, "charge_mos_on": None},
            [],
            ("the battery does not say its current; it must be idle, or its relays open",),
        ),
        ({"soc_pct": 12.0}, [], ("soc_pct is 12 %; it must be 20 to 95 %",)),
        ({"soc_pct": 95.5}, [], ("soc_pct is 95.5 %; it must be 20 to 95 %",)),
        ({"pack_voltage_v": 47.9}, [], ("pack_voltage_v is 47.9 V; it must be 48 to 57.6 V",)),
        ({"pack_voltage_v": None}, [], ("the battery does not say pack_voltage_v, which must be 48 to 57.6 V",)),
        (
            {"soc_pct": 3.0, "pack_current_a": 9.0},
            ["permanent_fault", "cell_undervoltage_protection", "turn_off_alarm"],
            (
                "9 A flow and the relays are closed; idle is 1 A at most: stop charger and load",
                "soc_pct is 3 %; it must be 20 to 95 %",
                "active: cell_undervoltage_protection, permanent_fault; clear that first",
            ),
        ),
        ({}, None, ("the battery does not say which protections are active",)),
    ],
)
def test_the_state_is_stated_by_its_values(
    values: dict[str, Any], active: list[str] | None, against: tuple[str, ...]
) -> None:
    assert speaks_against(GROWATT, {**FIT, **values}, active) == against


def test_each_cell_counts() -> None:
    powastone = load_profile("ps-20016s")
    cells = (3.3,) * 15
    values = {**FIT, "cell_voltage_v": (*cells, 3.3)}
    assert speaks_against(powastone, values, []) == ()
    low = speaks_against(powastone, {**values, "cell_voltage_v": (*cells, 2.9)}, [])
    assert low == ("cell_voltage_v is 2.9 V; it must be 3 to 3.6 V",)


def test_only_what_is_declared_is_offered_a_transfer() -> None:
    names = set(profile_names())
    assert {name for name in names if load_profile(name).upgrade is not None} == DECLARED
    for name in names - DECLARED:
        with pytest.raises(UsageError, match=f"{name} declares no firmware upgrade, so nothing was sent: makers"):
            declared(load_profile(name))
    for name in DECLARED:
        (note,) = [one for one in load_profile(name).notes if one.about == "upgrade"]
        assert "this project's own transfer" in note.en
        assert "propre à ce projet" in note.fr


def status(version: tuple[int, int, int] = (1, 0, 0), sha256: bytes = b"o" * 32) -> Status:
    runs = (State.IDLE, 0, 1, Why.USUAL, "WS-TEST", 1, version, sha256, None, b"", b"")
    return Status(*runs, 0, 0, "", 32, 1024)


def test_an_image_for_something_else_is_refused_with_all_reasons_at_once() -> None:
    spec = declared(GROWATT).model_copy(update={"model": "WS-TEST"})
    fits = image()
    assert misfits(fits.head, spec) == misfits(fits.head, spec, status()) == ()
    assert misfits(image(model="WS-OTHER").head, spec) == (
        "the image is for the model WS-OTHER, this profile is WS-TEST",
    )
    wrong = Image.make(bytes(5000), model="WS-TEST", version=(1, 0, 0), hardware=(2, 4), block_bytes=192)
    assert misfits(wrong.head, spec, status()) == (
        "the image fits hardware revisions 2 to 4, the device has 1",
        "the image has 5000 bytes, the device has room for 1024",
        "the image has blocks of 192 bytes, the device takes 32 at most",
    )


def test_what_is_not_newer_is_confirmed_by_name() -> None:
    older, same = danger_of(image((0, 9, 0)).head, status()), danger_of(image((1, 0, 0)).head, status())
    assert older is not None
    assert same is not None
    assert (older.name, older.text) == (DOWNGRADE, "0.9.0 is older than 1.0.0, which the device runs")
    assert (same.name, same.text) == (SAME_VERSION, "the device runs 1.0.0 already, with other content")
    assert danger_of(image((1, 0, 1)).head, status()) is None
    running = image((1, 0, 0)).head
    assert danger_of(running, status(sha256=running.sha256)) is None


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (('transfer = "wattstead-1"', 'transfer = "growatt"'), "upgrade"),
        (("wants = { soc_pct = [20, 95]", "wants = { soc = [20, 95]"), "there is no quantity 'soc'; did you mean"),
        (("soc_pct = [20, 95]", "soc_pct = [95, 20]"), "95 is not below 20; write the lower one first"),
    ],
)
def test_a_wrong_table_is_refused(tmp_path: Any, change: tuple[str, str], why: str) -> None:
    text = (files("wattstead") / "profiles" / "growatt-rs485.toml").read_text(encoding="utf-8")
    assert change[0] in text
    file = tmp_path / "growatt-rs485.toml"
    file.write_text(text.replace(*change), encoding="utf-8")
    with pytest.raises(ProfileError, match=why):
        load_file(file)

"""Status words, limits asked of the inverter and flags follow the limits that hold."""

from typing import Any

import pytest

from virtual.banks import MAKES, Rig
from wattstead.model.reading import numbers
from wattstead.virtual.given import Given


def alarms(rig: Rig) -> dict[str, Any]:
    return dict(rig.ask("alarms").packs[0].values)


def sense(rig: Rig, current_a: float, **readings: Any) -> None:
    """Let the sensors of the first pack see something for five seconds of this current."""
    rig.bank.packs[0].given = Given(sense={"pack_current_a": current_a, **readings})
    for _ in range(5):
        rig.bank.advance(1.0, current_a)


def cells(rig: Rig, number: int, voltage_v: float, others_v: float = 3.3) -> tuple[float, ...]:
    return tuple(voltage_v if cell == number else others_v for cell in range(1, rig.bank.state.preset.cells + 1))


def words(rig: Rig) -> dict[int, str]:
    """Cells by number that are not normal."""
    return {cell: word for cell, word in enumerate(alarms(rig)["cell_voltage_status"], 1) if word != "normal"}


@pytest.mark.parametrize("make", MAKES)
def test_a_healthy_pack_is_normal_throughout(make: str) -> None:
    rig = Rig(make)
    rig.bank.advance(10.0, 5.0)
    said = rig.ask("alarms").packs[0]
    assert said.active == ()
    statuses = {name: value for name, value in said.values.items() if name.endswith("_status")}
    assert len(statuses) >= 5
    for name, value in statuses.items():
        assert set(value if isinstance(value, tuple) else (value,)) == {"normal"}, name
    assert (said.values["charge_mos_on"], said.values["discharge_mos_on"]) == (True, True)


@pytest.mark.parametrize("make", MAKES)
@pytest.mark.parametrize(("voltage_v", "current_a", "word"), [(3.68, 5.0, "high"), (2.5, -5.0, "low")])
def test_the_cell_beyond_its_limit_is_named(make: str, voltage_v: float, current_a: float, word: str) -> None:
    rig = Rig(make)
    sense(rig, current_a, cell_voltage_v=cells(rig, 7, voltage_v), pack_voltage_v=50.0)
    assert words(rig) == {7: word}
    assert alarms(rig)["charge_mos_on"] is (word == "low")
    assert alarms(rig)["discharge_mos_on"] is (word == "high")


def test_on_its_way_back_the_outermost_cell_keeps_the_word() -> None:
    rig = Rig()
    sense(rig, 5.0, cell_voltage_v=cells(rig, 7, 3.68), pack_voltage_v=53.0)
    sense(rig, 5.0, cell_voltage_v=cells(rig, 3, 3.45), pack_voltage_v=53.0)
    assert words(rig) == {3: "high"}
    sense(rig, 5.0, cell_voltage_v=cells(rig, 3, 3.38), pack_voltage_v=53.0)
    assert words(rig) == {}


@pytest.mark.parametrize("make", MAKES)
@pytest.mark.parametrize(("per_cell_v", "current_a", "word"), [(3.62, 5.0, "high"), (2.6, -5.0, "low")])
def test_the_packs_own_voltage_has_its_own_word(make: str, per_cell_v: float, current_a: float, word: str) -> None:
    rig = Rig(make)
    pack_voltage_v = per_cell_v * rig.bank.state.preset.cells
    sense(rig, current_a, cell_voltage_v=cells(rig, 1, 3.3), pack_voltage_v=pack_voltage_v)
    assert words(rig) == {}
    assert alarms(rig)["pack_voltage_status"] == word


def test_codes_without_a_bit_show_as_words_alone() -> None:
    rig = Rig("pylontech")
    sense(rig, 5.0, cell_voltage_v=cells(rig, 4, 3.66), pack_voltage_v=50.0)
    assert rig.bank.report(0).active == ("cell_high_voltage_alarm", "cell_overvoltage_protection")
    said = rig.ask("alarms").packs[0]
    assert said.active == ()  # this wire has no bit for a cell that is too high
    assert words(rig) == {4: "high"}


def test_a_cut_takes_the_charge_limit_to_zero_and_a_recovery_gives_it_back() -> None:
    rig = Rig("pylontech")
    usual = rig.ask("management").packs[0].values
    assert (usual["charge_enabled"], usual["discharge_enabled"]) == (True, True)
    assert (usual["charge_current_limit_a"], usual["discharge_current_limit_a"]) == (25.0, -25.0)
    sense(rig, 5.0, pack_voltage_v=54.1)
    cut = rig.ask("management").packs[0].values
    assert (cut["charge_enabled"], cut["charge_current_limit_a"]) == (False, 0.0)
    assert (cut["discharge_enabled"], cut["discharge_current_limit_a"]) == (True, -25.0)
    sense(rig, -5.0, pack_voltage_v=52.4)
    assert rig.ask("management").packs[0].values == usual
    sense(rig, -5.0, pack_voltage_v=44.4)
    empty = rig.ask("management").packs[0].values
    assert (empty["discharge_enabled"], empty["discharge_current_limit_a"]) == (False, 0.0)
    assert (empty["charge_enabled"], empty["charge_current_limit_a"]) == (True, 25.0)


@pytest.mark.parametrize(
    ("soc_pct", "first", "second"),
    [(3.0, True, False), (8.9, True, False), (9.0, False, True), (12.9, False, True), (13.0, False, False)],
)
def test_near_empty_it_asks_to_be_charged_at_once(soc_pct: float, first: bool, second: bool) -> None:
    said = Rig("pylontech", soc_pct=soc_pct).ask("management").packs[0].values
    assert (said["charge_immediately_1"], said["charge_immediately_2"]) == (first, second)


def test_after_thirty_days_without_a_full_charge_it_asks_for_one() -> None:
    rig = Rig("pylontech", soc_pct=60.0)
    for day in range(30):
        assert rig.ask("management").packs[0].values["full_charge_requested"] is False, day
        rig.bank.advance(60.0, steps=1440)
    assert rig.ask("management").packs[0].values["full_charge_requested"] is True
    rig.bank.advance(60.0, 20.0, steps=240, stops_at_its_voltage=True)
    (soc_pct,) = numbers(rig.bank.report(0).values["soc_pct"])
    assert soc_pct > 97.0
    assert rig.ask("management").packs[0].values["full_charge_requested"] is False


@pytest.mark.parametrize(
    ("current_a", "charge", "discharge"), [(0.11, True, False), (0.1, False, False), (-0.11, False, True)]
)
def test_effective_currents_begin_beyond_a_tenth_of_an_ampere(current_a: float, charge: bool, discharge: bool) -> None:
    rig = Rig("pylontech")
    rig.bank.advance(1.0, current_a)
    said = alarms(rig)
    assert (said["effective_charge_current"], said["effective_discharge_current"]) == (charge, discharge)
    assert said["module_power_in_use"] is True

"""What a person at the demo's page does to a virtual pack acts at once, through the real bank."""

import pytest

from virtual.banks import Rig
from wattstead.app.tryout import Place, Tryout
from wattstead.model.errors import UsageError


def of(rig: Rig) -> Tryout:
    return Tryout({f"p{place}": Place.of(rig.live, place) for place in range(rig.packs)})


def test_a_press_acts_before_the_answer_comes_however_short_it_is() -> None:
    rig = Rig(packs=2)
    tryout = of(rig)
    tryout.do("p1", {"short_circuit_ohm": 0.002}, {})
    assert "short_circuit_protection" in rig.bank.report(1).active
    assert rig.bank.report(0).active == ()
    for _ in range(5):
        tryout.do("p1", {"service": True}, {})
        tryout.do("p1", {}, {})
    assert rig.bank.report(1).active == ()


def test_time_goes_on_with_the_clock_all_the_same() -> None:
    rig = Rig()
    tryout = of(rig)
    for _ in range(20):
        rig.clocks.pass_s(0.25)
        tryout.do("p0", {"button": True}, {})
    rig.clocks.pass_s(10.0)
    tryout.look("p0")
    assert rig.bank.state.time_s == pytest.approx(15.0, abs=0.11)


def test_the_lamps_and_controls_are_those_of_the_pack() -> None:
    seplos, pylontech = of(Rig()).look("p0"), of(Rig("pylontech")).look("p0")
    assert {"button", "charger", "load_w", "short_circuit_ohm", "keypad"} <= set(seplos["controls"])
    assert "emergency_stop" not in seplos["controls"]
    assert seplos["hold_to_turn_off_s"] is None
    assert [lamp["name"] for lamp in seplos["panel"]["lamps"]] == ["run", "alm", "1", "2", "3", "4"]
    assert seplos["panel"]["own"] is False
    assert (pylontech["hold_to_turn_off_s"], pylontech["panel"]) == (5.0, None)
    assert "inverter_silent" in pylontech["controls"]
    heat = of(Rig())
    shown = heat.do("p0", {"ambient_temperature_degc": 55}, {"ambient_temperature_degc": 55})
    assert shown["panel"]["lamps"][1]["light"] == "off"


def test_breakers_and_lines_are_those_of_packs_with_neighbours() -> None:
    assert not {"isolated", "line_cut"} & set(of(Rig()).look("p0")["controls"])
    rig = Rig(packs=2)
    tryout = of(rig)
    assert {"isolated", "line_cut"} <= set(tryout.look("p1")["controls"])
    tryout.do("p1", {"isolated": True}, {})
    assert rig.bank.on_bus() == [0]
    tryout.do("p1", {}, {})
    rig.clocks.pass_s(1.0)
    tryout.look("p1")
    assert rig.bank.on_bus() == [0, 1]


def test_what_cannot_be_changes_nothing() -> None:
    rig = Rig()
    tryout = of(rig)
    tryout.do("p0", {"load_w": 500}, {"soc_pct": 40})
    for given, sense, words in (
        ({"load_w": -1}, {}, r"\[input\] load_w: -1 cannot be"),
        ({"buton": True}, {}, "did you mean button"),
        ({}, {"cell_temperature_degc": ["open"]}, r"\[sense\] cell_temperature_degc: a list of 1 does not match"),
        ({}, {"soc_pct": "high"}, r"\[sense\] soc_pct: 'high' is no number"),
    ):
        with pytest.raises(UsageError, match=words):
            tryout.do("p0", given, sense)
    assert tryout.look("p0")["input"] == {"load_w": 500}
    assert rig.bank.packs[0].given.sense == {"soc_pct": 40.0}


def test_a_probe_is_unplugged_by_its_word() -> None:
    rig = Rig()
    rig.live.step(1.0)
    of(rig).do("p0", {}, {"cell_temperature_degc": ["true", "open", "true", "true"]})
    rig.live.step(2.0)
    assert "temperature_sensor_fault" in rig.bank.report(0).active

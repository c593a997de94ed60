"""The lamps of a battery as they follow from what it says (PWS-14)."""

from typing import Any

import pytest

from wattstead.catalog.profile import load_profile, profile_names
from wattstead.host.lamps import lamps_of
from wattstead.model.lamp import Pattern
from wattstead.model.panel_state import Doing, Power
from wattstead.model.protection import Light


def lights(name: str, values: dict[str, Any], active: tuple[str, ...] = ()) -> str:
    """Give what the lamps do, a letter each: lit, dark, blinking."""
    lamps = lamps_of(load_profile(name))
    assert lamps is not None
    state = lamps.state(values, active)
    assert state is not None
    return "".join(_letter(pattern) for _, pattern in lamps.panel.lights(state))


def _letter(pattern: Pattern) -> str:
    return {Light.ON: "X", Light.OFF: ".", Light.BLINK: "b"}[pattern.light]


@pytest.mark.parametrize("name", ["ps-20016s", "seplos-v2", "seplos-v3"])
def test_run_alarm_and_four_levels(name: str) -> None:
    rest = {"pack_current_a": 0.0, "soc_pct": 50.0}
    assert lights(name, rest) == "b.XX.."
    assert lights(name, {"pack_current_a": -10.0, "soc_pct": 25.9}) == "X.X..."
    assert lights(name, {"pack_current_a": 10.0, "soc_pct": 26.0}) == "b.XX.."
    assert lights(name, {"pack_current_a": 10.0, "soc_pct": 100.0}) == "b.XXXX"
    assert lights(name, rest, ("cell_overvoltage_protection",)) == "bXXXXX"
    assert lights(name, rest, ("cell_undervoltage_protection",)) == "bX...."
    assert lights(name, rest, ("charge_switch_fault",)) == "bXXX.."
    assert lights(name, {**rest, "operating_state": "shutdown"}) == "......"


def test_news_and_codes_without_a_name_light_no_alarm() -> None:
    rest = {"pack_current_a": 0.0, "soc_pct": 50.0}
    assert lights("seplos-v2", rest, ("cell_heating_active", "event_7_bit_6")) == "b.XX.."
    assert lights("seplos-v2", rest, ("charge_high_temperature_alarm",)) == "bXXX.."


def test_the_state_of_charge_may_follow_from_capacities() -> None:
    values = {"pack_current_a": 0.0, "remaining_capacity_ah": 80.0, "full_capacity_ah": 100.0}
    assert lights("seplos-v2", values) == "b.XXXX"


def test_nothing_is_shown_of_a_pack_that_does_not_say_enough() -> None:
    lamps = lamps_of(load_profile("seplos-v2"))
    assert lamps is not None
    assert lamps.state({}, ()) is None
    assert lamps.state({"soc_pct": 50.0}, ()) is None


def test_the_current_counts_beyond_the_dead_band() -> None:
    lamps = lamps_of(load_profile("growatt-rs485"))
    assert lamps is not None
    for current_a, doing in ((0.01, Doing.IDLE), (5.0, Doing.CHARGING), (-5.0, Doing.DISCHARGING)):
        state = lamps.state({"pack_current_a": current_a, "soc_pct": 50.0}, ())
        assert state is not None
        assert (state.doing, state.power) == (doing, Power.ON)


def test_every_panel_says_something_in_every_state() -> None:
    found = {name: lamps for name in profile_names() if (lamps := lamps_of(load_profile(name)))}
    assert {"ps-20016s", "seplos-v2", "growatt-rs485"} <= set(found)
    for lamps in found.values():
        for soc_pct in (0.0, 13.0, 50.0, 100.0):
            for current_a in (-10.0, 0.0, 10.0):
                state = lamps.state({"pack_current_a": current_a, "soc_pct": soc_pct}, ("cell_overvoltage_protection",))
                assert state is not None
                assert len(lamps.panel.lights(state)) == len(lamps.panel.lamps)

"""The bank of a bridge over time: silence, old values, packs that come and go, what stops what."""

from typing import Any

import pytest

from wattstead.catalog.bridge_words import bridge_words, reason_text
from wattstead.catalog.can_sides import can_keys
from wattstead.catalog.profile import load_profile, profile_names
from wattstead.host.bridge.bank import BridgeBank, BridgedPack, Look, Times
from wattstead.host.bridge.memory import PackMemory, asked_rarely, stops, tells_limits
from wattstead.host.bridge.voice import SURELY, Voice
from wattstead.model.bank import Standing
from wattstead.model.bridge import Reason, Rule, Rules, Stated, Way
from wattstead.model.reading import Silence, Snapshot
from wattstead.wire.can_signal import CanMessage

STATED = Stated(56.0, 46.0, 50.0, 80.0)
SEPLOS = load_profile("seplos-v2")
TIMES = Times(stale_s=10.0, join_s=5.0, rise_s=20.0)


def said(pack: str, active: tuple[str, ...] | None = (), **changed: Any) -> Snapshot:
    values: dict[str, Any] = {
        "cell_voltage_v": (3.31,) * 16,
        "cell_temperature_degc": (21.0, 22.0),
        "pack_voltage_v": 52.96,
        "pack_current_a": 0.0,
        "soc_pct": 60.0,
        "full_capacity_ah": 100.0,
        "charge_mos_on": True,
        "discharge_mos_on": True,
    }
    return Snapshot(pack, 0, {**values, **changed}, active)


def a_bank(*names: str, rules: Rules = Rules(), times: Times = TIMES) -> BridgeBank:  # noqa: B008 - it is frozen
    return BridgeBank([BridgedPack(name, SEPLOS, STATED) for name in names], rules, Stated(), times, now_s=0.0)


def standings(look: Look) -> list[Standing]:
    return [seat.member.standing for seat in look.seats]


def asks(look: Look) -> tuple[float, float]:
    assert look.limits is not None
    return look.limits.charge.current_a, look.limits.discharge.current_a


def test_what_was_said_grows_old_value_by_value() -> None:
    memory = PackMemory(10.0, rarely={"serial_number"})
    assert memory.values(0.0) is None
    memory.take(said("a", ("cell_overvoltage_protection",), serial_number="1"), 0.0)
    memory.take(Snapshot("a", 0, {"soc_pct": 61.0}, None), 8.0)
    now = memory.values(9.0)
    assert now is not None
    assert (now["soc_pct"], now["pack_voltage_v"]) == (61.0, 52.96)
    assert memory.active(9.0) == ("cell_overvoltage_protection",)
    later = memory.values(10.5)
    assert later is not None
    assert (later["soc_pct"], later["serial_number"]) == (61.0, "1")
    assert "pack_voltage_v" not in later
    assert memory.active(10.5) == ()
    assert memory.values(19.0) == {"serial_number": "1"}


def test_a_make_that_tells_no_probes_has_its_outermost_or_mean_temperature() -> None:
    table: list[tuple[dict[str, Any], tuple[float, ...]]] = [
        ({"cell_temperature_mean_degc": 20.0}, (20.0,)),
        ({"cell_temperature_max_degc": 30.0, "cell_temperature_min_degc": 10.0}, (30.0, 10.0)),
        ({"cell_temperature_degc": (1.0, 2.0), "cell_temperature_mean_degc": 20.0}, (1.0, 2.0)),
    ]
    for told, probes in table:
        memory = PackMemory(10.0)
        memory.take(Snapshot("a", 0, told), 0.0)
        assert (memory.values(0.0) or {})["cell_temperature_degc"] == probes


def test_profiles_say_whether_they_tell_limits_and_what_is_asked_rarely() -> None:
    assert not tells_limits(SEPLOS)
    assert all(tells_limits(load_profile(name)) for name in ("pylontech", "ps-20016s", "pylontech-can", "voltronic"))
    assert not tells_limits(load_profile("growatt-can")), "it has no limit for the lowest voltage"
    assert "serial_number" in asked_rarely(load_profile("pylontech"))
    assert "charge_current_limit_a" not in asked_rarely(load_profile("pylontech"))


@pytest.mark.parametrize(
    ("code", "ways"),
    [
        ("cell_overvoltage_protection", {Way.CHARGE}),
        ("charge_overcurrent_protection", {Way.CHARGE}),
        ("charge_undertemperature_protection", {Way.CHARGE}),
        ("cell_undervoltage_protection", {Way.DISCHARGE}),
        ("discharge_overcurrent_protection", {Way.DISCHARGE}),
        ("discharge_overtemperature_protection", {Way.DISCHARGE}),
        ("short_circuit_protection", {Way.CHARGE, Way.DISCHARGE}),
        ("charging_forbidden_low_cell", {Way.CHARGE, Way.DISCHARGE}),
        ("charge_switch_fault", {Way.CHARGE, Way.DISCHARGE}),
        ("soc_protection", {Way.DISCHARGE}),
        ("button_fault", set()),
        ("cell_high_voltage_alarm", set()),
        ("balancing", set()),
        ("event_7_bit_6", set()),
    ],
)
def test_a_code_stops_its_own_way(code: str, ways: set[Way]) -> None:
    assert set(stops([code], SEPLOS.codes)) == ways
    assert stops([code], SEPLOS.codes, ignored=[code]) == {}


def test_a_bank_speaks_once_all_are_read_and_stops_when_one_is_silent() -> None:
    bank = a_bank("a", "b")
    assert bank.look(0.0).limits is None
    bank.take(said("a"), 1.0)
    bank.take(Silence("b", 0, "no answer"), 1.2)
    assert bank.look(1.3).limits is None
    assert bank.silences == {"b": "no answer"}
    bank.take(said("b"), 2.0)
    assert asks(bank.look(2.1)) == (100.0, 160.0)
    assert not bank.silences
    bank.take(said("a"), 9.0)
    assert asks(bank.look(12.0)) == (100.0, 160.0)
    silent = bank.look(12.2)
    assert standings(silent) == [Standing.CONNECTED, Standing.STALE]
    assert asks(silent) == (0.0, 0.0)
    assert silent.silent == ("b",)
    bank.take(said("a"), 13.0)
    bank.take(said("b"), 13.0)
    assert asks(bank.look(13.0))[0] < 10.0, "it rises slowly"
    for at_s in range(14, 40, 3):
        bank.take(said("a"), at_s)
        bank.take(said("b"), at_s)
        bank.look(at_s)
    assert asks(bank.look(39.0)) == (100.0, 160.0)


def test_a_pack_that_never_answers_is_silent_after_its_time() -> None:
    bank = a_bank("a", "b")
    bank.take(said("a"), 9.0)
    assert bank.look(10.0).limits is None
    assert asks(bank.look(10.5)) == (0.0, 0.0)


def test_who_comes_back_is_watched_first() -> None:
    bank = a_bank("a", "b", times=Times(stale_s=10.0, join_s=5.0, rise_s=0.0))
    bank.take(said("a"), 0.0)
    bank.take(said("b", charge_mos_on=False, discharge_mos_on=False), 0.0)
    now = bank.look(0.0)
    assert (standings(now)[1], asks(now)) == (Standing.ISOLATED, (50.0, 80.0))
    bank.take(said("b"), 1.0)
    now = bank.look(1.0)
    assert (now.seats[1].joining, asks(now)) == (True, (50.0, 80.0))
    bank.take(said("b", soc_pct=0.0), 2.0)
    assert asks(bank.look(2.0)) == (50.0, 0.0), "what flows through it counts already"
    bank.take(said("b"), 3.0)
    assert asks(bank.look(6.0)) == (100.0, 160.0)


def test_a_pack_with_another_voltage_is_not_on_the_bus_for_long() -> None:
    bank = a_bank("a", "b", "c", times=Times(stale_s=10.0, join_s=5.0, rise_s=0.0))
    for name, volts in (("a", 52.9), ("b", 53.0), ("c", 54.6)):
        bank.take(said(name, pack_voltage_v=volts), 0.0)
    assert asks(bank.look(0.0)) == (150.0, 240.0), "it may have been read at another moment"
    assert standings(bank.look(5.0))[2] is Standing.ISOLATED
    assert asks(bank.look(5.2)) == (100.0, 160.0)
    bank.take(said("c", pack_voltage_v=53.0), 6.0)
    assert asks(bank.look(6.0)) == (100.0, 160.0)
    assert asks(bank.look(9.9)) == (100.0, 160.0)
    assert bank.look(9.9).seats[2].joining


def voice(protocol: str) -> Voice:
    from bridging import NOON

    return Voice(load_profile(protocol), Rules(), lambda: NOON)


def test_the_inverter_hears_sums_weighed_charge_and_the_outermost_cells() -> None:
    bank = a_bank("a", "b")
    bank.take(said("a", soc_pct=80.0, pack_current_a=5.0, cell_voltage_v=(3.31,) * 15 + (3.36,)), 0.0)
    bank.take(said("b", soc_pct=20.0, pack_current_a=-1.0, full_capacity_ah=300.0, soh_pct=97.0), 0.0)
    report = voice("pylontech-can+v2").report(bank.look(0.0))
    assert report is not None
    told = report.values
    assert told["soc_pct"] == pytest.approx(35.0)
    assert told["pack_current_a"] == 4.0
    assert (told["soh_pct"], told["maker"], told["module_count"]) == (97.0, "PYLON", 2)
    assert (told["cell_voltage_max_v"], told["cell_voltage_max_place"]) == (3.36, 1 << 8 | 16)
    assert told["operating_state"] == "charging"
    assert report.active == ()


def test_a_protection_is_told_but_not_that_of_a_pack_that_has_left() -> None:
    code = "cell_overvoltage_protection"
    for switch, active in ((True, ("overvoltage_protection",)), (False, ())):
        bank = a_bank("a", "b")
        bank.take(said("a"), 0.0)
        bank.take(said("b", (code,), charge_mos_on=switch, discharge_mos_on=switch), 0.0)
        look = bank.look(0.0)
        report = voice("pylontech-can").report(look)
        assert report is not None
        assert report.active == active
        assert look.limits is not None
        assert look.limits.charge.why.rule is (Rule.PROTECTION if switch else Rule.STATED)


def test_a_charge_without_capacity_counts_each_pack_alike_and_none_is_no_0() -> None:
    bank = a_bank("a", "b")
    bank.take(said("a", soc_pct=80.0, full_capacity_ah=None), 0.0)
    bank.take(said("b", soc_pct=20.0, full_capacity_ah=None), 0.0)
    report = voice("pylontech-can").report(bank.look(0.0))
    assert report is not None
    assert report.values["soc_pct"] == 50.0
    bank = a_bank("a")
    bank.take(said("a", soc_pct=None), 0.0)
    report = voice("pylontech-can").report(bank.look(0.0))
    assert report is not None
    assert "soc_pct" not in report.values


def test_every_protocol_says_a_new_limit_within_two_seconds() -> None:
    """What an inverter asks for comes when it asks, once a second."""
    for name in (one for one in profile_names() if one.endswith("-can")):
        profile = load_profile(name)
        keys = can_keys(profile)
        named = {one.name: one for one in profile.dialect.messages if isinstance(one, CanMessage)}
        carriers = [
            named[one] for one in keys.send if any(f.quantity == "charge_current_limit_a" for f in named[one].fields)
        ]
        assert carriers, name
        assert keys.asks or keys.replies or all(0 < one.cycle_ms <= 1500 for one in carriers), name


def test_each_rule_has_words_in_both_languages() -> None:
    for rule in Rule:
        why = Reason(rule, "left", 3, 3.5, "cell_overvoltage_protection")
        for lang in ("en", "fr"):
            assert "{" not in reason_text(why, lang)
    assert reason_text(Reason(Rule.NEAR_FULL, "left", 7, 3.487), "en") == "near full: pack left, cell 7 at 3.487 V"
    standing = {f"standing_{one}" for one in (*Standing, "joining")}
    assert standing <= bridge_words().keys()
    assert "soc_pct" in SURELY

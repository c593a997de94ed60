"""The master of a virtual bank: what it tells of all, and what it does about packs that it cannot hear."""

import pytest

from virtual.banks import Rig
from virtual.test_joining import close, leap, off, press, put, wall
from wattstead.model.bank import Request, Standing
from wattstead.virtual.bank import Bank
from wattstead.virtual.can_battery import CanBattery
from wattstead.virtual.given import Given, Input
from wattstead.virtual.master import READ_S, STALE_S


def standings(bank: Bank) -> list[Standing]:
    return [one.standing for one in bank.members()]


def asked(bank: Bank) -> Request:
    request = bank.request()
    assert request is not None
    return request


@pytest.mark.parametrize("make", ["seplos-v2", "pylontech"])
def test_the_bank_is_the_sum_of_its_packs(make: str) -> None:
    rig = Rig(make, packs=3)
    rig.bank.input = Input(current_a=-30.0)
    leap(rig, 60.0)
    view, report = rig.bank.view(), rig.bank.bank_report()
    assert view is not None
    assert report is not None
    names = tuple(str(address) for address in rig.bank.addresses)
    assert view.names[Standing.CONNECTED] == names
    assert view.current_a == pytest.approx(-30.0, abs=0.05)
    packs = [rig.bank.report(place).values for place in range(3)]
    assert view.soc_pct == pytest.approx(sum(float(one["soc_pct"]) for one in packs) / 3, abs=0.01)
    assert report.values["full_capacity_ah"] == pytest.approx(sum(float(one["full_capacity_ah"]) for one in packs))
    highest = max(max(one["cell_voltage_v"]) for one in packs)
    assert report.values["cell_voltage_max_v"] == pytest.approx(highest)
    assert str(report.values["cell_voltage_max_module"]) in names
    one = rig.bank.report(0, asks=True).values
    assert asked(rig.bank).charge_current_a == pytest.approx(3 * float(one["charge_current_limit_a"]))
    assert asked(rig.bank).discharge_current_a == pytest.approx(-3 * float(one["discharge_current_limit_a"]))


def test_a_pack_that_waits_or_stands_alone_or_is_off_is_isolated() -> None:
    rig = close()
    rig.bank.input = Input(charger=False, load_w=500.0)
    put(rig, 1, bus_gap_v=0.8)
    leap(rig, 30.0)
    assert standings(rig.bank) == [Standing.CONNECTED, Standing.ISOLATED, Standing.CONNECTED]
    both = asked(rig.bank)
    assert both.charge_current_a == 120.0, "twice 60 A"
    put(rig, 1, isolated=True)
    leap(rig, 1.0)
    assert standings(rig.bank)[1] is Standing.ISOLATED
    assert asked(rig.bank) == both
    view = rig.bank.view()
    assert view is not None
    assert view.full_ah == 200.0


def test_a_pack_whose_line_is_cut_is_stale_after_5_s_and_still_lowers_the_voltage() -> None:
    rig = Rig(packs=3)
    leap(rig, 10.0)
    before = asked(rig.bank)
    put(rig, 1, line_cut=True)
    leap(rig, STALE_S - 1.0)
    assert standings(rig.bank)[1] is Standing.CONNECTED, "what it said last still holds"
    assert asked(rig.bank) == before
    leap(rig, 2.0)
    assert standings(rig.bank) == [Standing.CONNECTED, Standing.STALE, Standing.CONNECTED]
    assert asked(rig.bank).charge_current_a == pytest.approx(before.charge_current_a * 2 / 3)
    view = rig.bank.view()
    assert view is not None
    assert view.names[Standing.STALE] == ("1",)
    put(rig, 1)
    leap(rig, 1.0)
    assert standings(rig.bank) == [Standing.CONNECTED] * 3
    assert asked(rig.bank) == before


def test_a_stale_pack_with_an_uneven_cell_keeps_the_voltage_down() -> None:
    """What it asked for last is the lowest: it may still hang on the bus."""
    rig = Rig("pylontech", packs=2)
    cells = [3.50] * 14 + [3.59]
    rig.bank.packs[1].given = Given(sense={"cell_voltage_v": cells})
    leap(rig, 5.0)
    assert asked(rig.bank).charge_voltage_v == pytest.approx(52.59)
    rig.bank.packs[1].given = Given(sense={"cell_voltage_v": cells}, input=Input(line_cut=True))
    leap(rig, 1.0)
    rig.bank.packs[1].given = Given(input=Input(line_cut=True))
    leap(rig, 60.0)
    assert standings(rig.bank)[1] is Standing.STALE
    assert asked(rig.bank).charge_voltage_v == pytest.approx(52.59)


def test_one_that_was_never_heard_holds_back_all_current_until_it_is_given_up() -> None:
    rig = Rig(packs=2)
    put(rig, 1, line_cut=True)
    leap(rig, 1.0)
    assert standings(rig.bank) == [Standing.CONNECTED, Standing.UNREAD]
    assert (asked(rig.bank).charge_current_a, asked(rig.bank).charge_enabled) == (0.0, False)
    leap(rig, STALE_S)
    assert standings(rig.bank) == [Standing.CONNECTED, Standing.STALE]
    assert asked(rig.bank).charge_current_a == 60.0


def test_a_master_that_is_off_says_nothing_and_one_that_wakes_has_to_read_first() -> None:
    """Never 0 % before there is data: nothing is told, and no current until each pack was read."""
    rig = wall()
    off(rig)
    assert rig.bank.members() == ()
    assert (rig.bank.view(), rig.bank.request(), rig.bank.bank_report()) == (None, None, None)
    press(rig, 0, 2.1)
    unread = rig.bank.members()
    assert [one.standing for one in unread] == [Standing.ISOLATED, Standing.UNREAD]
    assert rig.bank.request() is None
    assert rig.bank.bank_report() is None
    view = rig.bank.view()
    assert view is not None
    assert view.soc_pct is None
    leap(rig, READ_S)
    assert standings(rig.bank) == [Standing.ISOLATED, Standing.ISOLATED]
    assert asked(rig.bank).charge_current_a == 0.0
    press(rig, 1, 2.5)
    assert standings(rig.bank) == [Standing.CONNECTED, Standing.CONNECTED]
    assert asked(rig.bank).charge_current_a == pytest.approx(128.0), "twice 64 A"


def test_one_uneven_pack_lowers_the_voltage_of_the_bank_and_a_cold_one_its_current() -> None:
    rig = Rig("pylontech", packs=2)
    rig.bank.packs[1].given = Given(sense={"cell_voltage_v": [3.50] * 14 + [3.59]})
    leap(rig, 1.0)
    alone = rig.bank.report(0, asks=True).values
    assert alone["charge_voltage_limit_v"] == 53.25
    assert asked(rig.bank).charge_voltage_v == pytest.approx(52.59)
    rig.bank.packs[1].given = Given(sense={"cell_temperature_degc": [-8.5, 20.0, 20.0, 20.0]})
    leap(rig, 1.0)
    assert asked(rig.bank).charge_current_a == pytest.approx(2 * 12.5), (
        "half way from -6 to -11 °C: half of 25 A, twice"
    )


def test_a_lone_pack_behind_its_protection_still_says_what_it_holds() -> None:
    rig = Rig("pylontech")
    rig.bank.input = Input(short_circuit_ohm=0.002)
    leap(rig, 1.0)
    assert standings(rig.bank) == [Standing.ISOLATED]
    report = rig.bank.bank_report()
    assert report is not None
    assert report.values["soc_pct"] == pytest.approx(50.0, abs=0.1)
    assert (report.values["charge_current_limit_a"], report.values["charge_enabled"]) == (0.0, False)
    assert "short_circuit_protection" in report.active


def test_on_a_can_bus_the_master_speaks_for_the_packs_that_are_on_the_bus() -> None:
    rig = Rig("pylontech", packs=3)
    can = CanBattery(rig.live)
    rig.bank.input = Input(charger=False, load_w=900.0)
    leap(rig, 10.0)
    told = can.report()
    assert told is not None
    assert (told.values["module_count"], told.values["charge_current_limit_a"]) == (3, 75.0)
    put(rig, 1, isolated=True)
    leap(rig, 10.0)
    told = can.report()
    assert told is not None
    assert (told.values["module_count"], told.values["charge_current_limit_a"]) == (2, 50.0)
    assert (told.values["modules_offline_count"], told.values["online_map"]) == (0, 0b111)
    put(rig, 1, line_cut=True)
    leap(rig, 10.0)
    told = can.report()
    assert told is not None
    assert (told.values["module_count"], told.values["modules_offline_count"]) == (2, 1)
    assert told.values["online_map"] == 0b101
    put(rig, 1)
    press(rig, 0, 6.0)
    assert not rig.bank.state.on[0]
    assert can.report() is None, "the inverter hears the master alone"


def test_over_the_wire_the_stack_is_that_of_its_connected_packs_and_its_names_are_of_all() -> None:
    rig = Rig("pylontech", packs=3)
    rig.bank.input = Input(current_a=-20.0)
    put(rig, 1, isolated=True)
    leap(rig, 30.0)
    names = rig.ask("system_vendor").packs[0].values
    assert names["module_count"] == 3
    assert len(set(names["serial_number"])) == 3  # type: ignore[arg-type]
    whole, limits = (rig.ask(name).packs[0].values for name in ("system_analog", "system_management"))
    assert whole["pack_current_a"] == pytest.approx(-20.0, abs=0.05)
    assert (limits["charge_current_limit_a"], limits["discharge_current_limit_a"]) == (50.0, -50.0)
    put(rig, 1)
    leap(rig, 30.0)
    assert rig.ask("system_management").packs[0].values["charge_current_limit_a"] == 75.0
    _, request = rig.codec.ask("system_analog", rig.bank.addresses[0])
    rig.bank.input = Input(charger=False, load_w=900.0)
    press(rig, 0, 6.0)
    assert rig.responder.feed(request) == [], "a master that is off is silent"

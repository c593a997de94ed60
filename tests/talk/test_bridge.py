"""Sixteen packs of three makes on their own lines, one battery for an inverter: every frame, by cantools (PWS-11)."""

import pytest

from bridging import MAKES, Makes, Running, Wire, made_bank, until
from leap import leaping
from wattstead.host.bridge.bank import Times
from wattstead.host.bridge.status import status
from wattstead.model.bridge import Rule, Rules, Stated
from wattstead.virtual.given import Given

PROTOCOLS = ("pylontech-can", "sma-can", "growatt-can")
WITHIN_S = 2.0  # so long after it is known the inverter has been told
ROUND_S = 2.0
STALE_S = 5.0


@leaping
async def test_sixteen_packs_of_three_makes_on_three_buses() -> None:
    makes = Makes(MAKES)
    bank = made_bank(makes, Rules(), Stated(charge_voltage_v=55.2), Times(stale_s=STALE_S, join_s=3.0, rise_s=4.0))
    wires = [
        Wire(protocol, bank, makes.lines(ROUND_S) if place == 0 else ()) for place, protocol in enumerate(PROTOCOLS)
    ]
    seplos, pace = makes.banks["seplos-v2"], makes.banks["pace"]
    async with Running(makes, *wires):
        await until(6.0)  # A: all is well
        pace.packs[3].given = Given(report={"charge_mos_on": False, "discharge_mos_on": False})
        await until(11.0)  # B: one has left the bus
        pace.packs[3].given = Given()
        await until(20.0)  # it is back, and has been watched
        seplos.packs[1].given = Given(report={"soc_pct": 0.0})
        await until(25.0)  # C: one says 0 %
        seplos.packs[1].given = Given()
        await until(32.0)
        seplos.stack.turn_off(5)
        await until(42.0)  # D: one is silent
    for wire in wires:
        all_is_well(wire)
        one_has_left(wire)
        one_is_empty(wire)
        one_is_silent(wire)
    assert bank.look(42.0).limits.charge.why.rule is Rule.SILENT  # type: ignore[union-attr]


def all_is_well(wire: Wire) -> None:
    frames = wire.decoded(to_s=6.0)
    limits = wire.limits(to_s=6.0)
    assert set(limits) == {(800.0, 1280.0)}, "nothing is said before all have been read, then all at once"
    assert len(limits) >= 3
    by_name = {name: said for _, name, said in frames}
    assert by_name["limits"]["charge_voltage_limit_v"] == 55.2
    assert by_name["measured"]["pack_voltage_v"] == pytest.approx(52.9, abs=0.3)
    assert by_name["charge" if "charge" in by_name else "measured"]["soc_pct"] == 50
    assert by_name["charge" if "charge" in by_name else "measured"]["soh_pct"] in (99, 100)
    if wire.profile.name == "pylontech-can":
        assert set(by_name) == {"limits", "charge", "measured", "alarms", "requests", "maker"}
        assert by_name["alarms"]["module_count"] == 16
        assert not any(value for name, value in by_name["alarms"].items() if name not in ("module_count", "mark"))
        assert by_name["requests"]["charge_enabled"] == by_name["requests"]["discharge_enabled"] == 1
    if wire.profile.name == "sma-can":
        assert set(by_name["alarm_states"].values()) == {2}, "each one is said to be off"
        assert by_name["charge"]["soc_fine_pct"] == pytest.approx(50.0, abs=0.1)
    if wire.profile.name == "growatt-can":
        assert by_name["alarms"]["module_count"] == 16
        assert "cells_1_4" not in by_name, "single cells are told by a single pack alone"
        assert by_name["requests"]["charge_enabled"] == 1


def one_has_left(wire: Wire) -> None:
    changed = wire.limits(6.0 + ROUND_S + WITHIN_S, 11.0)
    assert set(changed) == {(750.0, 1200.0)}
    assert set(wire.limits(11.0, 13.0)) <= {(750.0, 1200.0)}, "it is watched before it counts again"
    assert wire.limits(19.0, 20.0)[-1] == (800.0, 1280.0)


def one_is_empty(wire: Wire) -> None:
    assert {discharge for _, discharge in wire.limits(20.0 + ROUND_S + WITHIN_S, 25.0)} == {0.0}
    assert {charge for charge, _ in wire.limits(20.0 + ROUND_S + WITHIN_S, 25.0)} == {800.0}
    flags = [said for _, name, said in wire.decoded(20.0 + ROUND_S + WITHIN_S, 25.0) if name == "requests"]
    assert all((one["discharge_enabled"], one["charge_immediately_1"]) == (0, 1) for one in flags)
    rising = [discharge for _, discharge in wire.limits(25.0, 32.0)]
    assert rising == sorted(rising)
    assert rising[-1] == 1280.0
    assert len(set(rising)) > 2, "slowly"


def one_is_silent(wire: Wire) -> None:
    assert set(wire.limits(31.5, 32.0 + STALE_S - ROUND_S)) == {(800.0, 1280.0)}
    after = 32.0 + STALE_S + WITHIN_S
    assert set(wire.limits(after)) == {(0.0, 0.0)}
    assert all(said["soc_pct"] != 0 for _, _, said in wire.decoded(after) if "soc_pct" in said), "never 0 %"
    alarms = [said for _, name, said in wire.decoded(after) if name in ("alarms", "alarm_states")]
    lost = "internal_fault" if wire.profile.name == "sma-can" else "internal_communication_fault"
    assert alarms
    assert all(one[lost] == 1 for one in alarms)
    flags = [said for _, name, said in wire.decoded(after) if name == "requests"]
    assert all(one["charge_enabled"] == one["discharge_enabled"] == 0 for one in flags)


@leaping
async def test_when_nobody_can_be_heard_limits_of_0_a_are_all_that_is_said() -> None:
    makes = Makes({"seplos-v2": 2})
    bank = made_bank(makes, Rules(), Stated(), Times(stale_s=STALE_S))
    wires = [Wire(name, bank, makes.lines() if name == PROTOCOLS[0] else ()) for name in PROTOCOLS]
    async with Running(makes, *wires):
        await until(5.0)
        for place in (0, 1):
            makes.banks["seplos-v2"].stack.turn_off(place)
        await until(15.0)
    for wire in wires:
        names = {name for _, name, _ in wire.decoded(5.0 + STALE_S + WITHIN_S)}
        assert names & {"charge", "measured", "capacity", "cells_1_4"} == set(), "no number that nobody knows"
        assert "limits" in names
        assert set(wire.limits(5.0 + STALE_S + WITHIN_S)) == {(0.0, 0.0)}
        assert "nobody knows" in wire.bridge.unspoken()["measured"]


@leaping
async def test_before_all_packs_are_read_nothing_is_said() -> None:
    makes = Makes({"seplos-v2": 1, "pace": 1})
    makes.banks["pace"].stack.turn_off(0)
    wire = Wire("pylontech-can", made_bank(makes, Rules(), Stated(), Times(stale_s=8.0)), makes.lines())
    async with Running(makes, wire):
        await until(7.9)
        assert not wire.frames
        await until(12.0)
    assert set(wire.limits()) == {(0.0, 0.0)}, "one never answered"


@leaping
async def test_the_others_go_on_where_a_person_says_so() -> None:
    makes = Makes({"seplos-v2": 2})
    wire = Wire(
        "pylontech-can", made_bank(makes, Rules(goes_on_without=True), Stated(), Times(stale_s=3.0)), makes.lines()
    )
    async with Running(makes, wire):
        await until(4.0)
        makes.banks["seplos-v2"].stack.turn_off(1)
        await until(12.0)
    assert set(wire.limits(to_s=6.0)) == {(100.0, 160.0)}
    assert set(wire.limits(4.0 + 3.0 + WITHIN_S)) == {(50.0, 80.0)}
    assert not any(said["internal_communication_fault"] for _, name, said in wire.decoded() if name == "alarms")


@leaping
async def test_an_inverter_that_falls_silent_is_seen_and_stops_all_where_that_is_asked() -> None:
    makes = Makes({"seplos-v2": 1})
    bank = made_bank(makes, Rules(), Stated())
    wire = Wire("pylontech-can", bank, makes.lines(), stops_when_lost=True)
    async with Running(makes, wire) as running:
        await until(4.0)
        assert status(wire.bridge)["inverter"]["lost"] is False
        assert status(wire.bridge)["inverter"]["heard_before_s"] <= 1.5
        running._tasks.pop().cancel()  # it says no more
        await until(12.0)
        assert status(wire.bridge)["inverter"]["lost"] is True
        limits = wire.bridge.look().limits
        assert limits is not None
        assert limits.charge.why.rule is Rule.INVERTER_LOST


@leaping
async def test_a_bus_that_was_lost_is_opened_again() -> None:
    makes = Makes({"seplos-v2": 1})
    wire = Wire("pylontech-can", made_bank(makes, Rules(), Stated()), makes.lines())
    async with Running(makes, wire) as running:
        await until(4.0)
        assert wire.theirs is not None
        running._tasks.pop().cancel()
        await wire.theirs.close()
        await until(4.5)
        assert "closed" in wire.bridge.inverter.trouble
        await until(8.0)
        assert (wire.opened, status(wire.bridge)["inverter"]["trouble"]) == (2, None)

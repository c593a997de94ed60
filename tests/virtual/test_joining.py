"""Packs of a virtual bank joining and leaving the bus, over leaping time: what wire, lamps and current say."""

import json
import random
from dataclasses import replace

import pytest

from virtual.banks import Rig
from wattstead.battery.behaviour import Parallel
from wattstead.battery.join import Bus, Seat
from wattstead.catalog.profile import load_profile
from wattstead.model.errors import UsageError
from wattstead.model.reading import numbers
from wattstead.virtual.bank import Bank
from wattstead.virtual.given import Given, Input
from wattstead.virtual.keep import keep, resume
from wattstead.virtual.lamps import panel_of, panel_state
from wattstead.virtual.state_table import read_tables

CLOSE = Parallel(most=30, join_difference_v=0.5)


def wall(soc_pct: float = 50.0) -> Rig:
    """Two wall batteries (GRW-7): 30 s, 1 V."""
    return Rig("growatt-rs485", packs=2, soc_pct=soc_pct)


def close(packs: int = 3) -> Rig:
    """Packs that join as they come, at most 0.5 V from the bus."""
    rig = Rig(packs=packs)
    rig.bank.stack.bus = Bus.of(CLOSE, packs)
    return rig


def put(rig: Rig, place: int, **done: object) -> None:
    rig.bank.packs[place].given = Given(input=Input(**done))  # type: ignore[arg-type]


def leap(rig: Rig, *seconds: float) -> None:
    """Let the clock leap; the bank catches up in one go each time."""
    for one in seconds:
        rig.clocks.pass_s(one)
        rig.live.catch_up()


def seats(rig: Rig) -> list[Seat]:
    return [one.seat for one in rig.bank.stack.bus.places]


def silent(rig: Rig, place: int) -> bool:
    _, request = rig.codec.ask(rig.profile.link.probe, rig.bank.addresses[place])
    return rig.responder.feed(request) == []


def press(rig: Rig, place: int, seconds: float) -> None:
    """Hold the button of a pack."""
    put(rig, place, button=True)
    leap(rig, seconds)
    put(rig, place)


def off(rig: Rig) -> None:
    """Turn both wall batteries off with their buttons; nobody charges.

    The second first: a little flows from it into the other, which would take that for a charger.
    """
    rig.bank.input = Input(charger=False, load_w=0.0)
    for place in (1, 0):
        press(rig, place, 3.0)
    leap(rig, 1.0)
    assert not rig.bank.state.on.any()


def run_lamp(rig: Rig, place: int) -> str:
    """What the RUN lamp of a pack does."""
    panel = panel_of(rig.bank.packs[place].model, None)
    assert panel is not None
    joined = bool(rig.bank.stack.bus.just_joined(rig.bank.state.time_s)[place])
    lights = panel.lights(panel_state(rig.bank.stack.under(place), place, joined=joined, own=True))
    return next(pattern.text() for lamp, pattern in lights if lamp.name == "run")


@pytest.mark.parametrize("wait_s", [1.0, 20.0, 26.0])
def test_a_pair_switched_on_within_30_s_joins_and_both_blink_five_times(wait_s: float) -> None:
    """GRW-7, GRW-4."""
    rig = wall()
    off(rig)
    press(rig, 0, 2.5)
    leap(rig, wait_s)
    assert seats(rig) == [Seat.WAITING, Seat.AWAY]
    assert "on" in run_lamp(rig, 0)
    press(rig, 1, 2.5)
    assert seats(rig) == [Seat.JOINED, Seat.JOINED]
    assert run_lamp(rig, 0) == run_lamp(rig, 1) == "blink*5>on"
    leap(rig, 6.0)
    assert run_lamp(rig, 0) == run_lamp(rig, 1) == "on"


def test_the_second_button_after_30_s_is_a_parallel_failure_that_powers_off() -> None:
    """GRW-6, GRW-7; found in a leap of an hour as in real time."""
    for leaps in ([3600.0], [1.0] * 40):
        rig = wall()
        off(rig)
        press(rig, 0, 2.5)
        began_s = rig.bank.stack.bus.places[0].on_s
        leap(rig, *leaps)
        assert silent(rig, 0), "parallel failure turns it off"
        rows = [row for row in rig.bank.packs[0].records.rows() if row.name == "parallel_fault"]
        failed_s = next(row.time_s for row in rows if row.kind.value == "began")
        step_s = 60.0 if len(leaps) == 1 else 1.0
        assert 30.0 < failed_s - began_s <= 30.0 + 2.0 * step_s


def test_what_a_waiting_pack_says_on_the_wire() -> None:
    """Its switches are open, nothing flows, the others carry it all."""
    rig = close()
    put(rig, 2, bus_gap_v=0.8)
    rig.bank.input = Input(current_a=-30.0)
    leap(rig, 60.0)
    assert seats(rig) == [Seat.JOINED, Seat.JOINED, Seat.WAITING]
    said, alarms = rig.ask("telemetry", 2).packs[0].values, rig.ask("alarms", 2).packs[0].values
    assert said["pack_current_a"] == 0.0
    assert (alarms["charge_mos_on"], alarms["discharge_mos_on"]) == (False, False)
    assert rig.bank.report(2).values["operating_state"] == "standby"
    others = [numbers(rig.ask("telemetry", place).packs[0].values["pack_current_a"])[0] for place in (0, 1)]
    assert sum(others) == pytest.approx(-30.0, abs=0.02)
    bus_v = numbers(rig.bank.report(2).values["port_voltage_v"])[0]
    assert bus_v == pytest.approx(numbers(rig.bank.report(0).values["port_voltage_v"])[0], abs=0.02)
    assert rig.bank.report(2, asks=True).values["charge_current_limit_a"] == 0.0
    put(rig, 2)
    leap(rig, 60.0)
    assert seats(rig) == [Seat.JOINED] * 3
    assert rig.ask("alarms", 2).packs[0].values["discharge_mos_on"] is True
    assert numbers(rig.ask("telemetry", 2).packs[0].values["pack_current_a"])[0] == pytest.approx(-10.0, abs=2.0)


def test_a_pack_joins_once_the_bus_comes_near_it() -> None:
    """A full pack waits until the others have been charged; nobody touches it."""
    rig = close()
    fill = rig.bank.state.fill.copy()
    fill[:, 2] = 0.995
    rig.bank.state.fill = fill
    rig.bank.state.settle()
    rig.bank.input = Input(current_a=60.0)
    leap(rig, 60.0)
    assert seats(rig)[2] is Seat.WAITING
    rest_v = float(rig.bank.state.pack_voltage_v[2])
    leap(rig, *[1300.0] * 5)
    assert seats(rig) == [Seat.JOINED] * 3
    assert 3600.0 < rig.bank.stack.bus.places[2].since_s < 6560.0
    assert rest_v - 1.5 < float(rig.bank.state.pack_voltage_v[0]) < rest_v + 1.5


def test_a_pack_that_drifts_from_the_bus_leaves_after_10_s() -> None:
    rig = close()
    leap(rig, 1.0)
    put(rig, 1, bus_gap_v=-0.7)
    leap(rig, 9.0)
    assert seats(rig)[1] is Seat.JOINED
    leap(rig, 2.0)
    assert seats(rig)[1] is Seat.WAITING


def test_a_pack_whose_breaker_is_open_gives_and_takes_nothing() -> None:
    rig = Rig(packs=3)
    rig.bank.input = Input(current_a=30.0)
    put(rig, 0, isolated=True)
    leap(rig, 120.0)
    current_a = rig.bank.state.current_a.tolist()
    assert current_a[0] == 0.0
    assert current_a[1] + current_a[2] == pytest.approx(30.0, abs=0.01)
    assert rig.bank.on_bus() == [1, 2]
    put(rig, 0)
    leap(rig, 60.0)
    assert rig.bank.state.current_a.tolist()[0] > 5.0


def test_a_short_on_the_bus_spares_who_is_not_on_it() -> None:
    rig = Rig(packs=3)
    leap(rig, 1.0)
    put(rig, 2, isolated=True)
    rig.bank.input = Input(short_circuit_ohm=0.005)
    leap(rig, 1.0)
    said = ["short_circuit_protection" in (rig.ask("alarms", place).packs[0].active or ()) for place in range(3)]
    assert said == [True, True, False]


def test_a_load_by_the_day_is_asked_of_those_on_the_bus_alone() -> None:
    alone, one_of_two = Rig(), Rig(packs=2)
    put(one_of_two, 1, isolated=True)
    leap(one_of_two, 1.0)
    alone.clocks.pass_s(1.0)
    alone.live.catch_up()
    for rig in (alone, one_of_two):
        leap(rig, 60.0)
    assert one_of_two.bank.state.current_a.tolist()[0] == pytest.approx(
        alone.bank.state.current_a.tolist()[0], rel=0.02
    )


def test_a_cut_line_makes_a_pack_leave_and_a_pair_fail() -> None:
    rig = Rig(packs=3)
    leap(rig, 1.0)
    put(rig, 1, line_cut=True)
    leap(rig, 1.0)
    assert seats(rig) == [Seat.JOINED, Seat.WAITING, Seat.JOINED]
    put(rig, 1)
    leap(rig, 1.0)
    assert seats(rig) == [Seat.JOINED] * 3
    pair = wall()
    leap(pair, 1.0)
    put(pair, 1, line_cut=True)
    leap(pair, 5.0)
    assert not pair.bank.state.on.any(), "a lost link is a parallel failure, which powers off"


def test_leaping_and_walking_end_at_the_same_seats() -> None:
    def lived(*leaps: float) -> Rig:
        rig = close()
        rig.bank.input = Input(current_a=-20.0)
        put(rig, 1, bus_gap_v=0.6)
        leap(rig, *leaps)
        put(rig, 1)
        leap(rig, *leaps)
        return rig

    walked, leapt = lived(*[1.0] * 100), lived(100.0)
    assert seats(walked) == seats(leapt) == [Seat.JOINED] * 3
    assert leapt.bank.state.fill.mean(axis=0).tolist() == pytest.approx(
        walked.bank.state.fill.mean(axis=0).tolist(), abs=1e-4
    )


def test_seats_are_kept_over_a_restart() -> None:
    rig = close()
    put(rig, 2, bus_gap_v=0.8)
    leap(rig, 60.0)
    kept = json.loads(json.dumps(keep(rig.bank)))
    again = close()
    resume(again.bank, kept)
    assert again.bank.stack.bus == rig.bank.stack.bus
    for broken in ({}, {"now_s": 0.0, "places": [{"seat": "sofa"}]}, {"now_s": 1.0, "places": []}):
        with pytest.raises(UsageError, match=r"saved bus cannot be read|saved places 0 must be 3"):
            resume(close().bank, {**kept, "bus": broken})
    other = replace(CLOSE, join_difference_v=9.0)
    again.bank.stack.bus = replace(again.bank.stack.bus, rule=other)
    leap(again, 1.0)
    assert seats(again)[2] is Seat.JOINED, "the rule is that of the running bank"


def test_a_state_file_opens_breakers_and_lines() -> None:
    rig = Rig(packs=3)
    tables = {
        "input": {"current_a": 12.0},
        "pack": {"2": {"input": {"isolated": True}}, "3": {"input": {"line_cut": True}}},
    }
    rig.bank.input, given = read_tables(tables, rig.bank)
    for pack, one in zip(rig.bank.packs, given, strict=True):
        pack.given = one
    leap(rig, 60.0)
    assert rig.bank.state.current_a.tolist() == [12.0, 0.0, 0.0]
    with pytest.raises(UsageError, match=r"\[pack.2.input\] isolated: 1 is neither true nor false"):
        read_tables({"pack": {"2": {"input": {"isolated": 1}}}}, rig.bank)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_whatever_happens_currents_add_up_and_who_is_not_on_the_bus_has_none(seed: int) -> None:
    """Breakers, lines, buttons, shorts and gaps at random, in leaps from a tenth of a second to hours."""
    rng = random.Random(seed)
    rig = wall() if seed % 2 else close()
    packs = len(rig.bank.packs)
    some: list[dict[str, object]] = [
        {},
        {},
        {"isolated": True},
        {"line_cut": True},
        {"bus_gap_v": 1.3},
        {"button": True},
    ]
    some += [{"current_a": 5.0}, {"short_circuit_ohm": 0.01}, {"bus_gap_v": 0.3, "line_cut": True}]
    seen = set()
    for _ in range(40):
        total_a = rng.choice([0.0, 20.0, -20.0])
        rig.bank.input = Input(current_a=total_a)
        for place in range(packs):
            put(rig, place, **rng.choice(some))
        leap(rig, rng.choice([0.1, 1.0, 3.0, 12.0, 40.0, 3600.0]))
        told, on_bus = rig.bank.state.current_a.tolist(), rig.bank.on_bus()
        acts = [pack.given.input.acts for pack in rig.bank.packs]
        apart = [place for place in range(packs) if place not in on_bus and not acts[place]]
        assert [told[place] for place in apart] == pytest.approx([0.0] * len(apart), abs=0.05)
        assert abs(sum(told[place] for place in on_bus)) <= abs(total_a) + 0.05
        for place in apart:
            if rig.bank.state.on[place] and not rig.bank.packs[place].given.input.isolated:
                assert rig.bank.report(place).values["discharge_mos_on"] is False
        members = rig.bank.members()
        assert bool(members) == bool(rig.bank.state.on[0])
        view = rig.bank.view()
        assert view is None or view.soc_pct is None or view.soc_pct > 1.0
        seen |= set(seats(rig))
    assert seen >= {Seat.JOINED, Seat.WAITING}


@pytest.mark.parametrize("make", ["pylontech", "ps-20016s"])
def test_a_pack_that_its_neighbours_charge_can_be_turned_off(make: str) -> None:
    """What crosses over from a fuller pack is no charger at the terminals."""
    bank = Bank(load_profile(make), now_ms=lambda: 0, packs=2)
    bank.advance(10.0)
    bank.advance(60.0, own_current_a={0: 40.0}, steps=60)
    bank.advance(20.0)
    assert bank.state.current_a[1] > 10.0
    bank.packs[1].given = Given(input=Input(button=True))
    bank.advance(1.0, steps=6)
    bank.packs[1].given = Given()
    bank.advance(1.0, steps=6)
    assert bank.state.on.tolist() == [True, False]
    assert bank.on_bus() == [0]
    bank.advance(1.0, 20.0, own_current_a={1: 5.0}, steps=5)
    assert bank.state.on.tolist() == [True, True], "a charger still wakes it"

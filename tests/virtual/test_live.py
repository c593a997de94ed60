"""A living bank: its time runs with the clock, no faster and no slower than asked."""

import asyncio

import pytest

from leap import leaping
from virtual.banks import MAKES, NOON_S, Rig
from wattstead.model.errors import UsageError
from wattstead.model.reading import numbers
from wattstead.virtual.given import Given, Input
from wattstead.virtual.live import LiveBank


def soc_pct(rig: Rig, place: int = 0) -> float:
    (soc,) = numbers(rig.bank.report(place).values["soc_pct"])
    return soc


@pytest.mark.parametrize(
    ("speed", "seconds", "simulated_s"), [(1.0, 10.0, 10.0), (60.0, 60.0, 3600.0), (0.0, 99.0, 0.0)]
)
def test_a_request_first_catches_up_with_the_clock(speed: float, seconds: float, simulated_s: float) -> None:
    rig = Rig(speed=speed)
    rig.bank.input = Input(current_a=36.0)
    rig.clocks.pass_s(seconds)
    said = rig.ask("telemetry").packs[0].values
    full_ah = rig.bank.state.capacity_known_ah[0]  # between the label's 0 and 100 %
    counted_pct = 50.0 + 100.0 * (36.0 - 0.04) * simulated_s / 3600.0 / full_ah
    assert soc_pct(rig) == pytest.approx(counted_pct, abs=0.1)
    assert numbers(said["remaining_capacity_ah"])[0] == pytest.approx(soc_pct(rig), abs=0.01)
    assert rig.live.local_s == pytest.approx(NOON_S + simulated_s)
    assert rig.bank.state.time_s == pytest.approx(simulated_s)


def test_a_long_silence_is_caught_up_in_few_steps() -> None:
    rig = Rig()
    steps: list[float] = []
    rig.live.step = lambda dt_s, _: steps.append(dt_s)  # type: ignore[method-assign, assignment, misc]
    rig.clocks.pass_s(8 * 3600.0)
    rig.live.catch_up()
    assert steps == pytest.approx([240.0] * 120)
    rig.live.catch_up()
    assert len(steps) == 120


@pytest.mark.parametrize(("speed", "seconds"), [(1.0, 90.0), (30.0, 3.0)])
def test_what_happens_in_a_pause_does_not_depend_on_who_asks(speed: float, seconds: float) -> None:
    """A charge that a protection ends half a minute into the silence has ended then, not when somebody asks."""
    asked, left = Rig(soc_pct=100.0), Rig(soc_pct=100.0, speed=speed)
    for rig in (asked, left):
        rig.bank.input = Input(current_a=60.0)
    for _ in range(90):
        asked.clocks.pass_s(1.0)
        asked.live.catch_up()
    left.clocks.pass_s(seconds)
    left.live.catch_up()
    assert not asked.bank.state.charge_mos_on[0]
    assert left.bank.state.active.tolist() == asked.bank.state.active.tolist()
    assert left.bank.state.fill.tolist() == asked.bank.state.fill.tolist()
    whole = Rig(soc_pct=100.0).bank.state.fill.mean() + 60 * 90 / 3600 / 100
    assert asked.bank.state.fill.mean() < whole - 0.002, "the charge has to end within the pause"


def test_a_clock_that_runs_back_is_waited_for() -> None:
    rig = Rig()
    rig.clocks.run_s = -5.0
    rig.live.catch_up()
    rig.clocks.run_s = -4.0
    rig.live.catch_up()
    assert rig.bank.state.time_s == pytest.approx(1.0)


@pytest.mark.parametrize("speed", [-1.0, 1e7, float("nan")])
def test_impossible_speeds_are_refused(speed: float) -> None:
    with pytest.raises(UsageError, match="give 1 for real time"):
        Rig(speed=speed)


@pytest.mark.parametrize("make", MAKES)
def test_one_pack_can_be_driven_alone(make: str) -> None:
    rig = Rig(make, packs=3)
    rig.bank.input = Input(current_a=0.0)
    rig.bank.packs[1].given = Given(input=Input(current_a=10.0, ambient_temperature_degc=-5.0))
    rig.clocks.pass_s(60.0)
    rig.live.catch_up()
    currents = rig.bank.state.current_a.tolist()
    assert currents[1] == 10.0
    assert abs(currents[0]) < 1.0
    assert abs(currents[2]) < 1.0
    assert soc_pct(rig, 1) > soc_pct(rig, 0)
    ambient = [numbers(rig.bank.report(place).values["ambient_temperature_degc"])[0] for place in range(3)]
    assert ambient[1] == -5.0
    assert ambient[0] == ambient[2] > 15.0


def test_the_air_of_all_can_be_fixed() -> None:
    rig = Rig(packs=2)
    rig.bank.input = Input(ambient_temperature_degc=31.0)
    rig.clocks.pass_s(1.0)
    assert [numbers(rig.ask("telemetry", at).packs[0].values["ambient_temperature_degc"]) for at in (0, 1)] == [
        (31.0,)
    ] * 2


@leaping
async def test_it_can_keep_up_while_nobody_asks() -> None:
    rig = Rig()
    rig.live = LiveBank(rig.bank, rig.live.day, clock_s=asyncio.get_running_loop().time, local_s=NOON_S)
    looks: list[float] = []
    rig.live.before = lambda: looks.append(asyncio.get_running_loop().time())
    keeping = asyncio.create_task(rig.live.keep_up())
    await asyncio.sleep(60.1)
    assert rig.bank.state.time_s == pytest.approx(60.0)
    assert looks == pytest.approx([0.2 * count for count in range(1, 301)])
    keeping.cancel()
    with pytest.raises(asyncio.CancelledError):
        await keeping


def test_before_each_request_somebody_may_look_around() -> None:
    rig = Rig()
    looked: list[float] = []
    rig.live.before = lambda: looked.append(rig.clocks.run_s)
    rig.ask("telemetry")
    rig.clocks.pass_s(1.0)
    rig.ask("set_clock", values={"device_time": "2026-06-01T10:00:00"})
    assert looked == [0.0, 1.0]

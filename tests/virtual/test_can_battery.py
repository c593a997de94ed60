"""A virtual bank on a CAN bus: one voice for all packs; and the virtual inverter that hears it."""

import asyncio

import pytest

from wattstead.catalog.profile import load_profile, profile_names
from wattstead.host.can_listen import CanHost
from wattstead.link.open import open_port
from wattstead.model.errors import NoAnswer, UsageError
from wattstead.model.reading import Silence
from wattstead.virtual.bank import Bank
from wattstead.virtual.can_battery import CanBattery
from wattstead.virtual.can_serve import battery_talker, can_keys, inverter_talker, serve_can, virtual_inverter
from wattstead.virtual.day import Day
from wattstead.virtual.given import Given
from wattstead.virtual.live import LiveBank
from wattstead.wire.codec import Said

ON_A_BUS = [name for name in profile_names() if name.endswith("-can")]


def a_bank(name: str, packs: int = 1) -> LiveBank:
    bank = Bank(load_profile(name), now_ms=lambda: 1_772_366_400_000, packs=packs)
    return LiveBank(bank, Day(0), clock_s=lambda: 0.0, local_s=0.0)


def test_a_bank_speaks_with_one_voice() -> None:
    one, three = (CanBattery(a_bank("pylontech-can", packs)).report() for packs in (1, 3))
    assert one is not None
    assert three is not None
    assert three.values["charge_current_limit_a"] == 3 * one.values["charge_current_limit_a"]
    assert three.values["discharge_current_limit_a"] == 3 * one.values["discharge_current_limit_a"]
    assert three.values["charge_voltage_limit_v"] == one.values["charge_voltage_limit_v"]
    assert three.values["full_capacity_ah"] == pytest.approx(3 * one.values["full_capacity_ah"])
    assert three.values["pack_voltage_v"] == pytest.approx(one.values["pack_voltage_v"], abs=0.1)
    assert (one.values["module_count"], three.values["module_count"]) == (1, 3)
    assert three.values["cell_voltage_v"] is None
    assert len(one.values["cell_voltage_v"]) == 15


def test_a_row_of_one_pack_is_a_bit_of_the_bank() -> None:
    live = a_bank("pylontech-can", 2)
    live.bank.packs[1].given = Given(active=("cell_overvoltage_protection",))
    report = CanBattery(live).report()
    assert report is not None
    assert report.active == ("overvoltage_protection",)


def test_what_a_person_says_for_all_packs_the_bank_says() -> None:
    live = a_bank("pylontech-can", 2)
    for pack in live.bank.packs:
        pack.given = Given(report={"charge_current_limit_a": 7.0, "soc_pct": 12.0})
    report = CanBattery(live).report()
    assert report is not None
    assert (report.values["charge_current_limit_a"], report.values["soc_pct"]) == (7.0, 12.0)


def test_another_kind_of_line_is_refused() -> None:
    with pytest.raises(UsageError, match="seplos-v2 does not speak on a CAN bus"):
        can_keys(load_profile("seplos-v2"))


@pytest.mark.slow
@pytest.mark.parametrize("name", ON_A_BUS)
async def test_host_reads_what_the_bank_says_on_every_protocol(name: str) -> None:
    profile, live = load_profile(name), a_bank(name)
    battery, port = await open_port(f"can://virtual/{name}"), await open_port(f"can://virtual/{name}")
    serving = asyncio.create_task(serve_can(battery, battery_talker(profile, live)))
    try:
        found = await CanHost(port, profile).read("pack", lambda: 0)
    finally:
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
        await battery.close()
        await port.close()
    told = CanBattery(live).report()
    assert told is not None
    values = found.snapshot.values
    assert found.doubt is None
    assert values["charge_voltage_limit_v"] == pytest.approx(told.values["charge_voltage_limit_v"], abs=0.051)
    assert values["discharge_current_limit_a"] == pytest.approx(told.values["discharge_current_limit_a"], abs=0.051)
    assert values["soc_pct"] == pytest.approx(50.0, abs=0.5)


async def test_a_silent_bus_says_so_with_a_remedy() -> None:
    port = await open_port("can://virtual/silent")
    host = CanHost(port, load_profile("pylontech-can"))
    with pytest.raises(
        NoAnswer, match=r"stayed silent; check that the battery is on, .+ terminating resistors \(120 ohms"
    ):
        await host.read("pack", lambda: 0, within_s=0.1)
    reading = await anext(host.readings("pack", lambda: 0, every_s=0.05))
    assert isinstance(reading, Silence)
    await port.close()


async def test_frames_of_another_protocol_are_named() -> None:
    port, other = await open_port("can://virtual/other"), await open_port("can://virtual/other")
    frame = load_profile("growatt-can")
    await other.send(frame.codec().ask("inverter_poll", 0)[1])
    with pytest.raises(NoAnswer, match=r"others spoke: pylontech-can has no frame 301 \(1 time\)"):
        await CanHost(port, load_profile("pylontech-can")).read("pack", lambda: 0, within_s=0.3)
    await port.close()
    await other.close()


def test_an_inverter_keeps_to_what_the_battery_asks_and_to_nothing_once_it_is_lost() -> None:
    profile, live = load_profile("sma-can"), a_bank("sma-can")
    now = [0.0]
    inverter = virtual_inverter(profile, lambda: now[0])
    talks, hears = battery_talker(profile, live), inverter_talker(profile, inverter)
    assert inverter.limits() == {"charge_current_limit_a": 0.0, "discharge_current_limit_a": 0.0}
    while now[0] < 0.4:
        for data in talks.tick(now[0]):
            for said in hears.feed(data, now[0]):
                inverter.heard.take(said, now[0])
        now[0] = min(talks.next_at(now[0]), 0.4)
    asked = CanBattery(live).report()
    assert asked is not None
    assert inverter.limits()["charge_current_limit_a"] == asked.values["charge_current_limit_a"]
    heard = said_by(hears, talks, now[0])
    measured = heard["inverter_measured"].packs[0].values
    assert measured["soc_pct"] == 50.0
    assert measured["pack_voltage_v"] == pytest.approx(asked.values["pack_voltage_v"], abs=0.06)
    assert heard["inverter_state"].packs[0].values["inverter_state"] == "run"
    now[0] += 61.0
    assert inverter.battery_lost
    assert inverter.limits() == {"charge_current_limit_a": 0.0, "discharge_current_limit_a": 0.0}
    assert said_by(hears, talks, now[0])["inverter_state"].packs[0].values["inverter_state"] == "fault"
    assert not talks.lost(now[0]), "the battery has just heard it"


def said_by(inverter: object, battery: object, now: float) -> dict[str, Said]:
    """Let the inverter speak and the battery hear it."""
    heard: dict[str, Said] = {}
    for step in range(10):
        for data in inverter.tick(now + step / 100):  # type: ignore[attr-defined]
            for said in battery.feed(data, now + step / 100):  # type: ignore[attr-defined]
                heard[said.message.name] = said
    return heard

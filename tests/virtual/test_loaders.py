"""The loaders of whole virtual batteries: on their own line beside the battery, kept in a file, failing on purpose."""

import asyncio
import random
import re
import tomllib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from leap import leaping, run
from wattstead.catalog.profile import load_profile
from wattstead.catalog.upgrade_state import declared
from wattstead.host.can_listen import CanHost
from wattstead.host.conversation import Conversation
from wattstead.host.read import read_pack
from wattstead.host.upgrade.back import read_status
from wattstead.host.upgrade.check import fitness
from wattstead.host.upgrade.link import LoaderLink
from wattstead.host.upgrade.send import Outcome, Upgrade
from wattstead.link.listener import OnePortListener
from wattstead.link.memory import memory_pair
from wattstead.link.port import Port
from wattstead.model.errors import NoAnswer, Refused, UsageError
from wattstead.model.reading import Snapshot
from wattstead.virtual.bank import Bank
from wattstead.virtual.can_serve import serve_battery
from wattstead.virtual.day import Day
from wattstead.virtual.given import Input
from wattstead.virtual.live import LiveBank
from wattstead.virtual.loader_faults import AT_BLOCKS, read_faults
from wattstead.virtual.loader_line import LoaderPort, with_loaders
from wattstead.virtual.loaders import Loaders, factory_image
from wattstead.virtual.serve import serve
from wattstead.virtual.state_file import StateFile
from wattstead.wire.upgrade_image import Image

NAMES = ("growatt-can", "growatt-rs485", "ps-20016s")
NOW_MS = 1_772_366_400_000
BLOCKS = 12


def clock_s() -> float:
    return asyncio.get_running_loop().time()


def new_image(name: str, version: tuple[int, int, int] = (7, 2, 0)) -> Image:
    spec = declared(load_profile(name))
    content = random.Random(1).randbytes(spec.block_bytes * BLOCKS)
    hardware = (spec.hardware, spec.hardware)
    return Image.make(content, model=spec.model, version=version, hardware=hardware, block_bytes=spec.block_bytes)


@asynccontextmanager
async def battery(
    name: str, path: Path | None = None, *, packs: int = 1, loader: bool = True
) -> AsyncIterator[tuple[Port, Loaders, LiveBank]]:
    profile = load_profile(name)
    live = LiveBank(Bank(profile, now_ms=lambda: NOW_MS, packs=packs), Day(0), clock_s=clock_s, local_s=0.0, speed=0.0)
    live.bank.input = Input(charger=False, load_w=0.0)
    loaders = Loaders(live, clock_s, path)
    ours, theirs = memory_pair()
    if name == "growatt-can":
        serving = asyncio.create_task(serve_battery(LoaderPort(theirs, loaders) if loader else theirs, profile, live))
    else:
        make = with_loaders(live.responder, profile.framer, loaders) if loader else live.responder
        serving = asyncio.create_task(
            serve(OnePortListener("memory://bus", theirs), lambda: make(""), turnaround_s=0.02)
        )
    try:
        yield ours, loaders, live
    finally:
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
        loaders.close()


def link_to(port: Port, name: str, address: int | None = None) -> LoaderLink:
    profile = load_profile(name)
    where = profile.addresses.master if address is None else address
    return LoaderLink(port, profile, where, chance=random.Random(2))


async def read(port: Port, name: str) -> Snapshot:
    profile = load_profile(name)
    if name == "growatt-can":
        return (await CanHost(port, profile).read("x", lambda: NOW_MS)).snapshot
    conversation = Conversation(port, profile)
    return (await read_pack(conversation, profile.addresses.master, "x", lambda: NOW_MS)).snapshot


TELLS = {"growatt-can": ("software_version_number", 1, 7), **dict.fromkeys(NAMES[1:], ("firmware_version", "", "7.2"))}


@pytest.mark.parametrize("name", NAMES)
@leaping
async def test_a_battery_is_upgraded_and_says_its_new_version(name: str) -> None:
    """Over CAN (GRW-10) and over RS485 (PWS-10)."""
    async with battery(name) as (port, _, live):
        profile = load_profile(name)

        async def ready() -> str:
            return "; ".join((await fitness(port, profile, profile.addresses.master, lambda: NOW_MS)).against)

        work = Upgrade(link_to(port, name), new_image(name), ready=ready, works=ready)
        done = await work.run()
        assert (done.outcome, done.sent, done.resumed) == (Outcome.UPGRADED, BLOCKS, 0), done.why
        field, _, new = TELLS[name]
        assert live.bank.packs[0].says[field] == new
        snapshot = await read(port, name)
        told = snapshot.values.get(field)
        assert told is None if name == "growatt-can" else told == new, "the frame has a number that is no quantity"


@leaping
async def test_frames_of_the_battery_and_its_update_state_go_on_meanwhile() -> None:
    async with battery("growatt-can") as (port, _, live):
        link = link_to(port, "growatt-can")
        held: list[object] = []
        work = Upgrade(link, new_image("growatt-can"), progress=lambda _: held.append(dict(live.bank.packs[0].says)))
        await work.run()
        mid = held[5]
        assert isinstance(mid, dict)
        assert (mid["programming"], mid["update_progress_pct"], mid["update_pack"]) == (1, 50, 1)
        assert mid["master_update"] == "programming"
        done = live.bank.packs[0].says
        assert (done["programming"], done["master_update"]) == (0, "normal")
        snapshot = await read(port, "growatt-can")
        assert snapshot.values["pack_voltage_v"] > 48.0  # type: ignore[operator]


@pytest.mark.parametrize("name", NAMES)
@leaping
async def test_a_battery_without_our_loader_hears_one_question_and_answers_as_ever(name: str) -> None:
    """As a real one would: same profile, no loader of ours."""
    async with battery(name, loader=False) as (port, _, live):
        with pytest.raises((NoAnswer, Refused), match="nothing but one question that only reads was sent"):
            await Upgrade(link_to(port, name), new_image(name)).run()
        assert (await read(port, name)).values["soc_pct"] == pytest.approx(50.0, abs=1.0)
        assert live.bank.packs[0].says == load_says(name)


def load_says(name: str) -> dict[str, object]:
    live = Bank(load_profile(name), now_ms=lambda: NOW_MS)
    return dict(live.packs[0].says)


@leaping
async def test_a_battery_in_use_refuses_by_itself() -> None:
    async with battery("growatt-rs485") as (port, _, live):
        live.bank.input = Input(current_a=-20.0)
        live.step(10.0)
        done = await Upgrade(link_to(port, "growatt-rs485"), new_image("growatt-rs485")).run()
        assert (done.outcome, done.sent) == (Outcome.REFUSED, 0)
        assert "may not be upgraded now: -2" in done.why
        assert "A flow and the relays are closed; idle is 1 A at most" in done.why


@leaping
async def test_while_it_restarts_a_battery_says_nothing() -> None:
    async with battery("growatt-rs485") as (port, loaders, _):
        await Upgrade(link_to(port, "growatt-rs485"), new_image("growatt-rs485")).run()
        assert (await read(port, "growatt-rs485")).values
        loader = loaders.by_address[1]
        loader._restart()
        assert loaders.is_there(1) is False
        with pytest.raises(NoAnswer):
            await read(port, "growatt-rs485")
        await asyncio.sleep(3.0)
        assert (await read(port, "growatt-rs485")).values


@leaping
async def test_each_pack_has_a_loader_of_its_own() -> None:
    async with battery("ps-20016s", packs=2) as (port, loaders, _):
        done = await Upgrade(link_to(port, "ps-20016s", 3), new_image("ps-20016s")).run()
        assert done.outcome is Outcome.UPGRADED
        versions = {address: one.status().version for address, one in loaders.by_address.items()}
        assert versions == {2: (6, 0, 0), 3: (7, 2, 0)}


def test_a_file_keeps_the_images_of_all_packs(tmp_path: Path) -> None:
    path = tmp_path / "battery.firmware"

    async def first() -> None:
        async with battery("ps-20016s", path, packs=2) as (port, loaders, _):
            await Upgrade(link_to(port, "ps-20016s", 3), new_image("ps-20016s")).run()
            link = link_to(port, "ps-20016s", 2)
            loaders.fail(read_faults({"silence": [4], "again": True}))
            assert (await Upgrade(link, new_image("ps-20016s")).run()).outcome is Outcome.REFUSED

    async def second() -> None:
        async with battery("ps-20016s", path, packs=2) as (port, loaders, live):
            assert loaders.by_address[3].status().version == (7, 2, 0)
            assert live.bank.packs[1].says["firmware_version"] == "7.2"
            link = link_to(port, "ps-20016s", 2)
            await link.meet()
            assert (await read_status(link)).held == 4
            done = await Upgrade(link, new_image("ps-20016s")).run()
            assert (done.outcome, done.sent) == (Outcome.UPGRADED, BLOCKS - 4)

    run(first())
    run(second())


def test_a_state_file_says_what_goes_wrong(tmp_path: Path) -> None:
    async def main() -> None:
        async with battery("growatt-rs485") as (_, loaders, live):
            path = tmp_path / "state.toml"
            path.write_text('[upgrade]\nrefuse = [3]\nswitch = "power_during"\n')
            file = StateFile(path, live.bank, clock_s=clock_s, complain=lambda _: None, upgrade=loaders.fail)
            file.load()
            faults = loaders.by_address[1].faults
            assert (faults.blocks, faults.switch) == ({"refuse": {3}}, "power_during")
            for text, why in (
                ("refuses = [3]", r"\[upgrade\] refuses: there is no such fault; did you mean refuse\?"),
                ('refuse = "3"', r"\[upgrade\] refuse: '3' is no list of block numbers; write \[0, 7\]"),
                ('switch = "half"', r"'half' is none of power_before, power_during, power_after"),
                ("again = 1", "1 is neither true nor false"),
            ):
                path.write_text(f"[upgrade]\n{text}\n")
                with pytest.raises(UsageError, match=why):
                    file.load()

    run(main())


def test_the_example_of_the_page_names_every_fault() -> None:
    page = (Path(__file__).parents[2] / "docs" / "upgrade.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    table = tomllib.loads(example)["upgrade"]
    faults = read_faults(table)
    assert set(table) == {*AT_BLOCKS, "switch", "no_start", "no_speech", "again"}
    assert (faults.no_start, faults.no_speech, faults.again, faults.switch) == (True, True, True, "power_during")


@leaping
async def test_a_new_image_that_does_not_speak_as_a_battery_is_left() -> None:
    async with battery("growatt-rs485") as (port, loaders, _):
        loaders.fail(read_faults({"no_speech": True}))
        profile = load_profile("growatt-rs485")

        async def works() -> str:
            try:
                await fitness(port, profile, 1, lambda: NOW_MS)
            except NoAnswer as silence:
                return str(silence)
            return ""

        done = await Upgrade(link_to(port, "growatt-rs485"), new_image("growatt-rs485"), works=works).run()
        assert (done.outcome, done.status.version) == (Outcome.RETURNED, (1, 4, 0))
        assert done.why.startswith("the new image started and did not work: ")
        assert (await read(port, "growatt-rs485")).values["firmware_version"] == "1.4"


@leaping
async def test_a_new_device_runs_what_its_profile_says() -> None:
    for name in NAMES:
        async with battery(name) as (port, _, _):
            link = link_to(port, name)
            await link.meet()
            status = await read_status(link)
            head = factory_image(load_profile(name)).head
            assert (status.version, status.sha256) == (head.version, head.sha256)

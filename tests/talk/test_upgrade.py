"""Firmware upgrades (GRW-10) with all going wrong: at every block, at every write of the device, on both links."""

import asyncio
from itertools import product

import pytest

from leap import leaping
from talk.upgrading import BLOCKS, NEW, OLD, PROFILES, Cut, bench, image
from wattstead.host.upgrade.back import read_status, roll_back
from wattstead.host.upgrade.send import Outcome, Upgrade
from wattstead.link.memory import memory_pair
from wattstead.link.port import Port
from wattstead.model.can import CanFrame
from wattstead.model.errors import NoAnswer, Refused
from wattstead.virtual.loader_faults import AT_BLOCKS, AT_SWITCH, Faults
from wattstead.wire.framing.modbus_rtu import crc16
from wattstead.wire.upgrade import Op, Result, State, Why
from wattstead.wire.upgrade_line import can_frames

OVER = pytest.mark.parametrize("over", PROFILES)


@OVER
@leaping
async def test_an_image_is_sent_verified_started_and_confirmed(over: str) -> None:
    async with bench(over) as one:
        done = await one.upgrade()
        assert (done.outcome, done.sent, done.resumed) == (Outcome.UPGRADED, BLOCKS, 0)
        assert (done.status.version, done.status.why) == ((2, 0, 0), Why.ACTIVATED)
        assert one.device.runs == "new"
        one.device.loader.start()
        assert one.device.runs == "new", "it was confirmed: it stays"
        again = await one.upgrade()
        assert (again.outcome, again.sent) == (Outcome.ALREADY, 0)


@OVER
@leaping
async def test_every_fault_at_every_block_ends_with_the_new_image(over: str) -> None:
    for kind, index in product(AT_BLOCKS, range(BLOCKS)):
        async with bench(over) as one:
            one.fail(Faults({kind: {index}}))
            done = await one.upgrade()
            case = f"{kind} at block {index}: {done}"
            assert (done.outcome, one.device.runs) == (Outcome.UPGRADED, "new"), case
            assert done.sent <= BLOCKS + 1, f"{case}: it sends what is missing, and nothing else"
            assert done.resumed == int(kind.startswith("power")), case
            assert one.device.loader.faults.blocks == {kind: set()}, f"{case}: it has happened"


@OVER
@leaping
async def test_a_fault_that_stays_ends_in_words_and_the_old_image_runs_on(over: str) -> None:
    for kind in AT_BLOCKS:
        async with bench(over) as one:
            one.fail(Faults({kind: {4}}, again=True))
            done = await one.upgrade(patience_s=20.0)
            if kind in ("lost_echo", "power_after"):  # the block is there, and the device says so when it is asked
                assert (done.outcome, done.sent) == (Outcome.UPGRADED, BLOCKS), f"{kind}: {done}"
                continue
            assert done.outcome is Outcome.REFUSED, f"{kind}: {done}"
            assert done.why.startswith("block 4 of 6 was not taken in 4 tries"), done.why
            assert one.device.runs == "old", kind
            one.fail(Faults())
            done = await one.upgrade()
            assert (done.outcome, one.device.runs) == (Outcome.UPGRADED, "new"), kind
            assert done.sent <= BLOCKS - 4, f"{kind}: the blocks before it are there already"


async def writes_of(over: str) -> int:
    """Count what a device writes for one upgrade: the head, each block and its row, what runs before and after."""
    async with bench(over) as one:
        await one.upgrade()
        assert one.device.flash.writes > 2 * BLOCKS
        return one.device.flash.writes


@OVER
@leaping
async def test_power_lost_at_every_write_and_in_the_middle_of_it(over: str) -> None:
    """Every write of the device: blocks, their rows, the head, the record of what runs, before and while it changes."""
    for number, put in product(range(1, await writes_of(over)), (0, 17, 10_000)):
        async with bench(over) as one:
            one.device.flash.writes, one.device.flash.cut = 1, (number, put)
            done = await one.upgrade()
            case = f"write {number}, {put} bytes of it: {done}"
            assert one.device.flash.lost.is_set(), case
            assert one.device.runs in ("old", "new")
            if done.outcome is not Outcome.UPGRADED:  # the power failed while the new image was on trial
                assert (done.outcome, one.device.runs, done.status.why) == (
                    Outcome.RETURNED,
                    "old",
                    Why.NOT_CONFIRMED,
                ), case
                done = await one.upgrade()
                assert done.sent == 0, f"{case}: all blocks are there already"
            assert (done.outcome, one.device.runs) == (Outcome.UPGRADED, "new"), case


@OVER
@leaping
async def test_power_lost_and_the_tool_gone_too(over: str) -> None:
    """The device decides by itself what it runs; another run of the tool sends what is missing and no more."""
    for cut in range(1, await writes_of(over)):
        async with bench(over) as one:
            one.device.flash.writes, one.device.flash.cut = 1, (cut, 3)
            work = asyncio.create_task(one.upgrade())
            await one.device.flash.lost.wait()
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)
            await asyncio.sleep(200.0)
            one.device.loader.look()
            held = len(one.device.loader.coming.held) if one.device.runs == "old" else BLOCKS
            done = await one.upgrade(seed=2)
            assert one.device.runs == "new", f"write {cut}: {done}"
            assert done.sent == BLOCKS - held, f"write {cut}"


@OVER
@leaping
async def test_the_power_fails_while_the_slots_are_switched(over: str) -> None:
    for when in AT_SWITCH:
        async with bench(over) as one:
            one.fail(Faults(switch=when))
            done = await one.upgrade()
            assert (done.outcome, done.sent) == (Outcome.UPGRADED, BLOCKS), f"{when}: {done}"
            assert one.device.runs == "new", when


@OVER
@leaping
async def test_the_cable_is_pulled_anywhere_and_the_transfer_goes_on(over: str) -> None:
    async with bench(over) as one:
        link = await one.link()
        port = Cut(link.port, 10**9)
        done = await one.upgrade(port=port)
        sent = 10**9 - port._left
    assert done.outcome is Outcome.UPGRADED
    for after in range(41, sent, 67):  # behind the first question: without an answer to it there is nothing to resume
        async with bench(over) as one:
            done = await one.upgrade(port=Cut(await one.plug(), after), patience_s=10.0)
            assert (done.outcome, one.device.runs) == (Outcome.UPGRADED, "new"), f"{after}: {done}"
            assert done.resumed <= 1, f"{after}: {done}"
            assert done.sent <= BLOCKS + 1, f"{after}: {done}"


@OVER
@leaping
async def test_nobody_comes_back(over: str) -> None:
    async with bench(over) as one:
        link = await one.link(Cut(await one.plug(), 450))
        done = await Upgrade(link, NEW, None).run()
        assert (done.outcome, done.why) == (Outcome.LINK_LOST, "the cable was pulled")
        assert one.device.runs == "old"


@OVER
@leaping
async def test_a_new_image_that_does_not_come_up_is_left_again(over: str) -> None:
    async with bench(over) as one:
        one.fail(Faults(no_start=True))
        done = await one.upgrade()
        assert (done.outcome, done.why) == (Outcome.RETURNED, "the new image did not start")
        assert (one.device.runs, done.status.version) == ("old", (1, 0, 0))

    async def dumb() -> str:
        return "it does not speak"

    async with bench(over) as one:
        done = await one.upgrade(works=dumb)
        assert done.outcome is Outcome.RETURNED
        assert done.why == "the new image started and did not work: it does not speak"
        assert (one.device.runs, one.device.loader.status().why) == ("old", Why.ASKED)


@OVER
@leaping
async def test_an_image_that_nobody_confirms_is_left_after_a_minute(over: str) -> None:
    async with bench(over) as one:
        link = await one.link()
        await link.meet()
        for op, content in (
            (Op.TAKE, b""),
            (Op.OPEN, b"\0" + NEW.head.packed()),
        ):
            assert (await link.ask(op, content)).result == Result.OK
        one.device.loader.coming.fill(NEW)
        assert (await link.ask(Op.ACTIVATE, NEW.head.sha256)).result == Result.OK
        assert one.device.runs == "new"
        await asyncio.sleep(62.0)
        assert one.device.loader.look() is True, "3 s of restart, 59 s of trial"
        assert one.device.runs == "new"
        await asyncio.sleep(1.5)
        assert one.device.loader.look() is False
        assert (one.device.runs, one.device.loader.status().why) == ("old", Why.NOT_CONFIRMED)


@OVER
@leaping
async def test_the_way_back_to_the_image_before(over: str) -> None:
    async with bench(over) as one:
        link = await one.link()
        await link.meet()
        with pytest.raises(Refused, match="no other image that could run"):
            await roll_back(link)
        await asyncio.sleep(6.0)
        await one.upgrade()
        status = await roll_back(link)
        assert (status.version, status.why, one.device.runs) == ((1, 0, 0), Why.ASKED, "old")
        one.device.unfit = "12.5 A flow"
        await asyncio.sleep(6.0)
        with pytest.raises(Refused, match=r"may not be upgraded now: 12\.5 A flow"):
            await roll_back(link)


@OVER
@leaping
async def test_the_device_itself_refuses_what_is_not_for_it(over: str) -> None:
    async with bench(over) as one:
        for wrong, why in (
            (image(model="WS-OTHER"), "for another model"),
            (image(blocks=40), "too large for it"),
            (image((0, 9, 0)), "not newer than the one that runs"),
        ):
            done = await one.upgrade(wrong)
            assert (done.outcome, done.sent) == (Outcome.REFUSED, 0)
            assert why in done.why
        one.device.unfit = "soc_pct is 12 %; it must be 20 to 95 %"
        done = await one.upgrade()
        assert (done.outcome, done.sent) == (Outcome.REFUSED, 0)
        assert done.why == f"the device says that it may not be upgraded now: {one.device.unfit}"
        assert one.device.runs == "old"


@OVER
@leaping
async def test_a_second_tool_waits_or_is_sent_away(over: str) -> None:
    async with bench(over) as one:
        first, second = await one.link(seed=3), await one.link(seed=4)
        await first.meet()
        await second.meet()
        assert (await first.ask(Op.TAKE)).result == Result.OK
        assert (await second.ask(Op.TAKE)).result == Result.BUSY
        assert (await second.ask(Op.OPEN, b"\0" + NEW.head.packed())).result == Result.NO_LEASE
        assert (await second.ask(Op.STATUS)).result == Result.OK, "whoever only reads is served"
        done = await one.upgrade(seed=5)
        assert (done.outcome, done.seconds >= 5.0) == (Outcome.UPGRADED, True), "it waited for the lease to end"

        async def hold() -> None:
            while True:
                await first.ask(Op.TAKE)
                await asyncio.sleep(1.0)

        holding = asyncio.create_task(hold())
        await asyncio.sleep(1.0)
        done = await one.upgrade(OLD, older_too=True, seed=6)
        holding.cancel()
        assert (done.outcome, done.sent) == (Outcome.REFUSED, 0)
        assert done.why == "another tool is upgrading this device; let it end, or end it"


@leaping
async def test_others_on_the_bus_do_not_disturb() -> None:
    """Battery frames, another maker's extended frames, broken rows on our identifiers, and another tool's tag."""
    async with bench("can") as one:
        port = await one.plug()
        noise = [
            CanFrame(0x311, bytes(8)).packed(),
            CanFrame(0x18FF50E5, bytes(8), extended=True).packed(),
            CanFrame(0x1E570101, b"\x81\xff\xff", extended=True).packed(),
            CanFrame(0x1E577F01, b"\x80\x00\x09\x01\x02", extended=True).packed(),
            CanFrame(0x1E578101 | 0x7F00, b"\xc0\x00\x01\x00", extended=True).packed(),
            CanFrame(0x301, b"\x11\x22").packed(),
        ]

        class Noisy(Cut):
            async def send(self, data: bytes) -> None:
                for frame in noise:
                    await self._port.send(frame)
                await self._port.send(data)

        done = await one.upgrade(port=Noisy(port, 0))
        assert (done.outcome, done.sent, done.resumed) == (Outcome.UPGRADED, BLOCKS, 0)


@leaping
async def test_a_second_master_on_a_serial_line_does_not_disturb() -> None:
    """Frames of another conversation come between question and answer; some of them cross ours and spoil them."""
    async with bench("rs485") as one:
        port = await one.plug()
        other = bytes.fromhex("01 03 00 13 00 04 B5 CC")
        count = 0

        class Crossed(Cut):
            async def send(self, data: bytes) -> None:
                nonlocal count
                count += 1
                await self._port.send(data[: len(data) // 2] + other if count % 4 == 0 else other + data)

        done = await one.upgrade(port=Crossed(port, 0))
        assert (done.outcome, one.device.runs) == (Outcome.UPGRADED, "new")


@OVER
@leaping
async def test_nothing_is_sent_to_what_is_no_loader(over: str) -> None:
    """Whoever does not answer the first question as our loader does hears nothing but that question."""

    async def device(heard: list[bytes], port: Port, reply: bytes) -> None:
        while True:
            heard.append((await port.receive()).data)
            if reply:
                await port.send(reply)

    for reply in (b"", *REPLIES[over]):
        ours, theirs = memory_pair()
        heard: list[bytes] = []
        task = asyncio.create_task(device(heard, theirs, reply))
        async with bench(over) as one:
            with pytest.raises((NoAnswer, Refused), match="akers do not publish"):
                await one.upgrade(port=ours)
        task.cancel()
        assert set(heard) == {QUESTION[over]}, "one question, which only reads"
        assert len(heard) == (1 if over == "rs485" and reply else 3)


# Written out by hand: read of 8 registers from F600 on; a remote frame without data (tag 49H is the test's chance).
QUESTION = {
    "rs485": bytes.fromhex("01 03 F6 00 00 08 77 84"),
    "can": bytes.fromhex("DE 57 49 01 08"),
}
ZEROS, OURS_BUT_ONE = bytes(16), b"WATTSTEAD LOADES"
REPLIES = {
    "rs485": [
        bytes.fromhex("01 83 02 C0 F1"),  # there are no such registers
        *(
            body + crc16(body).to_bytes(2, "little")
            for body in (b"\x01\x03\x10" + ZEROS, b"\x01\x03\x10" + OURS_BUT_ONE)
        ),
    ],
    "can": [
        CanFrame(0x311, bytes(8)).packed(),
        CanFrame(0x1E57C901, bytes(8), extended=True).packed(),
        b"".join(can_frames(OURS_BUT_ONE, 0x49, 1, answers=True)),
    ],
}


@OVER
@leaping
async def test_what_is_kept_outlives_the_tool_and_the_device(over: str) -> None:
    async with bench(over) as one:
        one.fail(Faults({"silence": {4}}, again=True))
        done = await one.upgrade()
        assert done.outcome is Outcome.REFUSED
        flash = one.device.flash
    async with bench(over, flash) as one:
        link = await one.link()
        await link.meet()
        status = await read_status(link)
        assert (status.state, status.held, status.coming) == (State.RECEIVING, 4, NEW.head.sha256)
        done = await one.upgrade()
        assert (done.outcome, done.sent) == (Outcome.UPGRADED, BLOCKS - 4)

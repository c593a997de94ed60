"""A cloud of one's own: what loggers send, and what they get."""

import asyncio
import json
import tomllib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from typing import Any

import pytest

from cable import drain, listening
from leap import leaping
from wattstead.host.ingest import Ingest
from wattstead.host.ingest_records import described
from wattstead.link.open import open_port
from wattstead.link.port import Port
from wattstead.wire.frame import Noise
from wattstead.wire.framing.solarman_payload import Time, understand
from wattstead.wire.framing.solarman_v5 import SolarmanV5Framer, V5Frame, build

NOW_S = 1_780_315_200.25
FRAMES = tomllib.loads(
    (Path(__file__).parent.parent / "wire" / "framing" / "solarman_v5.toml").read_text(encoding="utf-8")
)["frame"]
WIRE = {one["number"]: bytes.fromhex(one["bytes"]) for one in FRAMES}
HELLO, DATA, REPORT, BEAT = WIRE["12"], WIRE["13"], WIRE["15"], WIRE["6"]


@asynccontextmanager
async def receiving(**words: Any) -> AsyncIterator[tuple[Ingest, str, list[dict[str, Any]]]]:
    told: list[dict[str, Any]] = []
    ingest = Ingest(lambda record: told.append(json.loads(json.dumps(record))), unix_s=lambda: NOW_S, **words)
    async with listening("tcp://127.0.0.1:0") as listener:
        task = asyncio.create_task(ingest.serve(listener))
        try:
            yield ingest, listener.url, told
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def frames(port: Port, count: int) -> list[V5Frame]:
    framer, found = SolarmanV5Framer(), list[V5Frame]()
    while len(found) < count:
        async with asyncio.timeout(10):
            items = framer.feed((await port.receive()).data)
        assert not any(isinstance(item, Noise) for item in items)
        found += [item for item in items if isinstance(item, V5Frame)]
    return found


@leaping
async def test_each_frame_is_acknowledged_with_the_time_under_its_numbers() -> None:
    async with receiving() as (_, url, told):
        port = await open_port(url)
        for wire in (HELLO, DATA, REPORT, BEAT):
            await port.send(wire)
            (answer,) = await frames(port, 1)
            (asked,) = SolarmanV5Framer().feed(wire)
            assert isinstance(asked, V5Frame)
            assert (answer.control, answer.serial) == (asked.control - 0x3000, asked.serial)
            assert (answer.sequence, answer.logger_sequence) == (asked.sequence + 1, asked.logger_sequence)
            assert understand(answer) == Time(int(NOW_S), asked.payload[0])
            assert len(answer.raw) == 23
        assert [one["kind"] for one in told] == ["hello", "data", "report", "heartbeat"]
        assert {one["serial"] for one in told} == {612345678}
        assert told[0]["at_s"] == NOW_S
        await port.close()


def test_the_recorded_acknowledgement_is_built_to_its_bytes() -> None:
    (recorded,) = SolarmanV5Framer().feed(WIRE["14"])
    assert isinstance(recorded, V5Frame)
    ingest = Ingest(lambda _: None, unix_s=lambda: 1632149206.0)
    asked = V5Frame(0x4210, recorded.serial, b"\0", 0x5A, 0x48)
    assert ingest.acknowledgement(asked) == WIRE["14"]


@leaping
async def test_what_was_sent_is_told() -> None:
    async with receiving(raw=True) as (ingest, url, told):
        port = await open_port(url)
        await port.send(HELLO + DATA + b"GET / HTTP/1.1\r\n" + REPORT)
        await frames(port, 3)
        hello, data, noise, report = told
        assert (hello["firmware"], hello["ip"], hello["mac"]) == ("MW_08_0501_1.58", "192.168.1.252", "98d863010203")
        assert (hello["total_s"], hello["power_on_s"], hello["sampled_at_s"]) == (7660413, 345, None)
        assert hello["payload"] == HELLO[11:-2].hex()
        assert (data["schema"], data["buffered"], data["record"]) == ("0507", True, 2025)
        assert data["inverter_serial"] == "160E31200000001"
        assert data["values"] == {
            "inverter_temperature_degc": 33.7,
            "pv1_voltage_v": 223.8,
            "pv2_voltage_v": 1.1,
            "pv1_current_a": 0.7,
            "pv2_current_a": 0.1,
            "grid_l1_voltage_v": 239.9,
            "grid_l1_frequency_hz": 50.0,
            "pv_energy_today_kwh": 0.8,
            "pv_energy_total_kwh": 1678.0,
        }
        assert (noise["kind"], noise["why"], noise["bytes"]) == ("noise", "stray", 16)
        assert (report["firmware"], report["reported_at_s"]) == ("MW_08_0501_1.58", 1584522628)
        assert ingest.counts.frames == 3
        assert ingest.counts.told == {"hello": 1, "data": 1, "noise": 1, "report": 1}
        await port.close()


@leaping
async def test_what_nobody_has_described_is_kept_and_acknowledged() -> None:
    async with receiving() as (_, url, told):
        port = await open_port(url)
        await port.send(build(V5Frame(0x4910, 7, b"\x11\x22\x33", 1, 2)))
        (answer,) = await frames(port, 1)
        assert (answer.control, answer.payload[0]) == (0x1910, 0x11)
        assert (told[0]["kind"], told[0]["control"], told[0]["payload"]) == ("unknown", "4910", "112233")
        await port.send(build(V5Frame(0x4210, 7, b"\1\x99\x08" + bytes(34) + b"\xab\xcd")))
        await frames(port, 1)
        assert (told[1]["schema"], told[1]["data"]) == ("0899", "abcd")
        await port.send(build(V5Frame(0x4110, 7, b"\2")))
        await frames(port, 1)
        assert (told[2]["kind"], told[2]["payload"]) == ("broken", "02")
        await port.send(build(V5Frame(0x1510, 7, b"\2\1" + bytes(12) + b"\5\0")) + BEAT)
        (only,) = await frames(port, 1)  # an answer gets none
        assert only.control == 0x1710
        assert (told[3]["kind"], told[3]["body"]) == ("answer to command", "0500")
        await port.close()


@leaping
async def test_a_logger_that_says_nothing_is_gone_and_too_many_are_sent_away() -> None:
    async with receiving(connections=2, idle_s=600.0) as (ingest, url, _):
        first, second = await open_port(url), await open_port(url)
        await first.send(BEAT)
        await frames(first, 1)
        assert list(ingest.open.values()) == [612345678, None]
        third = await open_port(url)
        assert await drain(third) == b""
        assert ingest.counts.refused == 1
        assert await drain(second) == b""  # after ten minutes
        assert await drain(first) == b""
        assert not ingest.open


@leaping
async def test_many_loggers_at_once_each_get_their_own_answers() -> None:
    async with receiving() as (ingest, url, told):

        async def logger(number: int) -> None:
            port = await open_port(url)
            for count in range(5):
                await port.send(build(V5Frame(0x4710, 1000 + number, b"\0", 3, count)))
                (answer,) = await frames(port, 1)
                assert (answer.serial, answer.logger_sequence) == (1000 + number, count)
            await port.close()

        await asyncio.gather(*(logger(number) for number in range(100)))
        assert ingest.counts.frames == len(told) == 500


@leaping
async def test_junk_of_any_kind_leaves_it_in_good_order() -> None:
    random = Random(4)
    async with receiving() as (ingest, url, told):
        port = await open_port(url)
        for _ in range(300):
            wire = bytearray(random.choice((HELLO, DATA, REPORT, BEAT, random.randbytes(40))))
            wire[random.randrange(len(wire))] ^= 1 << random.randrange(8)
            await port.send(bytes(wire))
        await port.send(BEAT)
        (answer,) = await frames(port, 1)
        assert answer.control == 0x1710
        assert told[-1]["kind"] == "heartbeat"
        assert ingest.counts.noise >= 1
        assert all(len(one.get("data", "")) <= 128 for one in told)
        await port.close()


@pytest.mark.parametrize("seed", range(20))
def test_a_mutated_payload_with_a_good_checksum_is_told_or_called_broken(seed: int) -> None:
    random = Random(seed)
    for _ in range(200):
        payload = bytearray(random.choice((HELLO, DATA, REPORT, BEAT, WIRE["2"], WIRE["1"]))[11:-2])
        for _ in range(random.randrange(4)):
            payload[random.randrange(len(payload))] = random.randrange(256)
        del payload[random.randrange(len(payload) + 1) :]
        control = random.choice((0x41, 0x42, 0x43, 0x45, 0x47, 0x48, 0x11, 0x12, 0x15, 0x99)) << 8 | 0x10
        json.dumps(described(V5Frame(control, 1, bytes(payload)), raw=True))

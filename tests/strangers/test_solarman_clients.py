"""pysolarmanv5, both its clients and its framing, against our virtual stick logger."""

import asyncio
import contextlib
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from pysolarmanv5 import PySolarmanV5, PySolarmanV5Async, V5FrameError  # type: ignore[import-untyped]
from umodbus.exceptions import IllegalFunctionError  # type: ignore[import-untyped]

from loggers import SERIAL, TinySlave, logger_on, rtu
from wattstead.catalog.profile import load_profile
from wattstead.link.url import TcpUrl
from wattstead.virtual.logger_manners import manners
from wattstead.virtual.logger_run import Inverter, switched_on
from wattstead.virtual.values import ValuesDevice
from wattstead.wire.framing.solarman_payload import Answer, Command, Counters, understand, write
from wattstead.wire.framing.solarman_v5 import SolarmanV5Framer, V5Frame, build

PATIENCE_S = 60
READ = rtu("01 04 0BB8 0002")


@contextlib.contextmanager
def logger_in_a_thread(**switches: Any) -> Iterator[tuple[int, TinySlave]]:
    """A logger that runs beside clients that block."""
    slave, ready, done = TinySlave(), threading.Event(), threading.Event()
    ports: list[int] = []

    async def main() -> None:
        async with logger_on(slave, **switches) as running:
            ports.append(running.port)
            ready.set()
            await asyncio.to_thread(done.wait)

    thread = threading.Thread(target=lambda: asyncio.run(main()))
    thread.start()
    try:
        assert ready.wait(PATIENCE_S)
        yield ports[0], slave
    finally:
        done.set()
        thread.join(PATIENCE_S)


@contextlib.contextmanager
def client_of(port: int, serial: int = SERIAL, **words: Any) -> Iterator[Any]:
    client = PySolarmanV5("127.0.0.1", serial, port=port, socket_timeout=PATIENCE_S, **words)
    try:
        yield client
    finally:
        client.disconnect()


def test_the_blocking_client_loses_no_answer() -> None:
    with logger_in_a_thread() as (port, _), client_of(port) as client:
        began_s = time.monotonic()
        for _ in range(15):
            assert client.read_input_registers(register_addr=3000, quantity=4) == [3000, 3001, 3002, 3003]
        assert time.monotonic() - began_s > 1.5  # no faster than a stick


def test_the_blocking_client_reads_and_writes_with_every_function() -> None:
    with logger_in_a_thread(latency_ms="50") as (port, slave), client_of(port) as client:
        assert client.read_holding_registers(register_addr=3200, quantity=2) == [3200, 3201]
        assert client.write_holding_register(register_addr=3044, value=2) == 2
        assert client.write_multiple_holding_registers(register_addr=3078, values=[80, 90]) == 2
        assert slave.registers == {3044: 2, 3078: 80, 3079: 90}
        assert client.read_holding_registers(register_addr=3078, quantity=2) == [80, 90]
        client.write_single_coil(register_addr=3, value=0xFF00)
        client.write_multiple_coils(register_addr=8, values=[1, 0, 1])
        assert client.read_coils(register_addr=3, quantity=8) == [1, 0, 0, 0, 0, 1, 0, 1]
        assert client.read_discrete_inputs(register_addr=8, quantity=3) == [1, 0, 1]
        assert client.read_input_register_formatted(register_addr=3000, quantity=1, scale=0.1) == pytest.approx(300.0)


def test_it_says_what_the_logger_says_when_there_is_no_modbus_answer() -> None:
    with logger_in_a_thread() as (port, _):
        with client_of(port, mb_slave_id=7) as client, pytest.raises(V5FrameError, match="Acknowledge"):
            client.read_input_registers(register_addr=3000, quantity=1)
        with client_of(port) as client:
            with pytest.raises(V5FrameError, match="EXCEPTION"):
                client.send_raw_modbus_frame(rtu("01 04 0BB8 007E"))
            with pytest.raises(IllegalFunctionError):
                client.send_raw_modbus_frame_parsed(rtu("01 17 0BB8 0001 0BB8 0001 02 0000"))
        with client_of(port, serial=SERIAL + 1) as client, pytest.raises(V5FrameError, match="serial number"):
            client.read_input_registers(register_addr=3000, quantity=1)


def test_it_copes_with_a_doubled_crc() -> None:
    with logger_in_a_thread(double_crc=True) as (port, _), client_of(port) as client:
        assert client.send_raw_modbus_frame(READ) == rtu("01 04 04 0BB8 0BB9") + b"\0\0"


async def test_the_async_client_reads_writes_and_stays() -> None:
    async with logger_on(slave := TinySlave(), latency_ms=50) as running:
        client = PySolarmanV5Async("127.0.0.1", SERIAL, port=running.port, socket_timeout=PATIENCE_S)
        await client.connect()
        for _ in range(10):
            assert await client.read_input_registers(register_addr=3000, quantity=2) == [3000, 3001]
        await client.write_holding_register(register_addr=3044, value=1)
        assert slave.registers == {3044: 1}
        with pytest.raises(V5FrameError, match="Acknowledge"):
            await client.send_raw_modbus_frame(rtu("09 04 0BB8 0001"))
        await client.disconnect()


async def test_the_async_client_lives_with_heartbeats_that_nobody_asked_for() -> None:
    async with logger_on(heartbeat_s=1) as running:
        client = PySolarmanV5Async("127.0.0.1", SERIAL, port=running.port, socket_timeout=PATIENCE_S)
        await client.connect()
        for _ in range(12):
            assert await client.read_input_registers(register_addr=3000, quantity=1) == [3000]
        await client.disconnect()


def test_its_framing_and_ours_are_the_same() -> None:
    stranger = PySolarmanV5Async("127.0.0.1", SERIAL)
    for sequence in (0, 1, 0x15, 0xA5, 0xFE):
        stranger.sequence_number = sequence
        theirs = bytes(stranger._v5_frame_encoder(READ))
        (frame,) = SolarmanV5Framer().feed(theirs)
        assert isinstance(frame, V5Frame)
        assert understand(frame) == Command(READ)
        assert build(V5Frame(0x4510, SERIAL, write(Command(READ)), sequence + 1)) == theirs
        rtu_answer = rtu("01 04 04 0BB8 0000")
        answer = write(Answer(rtu_answer, Counters(18352319, 44, 1771058225)))
        ours = build(V5Frame(0x1510, SERIAL, answer, frame.sequence, 0x39))
        assert stranger._v5_frame_decoder(ours) == rtu_answer


@pytest.mark.parametrize("place", range(13 + 14 + 9))
def test_it_refuses_what_we_refuse(place: int) -> None:
    stranger = PySolarmanV5Async("127.0.0.1", SERIAL)
    stranger.sequence_number = 7
    ours = bytearray(build(V5Frame(0x1510, SERIAL, write(Answer(rtu("01 04 04 0BB8 0BB9"))), 7, 1)))
    ours[place] ^= 0x10
    with pytest.raises((V5FrameError, IndexError)):
        stranger._v5_frame_decoder(bytes(ours))
    assert not [item for item in SolarmanV5Framer().feed(bytes(ours)) if isinstance(item, V5Frame)]


async def test_it_reads_an_aura_as_users_of_kstar_inverters_do() -> None:
    """Addresses, scales and signs as the open definitions of KSTAR hybrids have them, not as our profile has."""
    one = ValuesDevice(load_profile("aura"), now_ms=lambda: 0)
    made = manners({"discovery": "0", "latency_ms": "50"}, "test")
    async with switched_on(TcpUrl("127.0.0.1", 0), made, Inverter(one.responder()), unix_s=lambda: 0) as running:
        client = PySolarmanV5Async("127.0.0.1", SERIAL, port=running.port, socket_timeout=PATIENCE_S)
        await client.connect()
        first = await client.read_input_registers(register_addr=3000, quantity=125)
        signed = {at: first[at - 3000] - (first[at - 3000] >> 15 << 16) for at in (3064, 3065, 3100)}
        assert (first[63] / 100, first[66] / 10, first[45], first[46]) == (52.4, 78.4, 17, 2)
        assert signed == {3064: -312, 3065: -1635, 3100: 833}  # + discharge, + export
        assert first[41] << 16 | first[42] == 91205
        name = await client.read_holding_registers(register_addr=3200, quantity=8)
        assert b"".join(word.to_bytes(2, "big") for word in name).rstrip(b"\0") == b"AURA 5KM"
        await client.write_holding_register(register_addr=3317, value=0x2330)
        assert one.settings["grid_charge_start"] == 2330
        assert await client.read_input_registers(register_addr=3450, quantity=1) == [78]
        await client.disconnect()

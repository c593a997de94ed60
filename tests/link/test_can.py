"""CAN buses over python-can: its own in-memory bus, so that no hardware and no kernel module is needed."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import can
import pytest

from wattstead.link.can_url import CanUrl
from wattstead.link.open import listen, open_port
from wattstead.link.port import Port
from wattstead.link.url import parse_url
from wattstead.model.can import CanFrame
from wattstead.model.errors import LinkLost, UsageError


@pytest.mark.parametrize(
    ("text", "url", "arguments"),
    [
        ("can://socketcan/can0", CanUrl("socketcan", "can0"), {"bitrate": 500_000}),
        (
            "can://socketcan/can0?bitrate=250000",
            CanUrl("socketcan", "can0", (("bitrate", "250000"),)),
            {"bitrate": 250_000},
        ),
        ("can://slcan//dev/ttyACM0", CanUrl("slcan", "/dev/ttyACM0"), {"bitrate": 500_000}),
        ("can://slcan/dev/ttyACM0", CanUrl("slcan", "/dev/ttyACM0"), {"bitrate": 500_000}),
        ("can://slcan/COM3", CanUrl("slcan", "COM3"), {"bitrate": 500_000}),
        ("can://virtual/home", CanUrl("virtual", "home"), {}),
        (
            "can://gs_usb/0?index=1&fd=false",
            CanUrl("gs_usb", "0", (("index", "1"), ("fd", "false"))),
            {"bitrate": 500_000, "index": 1, "fd": False},
        ),
    ],
)
def test_a_url_names_interface_channel_and_what_python_can_wants(text: str, url: CanUrl, arguments: object) -> None:
    assert parse_url(text) == url
    assert url.arguments() == arguments
    assert parse_url(str(url)) == url


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("can://socketcan", "needs an interface and a channel; write can://socketcan/can0"),
        ("can:///can0", "needs an interface"),
        ("can://socketcan/can0?bitrate=fast", "bitrate is a number of bit/s"),
        ("can://socketcan/can0?bitrate=0", "from 5000 to 1000000"),
        ("can://socketcan/can0?channel=can1", "stands before the question mark"),
        ("can://socketcan/can0?fd=1&fd=0", "stands twice"),
    ],
)
def test_a_slip_in_a_url_says_what_would_be_right(text: str, remedy: str) -> None:
    with pytest.raises(UsageError, match=remedy):
        parse_url(text)


@asynccontextmanager
async def a_port(url: str) -> AsyncIterator[Port]:
    port = await open_port(url)
    try:
        yield port
    finally:
        await port.close()


@pytest.mark.parametrize(
    "frame",
    [
        CanFrame(0x351, b"\x14\x02"),
        CanFrame(0x305, bytes(8)),
        CanFrame(0x1F000300, b"\1", extended=True),
        CanFrame(0x00F),
        CanFrame(0x305, asks=8),
    ],
)
async def test_one_chunk_is_one_frame(frame: CanFrame) -> None:
    async with a_port("can://virtual/chunks") as one, a_port("can://virtual/chunks") as other:
        await one.send(frame.packed())
        chunk = await asyncio.wait_for(other.receive(), 60)
        assert chunk.data == frame.packed()
        await other.send(frame.packed())
        assert (await asyncio.wait_for(one.receive(), 60)).data == frame.packed()


async def test_errors_of_the_bus_and_can_fd_are_counted_and_left_out() -> None:
    async with a_port("can://virtual/errors") as port:
        with can.Bus(channel="errors", interface="virtual", protocol=can.CanProtocol.CAN_FD) as bus:
            bus.send(can.Message(arbitration_id=1, is_error_frame=True))
            bus.send(can.Message(arbitration_id=1, is_fd=True, data=bytes(12), is_extended_id=False))
            bus.send(can.Message(arbitration_id=2, data=b"\7", is_extended_id=False))
            assert (await asyncio.wait_for(port.receive(), 60)).data == CanFrame(2, b"\7").packed()
        assert port.unusable == 2  # type: ignore[attr-defined]


async def test_a_listener_is_the_bus() -> None:
    listener = await listen("can://virtual/listening")
    async for port in listener.ports():
        async with a_port("can://virtual/listening") as other:
            await other.send(CanFrame(5).packed())
            assert (await asyncio.wait_for(port.receive(), 60)).data == CanFrame(5).packed()
        break
    await listener.close()


async def test_a_closed_port_says_so() -> None:
    port = await open_port("can://virtual/closed")
    await port.close()
    await port.close()
    with pytest.raises(LinkLost, match="was closed"):
        await port.receive()
    with pytest.raises(LinkLost, match="was closed"):
        await port.send(CanFrame(5).packed())


async def test_an_interface_that_is_not_there_has_a_remedy() -> None:
    with pytest.raises(UsageError, match=r"no interface 'socketcann'; did you mean 'socketcan'\? python-can has "):
        await open_port("can://socketcann/can0")
    with pytest.raises(UsageError, match=r"there is no interface 'x'; python-can has .*socketcan"):
        await open_port("can://x/can0")
    with pytest.raises(LinkLost, match=r"does not open \(.+\); is it there and up\? 'sudo ip link set no_such0 up"):
        await open_port("can://socketcan/no_such0")


async def test_a_driver_that_is_not_there_is_said_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_: object) -> None:
        raise AttributeError("no library PCANBasic")  # whatever an interface raises

    monkeypatch.setattr(can, "Bus", fail)
    with pytest.raises(LinkLost, match=r"can://pcan/PCAN_USBBUS1: .+no library PCANBasic.+its driver installed"):
        await open_port("can://pcan/PCAN_USBBUS1")


async def test_without_the_extra_its_install_line_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "can", None)
    with pytest.raises(UsageError, match=r"can://virtual/x: CAN needs .+: pip install 'wattstead\[can\]'"):
        await open_port("can://virtual/x")


async def test_what_no_frame_can_be_is_counted_and_hides_nothing() -> None:
    async with a_port("can://virtual/odd") as port:
        with can.Bus(channel="odd", interface="virtual") as bus:
            longer = can.Message(arbitration_id=1, is_remote_frame=True, dlc=8, is_extended_id=False)
            longer.dlc = 15  # four bits on the wire: some adapters hand them on
            wider = can.Message(arbitration_id=2, is_extended_id=False)
            wider.arbitration_id = 0x800
            for odd in (longer, wider, can.Message(arbitration_id=3, is_remote_frame=True, is_extended_id=False)):
                bus.send(odd)
            bus.send(can.Message(arbitration_id=4, data=b"\1", is_extended_id=False))
            found = [(await asyncio.wait_for(port.receive(), 60)).data for _ in range(2)]
        assert found == [CanFrame(3, asks=0).packed(), CanFrame(4, b"\1").packed()]
        assert port.unusable == 2  # type: ignore[attr-defined]


async def test_an_adapter_that_was_pulled_out_is_let_go_and_other_faults_are_not_hidden(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import can
    from can.interfaces.virtual import VirtualBus

    shut = VirtualBus.shutdown
    for fault, hidden in ((can.CanOperationError("gone"), True), (OSError("gone"), True), (TypeError("ours"), False)):

        def pulled_out(bus: VirtualBus, fault: Exception = fault) -> None:
            shut(bus)
            raise fault

        port = await open_port("can://virtual/pulled")
        monkeypatch.setattr(VirtualBus, "shutdown", pulled_out)
        if hidden:
            await port.close()
        else:
            with pytest.raises(TypeError, match="ours"):
                await port.close()
        monkeypatch.setattr(VirtualBus, "shutdown", shut)


async def test_a_package_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_: object) -> None:
        raise can.CanInterfaceNotImplementedError("No module named 'usb'")

    monkeypatch.setattr(can, "Bus", fail)
    with pytest.raises(LinkLost, match=r"one more package: pip install 'python-can\[gs-usb\]'$"):
        await open_port("can://gs_usb/0")
    with pytest.raises(LinkLost, match=r"pip install 'python-can\[multicast\]'$"):
        await open_port("can://udp_multicast/239.74.163.2")
    with pytest.raises(LinkLost, match="its driver installed"):  # no package of python-can's has it
        await open_port("can://kvaser/0")

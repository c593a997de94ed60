import asyncio
import socket

import pytest

from cable import cable, joined, listening, opened, take
from wattstead.link import tcp
from wattstead.link.open import listen, open_port
from wattstead.model.errors import LinkLost, UsageError

ANY = "tcp://127.0.0.1:0"


async def test_both_ends_of_a_connection() -> None:
    async with cable(ANY) as (host, device):
        await host.send(b"ask")
        assert (await device.receive()).data == b"ask"
        await device.send(b"answer")
        before = asyncio.get_running_loop().time()
        chunk = await host.receive()
        assert chunk.data == b"answer"
        assert before - 1 < chunk.at <= asyncio.get_running_loop().time()
        assert (host.baud, device.baud) == (None, None)
        assert device.url.startswith("tcp://127.0.0.1:")


async def test_each_client_has_its_own_port() -> None:
    async with listening(ANY) as listener, opened(listener.url) as one, opened(listener.url) as two:
        ports = listener.ports()
        first, second = await anext(ports), await anext(ports)
        await one.send(b"1")
        await two.send(b"2")
        assert {(await first.receive()).data, (await second.receive()).data} == {b"1", b"2"}


async def test_a_client_that_leaves_is_told_and_the_next_one_comes() -> None:
    async with listening(ANY) as listener:
        ports = listener.ports()
        async with opened(listener.url) as client:
            port = await anext(ports)
            await client.send(b"last words")
        assert (await port.receive()).data == b"last words"
        with pytest.raises(LinkLost, match="the client went away"):
            await port.receive()
        with pytest.raises(LinkLost, match="the client went away"):
            await port.send(b"x")
        async with opened(listener.url) as client:
            await (await anext(ports)).send(b"hello")
            assert (await client.receive()).data == b"hello"


async def test_a_server_that_closes_is_told_with_a_remedy() -> None:
    async with cable(ANY) as (host, device):
        await device.close()
        with pytest.raises(LinkLost, match=r"serial servers often serve one client only: close the other program"):
            await host.receive()


async def test_closing_ends_the_iteration_and_wakes_the_receivers() -> None:
    async with cable(ANY) as (host, _):
        waiting = asyncio.create_task(host.receive())
        await asyncio.sleep(0)
        await host.close()
        await host.close()
        with pytest.raises(LinkLost, match="the port was closed"):
            await waiting
    listener = await listen(ANY)
    await listener.close()
    await listener.close()
    assert [port async for port in listener.ports()] == []


async def test_a_waiting_iteration_ends_when_the_listener_closes() -> None:
    listener = await listen(ANY)

    async def count() -> int:
        return len([port async for port in listener.ports()])

    counting = asyncio.create_task(count())
    await asyncio.sleep(0)
    await listener.close()
    assert await counting == 0


async def test_a_cancelled_receive_loses_nothing() -> None:
    data = bytes(range(256)) * 64
    async with cable(ANY) as (host, device):
        sending = asyncio.create_task(device.send(data))
        got = b""
        while len(got) < len(data):
            waiting = asyncio.create_task(host.receive())
            done, _ = await asyncio.wait({waiting}, timeout=0)
            if not done:
                waiting.cancel()
            try:
                got += (await waiting).data
            except asyncio.CancelledError:
                await asyncio.sleep(0)
        assert got == data
        await sending


async def test_a_slow_reader_slows_the_sender_and_loses_nothing() -> None:
    size = 8 * 1024 * 1024
    async with cable(ANY) as (host, device):
        sending = asyncio.create_task(device.send(bytes(size)))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await asyncio.shield(sending)
        assert len(joined(await take(host, size))) == size
        await sending


async def test_small_frames_leave_at_once() -> None:
    async with cable(ANY) as (host, _):
        transport = host._transport  # type: ignore[attr-defined]
        assert transport.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        assert transport.get_extra_info("socket").getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


async def test_nobody_listens() -> None:
    port = free_port()
    with pytest.raises(
        LinkLost, match=rf"tcp://127.0.0.1:{port}: nothing listens on port {port}; check it; a serial server"
    ):
        await open_port(f"tcp://127.0.0.1:{port}")
    with pytest.raises(LinkLost, match="nothing listens on port"):
        await open_port(f"tcp://localhost:{port}")


async def test_an_unknown_host(monkeypatch: pytest.MonkeyPatch) -> None:
    async def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", unknown)
    with pytest.raises(LinkLost, match=r"the host nowhere\.invalid is unknown; check the spelling, or use the IP"):
        await open_port("tcp://nowhere.invalid:8899")
    with pytest.raises(LinkLost, match=r"the host nowhere\.invalid is unknown; listen on 127\.0\.0\.1"):
        await listen("tcp://nowhere.invalid:8899")


async def test_a_host_that_is_no_name() -> None:
    with pytest.raises(LinkLost, match=r"the host a\.\.b is unknown"):
        await open_port("tcp://a..b:8899")
    with pytest.raises(LinkLost, match=r"the host a\.\.b is unknown"):
        await listen("tcp://a..b:8899")


async def test_a_host_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tcp, "CONNECT_S", 0.1)
    with socket.create_server(("127.0.0.1", 0), backlog=0) as deaf:
        port = deaf.getsockname()[1]
        # A listener that never accepts: once its short queue is full, the next one knocks in vain.
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", port))
        with pytest.raises(
            LinkLost, match=r"does not answer within 0\.1 s; check the address, and that the serial server"
        ):
            await open_port(f"tcp://127.0.0.1:{port}")
        for filler in fillers:
            filler.close()


async def test_port_0_is_for_listening() -> None:
    with pytest.raises(UsageError, match="port 0 is for listening only"):
        await open_port(ANY)


async def test_a_port_in_use() -> None:
    async with listening(ANY) as listener:
        with pytest.raises(LinkLost, match="is in use by another program; stop that one or choose another port"):
            await listen(listener.url)


async def test_an_address_of_another_machine() -> None:
    with pytest.raises(LinkLost, match=r"192\.0\.2\.1 is no address of this machine; listen on 127\.0\.0\.1"):
        await listen("tcp://192.0.2.1:8899")

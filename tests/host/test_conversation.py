import asyncio

import pytest

from host.line import REQUEST, TELEMETRY, now_s, pylontech, seplos, talker, talking, wire_s
from leap import leaping
from wattstead.host.conversation import Conversation
from wattstead.link.port import Port
from wattstead.model.errors import EncodeError, LinkLost, NoAnswer, Refused, UsageError
from wattstead.wire.codec import Said


@leaping
async def test_an_answer_is_read_to_the_end_of_its_frame_and_no_longer() -> None:
    bank = seplos()
    async with talking(bank, baud=9600, turnaround_s=0.05) as port:
        host = talker(port, bank)
        said = await host.ask("telemetry", 0)
        assert now_s() == pytest.approx(wire_s(REQUEST + TELEMETRY, 9600) + 0.05)
    assert said.packs[0].values["pack_current_a"] == -12.34
    counters = host.counters
    assert (counters.requests, counters.answers, counters.silences, counters.retries) == (1, 1, 0, 0)
    assert (counters.bytes_out, counters.bytes_in) == (REQUEST, TELEMETRY)
    assert not counters.noise
    assert counters.turnaround.mean_s == pytest.approx(0.05)


@leaping
async def test_two_messages_take_their_wire_time() -> None:
    bank = pylontech(2)
    async with talking(bank, baud=115200) as port:
        host = talker(port, bank)
        await host.ask("42", 2)
        said = await host.ask("44H", 2)
        assert now_s() == pytest.approx(wire_s(2 * REQUEST + 128 + 82, 115200))
    assert said.message is not None
    assert said.message.name == "alarms"


@leaping
async def test_one_exchange_at_a_time() -> None:
    bank = seplos(0, 1, 2)
    async with talking(bank) as port:
        host = talker(port, bank)
        said = await asyncio.gather(*(host.ask("telemetry", address) for address in (0, 1, 2)))
        assert now_s() == pytest.approx(3 * wire_s(REQUEST + TELEMETRY))
    assert [one.address for one in said] == [0, 1, 2]
    assert not host.counters.noise


class Logged:
    """A port that notes each request as it goes out."""

    def __init__(self, port: Port, log: list[str]) -> None:
        self.url, self.baud = port.url, port.baud
        self.receive, self.close = port.receive, port.close
        self._port = port
        self._log = log

    async def send(self, data: bytes) -> None:
        self._log.append("asked")
        await self._port.send(data)


@leaping
async def test_a_question_waits_until_the_one_before_it_is_done() -> None:
    """Requests of several tasks that go out together would cross the answers on a real bus."""
    bank = seplos(0, 1)
    log: list[str] = []
    async with talking(bank, turnaround_s=0.05) as port:
        host = talker(Logged(port, log), bank)

        async def ask(message: str, address: int) -> str:
            said = await host.ask(message, address)
            log.append("answered")
            assert said.message is not None
            return f"{said.message.name} {said.address}"

        wanted = [("telemetry", 0), ("alarms", 0), ("telemetry", 1), ("alarms", 1)]
        assert await asyncio.gather(*(ask(*one) for one in wanted)) == [f"{name} {who}" for name, who in wanted]
    assert log == ["asked", "answered"] * 4
    assert (host.counters.requests, host.counters.answers, host.counters.late) == (4, 4, 0)


@leaping
async def test_a_question_that_is_given_up_lets_the_next_one_go() -> None:
    bank = seplos(0, 1)
    bank.mute = {0}
    async with talking(bank) as port:
        host = talker(port, bank, retries=0)
        silent, said = await asyncio.gather(host.ask("telemetry", 0), host.ask("telemetry", 1), return_exceptions=True)
    assert isinstance(silent, NoAnswer)
    assert isinstance(said, Said)
    assert (said.address, host.counters.silences, host.counters.answers) == (1, 1, 1)


@leaping
async def test_a_refusal_is_not_asked_again() -> None:
    bank = seplos()
    bank.refused = {"telemetry": "not_permitted"}
    async with talking(bank) as port:
        host = talker(port, bank)
        with pytest.raises(Refused, match="refused telemetry: not permitted") as no:
            await host.ask("telemetry", 0)
    assert no.value.reason == "not_permitted"
    assert (host.counters.requests, host.counters.refusals, host.counters.silences) == (1, 1, 0)


@leaping
async def test_a_request_that_arrived_broken_is_asked_again() -> None:
    bank = seplos()
    heard: list[bytes] = []

    def first_broken(data: bytes) -> bytes:
        heard.append(data)
        return data.replace(b"42", b"43") if len(heard) <= 2 else data

    async with talking(bank, hear=first_broken) as port:
        host = talker(port, bank)
        await host.ask("telemetry", 0)
    assert (host.counters.refusals, host.counters.retries, host.counters.answers) == (1, 1, 1)


@leaping
async def test_bus_use_is_the_share_of_time_with_an_exchange() -> None:
    bank = seplos()
    async with talking(bank) as port:
        host = talker(port, bank)
        assert host.busy_pct() == 0.0
        for _ in range(200):
            began_s = now_s()
            await host.ask("telemetry", 0)
            await asyncio.sleep(1.0 - (now_s() - began_s))
        exchange_s = wire_s(REQUEST + TELEMETRY)
        assert host.busy_pct() == pytest.approx(100 * exchange_s, rel=0.02)
        assert host.counters.busy_s == pytest.approx(200 * exchange_s)
        await asyncio.sleep(60)
        assert host.busy_pct() == 0.0


@leaping
async def test_a_port_that_goes_away_raises_and_another_one_takes_over() -> None:
    bank = seplos()
    async with talking(bank) as port:
        host = talker(port, bank)
        await port.close()
        with pytest.raises(LinkLost, match="memory://first"):
            await host.ask("telemetry", 0)
    async with talking(bank) as port:
        await host.move_to(port)
        await host.ask("telemetry", 0)
        await host.close()
        await host.close()
        with pytest.raises(LinkLost, match="the line to seplos-v2 is not open"):
            await host.ask("telemetry", 0)


@leaping
async def test_a_conversation_may_begin_before_its_port_is_there() -> None:
    bank = seplos()
    host = Conversation(None, bank.profile)
    with pytest.raises(LinkLost, match="not open"):
        await host.ask("telemetry", 0)
    async with talking(bank) as port:
        await host.move_to(port)
        assert (await host.ask("telemetry", 0)).address == 0


@leaping
async def test_questions_that_cannot_be_put_are_refused_before_the_wire() -> None:
    bank = seplos()
    async with talking(bank) as port:
        host = talker(port, bank)
        with pytest.raises(UsageError, match="no message 'nonsense'"):
            await host.ask("nonsense", 0)
        with pytest.raises(UsageError, match="address 300"):
            await host.ask("protocol_version", 300)
        with pytest.raises(EncodeError):
            await host.ask("set_clock", 0)
    assert host.counters.requests == 0
    with pytest.raises(UsageError, match="-1 retries"):
        Conversation(None, bank.profile, retries=-1)

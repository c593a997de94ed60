from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack

import pytest

from host.line import Bank, Bursts, as_it_is, now_s, pace, pylontech, seplos, talking
from leap import leaping
from wattstead.catalog.profile import Profile, load_profile
from wattstead.host.discover import Found, Progress, discover
from wattstead.link.port import Port
from wattstead.link.uart import garble
from wattstead.link.url import SerialUrl, parse_url
from wattstead.model.errors import LinkLost, NoAnswer, UsageError

SEPLOS, PYLONTECH = load_profile("seplos-v2"), load_profile("pylontech")
BOTH = (SEPLOS, PYLONTECH)
FAMILY = (SEPLOS, PYLONTECH, load_profile("pace"))
URL = "serial:///dev/ttyUSB0"


class Cable:
    """A bank at one speed behind a port that opens at any; other speeds garble both ways."""

    def __init__(self, stack: AsyncExitStack, bank: Bank, baud: int | None) -> None:
        self.opened: list[str] = []
        self._stack = stack
        self._bank = bank
        self._baud = baud

    async def open(self, url: str) -> Port:
        self.opened.append(url)
        where = parse_url(url)
        ours = where.baud if isinstance(where, SerialUrl) else None
        theirs = self._baud

        def arrive(data: bytes) -> bytes:
            return garble(data, ours, theirs) if ours and theirs else data

        def answer(number: int, data: bytes) -> Bursts:
            return as_it_is(number, garble(data, theirs, ours) if ours and theirs else data)

        return await self._stack.enter_async_context(
            talking(self._bank, baud=ours, turnaround_s=0.06, hear=arrive, mangle=answer)
        )


async def search(
    bank: Bank, baud: int | None, url: str = URL, *, full: bool = False, among: Sequence[Profile] = BOTH
) -> tuple[list[Found], Cable]:
    async with AsyncExitStack() as stack:
        cable = Cable(stack, bank, baud)
        return [found async for found in discover(cable.open, url, among, full=full)], cable


@leaping
async def test_a_seplos_bank_is_found_with_all_its_packs() -> None:
    found, cable = await search(seplos(0, 1, 5), 19200)
    assert found == [Found("seplos-v2", f"{URL}?baud=19200", address, "1101-SP76", "16.6") for address in (0, 1, 5)]
    assert cable.opened == [f"{URL}?baud=19200"]
    assert now_s() < 5


@leaping
async def test_the_second_speed_is_tried_too() -> None:
    found, cable = await search(seplos(1), 9600)
    assert [(one.profile, one.url, one.address) for one in found] == [("seplos-v2", f"{URL}?baud=9600", 1)]
    assert len(cable.opened) == 3


@pytest.mark.parametrize("baud", [115200, 9600])
@pytest.mark.parametrize("capacity_ah", [50.0, 74.0])
def test_pylontech_is_never_taken_for_seplos(baud: int, capacity_ah: float) -> None:
    """The short form fits both layouts byte for byte; only the values tell."""

    @leaping
    async def run() -> None:
        bank = pylontech(2, 3)
        bank.changed = {address: {"full_capacity_ah": capacity_ah} for address in (2, 3)}
        found, _ = await search(bank, baud)
        assert [(one.profile, one.address, one.also) for one in found] == [("pylontech", 2, ()), ("pylontech", 3, ())]
        assert found[0].url == f"{URL}?baud={baud}"
        assert found[0].device_name == "US2KBPL"

    run()


@pytest.mark.parametrize("bank", [seplos(0, 1), pylontech(2, 3), pace(1, 2)], ids=lambda bank: bank.profile.name)
@pytest.mark.parametrize("baud", [9600, 19200, 115200])
def test_relatives_with_the_same_framing_are_told_apart(bank: Bank, baud: int) -> None:
    """All three take each other's requests, whatever version these name; the answer's version or its values tell."""
    if baud not in bank.profile.link.baud:
        return

    @leaping
    async def run() -> None:
        for capacity_ah in (50.0, 100.0):
            bank.changed = {address: {"full_capacity_ah": capacity_ah} for address in bank.addresses}
            found, _ = await search(bank, baud, among=FAMILY)
            name = bank.profile.name
            told = sorted((one.profile, one.address, one.also) for one in found)
            assert told == [(name, address, ()) for address in bank.addresses]
            assert now_s() < 30

    run()


@leaping
async def test_the_first_device_is_found_within_five_seconds_everywhere() -> None:
    for bank, baud in ((seplos(0), 9600), (pylontech(2), 9600), (pylontech(2), 115200)):
        async with AsyncExitStack() as stack:
            began_s = now_s()
            async for _ in discover(Cable(stack, bank, baud).open, URL, BOTH):
                assert now_s() - began_s < 5
                break


@leaping
async def test_a_named_speed_is_the_only_one_and_any_profile_may_speak_it() -> None:
    found, cable = await search(pylontech(2), 19200, f"{URL}?baud=19200")
    assert [(one.profile, one.address) for one in found] == [("pylontech", 2)]
    assert cable.opened == [f"{URL}?baud=19200"]


@leaping
async def test_a_serial_server_has_one_speed() -> None:
    found, cable = await search(pylontech(2), None, "tcp://10.0.0.5:8899")
    assert [(one.profile, one.url, one.address) for one in found] == [("pylontech", "tcp://10.0.0.5:8899", 2)]
    assert cable.opened == ["tcp://10.0.0.5:8899"]


@leaping
async def test_an_unusual_address_is_found_by_a_full_search_only() -> None:
    with pytest.raises(NoAnswer, match="--full asks every address"):
        await search(seplos(11), 19200)
    found, _ = await search(seplos(11, 12), 19200, full=True)
    assert [(one.profile, one.address) for one in found] == [("seplos-v2", 11), ("seplos-v2", 12)]


@leaping
async def test_an_answer_that_fits_two_profiles_names_both() -> None:
    bank = pylontech(2)
    bank.changed = {2: {"pack_voltage_v": 15.7, "full_capacity_ah": 50.0}}  # neither 15.7 V nor 157 V is 49.5 V
    found, _ = await search(bank, 9600)
    assert [(one.profile, one.also) for one in found] == [("pylontech", ("seplos-v2",)), ("seplos-v2", ("pylontech",))]


@leaping
async def test_nothing_found_says_what_was_asked() -> None:
    bank = seplos(0)
    bank.mute = {0}
    with pytest.raises(NoAnswer) as no:
        await search(bank, 19200)
    assert str(no.value) == (
        "serial:///dev/ttyUSB0: no device answered (seplos-v2: telemetry (42H) to addresses 0, 1 at 19200 and "
        "9600 baud; pylontech: telemetry (42H) to addresses 2, 1, 3, 18 at 115200 and 9600 baud); check that it is on, "
        "that the cable is in its host port, and the wires A and B; --full asks every address"
    )


@leaping
async def test_noise_and_refusals_are_told() -> None:
    async def noisy(_: str) -> Port:
        return await stack.enter_async_context(talking(seplos(0), mangle=lambda *_: [(0.0, b"\xfc\x1b\r")]))

    async with AsyncExitStack() as stack:
        with pytest.raises(NoAnswer, match=r"noise came at 19200 baud and .*perhaps it runs at another speed"):
            async for _ in discover(noisy, URL, BOTH):
                pass
    bank = seplos(0)
    bank.refused = {"telemetry": "not_permitted"}
    with pytest.raises(NoAnswer, match=r"a device is there but does not give its values: .*not permitted"):
        await search(bank, 19200)


@leaping
async def test_a_port_that_cannot_run_at_one_speed_is_searched_at_the_others() -> None:
    def choosy(open_port: Callable[[str], Awaitable[Port]], refused: str) -> Callable[[str], Awaitable[Port]]:
        async def opened(url: str) -> Port:
            if refused in url:
                raise LinkLost(f"{url}: the port cannot run at this speed")
            return await open_port(url)

        return opened

    async with AsyncExitStack() as stack:
        cable = Cable(stack, seplos(0), 9600)
        found = [one async for one in discover(choosy(cable.open, "115200"), URL, BOTH)]
        assert len(found) == 1
        with pytest.raises(LinkLost, match="baud=19200: the port cannot run"):
            async for _ in discover(choosy(cable.open, "baud"), URL, BOTH):
                pass


@leaping
async def test_progress_counts_to_the_end() -> None:
    told: list[Progress] = []
    async with AsyncExitStack() as stack:
        cable = Cable(stack, seplos(0, 3), 19200)
        async for _ in discover(cable.open, URL, BOTH, progress=told.append):
            pass
    assert [one.done for one in told] == list(range(len(told)))
    assert told[0].asking == "seplos-v2 at 19200 baud, address 0"
    assert told[-1].done + 1 == told[-1].total == 16


@leaping
async def test_only_reading_messages_are_sent() -> None:
    bank = pylontech(2, 3)
    await search(bank, 115200, full=True)
    assert {name for name, _ in bank.asked} == {"telemetry", "vendor", "serial_number", "software_version"}


@leaping
async def test_a_search_for_nothing_is_refused() -> None:
    async with AsyncExitStack() as stack:
        with pytest.raises(UsageError, match="needs a profile"):
            async for _ in discover(Cable(stack, seplos(), 9600).open, URL, ()):
                pass

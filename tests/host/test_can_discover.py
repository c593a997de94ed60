"""Whose frames are on a bus: recorded frames are held to every profile; the right one comes first."""

import asyncio

import pytest

from recordings import captures
from wattstead.catalog.profile import Profile, load_profile, profile_names
from wattstead.host.can_discover import fits, questions, ranked, who_speaks
from wattstead.link.open import open_port
from wattstead.model.errors import NoAnswer

PROFILES: list[Profile] = [load_profile(name) for name in profile_names() if name.endswith("-can")]


def frames(profile: str, file: str) -> list[bytes]:
    return [one.wire for one in captures() if one.profile == profile and one.name.startswith(f"{file}#frame")]


@pytest.mark.parametrize(
    ("profile", "file"),
    [
        ("pylontech-can", "us2000-ten"),
        ("pylontech-can", "cubix"),
        ("victron-can", "byd-lvs"),
        ("growatt-can", "battery-emulator"),
        ("schneider-can", "battery-emulator"),
        ("megarevo-can", "constructed"),
        ("goodwe-can", "constructed"),
        ("seplos-can", "document"),
    ],
)
def test_the_right_profile_fits_best(profile: str, file: str) -> None:
    best = min(fits(frames(profile, file), PROFILES), key=lambda fit: fit.rank)
    assert best.profile == profile
    assert not best.foreign


def test_only_reading_questions_go_into_a_silent_bus() -> None:
    asked = {data[:4].hex() for data in questions(PROFILES)}
    assert asked == {"00000301", "9f000100"}


def test_a_person_is_told_what_is_asked() -> None:
    told = [about for _, about in sorted(questions(PROFILES).items())]
    assert told == ["growatt-can: inverter_poll (301)", "megarevo-can: inverter_poll (1F000100)"]


def test_equal_fits_stand_in_the_order_of_their_names_whatever_was_asked_first() -> None:
    heard = frames("pylontech-can", "us2000-ten")
    orders = [[fit.profile for fit in ranked(fits(heard, order))] for order in (PROFILES, PROFILES[::-1])]
    assert orders[0] == orders[1]


@pytest.mark.slow
async def test_a_battery_that_speaks_only_when_asked_is_found() -> None:
    here, there = await open_port("can://virtual/asked"), await open_port("can://virtual/asked")

    async def answer() -> None:
        while True:
            chunk = await there.receive()
            if chunk.data[:4] == bytes.fromhex("00000301"):
                for data in frames("growatt-can", "battery-emulator"):
                    await there.send(data)

    answering = asyncio.create_task(answer())
    found = await who_speaks(here, PROFILES)
    answering.cancel()
    assert (found[0].profile, found[0].maker) == ("growatt-can", "BE")
    await here.close()
    await there.close()


@pytest.mark.slow
async def test_nobody_on_the_bus() -> None:
    port, told = await open_port("can://virtual/nobody"), list[tuple[float, str]]()
    with pytest.raises(NoAnswer, match="no battery was found on this bus: it stayed silent; check that the battery"):
        await who_speaks(port, PROFILES, lambda seconds, doing: told.append((seconds, doing)))
    assert [doing for _, doing in told] == [
        "listening",
        "asking growatt-can: inverter_poll (301); megarevo-can: inverter_poll (1F000100)",
    ]
    await port.close()

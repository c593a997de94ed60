"""Which battery speaks on a CAN bus: its frames are held to every profile. Asks only into silence."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from wattstead.catalog.profile import Profile
from wattstead.link.port import Port
from wattstead.model.counted import Count
from wattstead.model.errors import DecodeError, NoAnswer, Refused
from wattstead.wire.can_signal import CanMessage
from wattstead.wire.family.can import Can
from wattstead.wire.frame import Frame

LISTENS_S: Final = 2.5
ASKS_S: Final = 1.5


@dataclass(frozen=True, slots=True)
class CanFit:
    """How a profile fits what was heard.

    known: battery's frames that it has. foreign: frames that it does not have or cannot read. missing: frames that its
    batteries send and that did not come. maker: as the battery calls itself. usual: whether batteries of this profile
    call themselves so.
    """

    profile: str
    known: tuple[str, ...]
    foreign: tuple[str, ...]
    missing: tuple[str, ...]
    maker: str | None = None
    usual: bool = False

    @property
    def rank(self) -> tuple[int, bool, int, int]:
        """The smallest fits best."""
        return len(self.foreign), not self.usual, len(self.missing), -len(self.known)


async def who_speaks(
    port: Port, profiles: Sequence[Profile], progress: Callable[[float, str], None] = lambda _, __: None
) -> list[CanFit]:
    """Listen, and ask where nobody speaks; give the profiles that fit, the best first. Raises NoAnswer, LinkLost.

    progress: told what is done for the next seconds, before it is. Equal fits stand in the order of their names.

    Only questions are sent, to batteries that speak only when they are asked, and only on a silent bus: some inverters
    allow no other identifiers than their own.
    """
    here = [one for one in profiles if one.link.framing == "can"]
    progress(LISTENS_S, "listening")
    heard = await _listen(port, LISTENS_S)
    if not any(fit.known for fit in fits(heard, here)):
        asked = questions(here)
        progress(ASKS_S, f"asking {'; '.join(asked.values())}" if asked else "listening on")
        for data in asked:
            await port.send(data)
        heard += await _listen(port, ASKS_S)
    found = ranked(fits(heard, here))
    if not found:
        what = f"{Count(len(heard)):frame|frames} came, of no profile that we know" if heard else "it stayed silent"
        remedy = (
            "check that the battery is on, the wires CAN-H and CAN-L, "
            "the terminating resistors (120 ohms at each end), and the bit rate"
        )
        raise NoAnswer(f"{port.url}: no battery was found on this bus: {what}; {remedy}")
    return found


def ranked(held: Iterable[CanFit]) -> list[CanFit]:
    """Give those that know a frame, the best first; equal ones in the order of their names."""
    return sorted([fit for fit in held if fit.known], key=lambda fit: (fit.rank, fit.profile))


def questions(profiles: Iterable[Profile]) -> dict[bytes, str]:
    """Give the frames that are sent into a silent bus, and for people what each of them is."""
    found: dict[bytes, str] = {}
    for profile in profiles:
        family, keys = profile.dialect.family, profile.link.can
        if keys is None or not isinstance(family, Can):
            continue
        for name in keys.asks[:1]:
            fixed = {field: value for field, value in keys.fixed.items() if _has(profile, name, field)}
            _, data = profile.codec().ask(name, 0, fixed)
            about = f"{profile.name}: {name} ({profile.dialect.number(profile.dialect.message(name))})"
            found.setdefault(data, about)
    return found


def _has(profile: Profile, message: str, field: str) -> bool:
    one = profile.dialect.message(message)
    return isinstance(one, CanMessage) and any(part.name == field for part in one.fields)


async def _listen(port: Port, seconds: float) -> list[bytes]:
    heard: list[bytes] = []
    try:
        async with asyncio.timeout(seconds):
            while True:
                heard.append((await port.receive()).data)
    except TimeoutError:
        return heard


def fits(heard: Sequence[bytes], profiles: Iterable[Profile]) -> list[CanFit]:
    """Hold what was heard to each profile."""
    return [_fit(heard, profile) for profile in profiles]


def _fit(heard: Sequence[bytes], profile: Profile) -> CanFit:
    codec, framer = profile.codec(), profile.framer()
    known: dict[str, None] = {}
    foreign: dict[str, None] = {}
    maker: str | None = None
    for item in (one for data in heard for one in framer.feed(data)):
        if not isinstance(item, Frame):
            continue
        try:
            said = codec.understand(item)
        except (DecodeError, Refused):
            foreign[f"{item.command:X}"] = None
            continue
        if said.direction == "reply" and said.message is not None:
            known[said.message.name] = None
            name = said.packs[0].values.get("maker")
            maker = str(name) if name else maker
    sends = profile.link.can.send if profile.link.can else ()
    missing = tuple(one for one in sends if one not in known)
    usual = maker is not None and maker == profile.virtual.says.get("maker")
    return CanFit(profile.name, tuple(known), tuple(foreign), missing, maker, usual)

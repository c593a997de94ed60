"""Finding the device that a person did not name, for verbs that then talk to it."""

from contextlib import aclosing

from wattstead.catalog.profile import Profile, load_profile, profile_names
from wattstead.cli.can_verbs import find
from wattstead.cli.show import said, word
from wattstead.host.conversation import Conversation
from wattstead.host.discover import Found, OpenPort, discover
from wattstead.host.open import open_port
from wattstead.link.port import Port
from wattstead.model.errors import NoAnswer, Refused


async def look_for(url: str, baud: int | None, address: int | None, lang: str) -> tuple[Profile, str, int]:
    """Find a device on a line: its profile, the line with its speed, its address. Only reads.

    address: where it must answer, None for anywhere. Raises NoAnswer where there is none.
    """
    said(word("looking_for", lang))
    profiles = [load_profile(name) for name in profile_names()]
    if url.startswith("can://"):
        best = (await find(url, profiles, lang))[0]
        said(word("found_on_bus", lang).format(profile=best.profile, url=url))
        return load_profile(best.profile), url, 0

    async def opening(where: str) -> Port:
        return await open_port(where, baud=baud)

    first: Found | None = None
    async with aclosing(discover(opening, url, profiles)) as search:
        async for found in search:
            if address in (None, found.address):
                first = found
                break
    if first is not None:
        device = load_profile(first.profile)
        where = first.address if address is not None else await _usual(opening, first, device)
        said(word("found_at", lang).format(profile=device.name, url=first.url, address=where))
        return device, first.url, where
    raise NoAnswer(f"{url}: a device answers, but none at address {address}; leave --address out to take it")


async def _usual(opening: OpenPort, first: Found, device: Profile) -> int:
    """Give the usual address where somebody answers there: on a bus of several, a search may meet another one first."""
    usual = device.addresses.master
    if first.address == usual:
        return usual
    conversation = Conversation(await opening(first.url), device)
    try:
        await conversation.ask(device.link.probe, usual)
    except (NoAnswer, Refused):
        return first.address
    finally:
        await conversation.close()
    return usual

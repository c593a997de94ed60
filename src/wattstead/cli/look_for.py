"""Finding the device that a person did not name, for verbs that then talk to it."""

from contextlib import aclosing

from wattstead.catalog.profile import Profile, load_profile, profile_names
from wattstead.cli.can_verbs import find
from wattstead.cli.show import said, word
from wattstead.host.discover import discover
from wattstead.host.open import open_port
from wattstead.link.port import Port
from wattstead.model.errors import NoAnswer


async def look_for(url: str, baud: int | None, address: int | None, lang: str = "en") -> tuple[Profile, str, int]:
    """Find a device on a line: its profile, the line with its speed, its address. Only reads.

    address: where it must answer, None for anywhere. Raises NoAnswer where there is none.
    """
    said(word("looking_for", lang))
    profiles = [load_profile(name) for name in profile_names()]
    if url.startswith("can://"):
        best = (await find(url, profiles))[0]
        said(word("found_on_bus", lang).format(profile=best.profile, url=url))
        return load_profile(best.profile), url, 0

    async def opening(where: str) -> Port:
        return await open_port(where, baud=baud)

    async with aclosing(discover(opening, url, profiles)) as search:
        async for found in search:
            if address in (None, found.address):
                place = {"profile": found.profile, "url": found.url, "address": found.address}
                said(word("found_at", lang).format(**place))
                return load_profile(found.profile), found.url, found.address
    raise NoAnswer(f"{url}: a device answers, but none at address {address}; leave --address out to take it")

"""Finding the device that a person did not name, for verbs that then talk to it."""

from contextlib import aclosing

from wattstead.catalog.profile import Profile, load_profile, profile_names
from wattstead.cli.can_verbs import find
from wattstead.cli.show import said
from wattstead.host.discover import discover
from wattstead.host.open import open_port
from wattstead.link.port import Port
from wattstead.model.errors import NoAnswer


async def look_for(url: str, baud: int | None, address: int | None) -> tuple[Profile, str, int]:
    """Find a device on a line: its profile, the line with its speed, its address. Only reads.

    address: where it must answer, None for anywhere. Raises NoAnswer where there is none.
    """
    said("no --profile given: looking for a device; only reading questions are sent")
    profiles = [load_profile(name) for name in profile_names()]
    if url.startswith("can://"):
        best = (await find(url, profiles))[0]
        said(f"found {best.profile} at {url}; next time say --profile {best.profile}")
        return load_profile(best.profile), url, 0

    async def opening(where: str) -> Port:
        return await open_port(where, baud=baud)

    async with aclosing(discover(opening, url, profiles)) as search:
        async for found in search:
            if address in (None, found.address):
                name = f"{found.profile} at {found.url}, address {found.address}"
                said(f"found {name}; next time say --profile {found.profile} --address {found.address}")
                return load_profile(found.profile), found.url, found.address
    raise NoAnswer(f"{url}: a device answers, but none at address {address}; leave --address out to take it")

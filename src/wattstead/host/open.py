"""From a URL to a port for the tool's side: the ports of ``link``, and those that take a framing on the way."""

from wattstead.host.solarman import open_solarman
from wattstead.link.open import open_port as open_link
from wattstead.link.port import Port
from wattstead.link.solarman_url import SolarmanUrl
from wattstead.link.url import parse_url


async def open_port(url: str, *, baud: int | None = None) -> Port:
    """Open the host's side of a line: what ``link.open`` opens, or a stick logger.

    baud: speed in bit/s for a serial URL that names none.
    Raises UsageError for a URL that cannot be meant, LinkLost with a remedy for a port that does not open.
    """
    where = parse_url(url)
    if isinstance(where, SolarmanUrl):
        return await open_solarman(where)
    return await open_link(url, baud=baud)

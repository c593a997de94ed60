"""Opening a line to a device, the same for every verb: a console that sleeps is woken, and that is said."""

from functools import partial

from wattstead.catalog.profile import Profile
from wattstead.cli.show import said_in
from wattstead.host.open import open_port
from wattstead.host.wake import Opening, open_awake
from wattstead.link.port import Port
from wattstead.link.url import framing_of


async def open_line(
    url: str,
    device: Profile,
    *,
    baud: int | None = None,
    wake: bool = True,
    lang: str = "en",
    opening: Opening | None = None,
) -> Port:
    """Open a line to a device of this make.

    baud: None for the make's own. wake: whether what sleeps there may be woken. opening: any port but a logger's,
    say; None for all that the host knows. Raises UsageError, LinkLost.
    """
    device.framer(framing_of(url))  # whether it runs over that is known before anything is opened
    return await open_awake(
        url, device, baud=baud, wakes=wake, say=partial(said_in, lang), opening=opening or open_port
    )

"""The support file of a battery on a CAN bus: it speaks unasked, so one round is listened to as a reading does."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from wattstead.catalog.profile import Profile
from wattstead.host.can_listen import CanHost
from wattstead.host.support.collect import Gathered, Recorder
from wattstead.link.capture import CaptureHeader, Direction, recording
from wattstead.link.port import Port
from wattstead.model.errors import LinkLost, NoAnswer

READING: Final = "the reading"


async def gather_bus(
    port: Port,
    profile: Profile,
    recorder: Recorder,
    address: int | None,
    *,
    now_ms: Callable[[], int],
    told: Callable[[str], None] = lambda _: None,
) -> Gathered:
    """Listen until the battery has said all that it will, and keep every frame of the bus, whoever sent it.

    Nothing is sent, but for protocols whose batteries speak only when they are asked. A bus on which others speak, or
    only a part of what the profile needs, makes a file, too: that is what helps there, and ``missing`` says so. Raises
    NoAnswer, LinkLost where not a frame came.
    """
    where = profile.addresses.master if address is None else address
    began_ms = now_ms()
    header = CaptureHeader(port.url, datetime.fromtimestamp(began_ms / 1000.0, UTC), port.baud, profile.name)
    host = CanHost(recording(port, recorder), profile, address)
    got = Gathered(profile, where, began_ms, header)
    told("readings")
    try:
        got.read = await host.read("pack", now_ms)
        got.missing |= got.read.missing
    except (NoAnswer, LinkLost) as error:
        if not any(one.direction is Direction.TO_HOST for one in recorder.entries):
            raise
        got.missing[READING] = str(error)
    got.entries = tuple(recorder.entries)
    got.noise = dict(host.strangers)
    return got

"""What is checked before an image is sent: the file by itself, the file against the device, the battery's state."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from wattstead.catalog.profile import Profile
from wattstead.catalog.upgrade_spec import UpgradeSpec
from wattstead.catalog.upgrade_state import speaks_against
from wattstead.host.can_listen import CanHost
from wattstead.host.conversation import Conversation
from wattstead.host.read import read_pack
from wattstead.link.port import Port
from wattstead.model.errors import DecodeError, UsageError, WattsteadError
from wattstead.model.reading import Snapshot
from wattstead.wire.upgrade import State, Status
from wattstead.wire.upgrade_image import Head, Image, shown_version

DOWNGRADE, SAME_VERSION = "downgrade", "same-version"


def read_image(path: Path) -> Image:
    """Read and check a file. Raises UsageError where that cannot be, WattsteadError that says what is wrong in it."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}; give the path of an image") from None
    try:
        return Image.read(data)
    except DecodeError as error:
        raise WattsteadError(f"{path}: {error}") from None


@dataclass(frozen=True, slots=True)
class Danger:
    """Something that a person confirms by its name."""

    name: str
    text: str


def misfits(head: Head, spec: UpgradeSpec, status: Status | None = None) -> tuple[str, ...]:
    """Find why an image is not for a device, all at once. status: of the device, None where it was not asked."""
    found: list[str] = []
    for whose, model in (("this profile", spec.model), ("the device", status.model if status else spec.model)):
        if head.model != model and not found:
            found.append(f"the image is for the model {head.model}, {whose} is {model}")
    if status is None:
        return tuple(found)
    if not head.first_hardware <= status.hardware <= head.last_hardware:
        fits = f"{head.first_hardware} to {head.last_hardware}"
        found.append(f"the image fits hardware revisions {fits}, the device has {status.hardware}")
    if head.size > status.slot_bytes:
        found.append(f"the image has {head.size} bytes, the device has room for {status.slot_bytes}")
    if head.block_bytes > status.most_block:
        found.append(f"the image has blocks of {head.block_bytes} bytes, the device takes {status.most_block} at most")
    return tuple(found)


def danger_of(head: Head, status: Status) -> Danger | None:
    """Give what a person has to confirm before this image takes the place of the one that runs."""
    if status.state is State.NO_IMAGE or head.sha256 == status.sha256 or head.version > status.version:
        return None
    new, runs = shown_version(head.version), shown_version(status.version)
    if head.version == status.version:
        return Danger(SAME_VERSION, f"the device runs {runs} already, with other content")
    return Danger(DOWNGRADE, f"{new} is older than {runs}, which the device runs")


@dataclass(frozen=True, slots=True)
class Fitness:
    """What the battery said, and what of it speaks against an upgrade."""

    snapshot: Snapshot
    against: tuple[str, ...]


async def fitness(port: Port, profile: Profile, address: int, now_ms: Callable[[], int]) -> Fitness:
    """Read the battery and hold it against the limits. Only reads. Raises NoAnswer, Refused, LinkLost."""
    pack = f"{profile.name}-{address}"
    if profile.link.framing == "can":
        read = await CanHost(port, profile, address).read(pack, now_ms)
    else:
        read = await read_pack(Conversation(port, profile), address, pack, now_ms)
    snapshot = read.snapshot
    return Fitness(snapshot, speaks_against(profile, snapshot.values, snapshot.active))

"""From the messages of one poll to one snapshot."""

from wattstead.catalog.profile import Profile
from wattstead.model.reading import Origin, Snapshot, Value
from wattstead.wire.codec import Said
from wattstead.wire.message import Message, Poll


def polled(profile: Profile, how_often: Poll) -> tuple[Message, ...]:
    """Messages of a profile that are asked so often, in the order of its file."""
    return tuple(message for message in profile.dialect.messages if message.poll is how_often)


class Gathering:
    """What one pack said so far; where two messages tell the same quantity, the later one counts."""

    def __init__(self) -> None:
        self.values: dict[str, Value] = {}
        self.active: tuple[str, ...] | None = None
        self.doubt = ""  # what speaks for another protocol

    def add(self, said: Said) -> None:
        """Add the answer to a question that went to this pack alone."""
        told = said.packs[0]
        self.values |= told.values
        self.doubt = self.doubt or said.doubt
        if told.active is not None:
            self.active = tuple(dict.fromkeys((*(self.active or ()), *told.active)))

    def snapshot(self, pack: str, at_ms: int, origin: Origin = Origin.MEASURED) -> Snapshot:
        """at_ms: UTC, when the values came."""
        return Snapshot(pack, at_ms, self.values, self.active, origin)

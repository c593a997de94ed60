"""From the register blocks of a sample to values, by the profile of the device behind the logger."""

from typing import Any

from wattstead.catalog.profile import Profile
from wattstead.host.gather import Gathering
from wattstead.model.errors import DecodeError, Refused
from wattstead.wire.codec import Codec
from wattstead.wire.frame import Frame
from wattstead.wire.framing.solarman_values import Block
from wattstead.wire.message import Question


class BlockReader:
    """Reads blocks as the answers that they were."""

    def __init__(self, profile: Profile) -> None:
        self._codec: Codec = profile.codec()

    def values(self, blocks: tuple[Block, ...]) -> tuple[dict[str, Any], tuple[str, ...] | None, list[str]]:
        """Give values by quantity name, active codes (None where no block tells any), and what could not be read."""
        gathering, doubts = Gathering(), list[str]()
        for block in blocks:
            try:
                gathering.add(self._codec.understand(_reply(block), self._question(block)))
            except (DecodeError, Refused) as error:
                doubts.append(f"registers from {block.start} on: {error}")
        return dict(gathering.values), gathering.active, doubts

    def _question(self, block: Block) -> Question:
        """Give the request that a block answers. Raises DecodeError, Refused for registers that the device has not."""
        payload = block.start.to_bytes(2, "big") + block.count.to_bytes(2, "big")
        message = self._codec.family.asked(Frame(block.unit, block.function, payload))
        if message is None:
            raise DecodeError(f"{self._codec.dialect.name} knows no function {block.function}")
        return Question(message, block.unit)


def _reply(block: Block) -> Frame:
    return Frame(block.unit, block.function, bytes((len(block.registers),)) + block.registers)

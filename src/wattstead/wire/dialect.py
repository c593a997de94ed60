"""The dialect: all that a codec needs to know of a device."""

from collections.abc import Sequence
from dataclasses import dataclass

from wattstead.model.errors import UsageError
from wattstead.wire.family.base import Family
from wattstead.wire.message import Message


@dataclass(frozen=True, slots=True)
class Dialect:
    """A device's side of the wire.

    family: what knows its frames. told: names of quantities and settings that its fields tell.
    """

    name: str
    messages: Sequence[Message]
    family: Family
    told: frozenset[str] = frozenset()

    def message(self, name: str) -> Message:
        """Find a message by its name, an alias or its command ("42", "42H", "0x42"). Raises UsageError."""
        wanted = name.strip().lower().replace("-", "_")
        number = wanted.removeprefix("0x").removesuffix("h").replace(" ", "").lstrip("0")
        for one in self.messages:
            if wanted == one.name or wanted in one.aliases or number == f"{one.command:02x}".lstrip("0"):
                return one
        known = ", ".join(f"{one.name} ({self.number(one)})" for one in self.messages)
        raise UsageError(f"{self.name} has no message {name!r}; it has {known}")

    def number(self, message: Message) -> str:
        """Write the command of a message as people do."""
        return self.family.number(message.command)

"""Messages, and the dialect that they belong to: all that a codec needs to know of a device."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from wattstead.model.errors import UsageError
from wattstead.wire.layout import Part


class Poll(StrEnum):
    """How often a host asks."""

    VALUES = "values"  # each round
    ALARMS = "alarms"  # each round while something is active, else every third
    IDENTITY = "identity"  # once, then hourly
    ASKED = "asked"  # only when a person wants it
    NEVER = "never"  # it writes: never by itself


@dataclass(frozen=True, slots=True)
class Message:
    """One command with its request and its reply.

    aliases: other names that people use for it. version_in_header: the reply's header is the answer (4FH).
    answered: False where we can read it but a virtual device of this profile does not know it, as older firmware.
    command_in_reply: its reply has the command where others have a return code.
    """

    name: str
    command: int
    request: Sequence[Part] = ()
    reply: Sequence[Part] = ()
    aliases: tuple[str, ...] = ()
    poll: Poll = Poll.ASKED
    version_in_header: bool = False
    answered: bool = True
    command_in_reply: bool = False

    @property
    def writes(self) -> bool:
        return self.poll is Poll.NEVER


@dataclass(frozen=True, slots=True)
class Dialect:
    """A device's side of the wire.

    statuses: return code to its name; "ok" is the code of an answer. version, kind: header bytes of what we send.
    told: names of quantities and settings that its fields tell.
    """

    name: str
    messages: Sequence[Message]
    statuses: Mapping[int, str] = field(default_factory=lambda: {0: "ok"})
    version: int = 0
    kind: int = 0
    told: frozenset[str] = frozenset()

    def message(self, name: str) -> Message:
        """Find a message by its name, an alias or its command ("42", "42H", "0x42"). Raises UsageError."""
        wanted = name.strip().lower().replace("-", "_")
        number = wanted.removeprefix("0x").removesuffix("h")
        for one in self.messages:
            if wanted == one.name or wanted in one.aliases or number == f"{one.command:02x}":
                return one
        known = ", ".join(f"{one.name} ({one.command:02X}H)" for one in self.messages)
        raise UsageError(f"{self.name} has no message {name!r}; it has {known}")

    def by_command(self, command: int) -> Message | None:
        """Find the message that a request's command names."""
        return next((one for one in self.messages if one.command == command), None)

    def status(self, name: str) -> int | None:
        """Give the return code of that name, None where the dialect cannot say it."""
        return next((code for code, known in self.statuses.items() if known == name), None)

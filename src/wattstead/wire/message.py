"""Messages: what can be asked of a device and what it answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from wattstead.wire.layout import Part, Record


class Poll(StrEnum):
    """How often a host asks."""

    VALUES = "values"  # each round
    ALARMS = "alarms"  # each round while something is active, else every third
    IDENTITY = "identity"  # once, then hourly
    ASKED = "asked"  # only when a person wants it
    NEVER = "never"  # it writes: never by itself


ACTS: Final = (
    "charge_on",
    "charge_off",
    "discharge_on",
    "discharge_off",
    "limiter_on",
    "limiter_off",
    "turn_off",
    "turn_off_bank",
    "factory_settings",
    "limits",
    # At the desk of a technician: virtual/desk.py.
    "unlock",
    "remember",
    "reload",
    "program",
    "clear_records",
    "clear_overcurrent",
    "reset_front_end",
    "restart",
    "calibrate_zero",
    "calibrate_current",
    "calibrate_voltage",
    "keep_calibration",
    "drop_calibration",
)
"""What a write can make a device do, beyond taking settings and a time."""


@dataclass(frozen=True, slots=True)
class Act:
    """What a write does. when: fields of the request and what they say then; none for always.

    does: some of ``ACTS`` with blanks between them, "" for nothing. sets: bits that the device tells from then on.
    unless: a bit; while it is set the device refuses. refuses: the reason by which it always does, "" for none. says:
    names that it says from then on.
    """

    when: Mapping[str, object] = field(default_factory=dict)
    does: str = ""
    sets: Mapping[str, bool] = field(default_factory=dict)
    unless: str = ""
    refuses: str = ""
    says: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Message:
    """One command with its request and its reply.

    command: what tells it from others on this wire: a byte, a CAN identifier, function and first register. A family may
    have a class of its own that says more.
    aliases: other names that people use for it. version_in_header: the reply's header is the answer (4FH).
    answered: False where we can read it but a virtual device of this profile does not know it, as older firmware.
    command_in_reply: its reply has the command where others have a return code. acts: what a write does; the first one
    that fits the request counts. of_bank: it tells of all packs together. behind: it tells of the pack that many places
    behind the one that is asked.
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
    acts: Sequence[Act] = ()
    of_bank: bool = False
    behind: int = 0

    @property
    def writes(self) -> bool:
        return self.poll is Poll.NEVER


@dataclass(frozen=True, slots=True)
class Question:
    """A request as both ends know it.

    tag: what a reply repeats so that it is known which request it answers, where the framing has room for it; else 0.
    """

    message: Message
    address: int
    record: Record = field(default_factory=dict)
    tag: int = 0

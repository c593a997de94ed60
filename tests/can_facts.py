"""What the rules for all profiles need to know of those on a CAN bus."""

import re

from wattstead.catalog.profile import Profile
from wattstead.model.can import CanFrame
from wattstead.wire.can_signal import CanMessage
from wattstead.wire.field import Bits

CANDUMP = re.compile(r"([0-9A-F]{3}|[0-9A-F]{8})#((?:[0-9A-F]{2})*)")

CHANGES: dict[str, set[int]] = {
    **{
        f"{make}-can": set()
        for make in (
            *("pylontech", "sma", "victron", "sol-ark", "seplos", "goodwe", "schneider", "sofar", "megarevo", "hybrid"),
        )
    },
    "luxpower-can": {0x300},  # turns the battery off
    "growatt-can": {0x211},  # frequency regulation, clears faults
}
"""What an inverter orders; a host that listens never sends it."""


def packed(text: str) -> bytes | None:
    """Give the bytes by which a frame travels that is written as candump does; None where it is none."""
    found = CANDUMP.fullmatch(text)
    if not found:
        return None
    return CanFrame(int(found[1], 16), bytes.fromhex(found[2]), extended=len(found[1]) == 8).packed()


def sent_in(profile: Profile, direction: str) -> set[str]:
    """Name the messages that a side of a bus sends: the battery's are replies, the inverter's requests."""
    sender = "battery" if direction == "reply" else "inverter"
    return {one.name for one in profile.dialect.messages if isinstance(one, CanMessage) and one.sender == sender}


def dbc_names(profile: Profile) -> set[str]:
    """Name all that stands in the DBC: a note may be about that, too."""
    messages = [one for one in profile.dialect.messages if isinstance(one, CanMessage)]
    fields = {name for one in messages for field in one.fields for name in (field.name, *_bits(field.type))}
    return {one.name for one in messages} | fields


def _bits(kind: object) -> tuple[str, ...]:
    return kind.names if isinstance(kind, Bits) else ()

"""The protocol families that ``[link] framing`` may name, and how each is made from a profile's file.

To add one: its keys in ``catalog/family_spec.py``, a function here, its name in ``FAMILIES`` and ``Framing``.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from wattstead.catalog.spec import ProfileSpec
from wattstead.catalog.where import Where
from wattstead.wire.family.ascii_hex import AsciiHex
from wattstead.wire.family.base import Family
from wattstead.wire.message import Message

Make = Callable[[Where, ProfileSpec, Sequence[Message]], Family]


def make_family(where: Where, spec: ProfileSpec, messages: Sequence[Message]) -> Family:
    """Make the family of a profile. Raises ProfileError where what it needs does not stand in the file."""
    return FAMILIES[spec.link.framing](where, spec, messages)


def _ascii_hex(where: Where, spec: ProfileSpec, messages: Sequence[Message]) -> Family:
    keys = spec.link.ascii_hex
    if keys is None:
        remedy = "add ascii_hex = { version = 0x20, kind = 0x46 }"
        raise where.inside("link").wrong("ascii_hex is missing, the table of this framing", remedy)
    _check_statuses(where.inside("status"), spec.status, messages)
    statuses = {code: name for name, code in spec.status.items()}
    return AsciiHex(spec.profile.name, messages, statuses, keys.version, keys.kind)


def _check_statuses(where: Where, statuses: Mapping[str, int], messages: Sequence[Message]) -> None:
    if "ok" not in statuses:
        raise where.wrong("no return code is called ok", "say which one means that all went well")
    for name, code in statuses.items():
        twins = [other for other, same in statuses.items() if same == code and other != name]
        if twins:
            raise where.wrong(f"{name} and {twins[0]} are both {code:02X}", "give each return code one name")
        for message in messages:
            if message.command == code:
                remedy = "a frame could not be told to be request or reply: correct one"
                raise where.wrong(f"{name} = {code:02X} is the command of message {message.name!r}, too", remedy)


FAMILIES: Final[Mapping[str, Make]] = {"ascii_hex": _ascii_hex}

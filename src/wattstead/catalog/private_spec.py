"""Which fields say whose a device is, or which one: ``[private]``. A support file has others in their place."""

from collections.abc import Iterable, Mapping
from typing import Final

from wattstead.catalog.spec_base import Name, Spec
from wattstead.catalog.where import Where, nearest
from wattstead.wire.layout import fields_of
from wattstead.wire.message import Message

_ALWAYS: Final = ("serial", "password", "barcode")
"""What has this in its name is private in every profile, also in one that says nothing."""


class PrivateSpec(Spec):
    """Fields and settings by name. serials: of devices and cells. names: that a person gave. secrets: passwords.

    messages: those that hold such things in bytes whose places no document tells.
    """

    serials: tuple[Name, ...] = ()
    names: tuple[Name, ...] = ()
    secrets: tuple[Name, ...] = ()
    messages: tuple[Name, ...] = ()

    def kind(self, name: str) -> str:
        """Give what a field is: serial, name, secret, or "" for what is not private."""
        for kind, names in (("serial", self.serials), ("name", self.names), ("secret", self.secrets)):
            if name in names:
                return kind
        return "secret" if "password" in name else "serial" if any(one in name for one in _ALWAYS) else ""


def check_private(where: Where, spec: PrivateSpec, settings: Iterable[str], messages: Mapping[str, Message]) -> None:
    """Hold the names against the rest of the file. settings: and values of several fields. Raises ProfileError."""
    for name in spec.messages:
        if name not in messages:
            raise where.inside("messages").wrong(
                f"there is no {name!r}", nearest(name, sorted(messages), "name a message")
            )
    known = set(settings)
    for message in messages.values():
        for field in (*fields_of(message.request), *fields_of(message.reply)):
            known |= {field.name, field.quantity}
    for key in ("serials", "names", "secrets"):
        for name in getattr(spec, key):
            if name not in known:
                remedy = nearest(name, sorted(known - {""}), "name a field or a setting of this file")
                raise where.inside(key).wrong(f"there is no {name!r}", remedy)

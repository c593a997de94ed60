"""The keys that each protocol family has for itself: in ``[link]`` and in ``[[message]]``, in a table of its name."""

from typing import Literal

from wattstead.catalog.spec_base import Byte, Spec

Framing = Literal["ascii_hex"]


class AsciiHexSpec(Spec):
    """``[link] ascii_hex``. version: VER of what we send. kind: CID1."""

    version: Byte
    kind: Byte

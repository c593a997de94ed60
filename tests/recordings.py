"""The captures of ``tests/captures/<profile>/*.toml``: raw bytes, what they mean, where they come from.

A file holds ``[[frame]]`` and ``[[noise]]`` tables. Its head says for all of them (a table may say otherwise):

source      "recorded" from a line, "document": printed by the maker, "derived": made by the rules from facts that are
            recorded, "constructed": made up for a test. All but the first come with a reason.
same_bytes  whether writing what was read gives the same bytes again.

A frame has its bytes (ASCII-hex without the CR at the end, others in hex), direction, message, address; ``after``: the
request before it; ``by_shape = false``: its shape alone does not tell what it answers; ``window``: it has only some
registers of its message, which the request before it names; ``refused``: the reason of a refusal;
``record``: fields that tell no quantity; ``shared_with``: profiles that read the same meaning in it.
``[[frame.pack]]``: values by quantity and setting name, ``active`` codes; ``switches_off``: settings ``enable_…`` that
are off while all others are on.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from can_facts import packed
from wattstead.catalog.profile import Profile, load_profile
from wattstead.wire.frame import Frame

FOLDER = Path(__file__).parent / "captures"
_HEX = re.compile(r"([0-9A-F]{2} ?)+")


@dataclass(frozen=True)
class Capture:
    """One table of one file. kind: "frame" or "noise". said: all that stands there, the head's words included."""

    profile: str
    name: str
    kind: str
    said: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{self.profile}/{self.name}"

    @property
    def wire(self) -> bytes:
        return wire(self.said["bytes"])

    @property
    def frame(self) -> Frame:
        return whole_frame(self.device, self.wire)

    @property
    def device(self) -> Profile:
        return load_profile(self.profile)

    @property
    def packs(self) -> list[tuple[dict[str, Any], tuple[str, ...] | None]]:
        """Values and active codes of each pack."""
        return [self._pack(one) for one in self.said.get("pack", ())]

    def _pack(self, said: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[str, ...] | None]:
        values = {name: tuple(one) if isinstance(one, list) else one for name, one in said["values"].items()}
        if "switches_off" in said:
            switches = [name for name in self.device.settings if name.startswith("enable_")]
            assert set(said["switches_off"]) < set(switches)
            values |= {name: name not in said["switches_off"] for name in switches}
        return values, tuple(said["active"]) if "active" in said else None


def wire(text: str) -> bytes:
    """Give the bytes of a frame: ASCII-hex is written as text without its end, consoles as text, others in hex."""
    if text.startswith("~"):
        return text.encode("ascii") + b"\r"
    if (frame := packed(text)) is not None:
        return frame
    return bytes.fromhex(text) if _HEX.fullmatch(text) else text.encode("ascii")


def whole_frame(profile: Profile, data: bytes) -> Frame:
    """Give the one frame of these bytes. Where only a quiet line ends it, the line goes quiet."""
    framer = profile.framer()
    (item,) = framer.feed(data) or framer.silence()
    assert isinstance(item, Frame), item
    return item


@cache
def captures() -> tuple[Capture, ...]:
    return tuple(_read())


def frames(**wanted: object) -> list[Any]:
    """All captured frames whose words are the wanted ones, as parameters of a test."""
    found = [
        one
        for one in captures()
        if one.kind == "frame" and all(one.said.get(key) == value for key, value in wanted.items())
    ]
    return [pytest.param(one, id=str(one)) for one in found]


def _read() -> Iterator[Capture]:
    for file in sorted(FOLDER.glob("*/*.toml")):
        said = tomllib.loads(file.read_text(encoding="utf-8"))
        head = {key: value for key, value in said.items() if key not in ("frame", "noise")}
        for kind in ("frame", "noise"):
            for number, table in enumerate(said.get(kind, ()), 1):
                yield Capture(file.parent.name, f"{file.stem}#{kind}-{number}", kind, {**head, **table})

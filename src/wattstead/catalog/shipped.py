"""What comes with the program, by name, and the heads of its profiles: loads nothing that only their messages need."""

import re
import tomllib
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from importlib.util import find_spec
from typing import Final

Label = dict[str, str]

_HEAD: Final = re.compile(r"^\[(?!profile\]|link\])", re.MULTILINE)
"""Where the first table begins that is neither [profile] nor [link]: all profiles begin with these two."""


@dataclass(frozen=True, slots=True)
class ProfileHead:
    """What a list of devices says of one. baud: speeds of its line, bit/s. can: whether that is a CAN bus."""

    name: str
    title: Label
    baud: tuple[int, ...]
    can: bool


def profile_names() -> tuple[str, ...]:
    """Names of the profiles that come with the program; those of CAN only where what reads a DBC is installed."""
    return tuple(name for name in shipped_names() if has_cantools() or not _file(f"{name}.dbc").is_file())


def profile_heads() -> tuple[ProfileHead, ...]:
    """Give the heads of these; a profile is not checked for that."""
    return tuple(_head(name) for name in profile_names())


@cache
def shipped_names() -> tuple[str, ...]:
    """Names of all profiles that come with the program."""
    return _names("profiles")


def preset_names() -> tuple[str, ...]:
    """Names of the presets of packs that come with the program."""
    return _names("presets")


def panel_names() -> tuple[str, ...]:
    """Names of the panels that come with the program."""
    return _names("panels")


@lru_cache(maxsize=1)
def has_cantools() -> bool:
    """Whether the extra for CAN is installed; it is not loaded for that."""
    return find_spec("cantools") is not None


def _head(name: str) -> ProfileHead:
    text = _file(f"{name}.toml").read_text(encoding="utf-8")
    rest = _HEAD.search(text)
    data = tomllib.loads(text[: rest.start()] if rest else text)
    link = data["link"]
    return ProfileHead(name, data["profile"]["title"], tuple(link["baud"]), link["framing"] == "can")


def _names(folder: str) -> tuple[str, ...]:
    here = (files("wattstead") / folder).iterdir()
    return tuple(sorted(file.name.removesuffix(".toml") for file in here if file.name.endswith(".toml")))


def _file(name: str) -> Traversable:
    return files("wattstead") / "profiles" / name

"""Profiles: one file of data a device, loaded into objects of model and wire."""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from pydantic import ValidationError

from wattstead.catalog.build import Builder
from wattstead.catalog.spec import AddressSpec, LinkSpec, NoteSpec, ProfileSpec, VirtualSpec
from wattstead.catalog.words import Label, codes, read_toml
from wattstead.model.code import Code
from wattstead.model.errors import ProfileError, UsageError
from wattstead.model.setting import Setting
from wattstead.wire.codec import Codec
from wattstead.wire.field import Number
from wattstead.wire.frame import Framer
from wattstead.wire.framing.ascii_hex import AsciiHexFramer
from wattstead.wire.layout import fields_of
from wattstead.wire.message import Dialect

_FRAMERS = {"ascii_hex": AsciiHexFramer}


@dataclass(frozen=True)
class Profile:
    """What we know of one device. ``link``, ``virtual`` and ``notes`` stand as the file says them."""

    name: str
    make: str
    title: Label
    source: str
    dialect: Dialect
    link: LinkSpec
    virtual: VirtualSpec
    settings: Mapping[str, Setting]
    codes: Mapping[str, Code]
    notes: tuple[NoteSpec, ...]

    @property
    def addresses(self) -> AddressSpec:
        return self.link.addresses

    @property
    def baud(self) -> int:
        """The usual speed, bit/s."""
        return self.link.baud[0]

    def framer(self) -> Framer:
        """Make a framer with an empty buffer."""
        return _FRAMERS[self.link.framing]()

    def codec(self) -> Codec:
        return Codec(self.dialect, self.framer())


def profile_names() -> tuple[str, ...]:
    """Names of the profiles that come with the program."""
    folder = files("wattstead") / "profiles"
    return tuple(sorted(file.name.removesuffix(".toml") for file in folder.iterdir() if file.name.endswith(".toml")))


def load_profile(name: str) -> Profile:
    """Load a profile by its name, or from a file of one's own (a path that ends in .toml).

    Raises UsageError for an unknown name (with the nearest), ProfileError for a broken file.
    """
    if name.endswith(".toml"):
        return load_file(Path(name))
    known = profile_names()
    if name not in known:
        near = get_close_matches(name, known, n=1, cutoff=0.4)
        hint = f"did you mean {near[0]}?" if near else "one of your own is given as a path that ends in .toml"
        raise UsageError(f"there is no profile {name!r}; {hint} The profiles are {', '.join(known)}")
    return _shipped(name)


@cache
def _shipped(name: str) -> Profile:
    return load_file(files("wattstead") / "profiles" / f"{name}.toml")


def load_file(file: Traversable) -> Profile:
    """Load a profile from a file. Raises ProfileError: file, place, what is wrong, what would be right."""
    try:
        spec = ProfileSpec.model_validate(read_toml(file))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(step) for step in first["loc"])
        more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
        raise ProfileError(
            file.name, place, first["msg"] + more, "see docs/profiles.md for what may stand there"
        ) from None
    return _build(file.name, spec)


def _build(file: str, spec: ProfileSpec) -> Profile:
    known = codes(spec.profile.name)
    dialect = Builder(file, spec, known).dialect()
    settings = _settings(file, spec, dialect)
    head = spec.profile
    title = {"en": head.title.en, "fr": head.title.fr}
    return Profile(
        head.name, head.make, title, head.source, dialect, spec.link, spec.virtual, settings, known, spec.note
    )


def _settings(file: str, spec: ProfileSpec, dialect: Dialect) -> dict[str, Setting]:
    """Settings with the range that the wire can carry."""
    ranges = {
        field.quantity: field.type.limits
        for message in dialect.messages
        for field in fields_of(message.reply)
        if isinstance(field.type, Number)
    }
    settings: dict[str, Setting] = {}
    for row in spec.setting:
        if row.name in settings:
            raise ProfileError(file, f"setting {row.name!r}", "stands twice", "give each its own name")
        low, high = ranges.get(row.name, (None, None))
        settings[row.name] = Setting(row.name, row.unit, row.number, row.vendor_name, row.default, low, high)
    return settings

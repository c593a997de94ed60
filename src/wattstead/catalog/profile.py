"""Profiles: one file of data a device, loaded into objects of model and wire."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from wattstead.catalog.build import Builder
from wattstead.catalog.calibration_spec import CalibrationSpec, check_calibration
from wattstead.catalog.can_dbc import DbcReader
from wattstead.catalog.can_options import beside, with_options
from wattstead.catalog.check import check
from wattstead.catalog.exceptions_spec import ExceptionsSpec
from wattstead.catalog.families import make_family
from wattstead.catalog.mistakes import explain
from wattstead.catalog.private_spec import PrivateSpec, check_private
from wattstead.catalog.records_spec import RecordsSpec, check_records
from wattstead.catalog.shipped import profile_names as profile_names
from wattstead.catalog.shipped import shipped_names
from wattstead.catalog.spec import AddressSpec, LinkSpec, NoteSpec, ProfileSpec, VirtualSpec
from wattstead.catalog.switches import switched
from wattstead.catalog.upgrade_spec import UpgradeSpec, check_upgrade
from wattstead.catalog.where import Where, alike, either
from wattstead.catalog.words import Label, codes, read_toml
from wattstead.catalog.writing_spec import WritingSpec, check_writing
from wattstead.model.code import Code, Severity
from wattstead.model.errors import UsageError
from wattstead.model.quantity import QUANTITIES, Kind
from wattstead.model.setting import Setting
from wattstead.wire.codec import Codec
from wattstead.wire.dialect import Dialect
from wattstead.wire.field import Number
from wattstead.wire.frame import Framer
from wattstead.wire.layout import fields_of
from wattstead.wire.message import Message

_ANY: tuple[float | None, float | None] = (None, None)


@dataclass(frozen=True)
class Profile:
    """What we know of one device. From ``link`` on, tables stand as the file says them, codes and settings apart."""

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
    writing: WritingSpec = field(default_factory=WritingSpec)
    records: RecordsSpec = field(default_factory=RecordsSpec)
    calibration: CalibrationSpec | None = None
    private: PrivateSpec = field(default_factory=PrivateSpec)
    switches: Mapping[str, Label] = field(default_factory=dict)
    upgrade: UpgradeSpec | None = None
    exceptions: ExceptionsSpec = field(default_factory=ExceptionsSpec)

    @property
    def addresses(self) -> AddressSpec:
        return self.link.addresses

    @property
    def baud(self) -> int:
        """The usual speed, bit/s."""
        return self.link.baud[0]

    def framer(self, over: str = "") -> Framer:
        """Make a framer with an empty buffer. over: what the port says of its framing, "" for the family's usual one.

        Raises UsageError where the device does not run over that.
        """
        return self.dialect.family.framer(over)

    def codec(self, over: str = "") -> Codec:
        """Make a codec for a line with that framing. Raises UsageError as ``framer``."""
        return Codec(self.dialect, self.framer(over))


def load_profile(name: str) -> Profile:
    """Load a profile by its name, or from a file of one's own (a path that ends in .toml).

    Raises UsageError for an unknown name (with the nearest), ProfileError for a broken file.
    """
    if name.endswith(".toml"):
        return _with_own_preset(load_file(Path(name)), Path(name).parent)
    known = shipped_names()
    base, _, options = name.partition("+")
    if base not in known:
        near = alike(base, known)
        if near:
            raise UsageError(f"there is no profile {name!r}; did you mean {either(near)}?")
        own = "one of your own is given as a path that ends in .toml"
        raise UsageError(f"there is no profile {name!r}; {own}. The profiles are {', '.join(known)}")
    return _shipped(base, options)


def _with_own_preset(profile: Profile, folder: Path) -> Profile:
    """A preset of one's own lies beside the profile that names it."""
    if not profile.virtual.preset.endswith(".toml"):
        return profile
    beside = {"preset": str(folder / profile.virtual.preset)}
    return replace(profile, virtual=profile.virtual.model_copy(update=beside))


@cache
def _shipped(name: str, options: str) -> Profile:
    return load_file(files("wattstead") / "profiles" / f"{name}.toml", options)


def load_file(file: Traversable, options: str = "") -> Profile:
    """Load a profile from a file. options: names of its switches that are on, with + between them.

    Raises ProfileError: file, place, what is wrong, what would be right; UsageError for a switch that it does not have.
    """
    where, data = Where(file.name), _frozen(read_toml(file))
    data, options = switched(where, data, options)
    try:
        spec = ProfileSpec.model_validate(data)
    except ValidationError as error:
        raise explain(where, data, error) from None
    return replace(_build(where, with_options(spec, options), file), switches=_switches(spec))


def _switches(spec: ProfileSpec) -> Mapping[str, Label]:
    """Name what may be written behind the name of a profile, and say what it does."""
    of_can = spec.link.can.options if spec.link.can else {}
    labels = {name: {"en": one.en, "fr": one.fr} for name, one in of_can.items()}
    return labels | {name: {"en": one.en, "fr": one.fr} for name, one in spec.switch.items()}


def _frozen(data: Any) -> Any:
    """Turn lists into tuples, which is what nothing can change any more."""
    if isinstance(data, dict):
        return {key: _frozen(value) for key, value in data.items()}
    return tuple(_frozen(value) for value in data) if isinstance(data, list) else data


def _build(where: Where, spec: ProfileSpec, file: Traversable) -> Profile:
    head = spec.profile
    known = {**codes(head.name), **_codes(spec)}
    messages = _messages(where, spec, known, file)
    check(where, spec, messages)
    named = {message.name: message for message in messages}
    check_writing(where.inside("writing"), spec.writing, (setting.name for setting in spec.setting), named)
    check_records(where.inside("records"), spec.records, named, known)
    check_calibration(where.inside("calibration"), spec.calibration, named)
    joined = [join.quantity for join in spec.link.can.joins] if spec.link.can else []
    check_private(where.inside("private"), spec.private, [*joined, *(one.name for one in spec.setting)], named)
    told = frozenset(QUANTITIES) | {setting.name for setting in spec.setting}
    check_upgrade(where.inside("upgrade"), spec.upgrade, spec.link.framing)
    dialect = Dialect(head.name, messages, make_family(where, spec, messages), told)
    settings = _settings(spec, messages)
    title = head.title.model_dump()
    return Profile(
        head.name,
        head.make,
        title,
        head.source,
        dialect,
        spec.link,
        spec.virtual,
        settings,
        known,
        spec.note,
        spec.writing,
        spec.records,
        spec.calibration,
        spec.private,
        upgrade=spec.upgrade,
        exceptions=spec.exceptions,
    )


def _messages(where: Where, spec: ProfileSpec, known: Mapping[str, Code], file: Traversable) -> tuple[Message, ...]:
    """Build the messages: those of a CAN bus stand in the DBC beside the file."""
    if spec.link.can is not None and spec.link.framing == "can":
        flags = {name for name, one in QUANTITIES.items() if one.kind is Kind.FLAG}
        return DbcReader(where, spec.link.can, {*known, *flags}).messages(beside(file))
    if not spec.message:
        raise where.wrong("message is missing", "add it; docs/profiles.md shows how")
    return Builder(where, spec, known).messages()


def _codes(spec: ProfileSpec) -> dict[str, Code]:
    """Codes that the file itself brings."""
    return {
        name: Code(name, spec.profile.name, Severity(code.severity), {"en": code.en, "fr": code.fr})
        for name, code in spec.codes.items()
    }


def _settings(spec: ProfileSpec, messages: Sequence[Message]) -> dict[str, Setting]:
    """Settings with the range that the file says, or else the one that the wire can carry."""
    ranges: dict[str, tuple[float | None, float | None]] = {
        field.quantity: field.type.limits
        for message in messages
        for field in fields_of(message.reply)
        if isinstance(field.type, Number)
    }
    return {
        row.name: Setting(
            row.name,
            row.unit,
            row.number,
            row.vendor_name,
            row.default,
            *(row.range or ranges.get(row.name, _ANY)),
            row.step,
            row.values,
        )
        for row in spec.setting
    }

"""What a person configures, as TOML: checked whole before anything starts."""

import os
import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, TypeVar
from zoneinfo import available_timezones

from platformdirs import user_config_path, user_data_path
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic_core import ErrorDetails

from wattstead.catalog.profile import Profile, load_profile
from wattstead.host.can_poller import check_packs
from wattstead.link.can_url import EXAMPLE, CanUrl
from wattstead.link.url import ReplayUrl, parse_url
from wattstead.model.errors import UsageError

DEFAULT_PORT = 8470
_EXAMPLE = """[[bus]]
url = "serial:///dev/ttyUSB0?baud=19200"
profile = "seplos-v2"
packs = [{ address = 0 }]"""


def system_time_zone() -> str:
    """IANA name of this machine's zone, UTC where it does not tell."""
    zone = os.environ.get("TZ", "").strip(":")
    if zone and is_time_zone(zone):
        return zone
    try:
        target = str(Path("/etc/localtime").resolve())
    except OSError:
        return "UTC"
    _, found, name = target.partition("zoneinfo/")
    return name if found and name else "UTC"


def is_time_zone(name: str) -> bool:
    """Whether it is an IANA name; on a system without the list of them any name passes."""
    known = available_timezones()
    return not known or name in known


class Section(BaseModel):
    """No unknown keys: a typing slip must not pass in silence."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class PackConfig(Section):
    """One pack. id: by which stored readings are found again; do not change it later."""

    address: int = Field(ge=0, le=255)
    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")] | None = None
    name: str | None = None


class BusConfig(Section):
    """One line with packs of one make. interval_s: from the start of one round to the start of the next.

    wake: whether a port that sleeps may be woken, where the profile says how.
    """

    url: str
    profile: str
    packs: tuple[PackConfig, ...] = Field(min_length=1)
    name: str | None = None
    interval_s: float = Field(default=10.0, ge=0.0)
    wake: bool = True


class PlantConfig(Section):
    """The home."""

    name: str = "Home"
    time_zone: str = Field(default_factory=system_time_zone)

    @field_validator("time_zone")
    @classmethod
    def _is_known(cls, name: str) -> str:
        if not is_time_zone(name):
            raise ValueError("no time zone that we know; write one such as Europe/Paris")
        return name


class StoreConfig(Section):
    """Where readings are kept, and for how long in full."""

    path: Path = Field(default_factory=lambda: user_data_path("wattstead") / "wattstead.db")
    raw_days: int = Field(default=90, ge=1)


class HttpConfig(Section):
    """Where the page is. Loopback only, until accounts exist."""

    host: str = "127.0.0.1"
    port: int = Field(default=DEFAULT_PORT, ge=0, le=65535)


class Config(Section):
    """The whole file."""

    plant: PlantConfig = PlantConfig()
    store: StoreConfig = StoreConfig()
    http: HttpConfig = HttpConfig()
    bus: tuple[BusConfig, ...] = Field(min_length=1)


def config_path() -> Path:
    """Where the configuration is looked for when nobody names it."""
    return user_config_path("wattstead") / "config.toml"


def load_config(path: Path) -> Config:
    """Read a configuration. Raises UsageError: file, place, what is wrong, what would be right."""
    config = read_config(path, Config, _EXAMPLE, "docs/serve.md")
    check(config, str(path))
    return config


Whole = TypeVar("Whole", bound=Section)


def read_config(path: Path, kind: type[Whole], example: str, page: str) -> Whole:
    """Read a file of a kind. example: the least that may stand there. page: what says more. Raises UsageError."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UsageError(f"{path} does not exist; write it with at least:\n\n{example}\n") from None
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror}); give a file that you may read") from None
    except UnicodeDecodeError:
        raise UsageError(f"{path} is no text; give a TOML file, saved as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path} is no TOML: {error}; correct it there") from None
    try:
        return kind.model_validate(table)
    except ValidationError as error:
        # A list is "too short" for the checker, too, when what stands in it is wrong.
        wrong = [one for one in error.errors() if one["type"] != "too_short" or not one["input"]]
        found = "; ".join(_finding(one) for one in wrong)
        raise UsageError(f"{path}: {found}; {page} says what may stand there") from None


def _finding(error: ErrorDetails) -> str:
    """Say one finding with its place: bus 1, packs 2, address."""
    place = ""
    for step in error["loc"]:
        place += f" {step + 1}" if isinstance(step, int) else f", {step}" if place else str(step)
    match error["type"]:
        case "missing":
            return f"{place} is missing"
        case "extra_forbidden":
            return f"{place}: there is no such key"
        case "value_error" if isinstance(error["input"], dict):  # of a table as a whole
            return f"{place}: {error['msg'].removeprefix('Value error, ')}"
        case _:
            return f"{place} is {error['input']!r}: {error['msg'].removeprefix('Value error, ').lower()}"


def check(config: Config, file: str) -> None:
    """Refuse what only the whole can tell: profiles, addresses, names that stand twice."""
    check_lines(config.bus, file)


def check_lines(lines: Sequence[BusConfig], file: str) -> None:
    """Refuse lines that cannot be, or not beside each other. Raises UsageError."""
    seen: set[str] = set()
    places: dict[str, int] = {}
    for number, bus in enumerate(lines, 1):
        if (first := places.setdefault(endpoint(bus.url), number)) != number:
            raise UsageError(f"{file}, bus {number}: bus {first} is at {bus.url}, too; put their packs into one bus")
        profile = load_profile(bus.profile)
        _check_line(f"{file}, bus {number}", bus, profile)
        known = profile.addresses
        for pack in bus.packs:
            if not known.first <= pack.address <= known.last:
                what = f"{bus.profile} has no address {pack.address}; it knows {known.first} to {known.last}"
                raise UsageError(f"{file}, bus {number}: {what}")
            if (name := pack_id(bus, pack)) in seen:
                raise UsageError(f"{file}, bus {number}: there are two packs {name!r}; give each its own id")
            seen.add(name)


def _check_line(place: str, bus: BusConfig, profile: Profile) -> None:
    """Refuse a device on a kind of line that it cannot be on, and packs that one bus cannot tell apart."""
    on_bus = profile.link.framing == "can"
    where = parse_url(bus.url)
    if on_bus and not isinstance(where, CanUrl | ReplayUrl):
        raise UsageError(f"{place}: {bus.profile} speaks on a CAN bus, not at {bus.url}; write {EXAMPLE}")
    if not on_bus and isinstance(where, CanUrl):
        here = "profiles whose name ends in -can do, such as pylontech-can"
        raise UsageError(f"{place}: {bus.profile} does not speak on a CAN bus such as {bus.url}; {here}")
    if on_bus:
        try:
            check_packs(profile, [pack.address for pack in bus.packs])
        except UsageError as error:
            raise UsageError(f"{place}: {error}") from None


def endpoint(url: str) -> str:
    """What two URLs of the same line have in common."""
    return str(parse_url(url)).partition("?")[0]


def pack_id(bus: BusConfig, pack: PackConfig) -> str:
    """Name under which a pack's readings are stored: its own, or made of bus, profile and address."""
    if pack.id:
        return pack.id
    line = re.sub(r"[^a-z0-9]+", "-", (bus.name or bus.profile).lower()).strip("-")
    return f"{line}-{pack.address}"

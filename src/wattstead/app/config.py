"""What a person configures, as TOML: checked whole before anything starts."""

import os
import re
import tomllib
from pathlib import Path
from typing import Annotated

from platformdirs import user_config_path, user_data_path
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from wattstead.catalog.profile import load_profile
from wattstead.model.errors import UsageError

DEFAULT_PORT = 8470
_EXAMPLE = """[[bus]]
url = "serial:///dev/ttyUSB0?baud=19200"
profile = "seplos-v2"
packs = [{ address = 0 }]"""


def system_time_zone() -> str:
    """IANA name of this machine's zone, UTC where it does not tell."""
    if zone := os.environ.get("TZ", "").strip(":"):
        return zone
    try:
        target = str(Path("/etc/localtime").resolve())
    except OSError:
        return "UTC"
    _, found, name = target.partition("zoneinfo/")
    return name if found and name else "UTC"


class Section(BaseModel):
    """No unknown keys: a typing slip must not pass in silence."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class PackConfig(Section):
    """One pack. id: by which stored readings are found again; do not change it later."""

    address: int = Field(ge=0, le=255)
    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")] | None = None
    name: str | None = None


class BusConfig(Section):
    """One line with packs of one make. interval_s: from the start of one round to the start of the next."""

    url: str
    profile: str
    packs: tuple[PackConfig, ...] = Field(min_length=1)
    name: str | None = None
    interval_s: float = Field(default=10.0, ge=0.0)


class PlantConfig(Section):
    """The home."""

    name: str = "Home"
    time_zone: str = Field(default_factory=system_time_zone)


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
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UsageError(f"{path} does not exist; write it with at least:\n\n{_EXAMPLE}\n") from None
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}") from None
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path} is no TOML: {error}; correct it there") from None
    try:
        config = Config.model_validate(table)
    except ValidationError as error:
        found = "; ".join(_finding(one) for one in error.errors())
        raise UsageError(f"{path}: {found}. See docs/serve.md for what may stand there") from None
    check(config, str(path))
    return config


def _finding(error: object) -> str:
    place, message = error["loc"], error["msg"]  # type: ignore[index]
    steps = [f"{step + 1}." if isinstance(step, int) else str(step) for step in place]
    return f"{' '.join(steps)}: {message.lower()}"


def check(config: Config, file: str) -> None:
    """Refuse what only the whole can tell: profiles, addresses, names that stand twice."""
    seen: set[str] = set()
    for number, bus in enumerate(config.bus, 1):
        known = load_profile(bus.profile).addresses
        for pack in bus.packs:
            if not known.first <= pack.address <= known.last:
                what = f"{bus.profile} has no address {pack.address}; it knows {known.first} to {known.last}"
                raise UsageError(f"{file}, bus {number}: {what}")
            if (name := pack_id(bus, pack)) in seen:
                raise UsageError(f"{file}, bus {number}: there are two packs {name!r}; give each its own id")
            seen.add(name)


def pack_id(bus: BusConfig, pack: PackConfig) -> str:
    """Name under which a pack's readings are stored: its own, or made of bus, profile and address."""
    if pack.id:
        return pack.id
    line = re.sub(r"[^a-z0-9]+", "-", (bus.name or bus.profile).lower()).strip("-")
    return f"{line}-{pack.address}"

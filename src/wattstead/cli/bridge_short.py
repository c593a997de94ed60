"""A bridge without a file: ``--from URL --to URL --as INVERTER`` makes the configuration that a file would."""

from contextlib import aclosing
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from pydantic import ValidationError

from wattstead.app.bridge_config import (
    BridgeBusConfig,
    BridgeConfig,
    InverterConfig,
    LimitsConfig,
    PageConfig,
    checked,
    protocol_of,
)
from wattstead.app.config import PackConfig
from wattstead.catalog.profile import Profile, load_profile, profile_names
from wattstead.cli.addresses import parse_addresses
from wattstead.cli.can_verbs import find, is_can
from wattstead.cli.show import said, word
from wattstead.host.bridge.memory import tells_limits
from wattstead.host.discover import Found, discover
from wattstead.host.open import open_port
from wattstead.model.errors import UsageError

_MOST = 30  # packs on one line
_LIMITS = {
    "charge_voltage_v": "--charge-voltage",
    "discharge_voltage_v": "--discharge-voltage",
    "charge_current_a": "--charge-limit",
    "discharge_current_a": "--discharge-limit",
}


@dataclass(frozen=True)
class Short:
    """What a person says in place of a file. limits: of each pack, by their names in the file. page: its port."""

    lines: tuple[str, ...]
    inverter: str
    protocol: str
    limits: dict[str, float | None]
    profile: str | None = None
    page: int | None = None


@dataclass(frozen=True)
class Line:
    """A line with packs. profile, addresses: None where they are to be looked for."""

    url: str
    profile: Profile | None
    addresses: tuple[int, ...] | None


@dataclass(frozen=True)
class Known:
    """A line whose packs are known."""

    url: str
    profile: Profile
    addresses: tuple[int, ...]


def named_line(text: str, profile: str | None) -> Line:
    """Read a line as a person names it: ``profile`` and ``packs`` may stand among its options. Raises UsageError."""
    url, _, query = text.partition("?")
    options = dict(parse_qsl(query, keep_blank_values=True))
    make, packs = options.pop("profile", profile), options.pop("packs", None)
    return Line(
        f"{url}?{urlencode(options, safe=':/')}" if options else url,
        load_profile(make) if make else None,
        tuple(parse_addresses([packs], _MOST, "packs=")) if packs is not None else None,
    )


async def config_of(short: Short, lang: str) -> BridgeConfig:
    """Make the configuration, checked whole; packs that are not named are looked for. Raises WattsteadError."""
    lines = [named_line(one, short.profile) for one in short.lines]
    protocol_of(InverterConfig(url=short.inverter, protocol=short.protocol))
    for line in lines:
        _check_limits(line.profile, short.limits)  # before anybody waits
    found = [await _looked_for(line, lang) for line in lines]
    for known in found:
        _check_limits(known.profile, short.limits)
    try:
        config = BridgeConfig(
            inverter=InverterConfig(url=short.inverter, protocol=short.protocol),
            http=None if short.page is None else PageConfig(port=short.page),
            bus=tuple(_bus(line, number, LimitsConfig(**short.limits)) for number, line in enumerate(found, 1)),
        )
    except ValidationError as error:
        what = "; ".join(one["msg"].removeprefix("Value error, ") for one in error.errors())
        raise UsageError(f"{what}; `wattstead bridge --help` shows what can be said") from None
    return checked(config, "bridge")


def _bus(line: Known, number: int, limits: LimitsConfig) -> BridgeBusConfig:
    packs = tuple(PackConfig(address=one) for one in line.addresses)
    name = line.profile.name if number == 1 else f"{line.profile.name}-{number}"
    return BridgeBusConfig(url=line.url, profile=line.profile.name, packs=packs, name=name, limits=limits)


def _check_limits(profile: Profile | None, limits: dict[str, float | None]) -> None:
    """Refuse packs whose limits nobody says, with the options that are missing."""
    missing = [f"{_LIMITS[name]} {name[-1].upper()}" for name, value in limits.items() if value is None]
    if profile is not None and missing and not tells_limits(profile):
        raise UsageError(
            f"{profile.name} does not say what may flow; look into its manual and say for one pack: {' '.join(missing)}"
        )


async def _looked_for(line: Line, lang: str) -> Known:
    """Look for what a person did not name. Only reads. Raises NoAnswer, LinkLost, UsageError."""
    if line.profile is not None and line.addresses is not None:
        return Known(line.url, line.profile, line.addresses)
    profiles = [line.profile] if line.profile else [load_profile(name) for name in profile_names()]
    if line.url.startswith("can://"):
        profile = line.profile or load_profile((await find(line.url, profiles, lang))[0].profile)
        return Known(line.url, profile, line.addresses or (profile.addresses.master,))
    said(word("bridge_looks", lang).format(url=line.url))
    found: list[Found] = []
    async with aclosing(discover(open_port, line.url, [one for one in profiles if not is_can(one)])) as search:
        async for one in search:
            said(word("bridge_found", lang).format(profile=one.profile, address=one.address, url=one.url))
            found.append(one)
    first = found[0]
    if first.also:
        raise UsageError(
            f"{line.url}: the packs answer as {first.profile}, and as {', '.join(first.also)} just as well; "
            f"say which by profile={first.profile} in the URL"
        )
    addresses = line.addresses or tuple(sorted(one.address for one in found if one.profile == first.profile))
    return Known(first.url, load_profile(first.profile), addresses)

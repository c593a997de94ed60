"""What a person configures of a bridge, as TOML: checked whole before anything starts."""

from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from wattstead.app.config import BusConfig, HttpConfig, Section, check_lines, endpoint, pack_id, read_config
from wattstead.catalog.inverters import inverters
from wattstead.catalog.profile import Profile, load_profile
from wattstead.catalog.shipped import shipped_names
from wattstead.host.bridge.bank import JOIN_S, RISE_S, STALE_S, BridgedPack, Times
from wattstead.host.bridge.memory import tells_limits
from wattstead.host.bridge.voice import SOH_PCT
from wattstead.link.can_url import EXAMPLE, CanUrl
from wattstead.link.url import ReplayUrl, parse_url
from wattstead.model.bridge import Rules, Slope, Stated
from wattstead.model.counted import Count
from wattstead.model.errors import UsageError

PAGE_PORT = 8471
PACK_S = 0.5
"""Longest that one pack of a round takes on the lines that we know."""
_PAGE = "docs/bridge.md"
_EXAMPLE = f"""[inverter]
url = "{EXAMPLE}"
protocol = "pylontech-can"

[[bus]]
url = "serial:///dev/ttyUSB0?baud=9600"
profile = "pylontech"
packs = [{{ address = 2 }}]"""

Amperes = Annotated[float, Field(ge=0.0, le=10_000.0)]
Volts = Annotated[float, Field(gt=0.0, le=1_000.0)]
Seconds = Annotated[float, Field(gt=0.0, le=3600.0)]
Pair = tuple[float, float]


class LimitsConfig(Section):
    """Limits that a person states; currents are positive both ways."""

    charge_voltage_v: Volts | None = None
    discharge_voltage_v: Volts | None = None
    charge_current_a: Amperes | None = None
    discharge_current_a: Amperes | None = None

    @model_validator(mode="after")
    def _apart(self) -> "LimitsConfig":
        high, low = self.charge_voltage_v, self.discharge_voltage_v
        if high is not None and low is not None and low >= high:
            raise ValueError(f"discharge_voltage_v {low:g} must lie below charge_voltage_v {high:g}")
        return self

    def stated(self) -> Stated:
        """Give them as the rules take them."""
        return Stated(self.charge_voltage_v, self.discharge_voltage_v, self.charge_current_a, self.discharge_current_a)


class BridgeBusConfig(BusConfig):
    """One line with packs of one make. limits: of each of its packs. ignore: codes that stop nothing."""

    interval_s: float = Field(default=1.0, ge=0.0)
    limits: LimitsConfig = LimitsConfig()
    ignore: tuple[str, ...] = ()


class InverterConfig(Section):
    """url: of its line. protocol: a profile, or a brand of ``wattstead inverters``.

    lost: what happens when it is silent. lost_s: after so long it is. says: in place of what the protocol's batteries
    usually say. soh_pct: told where no pack says it. address: at which it asks, over RS485.
    """

    url: str
    protocol: str
    lost: Literal["go_on", "stop"] = "go_on"
    lost_s: Seconds | None = None
    says: dict[str, str | int | float] = Field(default_factory=dict)
    soh_pct: float = Field(default=SOH_PCT, gt=0.0, le=100.0)
    address: int | None = Field(default=None, ge=0, le=255)


class RulesConfig(Section):
    """Figures of the rules. Pairs: where it begins to be less, and where nothing is left."""

    stale_s: Seconds = STALE_S
    silent: Literal["stop", "others"] = "stop"
    join_s: float = Field(default=JOIN_S, ge=0.0, le=3600.0)
    rise_s: float = Field(default=RISE_S, ge=0.0, le=3600.0)
    near_full_v: Pair = (3.45, 3.55)
    near_empty_v: Pair = (3.0, 2.8)
    charge_cold_degc: Pair = (10.0, 0.0)
    charge_hot_degc: Pair = (45.0, 55.0)
    discharge_cold_degc: Pair = (-10.0, -20.0)
    discharge_hot_degc: Pair = (50.0, 60.0)
    empty_soc_pct: float = Field(default=0.0, ge=0.0, lt=100.0)

    @model_validator(mode="after")
    def _right_way(self) -> "RulesConfig":
        for name, up in (("near_full_v", True), ("near_empty_v", False), *_TEMPERATURES):
            begins, ends = getattr(self, name)
            if (begins < ends) is not up:
                order = "rise" if up else "fall"
                raise ValueError(
                    f"{name} is [{begins:g}, {ends:g}]; write where it begins first and where nothing is left second: "
                    f"the figures must {order}"
                )
        return self

    def rules(self) -> Rules:
        """Give them as the rules take them."""
        slopes = {name: Slope(*getattr(self, name)) for name in ("near_full_v", "near_empty_v", *dict(_TEMPERATURES))}
        return Rules(**slopes, empty_soc_pct=self.empty_soc_pct, goes_on_without=self.silent == "others")

    def times(self) -> Times:
        """Give what has to do with time."""
        return Times(self.stale_s, self.join_s, self.rise_s)


_TEMPERATURES = (
    ("charge_cold_degc", False),
    ("charge_hot_degc", True),
    ("discharge_cold_degc", False),
    ("discharge_hot_degc", True),
)


class PageConfig(HttpConfig):
    """Where the status page is."""

    port: int = Field(default=PAGE_PORT, ge=0, le=65535)


class BridgeConfig(Section):
    """The whole file. limits: of the bank; they always win. http: the status page; none where it is left out."""

    inverter: InverterConfig
    limits: LimitsConfig = LimitsConfig()
    rules: RulesConfig = RulesConfig()
    http: PageConfig | None = None
    bus: tuple[BridgeBusConfig, ...] = Field(min_length=1)


def load_bridge_config(path: Path) -> BridgeConfig:
    """Read a configuration. Raises UsageError: file, place, what is wrong, what would be right."""
    return checked(read_config(path, BridgeConfig, _EXAMPLE, _PAGE), str(path))


def checked(config: BridgeConfig, place: str) -> BridgeConfig:
    """Refuse what only the whole can tell; give it back. place: where it is from. Raises UsageError."""
    check_lines(config.bus, place)
    _check_inverter(config, place)
    for number, bus in enumerate(config.bus, 1):
        _check_bus(f"{place}, bus {number}", bus, config.rules)
    return config


def protocol_of(inverter: InverterConfig) -> Profile:
    """Find the protocol by the name of a profile, or of a brand: then its best way on such a line counts.

    Raises UsageError.
    """
    brand = inverters().get(inverter.protocol.strip().lower().replace(" ", "-"))
    if brand is None:
        return _named_protocol(inverter.protocol)
    bus = "can" if isinstance(parse_url(inverter.url), CanUrl) else "rs485"
    here = [way for way in brand.ways if way.here and way.bus == bus]
    if not here:
        other = " and ".join(sorted({way.bus for way in brand.ways}))
        raise UsageError(
            f"{brand.title} hears a battery of ours only over {other.upper()}, not over {bus.upper()}; "
            "name such a line as its url"
        )
    return load_profile(here[0].profile)


def _named_protocol(name: str) -> Profile:
    """Load a profile by its name; where that is near a brand's, the brand was meant and no battery's profile."""
    near = get_close_matches(name.strip().lower(), [*inverters(), *shipped_names()], n=1)
    if near and near[0] in inverters() and not name.endswith(".toml") and name.partition("+")[0] not in shipped_names():
        raise UsageError(f"there is no inverter {name!r}; did you mean {near[0]}?")
    return load_profile(name)


def packs_of(config: BridgeConfig) -> list[BridgedPack]:
    """Give all packs, in the order of the file."""
    return [
        BridgedPack(pack_id(bus, pack), load_profile(bus.profile), bus.limits.stated(), frozenset(bus.ignore))
        for bus in config.bus
        for pack in bus.packs
    ]


def _check_inverter(config: BridgeConfig, file: str) -> None:
    """Refuse what the inverter's side cannot be."""
    place = f"{file}, inverter"
    try:
        profile = protocol_of(config.inverter)
    except UsageError as error:
        raise UsageError(f"{place}: {error}; `wattstead inverters` lists brands") from None
    where = parse_url(config.inverter.url)
    on_can = profile.link.can is not None
    if on_can != isinstance(where, CanUrl) or isinstance(where, ReplayUrl):
        instead = f"write a bus such as {EXAMPLE}" if on_can else "write a serial line such as serial:///dev/ttyUSB1"
        raise UsageError(f"{place}: {profile.name} is not spoken at {config.inverter.url}; {instead}")
    if not (on_can or profile.virtual.preset):
        raise UsageError(
            f"{place}: in {profile.name} no battery speaks to an inverter; `wattstead inverters` lists where they do"
        )
    if on_can and config.inverter.address is not None:
        raise UsageError(f"{place}: {profile.name} speaks on CAN, where there are no addresses; leave address out")
    _check_says(place, profile, config.inverter.says)
    for number, bus in enumerate(config.bus, 1):
        if endpoint(bus.url) == endpoint(config.inverter.url):
            raise UsageError(
                f"{place}: it is on the same line as bus {number} ({bus.url}); give packs and inverter a line each, "
                "or both would hear two batteries"
            )


def _check_says(place: str, profile: Profile, says: dict[str, Any]) -> None:
    known = {*profile.virtual.says, "maker", "serial_number", "product_name", "device_name"}
    for name in says:
        if name not in known:
            raise UsageError(
                f"{place}, says: {profile.name} has no place for {name}; it has {', '.join(sorted(known))}"
            )


def _check_bus(place: str, bus: BridgeBusConfig, rules: RulesConfig) -> None:
    """Refuse packs whose limits nobody says, and rounds that take longer than what was said counts."""
    profile = load_profile(bus.profile)
    if not tells_limits(profile) and not bus.limits.stated().whole:
        raise UsageError(
            f"{place}: {profile.name} does not say what may flow; look into its manual and write it for one pack: "
            "limits = { charge_voltage_v = …, discharge_voltage_v = …, charge_current_a = …, discharge_current_a = … }"
        )
    for code in bus.ignore:
        if code not in profile.codes:
            raise UsageError(f"{place}, ignore: {profile.name} has no code {code!r}; `wattstead codes` lists them")
    if profile.link.can is None and (round_s := max(bus.interval_s, PACK_S * len(bus.packs))) >= rules.stale_s:
        raise UsageError(
            f"{place}: to read {Count(len(bus.packs)):pack|packs} may take {round_s:g} s, but a reading counts for "
            f"{rules.stale_s:g} s only; write a larger stale_s under [rules], or spread the packs over more lines"
        )

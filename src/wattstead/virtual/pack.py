"""One virtual pack: what is its own beside the cells. Address, settings, names, clock, what a person says of it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from wattstead.battery.measure import PackReport
from wattstead.battery.preset import PackPreset
from wattstead.battery.record import RecordLog
from wattstead.battery.step import Event, EventKind
from wattstead.catalog.profile import Profile
from wattstead.model.errors import ProfileError, Refused, UsageError
from wattstead.model.pack import PackModel
from wattstead.model.setting import SettingValue
from wattstead.virtual.desk import Desk
from wattstead.virtual.given import Given
from wattstead.virtual.journal import Journal
from wattstead.virtual.orders import Orders
from wattstead.virtual.preset import engine_preset, model_of, rules_of
from wattstead.virtual.register_values import wall_time
from wattstead.virtual.settings import factory_settings, impossible
from wattstead.virtual.unread import Unread
from wattstead.wire.fill import Report

_DAY_S = 86400.0
_STAYS = ("remaining_capacity_ah", "soc_pct", "bms_address", "cell_count")
_STAMPS = 1000  # of records that were told; those of records that are gone are dropped then
_NUMBERED = "###"  # in a serial number of ``says``: three hex digits that differ from pack to pack
_RECORDED = {
    "pack_voltage_v": 2,
    "pack_current_a": 2,
    "soc_pct": 1,
    "ambient_temperature_degc": 1,
    "mos_temperature_degc": 1,
}
"""Columns of a record that are a quantity of the pack, with their digits."""


@dataclass
class Pack:
    """One pack of a bank.

    model: its rows and functions by its settings; preset: the same for the engine. says: names and versions.
    clock_ahead_ms: of its own clock, over ours. unfilled_for_s: how long the state of charge has not passed 97 %.
    given: what a person puts in place of the simulation. records: what its BMS remembers. orders: what was ordered over
    the wire. unread: what has changed since somebody read its alarms. desk: where its settings are programmed.
    journal: its log in words. stamps: its own time of what it has recorded, by the engine's.
    """

    profile: Profile
    address: int
    model: PackModel
    preset: PackPreset
    settings: dict[str, SettingValue]
    says: dict[str, Any]
    records: RecordLog
    clock_ahead_ms: int = 0
    unfilled_for_s: float = 0.0
    given: Given = field(default_factory=Given)
    orders: Orders = field(default_factory=Orders)
    unread: Unread = field(default_factory=Unread)
    desk: Desk | None = None
    journal: Journal | None = None
    stamps: dict[float, datetime] = field(default_factory=dict)

    def clock_at(self, now_ms: int, now_s: float) -> Callable[[float], datetime]:
        """Give its own time at a time of the engine. now_ms: our wall clock; now_s: the engine's.

        A BMS writes the time of a record down once: neither a clock that is set later nor a simulation that runs
        faster than clocks moves it. What was asked for once stays.
        """
        now = wall_time(now_ms + self.clock_ahead_ms, now_s)
        if len(self.stamps) > _STAMPS:
            held = {one.time_s for one in self.records.rows()}
            self.stamps = {time_s: at for time_s, at in self.stamps.items() if time_s in held}
        return lambda time_s: self.stamps.setdefault(time_s, now(time_s))

    def report(self, measured: PackReport, now_ms: int) -> Report:
        """Give all that the pack has to tell by itself, in our words. measured: what its BMS sees and says."""
        values: dict[str, Any] = {**self.says, **self.settings, **measured.values}
        # The label is a setting; the cells do not know it.
        values["rated_capacity_ah"] = self.settings.get("rated_capacity_ah", values["rated_capacity_ah"])
        values["device_time"] = datetime.fromtimestamp((now_ms + self.clock_ahead_ms) // 1000, UTC).replace(tzinfo=None)
        return Report(values, measured.active)

    def take_address(self) -> None:
        """Answer from now on at the address that was written: it acts on a restart."""
        if isinstance(written := self.settings.get("bms_address"), int):
            self.address = written

    def set_clock(self, device_time: object, now_ms: int) -> None:
        """Let the clock go on from this time. Raises Refused where it is none."""
        if not isinstance(device_time, datetime) or not 2000 <= device_time.year < 2100:
            raise Refused(
                f"{device_time} is no time from 2000 to 2099, which a clock chip keeps", reason="invalid_data"
            )
        self.clock_ahead_ms = round(device_time.replace(tzinfo=UTC).timestamp() * 1000) - now_ms

    def set_settings(self, given: Mapping[str, Any], full_ah: float) -> None:
        """Take a set of settings, whole or in part, and run by it from now on.

        full_ah: what the pack holds when full. Names and versions that travel with the set are taken, too.
        Raises Refused for an impossible set; then all stays as it was.
        """
        settings = {**self.settings, **{name: value for name, value in given.items() if name in self.settings}}
        if settings != self.settings:
            if findings := impossible(self.profile, settings, self.preset.cells, full_ah):
                raise Refused("; ".join(findings), reason="invalid_data")
            try:
                model = model_of(self.profile, settings)
                preset = engine_preset(model, self.preset.seed)
            except (UsageError, ProfileError) as error:
                raise Refused(str(error), reason="invalid_data") from error
            self.settings, self.model, self.preset = settings, model, preset
            self.records.follow(rules_of(model))
        self.says |= {name: value for name, value in given.items() if name in self.says}

    def factory(self) -> dict[str, SettingValue]:
        """Give the settings as shipped; neither the charge that is left nor the address is one to go back to."""
        shipped = factory_settings(self.profile)
        return {name: value for name, value in shipped.items() if name not in _STAYS}

    def age(self, dt_s: float, soc_pct: float) -> None:
        """Let time pass at this state of charge."""
        self.unfilled_for_s = 0.0 if soc_pct >= 97.0 else min(self.unfilled_for_s + dt_s, 365.0 * _DAY_S)

    def remember(self, events: Sequence[Event], values: Mapping[str, Any]) -> None:
        """Write what happened to the rows into the records."""
        codes = {row.name: row.record for row in self.model.rows}
        for one in events:
            if one.kind in (EventKind.BEGAN, EventKind.ENDED):
                began = one.kind is EventKind.BEGAN
                self.records.event(one.at_s, one.name, began=began, code=codes[one.name], values=values)


class Recorded(Mapping[str, Any]):
    """The columns of a row of the records: worked out when a row is written, which is seldom."""

    def __init__(self, measure: Any) -> None:
        self._measure = measure
        self._values: dict[str, Any] | None = None

    def _all(self) -> dict[str, Any]:
        if self._values is None:
            told = self._measure().values
            cells_v, probes_degc = told["cell_voltage_v"], told["cell_temperature_degc"]
            self._values = {
                **{name: round(told[name], digits) for name, digits in _RECORDED.items()},
                "cell_voltage_max_v": round(max(cells_v), 3),
                "cell_voltage_min_v": round(min(cells_v), 3),
                "cell_temperature_max_degc": round(max(probes_degc), 1),
                "cell_temperature_min_degc": round(min(probes_degc), 1),
            }
        return self._values

    def __getitem__(self, name: str) -> Any:
        return self._all()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())


def new_packs(profile: Profile, addresses: Sequence[int], seed: int) -> list[Pack]:
    """Make packs as they leave the factory; while their settings are equal they share one preset."""
    settings = factory_settings(profile)
    model = model_of(profile, settings)
    preset = engine_preset(model, seed)
    desk, journal = profile.virtual.desk, profile.virtual.journal
    return [
        Pack(
            profile,
            address,
            model,
            preset,
            _numbered(settings, address),
            _names(profile, 16 * seed + k),
            RecordLog(rules_of(model)),
            desk=Desk(profile, desk) if desk else None,
            journal=Journal(journal) if journal else None,
        )
        for k, address in enumerate(addresses)
    ]


def _numbered(settings: Mapping[str, SettingValue], address: int) -> dict[str, SettingValue]:
    """Give each pack the address that it has."""
    return {**settings, "bms_address": address} if "bms_address" in settings else dict(settings)


def _names(profile: Profile, number: int) -> dict[str, Any]:
    says: dict[str, Any] = dict(profile.virtual.says)
    if isinstance(serial := says.get("serial_number"), str):
        says["serial_number"] = serial.replace(_NUMBERED, f"{number % 4096:03X}")
    return says

"""From a profile and its settings to the pack that the engine runs."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache

from wattstead.battery.make import pack_preset, record_rules
from wattstead.battery.preset import PackPreset, Spread
from wattstead.battery.record import RecordRules
from wattstead.catalog.packs import load_pack
from wattstead.catalog.profile import Profile
from wattstead.model.pack import PackModel, PackRow
from wattstead.model.protection import Protection
from wattstead.model.setting import SettingValue
from wattstead.model.threshold import Threshold

_NEVER = 1e9  # a value that no channel has
_CELL_OFFSET_V = 0.002  # within which converters are off where a make says nothing better (ours)
_OVER_FULL_V = 0.01
"""A charger that treats cells well stops so far above the voltage at which the BMS sees them full."""


@dataclass(frozen=True)
class Character:
    """What makes one pack differ from another of its make.

    spread: of its cells. soh, cycles: its age.
    """

    spread: Spread = field(default_factory=Spread)
    soh: float = 1.0
    cycles: float = 0.0


def model_of(profile: Profile, settings: Mapping[str, SettingValue], *, refuse: bool = True) -> PackModel:
    """Give the pack behind a virtual device of this make. Raises ProfileError for settings that no BMS can run."""
    return load_pack(profile.virtual.preset, _known(profile, settings), refuse=refuse)


def _known(profile: Profile, settings: Mapping[str, SettingValue]) -> dict[str, SettingValue]:
    """Leave out settings that the preset does not have: nothing in the pack hangs on them."""
    known = _own_settings(profile.virtual.preset)
    return {name: value for name, value in settings.items() if name in known}


@lru_cache(maxsize=64)
def _own_settings(preset: str) -> frozenset[str]:
    return frozenset(load_pack(preset, refuse=False).settings)


def engine_preset(model: PackModel, seed: int) -> PackPreset:
    """Make the preset of the engine. Rows that are off stay in it and never trip, so that states fit each other.

    Raises UsageError with the name of a value that no battery can have.
    """
    made = pack_preset(model, seed=seed)
    rows = tuple(row.protection() if row.enabled else _asleep(row) for row in model.rows)
    sensors = replace(made.sensors, cell_offset_v=max(made.sensors.cell_offset_v, _CELL_OFFSET_V))
    return replace(made, protections=rows, sensors=sensors)


def rules_of(model: PackModel) -> RecordRules:
    """Give what the BMS remembers."""
    return record_rules(model)


def charge_voltage_v(preset: PackPreset) -> float:
    """Give where a charger holds the pack: just above full, and no more than the pack asks for."""
    full_v = (preset.estimator.full_cell_voltage_v + _OVER_FULL_V) * preset.cells
    return min(full_v, preset.requests.charge_voltage_v)


def _asleep(row: PackRow) -> Protection:
    never = _NEVER if row.above else -_NEVER
    return Protection(row.name, row.channel, Threshold(never, never, above=row.above), lock=row.lock)

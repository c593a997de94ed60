"""From a profile and its settings to the pack that the engine runs."""

from collections.abc import Mapping

from wattstead.battery.limit import NAMES, ROWS
from wattstead.battery.preset import CellPreset, Counter, Limits, PackPreset, even_probes
from wattstead.catalog.profile import Profile
from wattstead.model.errors import ProfileError, UsageError
from wattstead.model.setting import SettingValue
from wattstead.model.threshold import Threshold

CHARGE_CELL_V = 3.45
"""What a charger that treats cells well brings them to: they are full there, below every make's alarm."""
_FULL_CELL_V = 3.44  # the counter must see full where the charger stops
_ABOVE = {row.name: row.above for row in ROWS}


def pack_preset(profile: Profile, settings: Mapping[str, SettingValue], seed: int) -> PackPreset:
    """Make the preset of a pack of this make with these settings.

    Raises UsageError for settings that no BMS can run, ProfileError for a limit that the engine does not know.
    """
    virtual = profile.virtual
    return PackPreset(
        cells=virtual.cells,
        cell=CellPreset.lfp(virtual.capacity_ah),
        limits=limits_of(profile, settings),
        probes=even_probes(virtual.cells, virtual.probes),
        counter=Counter(full_cell_voltage_v=_FULL_CELL_V),
        seed=seed,
    )


def limits_of(profile: Profile, settings: Mapping[str, SettingValue]) -> Limits:
    """Give the limits that these settings mean; one whose switch ``enable_<limit>`` is off is not watched."""
    if unknown := sorted(set(profile.virtual.limits) - set(NAMES)):
        known = ", ".join(NAMES)
        raise ProfileError(
            f"{profile.name}.toml", "virtual.limits", f"no limit is called {unknown[0]!r}", f"use {known}"
        )
    return Limits(
        **{
            name: _threshold(profile, name, settings)
            for name in profile.virtual.limits
            if settings.get(f"enable_{name}", True)
        }
    )


def _threshold(profile: Profile, name: str, settings: Mapping[str, SettingValue]) -> Threshold:
    limit = profile.virtual.limits[name]
    trip, recover = (_figure(profile, name, source, settings) for source in (limit.trip, limit.recover))
    try:
        return Threshold(trip, recover, above=_ABOVE[name], delay_s=limit.delay_s)
    except UsageError as error:
        raise UsageError(f"{name}: {error}") from error


def _figure(profile: Profile, name: str, source: str | float, settings: Mapping[str, SettingValue]) -> float:
    if not isinstance(source, str):
        return source
    if (value := settings.get(source)) is None:
        place, remedy = f"virtual.limits.{name}", "name a setting of this file that has a default, or write the figure"
        raise ProfileError(f"{profile.name}.toml", place, f"{source!r} has no value", remedy)
    return float(value)

"""The settings of a virtual pack: as shipped, and the check of a set that somebody writes."""

from collections.abc import Iterator, Mapping

from wattstead.catalog.profile import Profile
from wattstead.model.setting import SettingValue

Settings = Mapping[str, SettingValue]

_WATCHING = ("alarm", "protection", "fault")
_LOWER = ("low_", "under", "discharge_overcurrent")  # less is worse: the recovery lies above
# First must not lie above the second: both are settings, and between them the device has to work.
_ORDERED = (
    ("cell_undervoltage_protection_v", "cell_overvoltage_protection_v"),
    ("cell_low_voltage_alarm_v", "cell_high_voltage_alarm_v"),
    ("pack_undervoltage_protection_v", "pack_overvoltage_protection_v"),
    ("pack_low_voltage_alarm_v", "pack_high_voltage_alarm_v"),
    ("charge_undertemperature_protection_degc", "charge_overtemperature_protection_degc"),
    ("discharge_undertemperature_protection_degc", "discharge_overtemperature_protection_degc"),
    ("ambient_undertemperature_protection_degc", "ambient_overtemperature_protection_degc"),
    ("heating_start_degc", "heating_stop_degc"),
    ("balancing_stop_difference_v", "balancing_start_difference_v"),
)


def factory_settings(profile: Profile) -> dict[str, SettingValue]:
    """Give every setting of the profile that has a default, as shipped."""
    return {name: setting.default for name, setting in profile.settings.items() if setting.default is not None}


def impossible(settings: Settings, cells: int, full_capacity_ah: float) -> tuple[str, ...]:
    """Find what a BMS with so many cells and so much capacity cannot run (SEP-3, its errors); empty where all is well.

    Each finding names the setting, its value and the rule. Late or equal alarms are no error: such sets are shipped.
    """
    return (
        *_recoveries(settings),
        *_orders(settings),
        *_pack(settings, cells, full_capacity_ah),
    )


def _recoveries(settings: Settings) -> Iterator[str]:
    for name, trip in settings.items():
        recovery = _recovery_of(name)
        if recovery not in settings:
            continue
        value = settings[recovery]
        lower = name.startswith(_LOWER) or any(f"_{word}" in name for word in _LOWER)
        if (float(value) < float(trip)) if lower else (float(value) > float(trip)):
            side = "below" if lower else "above"
            yield f"{recovery} {value:g} must not lie {side} {name} {trip:g} (SEP-3)"


def _recovery_of(name: str) -> str:
    """``cell_high_voltage_alarm_v`` recovers at ``cell_high_voltage_recovery_v``."""
    for word in _WATCHING:
        if f"_{word}_" in name and not name.startswith("enable_"):
            return name.replace(f"_{word}_", "_recovery_")
    return ""


def _orders(settings: Settings) -> Iterator[str]:
    for low, high in _ORDERED:
        if low in settings and high in settings and float(settings[low]) > float(settings[high]):
            yield f"{low} {settings[low]:g} must not lie above {high} {settings[high]:g} (SEP-3)"


def _pack(settings: Settings, cells: int, full_capacity_ah: float) -> Iterator[str]:
    if settings.get("cells_in_series", cells) != cells:
        yield f"cells_in_series {settings['cells_in_series']} must be {cells}: so many are there"
    rated = float(settings.get("rated_capacity_ah", full_capacity_ah))
    if rated <= 0:
        yield f"rated_capacity_ah {rated:g} must lie above 0 (SEP-3)"
    remaining = float(settings.get("remaining_capacity_ah", 0.0))
    if remaining > full_capacity_ah:
        yield f"remaining_capacity_ah {remaining:g} must not exceed the {full_capacity_ah:g} Ah that the pack holds"

"""The settings of a virtual pack: as shipped, and the check of a set that somebody writes."""

from collections.abc import Iterator, Mapping

from wattstead.catalog.profile import Profile
from wattstead.model.errors import WattsteadError
from wattstead.model.preset_check import check_pack
from wattstead.model.setting import Setting, SettingValue
from wattstead.virtual.preset import model_of

Settings = Mapping[str, SettingValue]
_ROUNDING = 1e-6


def factory_settings(profile: Profile) -> dict[str, SettingValue]:
    """Give every setting of the profile that has a default, as shipped."""
    return {name: setting.default for name, setting in profile.settings.items() if setting.default is not None}


def impossible(profile: Profile, settings: Settings, cells: int, full_capacity_ah: float) -> tuple[str, ...]:
    """Find what a BMS with so many cells and so much capacity cannot run (SEP-3); empty where all is well.

    Each finding names the value and the rule. What is only odd, such as a late alarm, is no error: such sets ship.
    """
    try:
        model = model_of(profile, settings, refuse=False)
    except WattsteadError as error:
        return (str(error),)
    grave = (finding for finding in check_pack(model) if finding.grave)
    return (*(_said(one.text, one.rule) for one in grave), *_pack(settings, cells, full_capacity_ah))


def untakable(profile: Profile, given: Settings) -> tuple[str, ...]:
    """Find what the registers of a device do not take, each by itself: beyond its range, or between its steps."""
    return tuple(
        why
        for name, value in given.items()
        if name in profile.settings
        for why in _untakable(profile.settings[name], value)
    )


def _untakable(setting: Setting, value: SettingValue) -> Iterator[str]:
    if setting.values:
        if value not in setting.values:
            yield f"{setting.name} {value} is none of {', '.join(map(str, setting.values))}"
        return
    if isinstance(value, bool | str):
        return
    if setting.minimum is not None and setting.maximum is not None and not setting.minimum <= value <= setting.maximum:
        yield f"{setting.name} {value:g} lies outside {setting.minimum:g} to {setting.maximum:g}"
    elif setting.step is not None and abs(value / setting.step - round(value / setting.step)) > _ROUNDING:
        yield f"{setting.name} {value:g} is no multiple of {setting.step:g}"


def _said(text: str, rule: str) -> str:
    return text if f"({rule})" in text else f"{text} ({rule})"


def _pack(settings: Settings, cells: int, full_capacity_ah: float) -> Iterator[str]:
    """Hold the settings that are a fact of the pack to the truth."""
    for name in ("cells_in_series", "cell_count"):
        if settings.get(name, cells) != cells:
            yield f"{name} {settings[name]} must be {cells}: so many are there"
    remaining = float(settings.get("remaining_capacity_ah", 0.0))
    if remaining > full_capacity_ah:
        yield f"remaining_capacity_ah {remaining:g} must not exceed the {full_capacity_ah:g} Ah that the pack holds"

"""How one value is written for a person, in a language: the same on the command line and on the pages."""

from datetime import datetime

from wattstead.catalog.words import state_labels, terminal_words
from wattstead.model.quantity import QUANTITIES, Kind
from wattstead.model.setting import Setting, SettingValue

NOTHING = "–"


def word(name: str, lang: str) -> str:
    """Give one of the command line's own words."""
    return terminal_words()[name][lang]


def figure(name: str, value: object, lang: str, *, unit: bool = True) -> str:
    """Write one value with the digits and the unit of its quantity."""
    quantity = QUANTITIES.get(name)
    if isinstance(value, bool):
        return word("yes" if value else "no", lang)
    if isinstance(value, list | tuple):
        return ", ".join(str(one) for one in value) or NOTHING
    if value is None or value == "":
        return NOTHING
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, int | float) and quantity:
        text = f"{value:.{quantity.digits}f}"
        return f"{text} {quantity.unit}".rstrip() if unit else text
    if quantity and quantity.kind is Kind.STATE and (label := state_labels().get(str(value))):
        return label[lang]
    return str(value)


def setting_text(value: SettingValue | None, setting: Setting, lang: str) -> str:
    """Write a value of a setting, with its unit."""
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return word("on" if value else "off", lang)
    text = f"{value:.9g}" if isinstance(value, float) and abs(value) < 1e9 else str(value)
    return f"{text} {setting.unit}".rstrip()

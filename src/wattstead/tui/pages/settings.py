"""The settings of the device: a list to choose from, and what is to be known of one."""

from collections.abc import Mapping, Sequence

from rich.text import Text

from wattstead.catalog.profile import Profile
from wattstead.catalog.setting_words import setting_label, setting_words
from wattstead.catalog.shown import setting_text
from wattstead.catalog.shown import word as terminal_word
from wattstead.host.settings.check import limits
from wattstead.host.settings.mapping import writable
from wattstead.host.settings.sets import Settings, same
from wattstead.model.setting import Setting, SettingValue
from wattstead.tui.look import Lines, cut, middle, word, wrapped

_WIDE, _BROAD, _NAME, _VENDOR = 70, 100, 46, 20


def fitting(profile: Profile, values: Settings, wanted: str, lang: str) -> list[str]:
    """Name the settings in which all these words stand: in its label, the maker's name, the number, the text."""
    words = wanted.lower().split()
    return [name for name in profile.settings if name in values and _has(profile.settings[name], words, lang)]


def _has(setting: Setting, words: Sequence[str], lang: str) -> bool:
    about = setting_words().get(setting.name, {}).get(lang, "")
    names = f"{called(setting, lang)} {setting.name} {_spoken(setting)} {setting.vendor_name}"
    text = f"{names} {setting.number} {about}".lower()
    return all(one in text for one in words)


def called(setting: Setting, lang: str) -> str:
    """Give what a person calls a setting."""
    label = setting_label(setting.name, lang)
    return _spoken(setting) if label == setting.name else label


def _spoken(setting: Setting) -> str:
    """Write a name as words, without its unit, which stands behind the value."""
    stem, _, _ = setting.name.rpartition("_")
    return (stem if stem and setting.unit else setting.name).replace("_", " ")


def setting_row(setting: Setting, value: SettingValue, width: int, lang: str) -> Text:
    """Write one in a row: name and value, on wide terminals also the value as shipped and the maker's number."""
    other = setting.default is not None and not same(value, setting.default)
    shown = setting_text(value, setting, lang)
    mark = "*" if other else " "
    line = Text()
    if width >= _WIDE:
        number = "" if setting.number is None else str(setting.number)
        shipped = setting_text(setting.default, setting, lang)
        room, each = _rooms(width)
        line.append(f"{number:>4} ", "dim").append(f"{middle(called(setting, lang), room):<{room}}")
        line.append(f"{middle(shown, each):>{each + 1}}", "bold").append(mark, "yellow")
        line.append(f"{middle(shipped, each):>{each + 1}}", "dim")
        if width - line.cell_len >= _VENDOR:
            line.append(f"   {cut(setting.vendor_name, width - line.cell_len - 3)}", "dim")
        return line
    room = width - max(len(shown), 6) - 2
    line.append(f"{middle(called(setting, lang), room):<{room}} ")
    return line.append(f"{shown:>6}", "bold").append(mark, "yellow")


def _rooms(width: int) -> tuple[int, int]:
    """Give the columns of a name, no more than an eye follows to the value, and those of a value."""
    each = 22 if width >= _BROAD else 13
    return min(width - 4 - 1 - 2 * (each + 1) - 3, _NAME), each


def titles(width: int, lang: str) -> Text:
    """Write what stands above the rows."""
    name, value = terminal_word("setting", lang), terminal_word("value", lang)
    if width < _WIDE:
        return Text(f"{name}{value:>{max(0, width - len(name) - 1)}}", "dim")
    room, each = _rooms(width)
    shipped = terminal_word("as_shipped", lang)
    return Text(f"{'n':>4} {name:<{room}}{value:>{each + 1}} {shipped:>{each + 1}}", "dim")


def about(profile: Profile, name: str, value: SettingValue | None, width: int, lang: str) -> Lines:
    """Say what there is to know of one."""
    setting = profile.settings[name]
    lines = wrapped(called(setting, lang), width, "bold")
    vendor = " ".join(filter(None, ("" if setting.number is None else str(setting.number), setting.vendor_name)))
    lines += wrapped(" · ".join(filter(None, (name, vendor))), width, "dim")
    said = setting_words().get(name, {}).get(lang, "")
    lines += wrapped(said, width)
    now, shipped = setting_text(value, setting, lang), setting_text(setting.default, setting, lang)
    facts = f"{word('now', lang).lower()} {now} · {terminal_word('as_shipped', lang)} {shipped}"
    lines += wrapped(facts, width)
    takes = takes_text(setting, lang)
    if takes:
        lines += wrapped(f"{terminal_word('range', lang)} {takes}", width)
    if name not in writable(profile):
        lines += wrapped(word("cannot_write", lang), width, "yellow")
    return lines


def takes_text(setting: Setting, lang: str) -> str:
    """Say what a setting takes."""
    if isinstance(setting.default, bool):
        return f"{terminal_word('on', lang)} / {terminal_word('off', lang)}"
    if setting.values:
        return ", ".join(str(one) for one in setting.values)
    low, high = limits(setting)
    if isinstance(setting.default, str) or low is None or high is None:
        return ""
    step = f", {word('step', lang)} {setting.step:g}" if setting.step is not None else ""
    return f"{low:g} … {high:g} {setting.unit}".rstrip() + step


def missing_lines(missing: Mapping[str, str], width: int, lang: str) -> Lines:
    """Name the messages that the device did not answer."""
    lines: Lines = []
    for name, why in missing.items():
        lines += wrapped(word("missing", lang).format(name=name, why=why), width, "yellow")
    return lines

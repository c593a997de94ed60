"""Figures, flags and words of a preset: written out, taken from a setting, or chosen by one.

```
trip = 3.65                                                           a figure
trip = "cell_overvoltage_protection_v"                                that of a setting
trip = { setting = "discharge_overcurrent_protection_a", scale = -1 } setting x scale / per + plus
trip = { smaller = ["inverter_charge_voltage_v", 57] }                the smallest of several
kind = { when = "enable_limiter", is = true, then = "passive", else = "none" }
```
"""

import math
from collections.abc import Mapping
from typing import Any, NoReturn

from wattstead.catalog.where import Where, nearest
from wattstead.model.setting import SettingValue

_SETTING_KEYS = frozenset({"setting", "scale", "per", "plus"})
_CHOICE_KEYS = frozenset({"when", "is", "then", "else"})
_CHOICE = 'write { when = "name of a setting", then = …, else = … }'
_FIGURE = 'write a figure, the name of a setting, or { setting = "its name", scale = 0.001 }'


class Figures:
    """Works out what a preset says with one set of settings, and keeps which settings it asked for."""

    def __init__(self, settings: Mapping[str, SettingValue]) -> None:
        self._settings = settings
        self.used: set[str] = set()
        self.words_of: dict[str, set[str]] = {}  # what settings that are words are asked for

    def figure(self, where: Where, spec: Any, *, endless: bool = False) -> float:
        """Give a number. endless: infinity is one, too (a time that never comes)."""
        if isinstance(spec, Mapping):
            if "smaller" in spec:
                return self._smallest(where, spec, endless=endless)
            if "when" in spec:
                return float(self._choice(where, spec, lambda one: self.figure(where, one, endless=endless)))
            return self._of_setting(where, spec)
        if isinstance(spec, str):
            return self._number(where, spec)
        if isinstance(spec, bool) or not isinstance(spec, int | float):
            raise where.wrong(f"{_shown(spec)} stands there", _FIGURE)
        if math.isnan(spec) or (math.isinf(spec) and not (endless and spec > 0)):
            raise where.wrong(f"{spec} is no figure", "write a finite number")
        return float(spec)

    def whole(self, where: Where, spec: Any) -> int:
        """Give a whole number from 0 up."""
        value = self.figure(where, spec)
        if value != int(value) or value < 0:
            raise where.wrong(f"{value:g} stands there", "write a whole number from 0 up")
        return int(value)

    def flag(self, where: Where, spec: Any) -> bool:
        """Give true or false."""
        if isinstance(spec, Mapping):
            return bool(self._choice(where, spec, lambda one: self.flag(where, one)))
        if isinstance(spec, str):
            value = self._setting(where, spec)
            if not isinstance(value, bool):
                raise where.wrong(f"{spec!r} is {value!r}", "name a setting that is on or off, or use when and is")
            return value
        if not isinstance(spec, bool):
            raise where.wrong(f"{_shown(spec)} stands there", "write true, false, or the name of a switch setting")
        return spec

    def word(self, where: Where, spec: Any, known: list[str] | None = None) -> str:
        """Give a word, one of ``known`` where that is given."""
        if isinstance(spec, Mapping):
            return str(self._choice(where, spec, lambda one: self.word(where, one, known)))
        if not isinstance(spec, str):
            raise where.wrong(f"{_shown(spec)} stands there", "write a text in quotes")
        if known is not None and spec not in known:
            raise where.wrong(f"{spec!r} stands there", nearest(spec, known, f"write one of {', '.join(known)}"))
        return spec

    def words(self, where: Where, spec: Any, known: list[str]) -> tuple[str, ...]:
        """Give a list of words of ``known``."""
        if isinstance(spec, Mapping):
            return tuple(self._choice(where, spec, lambda one: self.words(where, one, known)))
        if not isinstance(spec, tuple):
            raise where.wrong(f"{_shown(spec)} stands there", "write a list [ … ]")
        return tuple(self.word(where, one, known) for one in spec)

    def named(self, spec: Any) -> str:
        """Give the setting that holds a figure, "" where none does."""
        if isinstance(spec, Mapping):
            return str(spec.get("setting") or spec.get("when") or "")
        return spec if isinstance(spec, str) else ""

    def _choice(self, where: Where, spec: Mapping[str, Any], read: Any) -> Any:
        """Read both sides, so that a slip in the one that does not hold shows as well."""
        if set(spec) - _CHOICE_KEYS or not {"when", "then", "else"} <= set(spec):
            _refuse_keys(where, spec, _CHOICE_KEYS, _CHOICE)
        value, wanted = self._setting(where.inside("when"), spec["when"]), spec.get("is", True)
        if type(value) is not type(wanted):
            raise where.wrong(f"{spec['when']!r} is {value!r}", f"write is = a value like that, not {wanted!r}")
        if isinstance(wanted, str):
            self.words_of.setdefault(spec["when"], set()).add(wanted)
        then, otherwise = read(spec["then"]), read(spec["else"])
        return then if value == wanted else otherwise

    def _smallest(self, where: Where, spec: Mapping[str, Any], *, endless: bool) -> float:
        listed = spec["smaller"]
        if len(spec) > 1 or not isinstance(listed, tuple) or len(listed) < 2:
            raise where.wrong("smaller takes two figures or more", "write { smaller = [ …, … ] } and nothing beside it")
        return min(self.figure(where.inside("smaller"), one, endless=endless) for one in listed)

    def _of_setting(self, where: Where, spec: Mapping[str, Any]) -> float:
        if set(spec) - _SETTING_KEYS or "setting" not in spec:
            _refuse_keys(where, spec, _SETTING_KEYS, _FIGURE)
        value = self._number(where, spec["setting"])
        scale, plus = self.figure(where, spec.get("scale", 1.0)), self.figure(where, spec.get("plus", 0.0))
        per = self.figure(where.inside("per"), spec.get("per", 1.0))
        if per == 0.0:
            raise where.wrong("per is 0", "nothing can be divided by it: correct it")
        # Settings are decimal figures: 0.03 x 1000 is 30, not 29.999999999999996.
        return _decimal(value * scale / per + plus)

    def _number(self, where: Where, name: Any) -> float:
        value = self._setting(where, name)
        if isinstance(value, bool | str):
            raise where.wrong(f"{name!r} is {value!r}", "name a setting that holds a figure")
        return float(value)

    def _setting(self, where: Where, name: Any) -> SettingValue:
        known = list(self._settings)
        if not isinstance(name, str) or name not in known:
            remedy = nearest(str(name), known, "name one of [settings], or add it there")
            raise where.wrong(f"there is no setting {name!r}", remedy)
        self.used.add(name)
        return self._settings[name]


def _decimal(value: float) -> float:
    return float(f"{value:.12g}")


def _refuse_keys(where: Where, spec: Mapping[str, Any], known: frozenset[str], remedy: str) -> NoReturn:
    for key in spec:
        if key not in known:
            raise where.wrong(f"there is no key {key!r} here", nearest(str(key), sorted(known), remedy))
    raise where.wrong("a key is missing", remedy)


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "a table" if isinstance(value, Mapping) else "a list" if isinstance(value, tuple) else repr(value)

"""What the states of lamps mean and ask: ``words/explain/lights.toml``."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final

from wattstead.catalog.advice import topics
from wattstead.catalog.words import LANGUAGES, read_toml
from wattstead.model.advice import Actor, Advice, Risk, Text, Urgency
from wattstead.model.errors import ProfileError
from wattstead.model.front import Key
from wattstead.model.lamp import Pattern
from wattstead.model.panel_state import Conditions, Doing, Power
from wattstead.model.protection import Light

_FILE: Final = "lights.toml"
_EMPTY_PCT: Final = 15
_LOW_PCT: Final = 25
_DOING: Final = (Doing.CHARGING, Doing.DISCHARGING, Doing.IDLE)


@cache
def _words() -> Mapping[str, Any]:
    return read_toml(files("wattstead") / "words" / "explain" / _FILE)


def call_names() -> tuple[str, ...]:
    """Names of all that a state may call for."""
    return tuple(_words()["call"])


def title_of_call(call: str) -> Text:
    """Give the few words for a state that has a name. Raises ProfileError."""
    return _text(f"call.{call}.title", _table("call", call).get("title", {}))


def advice_of_call(call: str, front: str) -> Advice:
    """Put together what a call means for one device: what its document adds, its own, then its topic's."""
    own = _table("call", call)
    more = _words().get("more", {}).get(front, {}).get(call, {})
    name = own.get("topic", "")
    topic = topics().get(name)
    if topic is None and name:
        raise ProfileError(_FILE, f"call.{call}", f"there is no topic {name!r}", "write it into topics.toml")
    layers = (more, own, topic or {})
    place = f"call.{call}"

    def first(key: str) -> str:
        return str(next((layer[key] for layer in layers if key in layer), ""))

    def texts(key: str, *some: Mapping[str, Any]) -> tuple[Text, ...]:
        return tuple(_text(f"{place}.{key}", one) for layer in some for one in layer.get(key, ()))

    return Advice(
        topic=name,
        meaning=_text(place, more if "en" in more else own),
        who=Actor(first("who")),
        risk=Risk(first("risk")),
        urgency=Urgency(first("urgency")),
        causes=texts("causes", *layers),
        check=texts("check", topic or {}),
        do=texts("do", topic or {}),
        own_check=texts("check", more, own),
        own_do=texts("do", more, own),
    )


def preset_of(front: str) -> str:
    """Name the preset whose rows light the alarm lamp of a battery; "" where none is known."""
    return str(_words()["front"].get(front, {}).get("preset", ""))


def keys_of(front: str) -> tuple[Key, ...]:
    """Give the buttons of a battery."""
    some = _words()["front"].get(front, {}).get("keys", ())
    place = f"front.{front}.keys"
    return tuple(Key(_text(place, one["press"]), _text(place, one["does"])) for one in some)


def notes_of(front: str) -> tuple[Text, ...]:
    """Give what is not certain of a battery's panel."""
    return tuple(_text(f"front.{front}.notes", one) for one in _words()["front"].get(front, {}).get("notes", ()))


def calls_of(state: Conditions) -> tuple[str, ...]:
    """Say what a set of states of a battery calls for, the gravest first."""
    if Power.ON not in state.power:
        going = state.power == frozenset({Power.GOING_OFF})
        alarms = _alarm(state) if going else ()
        return (*alarms, "going_off") if going else ("off",)
    found = [name for name in ("overdischarged", "overcharged") if getattr(state, name) == frozenset({True})]
    found += _alarm(state)
    if Doing.CHARGING not in state.doing or len(state.doing) > 1:
        last = state.soc[1]
        found += ["nearly_empty"] if last <= _EMPTY_PCT else ["low"] if last <= _LOW_PCT else []
    found += ["joined"] if state.joined == frozenset({True}) else []
    return tuple(found) or ("work",)


def _alarm(state: Conditions) -> tuple[str, ...]:
    if Light.OFF in state.alarm:
        return ()
    return ("alarm_any",) if len(state.alarm) > 1 else (f"alarm_{next(iter(state.alarm))}",)


def title_of_state(state: Conditions) -> Text:
    """Say a set of states of a battery in a few words, such as "charging, level 51 to 75 %"."""
    return {lang: ", ".join(_pieces(state, lang)) for lang in LANGUAGES}


def _pieces(state: Conditions, lang: str) -> list[str]:
    if Power.ON not in state.power:
        going = state.power == frozenset({Power.GOING_OFF})
        pieces = [_part("going_off" if going else "off", lang)]
        return pieces + ([_part(name, lang) for name in _alarm(state)] if going else [])
    low, high = state.soc
    pieces = []
    if len(state.doing) < len(_DOING):
        pieces.append(f" {_part('or', lang)} ".join(_part(one, lang) for one in _DOING if one in state.doing))
    if low == high:
        pieces.append(_part("level_one", lang).format(low=low))
    elif (low, high) != (0, 100):
        pieces.append(_part("level", lang).format(low=low, high=high))
    pieces += [_part(name, lang) for name in _alarm(state)]
    flags = ("overcharged", "overdischarged", "joined")
    return pieces + [_part(name, lang) for name in flags if getattr(state, name) == frozenset({True})]


def pattern_words(pattern: Pattern, lang: str) -> str:
    """Say what a lamp does."""
    if pattern.light is not Light.BLINK:
        return _said(pattern.light, lang)
    text = _said("blink" if pattern.flashes == 1 else "flashes", lang, count=pattern.flashes)
    if pattern.period_s is not None:
        half = pattern.period_s / 2
        figures = [f"{one:g}".replace(".", "," if lang == "fr" else ".") for one in (half, pattern.period_s)]
        text += _said("period" if pattern.lit_pct == 50.0 and pattern.flashes == 1 else "every", lang, *figures)
    return text + (_said("times", lang, count=pattern.times, then=_said(pattern.then, lang)) if pattern.times else "")


def any_words(lang: str) -> str:
    """Say that a lamp may do anything."""
    return _said("any", lang)


def said_words(key: str, lang: str, /, **gaps: object) -> str:
    """Give a sentence around an answer with its gaps filled."""
    return _text(f"word.{key}", _table("word", key))[lang].format(**gaps)


def _said(key: str, lang: str, *figures: str, **gaps: object) -> str:
    return str(_table("pattern", key)[lang]).format(*figures, **gaps)


def _part(name: str, lang: str) -> str:
    return _text(f"part.{name}", _table("part", name))[lang]


def _table(kind: str, name: str) -> Mapping[str, Any]:
    found = _words().get(kind, {}).get(name)
    if not isinstance(found, dict):
        raise ProfileError(_FILE, f"{kind}.{name}", "is missing", "write it")
    return found


def _text(place: str, entry: Mapping[str, Any]) -> Text:
    text = {lang: str(entry.get(lang, "")).strip() for lang in LANGUAGES}
    if not all(text.values()):
        raise ProfileError(_FILE, place, "lacks a language", "write en and fr in the same entry")
    return text

"""What settings are called, and what they mean, in both languages."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final

from wattstead.catalog.words import LANGUAGES, Label, read_toml
from wattstead.model.errors import ProfileError

_FILE: Final = "settings.toml"


@cache
def setting_words() -> Mapping[str, Label]:
    """Explanation of each setting: {"soc_alarm_pct": {"en": "…", "fr": "…"}, …}.

    One name means the same on all devices. Raises ProfileError for an entry that lacks a language.
    """
    return {name: _both(name, entry) for name, entry in _entries().items()}


@cache
def setting_labels() -> Mapping[str, Label]:
    """What a person calls each setting, likewise."""
    return {name: _both(f"{name}, label", entry.get("label")) for name, entry in _entries().items()}


def setting_label(name: str, lang: str) -> str:
    """What a person calls a setting; its name where nobody has said that, as of a profile of one's own."""
    label = setting_labels().get(name)
    return label[lang] if label else name


@cache
def _entries() -> Mapping[str, Mapping[str, Any]]:
    return {
        name: entry if isinstance(entry, dict) else {}
        for name, entry in read_toml(files("wattstead") / "words" / _FILE).items()
    }


def _both(place: str, entry: object) -> Label:
    texts = {language: entry.get(language) for language in LANGUAGES} if isinstance(entry, Mapping) else {}
    label = {language: text for language, text in texts.items() if isinstance(text, str) and text.strip()}
    if len(label) < len(LANGUAGES):
        raise ProfileError(_FILE, place, "lacks a language", "write en and fr in the same entry")
    return label

"""What settings mean, in both languages."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from wattstead.catalog.words import LANGUAGES, Label, read_toml
from wattstead.model.errors import ProfileError


@cache
def setting_words() -> Mapping[str, Label]:
    """Explanation of each setting that has one: {"soc_alarm_pct": {"en": "…", "fr": "…"}, …}.

    One name means the same on all devices. Raises ProfileError for an entry that lacks a language.
    """
    file = files("wattstead") / "words" / "settings.toml"
    return {name: _both(file.name, name, entry) for name, entry in read_toml(file).items()}


def _both(file: str, name: str, entry: object) -> Label:
    texts = {language: entry.get(language) for language in LANGUAGES} if isinstance(entry, dict) else {}
    label = {language: text for language, text in texts.items() if isinstance(text, str) and text.strip()}
    if len(label) < len(LANGUAGES):
        raise ProfileError(file, name, "lacks a language", "write en and fr in the same entry")
    return label

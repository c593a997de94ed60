"""Sentences with names and figures in them, in the other language: ``words/`` has both of each."""

import re
from collections.abc import Sequence
from functools import cache, lru_cache
from importlib.resources import files
from typing import Final

from wattstead.catalog.words import read_toml
from wattstead.model.counted import Count
from wattstead.model.errors import ProfileError

_FILES: Final = ("sentences.toml", "said.toml")
_SLOT: Final = re.compile(r"\{(\w+)(?::([^{}]+))?\}")  # {name}, or {count:block|blocks}
_RULE: Final = re.compile(r"^(.*?)( \([A-Za-z][A-Za-z0-9-]*\)|)$", re.DOTALL)


def in_words(text: str, lang: str) -> str:
    """Say a sentence in a language, with the sentences inside it; as it is where nobody has put it into words."""
    return text if lang == "en" else _french(text) or text


@lru_cache(maxsize=1024)
def _french(text: str) -> str | None:
    found = _matched(text)
    if found is None and (parts := _RULE.match(text)) and parts[2]:  # with the ID of its rule behind it
        found = _matched(parts[1])
        return None if found is None else found + parts[2]
    return found


def _matched(text: str) -> str | None:
    for pattern, french in sentences():
        if held := pattern.fullmatch(text):
            inner = {name: _Part(_french(part) or part) for name, part in held.groupdict().items()}
            return french.format(**inner)
    return None


class _Part(str):
    """What stands in a gap of a sentence, in French; a count chooses the form of its word."""

    __slots__ = ()

    def __format__(self, forms: str) -> str:
        return format(Count(int(self), "fr"), forms) if "|" in forms else str(self)


@cache
def sentences() -> Sequence[tuple["re.Pattern[str]", str]]:
    """Give a pattern and its French sentence for each. Raises ProfileError for one that lacks a language or a name."""
    return tuple(_pair(name, number, entry) for name in _FILES for number, entry in enumerate(_entries(name), 1))


def _entries(name: str) -> list[dict[str, str]]:
    entries = read_toml(files("wattstead") / "words" / name).get("sentence")
    return entries if isinstance(entries, list) else []


def _pair(file: str, number: int, entry: dict[str, str]) -> tuple["re.Pattern[str]", str]:
    english, french = entry.get("en", ""), entry.get("fr", "")
    if not english or not french:
        raise ProfileError(file, f"sentence {number}", "lacks a language", "write en and fr in the same entry")
    if strange := {name for name, _ in _SLOT.findall(french)} - {name for name, _ in _SLOT.findall(english)}:
        what = f"fr has {{{strange.pop()}}}, which en does not have"
        raise ProfileError(file, f"sentence {number}", what, "use the same names in both")
    pattern, at = "", 0
    for slot in _SLOT.finditer(english):
        pattern += re.escape(english[at : slot.start()]) + _slot(*slot.groups())
        at = slot.end()
    return re.compile(pattern + re.escape(english[at:]), re.DOTALL), french


def _slot(name: str, forms: str | None) -> str:
    if forms is None:
        return f"(?P<{name}>.+?)"
    return f"(?P<{name}>[0-9]+) (?:{'|'.join(map(re.escape, forms.split('|')))})"

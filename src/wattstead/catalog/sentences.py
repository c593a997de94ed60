"""Sentences with names and figures in them, in the other language: ``words/`` has both of each."""

import re
from collections.abc import Iterator, Sequence
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
    return text if lang == "en" else french(text) or text


@lru_cache(maxsize=1024)
def french(text: str) -> str | None:
    """Say a sentence in French; None where nobody has put it into words."""
    found = _matched(text)
    if found is None and (parts := _RULE.match(text)) and parts[2]:  # with the ID of its rule behind it
        found = _matched(parts[1])
        return None if found is None else found + parts[2]
    return found


def _matched(text: str) -> str | None:
    for pattern, said in sentences():
        if held := pattern.fullmatch(text):
            inner = {name: Part(french(part) or part) for name, part in held.groupdict().items()}
            return said.format(**inner)
    return None


class Part(str):
    """What stands in a gap of a sentence, in French; a count chooses the form of its word."""

    __slots__ = ()

    def __format__(self, forms: str) -> str:
        return format(Count(int(self), "fr"), forms) if "|" in forms else str(self)


@cache
def sentences() -> Sequence[tuple["re.Pattern[str]", str]]:
    """Give a pattern and its French sentence for each. Raises ProfileError for one that lacks a language or a name."""
    return tuple(pair for name in _FILES for pair in pairs_of(name))


def pairs_of(name: str, gap: str = ".+?") -> Iterator[tuple["re.Pattern[str]", str]]:
    """Read a file of sentences: English patterns, French ones. gap: what a pattern leaves open. Raises ProfileError."""
    for number, entry in enumerate(_entries(name), 1):
        yield _pair(name, number, entry, gap)


def _entries(name: str) -> list[dict[str, str]]:
    entries = read_toml(files("wattstead") / "words" / name).get("sentence")
    return entries if isinstance(entries, list) else []


def _pair(file: str, number: int, entry: dict[str, str], gap: str) -> tuple["re.Pattern[str]", str]:
    english, said = entry.get("en", ""), entry.get("fr", "")
    if not english or not said:
        raise ProfileError(file, f"sentence {number}", "lacks a language", "write en and fr in the same entry")
    if strange := {name for name, _ in _SLOT.findall(said)} - {name for name, _ in _SLOT.findall(english)}:
        what = f"fr has {{{strange.pop()}}}, which en does not have"
        raise ProfileError(file, f"sentence {number}", what, "use the same names in both")
    pattern, at = "", 0
    for slot in _SLOT.finditer(english):
        pattern += re.escape(english[at : slot.start()]) + _slot(slot[1], slot[2], gap)
        at = slot.end()
    return re.compile(pattern + re.escape(english[at:]), re.DOTALL), said


def _slot(name: str, forms: str | None, gap: str) -> str:
    if forms is None:
        return f"(?P<{name}>{gap})"
    return f"(?P<{name}>[0-9]+) (?:{'|'.join(map(re.escape, forms.split('|')))})"

"""What a finding on the health of a pack means, in words: ``words/health.toml``."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from wattstead.catalog.advice_text import phrase
from wattstead.catalog.words import LANGUAGES, read_toml
from wattstead.model.advice import Actor
from wattstead.model.errors import ProfileError
from wattstead.model.health import Cause, Finding, Kind

_SENTENCES = ("title", "evidence", "advice")


@dataclass(frozen=True, slots=True)
class HealthText:
    """One finding in one language. causes: from the likeliest on. sure: how sure it is, from how many days."""

    title: str
    evidence: str
    causes: tuple[str, ...]
    advice: str
    who: str
    urgency: str
    sure: str


@cache
def _words() -> Mapping[str, Mapping[str, Any]]:
    """Read the file. Raises ProfileError where a kind or a cause lacks a sentence in a language."""
    file = files("wattstead") / "words" / "health.toml"
    tables = {name: table for name, table in read_toml(file).items() if isinstance(table, dict)}
    for kind in Kind:
        one = tables.get(kind, {})
        for sentence in _SENTENCES:
            _check(file.name, f"{kind}.{sentence}", one.get(sentence))
        if one["who"] not in list(Actor) or one["urgency"] not in tables["urgency"]:
            raise ProfileError(
                file.name, kind, "names nobody who acts, or no urgency", "take one of those that are there"
            )
    for cause in Cause:
        _check(file.name, f"cause.{cause}", tables.get("cause", {}).get(cause))
    return tables


def _check(file: str, place: str, text: object) -> None:
    if not isinstance(text, dict) or any(not text.get(language) for language in LANGUAGES):
        raise ProfileError(file, place, "has no text in both languages", "write en and fr in the same entry")


def health_phrase(name: str, lang: str, **gaps: object) -> str:
    """Give one phrase of the pages on health."""
    return str(_words()["page"][name][lang]).format(**gaps)


def health_text(finding: Finding, lang: str) -> HealthText:
    """Say a finding."""
    words, causes = _words()[finding.kind], _words()["cause"]
    title = words["title"] if finding.place is not None or "title_pack" not in words else words["title_pack"]
    gaps = {"place": finding.place, **finding.figures}
    sure = health_phrase("sure", lang, confidence_pct=100.0 * finding.confidence, days=finding.days)
    return HealthText(
        _filled(title[lang], lang, gaps),
        _filled(words["evidence"][lang], lang, gaps),
        tuple(str(causes[cause][lang]) for cause in finding.causes),
        str(words["advice"][lang]),
        phrase("word", words["who"], lang),
        str(_words()["urgency"][words["urgency"]][lang]),
        sure,
    )


class _Figure(float):
    """A figure that is written with a comma, and without a minus before nothing."""

    def __format__(self, how: str) -> str:
        text = format(float(self), how)
        return text.replace(".", ",")


def _filled(text: str, lang: str, gaps: Mapping[str, Any]) -> str:
    comma = {name: _Figure(one) if isinstance(one, float) and lang == "fr" else one for name, one in gaps.items()}
    return text.format(**comma)

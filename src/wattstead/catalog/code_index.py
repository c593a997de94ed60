"""The index of all codes by words, and the questions that no single code answers."""

from collections.abc import Collection, Iterable, Mapping
from functools import cache
from math import log

from wattstead.catalog.advice import entries, topics
from wattstead.catalog.finder import Doc, Finder
from wattstead.catalog.search_words import Asked, asked, same_words
from wattstead.model.advice import Entry

LEAST = 0.25
"""What fits less is not found."""
_PAST = 0.06  # less for what was or merely is: people ask for what is wrong
_LIKELY = 12  # so many questions are looked at more closely
_ENOUGH = 3  # codes that a question leads to: what merely has a word of it is left out then
_ASKED_LIKE = 0.7
"""How much of a question and of a wording must agree for the one to be the other."""


@cache
def codes_by_name() -> Mapping[str, tuple[Entry, ...]]:
    """Give all entries of each name of a code."""
    found: dict[str, list[Entry]] = {}
    for entry in entries():
        found.setdefault(entry.name, []).append(entry)
    return {name: tuple(some) for name, some in found.items()}


@cache
def code_finder() -> Finder:
    """Give the index of codes; its keys are their names."""
    return Finder(_docs(), same_words())


def _docs() -> Iterable[Doc]:
    for name, some in codes_by_name().items():
        advice = some[0].advice
        labels = dict.fromkeys(text for one in some for text in one.label.values())
        printed = dict.fromkeys(text for one in some if one.listed for text in (one.code, *one.printed))
        also = [*printed, str(topics()[advice.topic].get("words", "")), *advice.meaning.values()]
        body = [text for one in (*advice.causes, *advice.do) for text in one.values()]
        prior = 0.005 * log(len(some)) - (_PAST if advice.topic in ("past", "state") else 0.0)
        yield Doc(name, [name, *labels], also, body, prior)


@cache
def _questions() -> Finder:
    return Finder((Doc(str(number), one.says) for number, one in enumerate(asked())), same_words())


def asked_like(query: str) -> Asked | None:
    """Give the usual question that this one is; None where it is none."""
    finder = _questions()
    likely = [(score * finder.covered(query, key), key) for score, key in finder.ranked(query)[:_LIKELY]]
    score, key = max(likely, default=(0.0, ""))
    return asked()[int(key)] if score >= _ASKED_LIKE else None


def nearest_names(query: str, known: Collection[str]) -> list[str]:
    """Give names of codes that fit words, the best first: those of a usual question, then those that say it."""
    question = asked_like(query)
    led = [name for kind, name in question.leads if kind == "code"] if question is not None else []
    led = [name for name in led if name in known]
    if len(led) >= _ENOUGH:
        return led
    ranked = [name for score, name in code_finder().ranked(query) if score >= LEAST]
    return [name for name in dict.fromkeys((*led, *ranked)) if name in known]

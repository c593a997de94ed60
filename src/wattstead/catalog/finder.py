"""Finds texts by words as people type them: accents and endings folded, synonyms, beginnings of words, misprints.

A small index in memory, built from what ``words/`` holds (docs/decisions/search.md). It knows no codes and no guides:
what is looked through comes in as ``Doc``, what is found goes out as keys with a score from 0 to 1.
"""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import log

TITLE, MORE, BODY = 1.0, 0.8, 0.35
"""What a word counts where it stands in a title, among the words by which people look for it, or in the text."""
_SYNONYM, _BEGINNING = 0.95, 0.8
_MISPRINT = (0.0, 0.75, 0.6)  # by the number of letters amiss
_BESIDE = 0.02  # less for each word of a title that was not asked for
_MOST_BESIDE = 6
_UNHEARD = 2.5  # weight of a word that nothing has; a usual one has about as much
_WEIGHED = 80  # so many of the best are looked at more closely
_STEM = 4  # letters of a word that keeps its ending
_LONGEST_PHRASE = 3
_ELIDED = re.compile(r"\b(?:[cdjlmnst]|qu|jusqu|lorsqu|puisqu)['’](?=\w)")
_JOINED = re.compile(r"\b(over|under|sur|sous)[ _-]+(?=[a-z])")
_WORD = re.compile(r"[a-z0-9]+")
_ENDING = re.compile(r"(?:ations?|ating|ements?|ings?|ees?|ed|es|er|ez|e|s)$")


@dataclass(frozen=True, slots=True)
class Doc:
    """One thing that can be found. titles: each language's own. more: words by which people look for it.

    prior: a little more or less than others that fit as well.
    """

    key: str
    titles: Sequence[str]
    more: Sequence[str] = ()
    body: Sequence[str] = ()
    prior: float = 0.0


@dataclass(frozen=True, slots=True)
class Synonyms:
    """Words and phrases that mean the same: each group is a number. small: words that say nothing."""

    groups: Mapping[tuple[str, ...], int] = field(default_factory=dict)
    small: Collection[str] = frozenset()


def plain(text: str) -> str:
    """Write a text in lower case, without accents and without the article before an apostrophe."""
    bare = unicodedata.normalize("NFKD", text.casefold().replace("_", " "))
    bare = "".join(one for one in bare if not unicodedata.combining(one))
    return _JOINED.sub(r"\1", _ELIDED.sub("", bare).replace("œ", "oe").replace("%", " percent "))


def stems(text: str) -> list[str]:
    """Give the words of a text, in their order, without accents and endings."""
    return [_ENDING.sub("", one) if len(one) > _STEM else one for one in _WORD.findall(plain(text))]


def synonyms(groups: Sequence[Sequence[str]], small: str) -> Synonyms:
    """Read groups of words and phrases as people write them. small: words that say nothing, with blanks between."""
    known: dict[tuple[str, ...], int] = {}
    for number, group in enumerate(groups):
        for words in group:
            known.setdefault(tuple(stems(words)), number)
    return Synonyms(known, frozenset(stems(small)))


@dataclass(frozen=True, slots=True)
class _Term:
    """One word or phrase that was asked for, as words of the index with how well each fits."""

    fits: Mapping[str, float]
    weight: float


class Finder:
    """An index of some docs."""

    def __init__(self, docs: Iterable[Doc], same: Synonyms) -> None:
        self._same = same
        self._keys: list[str] = []
        self._priors: list[float] = []
        self._titles: list[list[frozenset[str]]] = []
        self._found: dict[str, dict[int, float]] = {}
        for number, doc in enumerate(docs):
            self._keys.append(doc.key)
            self._priors.append(doc.prior)
            self._titles.append([frozenset(self._words(stems(text))) for text in doc.titles])
            for texts, weight in ((doc.body, BODY), (doc.more, MORE), (doc.titles, TITLE)):
                for text in texts:
                    self._note(number, stems(text), weight)
        self._sorted = sorted(one for one in self._found if not one.startswith("~"))
        self._pairs = _by_pairs(self._sorted)

    @property
    def size(self) -> tuple[int, int, int]:
        """Docs, words, and places where words stand."""
        return len(self._keys), len(self._found), sum(map(len, self._found.values()))

    def knows(self, word: str) -> bool:
        """Whether a text has a word, as it stands, in another form or by a synonym."""
        return any(one in self._found or (one,) in self._same.groups for one in stems(word))

    def _note(self, number: int, words: Sequence[str], weight: float) -> None:
        for word in (*self._words(words), *(f"~{group}" for _, group in self._phrases(words))):
            places = self._found.setdefault(word, {})
            places[number] = max(weight, places.get(number, 0.0))

    def _words(self, words: Iterable[str]) -> list[str]:
        return [one for one in words if one not in self._same.small]

    def _phrases(self, words: Sequence[str]) -> Iterable[tuple[range, int]]:
        """Give phrases and words that belong to a group, with their places."""
        for start in range(len(words)):
            for long in range(min(_LONGEST_PHRASE, len(words) - start), 0, -1):
                group = self._same.groups.get(tuple(words[start : start + long]))
                if group is not None:
                    yield range(start, start + long), group

    def ranked(
        self, query: str, *, typing: bool = False, only: Callable[[str], bool] = lambda _: True
    ) -> list[tuple[float, str]]:
        """Give what fits, the best first. typing: the last word may be unfinished. only: which keys are looked for."""
        terms = self._terms(stems(query), typing=typing)
        full = sum(term.weight for term in terms)
        if not full:
            return []
        got: dict[int, float] = {}
        for term in terms:
            for number, worth in self._worth(term).items():
                got[number] = got.get(number, 0.0) + term.weight * worth
        wanted = (number for number in got if only(self._keys[number]))
        best = sorted(wanted, key=lambda number: -got[number])[:_WEIGHED]
        asked = frozenset(word for term in terms for word in term.fits)
        groups = frozenset(int(one[1:]) for one in asked if one.startswith("~"))
        scored = [
            (got[number] / full - self._beside(number, asked, groups) + self._priors[number], number) for number in best
        ]
        scored.sort(key=lambda one: (-one[0], one[1]))
        return [(round(score, 4), self._keys[number]) for score, number in scored if score > 0]

    def _worth(self, term: _Term) -> dict[int, float]:
        """Give how well each doc answers a term."""
        best: dict[int, float] = {}
        for word, fit in term.fits.items():
            for number, weight in self._found.get(word, {}).items():
                worth = fit * weight
                if worth > best.get(number, 0.0):
                    best[number] = worth
        return best

    def covered(self, query: str, key: str) -> float:
        """Give how much of a title the query says, 0 to 1; of the title that it says most of."""
        words = set(self._words(stems(query)))
        groups = {group for _, group in self._phrases(stems(query))}
        titles = self._titles[self._keys.index(key)]
        return max((_share(title, words, groups, self._same) for title in titles), default=0.0)

    def _beside(self, number: int, asked: Collection[str], groups: Collection[int]) -> float:
        beside = min((_beside(title, asked, groups, self._same) for title in self._titles[number]), default=0)
        return _BESIDE * min(_MOST_BESIDE, beside)

    def _terms(self, words: Sequence[str], *, typing: bool) -> list[_Term]:
        """Turn a query into terms: phrases first, then single words."""
        taken: set[int] = set()
        terms: list[_Term] = []
        for places, group in self._phrases(words):
            if len(places) > 1 and not taken & set(places):
                taken |= set(places)
                terms.append(self._term({f"~{group}": 1.0}))
        for place, word in enumerate(words):
            if place in taken or (word in self._same.small and len(words) > 1):
                continue
            last = typing and place == len(words) - 1
            fits = self._fits(word, unfinished=last)
            if fits or len(word) > _STEM or len(words) == 1:  # a short word that nothing has is mostly a slip
                terms.append(self._term(fits))
        return terms

    def _term(self, fits: Mapping[str, float]) -> _Term:
        if not fits:
            return _Term(fits, _UNHEARD)
        there = {number for word in fits for number in self._found.get(word, ())}
        return _Term(fits, log(1 + len(self._keys) / max(1, len(there))))

    def _fits(self, word: str, *, unfinished: bool) -> dict[str, float]:
        fits = {word: 1.0} if word in self._found else {}
        group = self._same.groups.get((word,))
        if group is not None:
            fits[f"~{group}"] = _SYNONYM
        if (unfinished or not fits) and len(word) >= 3:
            fits |= {one: _BEGINNING for one in self._beginning(word) if one not in fits}
        if not fits:
            fits = self._misprints(word)
        return fits

    def _beginning(self, word: str) -> list[str]:
        start = bisect_left(self._sorted, word)
        end = bisect_left(self._sorted, f"{word}\x7f")
        return self._sorted[start:end]

    def _misprints(self, word: str) -> dict[str, float]:
        """Give the words that are nearest by letters; a number is never a misprint of another."""
        if len(word) <= 3 or any(one.isdigit() for one in word):
            return {}
        most = 1 if len(word) < 7 else 2
        near: dict[int, list[str]] = {}
        for other in _candidates(word, self._pairs):
            if abs(len(other) - len(word)) <= most and (steps := distance(word, other, most)) <= most:
                near.setdefault(steps, []).append(other)
        fits = {one: _MISPRINT[min(near)] for one in near[min(near)]} if near else {}
        groups = {f"~{group}": _MISPRINT[min(near)] for one in fits if (group := self._group(one)) is not None}
        return fits | groups

    def _group(self, word: str) -> int | None:
        return self._same.groups.get((word,))


def _by_pairs(words: Iterable[str]) -> dict[str, list[str]]:
    pairs: dict[str, list[str]] = {}
    for word in words:
        for pair in _pairs_of(word):
            pairs.setdefault(pair, []).append(word)
    return pairs


def _pairs_of(word: str) -> set[str]:
    edged = f"^{word}$"
    return {edged[place : place + 2] for place in range(len(edged) - 1)}


def _candidates(word: str, pairs: Mapping[str, Sequence[str]]) -> list[str]:
    """Give words that share enough pairs of letters: two letters amiss spoil at most six."""
    counts: dict[str, int] = {}
    wanted = _pairs_of(word)
    for pair in wanted:
        for other in pairs.get(pair, ()):
            counts[other] = counts.get(other, 0) + 1
    least = max(1, len(wanted) - (3 if len(word) < 7 else 6))
    return [other for other, count in counts.items() if count >= least]


def _share(title: frozenset[str], words: Collection[str], groups: Collection[int], same: Synonyms) -> float:
    return 1.0 - _beside(title, words, groups, same) / len(title) if title else 0.0


def _beside(title: frozenset[str], words: Collection[str], groups: Collection[int], same: Synonyms) -> int:
    return sum(1 for one in title if one not in words and same.groups.get((one,)) not in groups)


def distance(one: str, other: str, most: int | None = None) -> int:
    """Count the letters to add, drop, change or exchange with their neighbour. most: beyond it nobody counts on."""
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, letter in enumerate(one, 1):
        now = [row]
        for column, wanted in enumerate(other, 1):
            cost = min(last[column] + 1, now[-1] + 1, last[column - 1] + (letter != wanted))
            if row > 1 and column > 1 and letter == other[column - 2] and one[row - 2] == wanted:
                cost = min(cost, before[column - 2] + 1)
            now.append(cost)
        before, last = last, now
        if most is not None and min(last) > most:
            return most + 1
    return last[-1]

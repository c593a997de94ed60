"""Finds codes as people type, paste or say them: look-alike letters, misprints, words. Never a wrong answer (PYL-2)."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from math import log

from wattstead.catalog.advice import entries, entry_of, makes, topics
from wattstead.catalog.code_index import asked_like, code_finder, nearest_names
from wattstead.catalog.finder import distance
from wattstead.model.advice import Entry, Text

_ALIKE = str.maketrans(
    "абвсԁеһіјкмнорѕтѡхуґпдгзἁαβεζηικμνορτυχ",
    "abbcdehijkmhopstwxyrndr3aabezhikmnoptyx",
)
"""Letters of other alphabets by the Latin letter that they look like, in lower case."""
_DIGITS = str.maketrans("oil|sbzg", "01115829")
"""Letters by the digit that they are taken for."""
_JOINED = re.compile(r"\b(over|under|sur|sous)[ _-]+(?=[a-z])")
_ENDINGS = re.compile(r"(ations?|ating|ings?|ees?|ed|es|er|e|s)$")
_NAMELESS = re.compile(r"[a-z][a-z0-9_]*_bit_\d+")  # what a set bit is called that no document names
_SMALL_WORDS = """
protection fault defaut code error erreur alarm alarme battery batterie
a an the is are it my of to in on at and or too very what does mean why not no from with for while plus more any do wont
le la les un une des de du est sont et ou en mon ma trop tres que qui quoi pas ne pour par au aux dans pendant l d s n y
"""
_SMALL = frozenset(_SMALL_WORDS.split())
_MOST = 8
_ENOUGH = 0.6
_CLOSE = 0.2
_ALMOST = 0.85  # of a query that a relative says
_AS_GOOD = 5  # so many codes that say the same are no answer
_SHORT = 5  # a misprint in a shorter code makes another code


class How(StrEnum):
    """How sure a finding is."""

    EXACT = "exact"  # as the make writes it, but for case, blanks, dashes and alphabet
    LOOK_ALIKE = "look_alike"  # O for 0, I for 1, S for 5, B for 8
    MISPRINT = "misprint"  # one letter amiss, and only one code is that near
    WORDS = "words"  # said in words
    QUESTION = "question"  # a usual question, which several codes may answer
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Found:
    """What a query may mean. entries: those meant, of every make that has them. near: others that lie close.

    say: what a colleague would say first, where it is a usual question. vague: its words are known, and fit many.
    """

    query: str
    how: How
    entries: tuple[Entry, ...] = ()
    near: tuple[Entry, ...] = ()
    say: Text | None = None
    vague: bool = False


def find_codes(query: str, make: str | None = None) -> Found:
    """Look a code up. make: only its codes; those of others are told as near ones."""
    if _NAMELESS.fullmatch(query.strip()):
        return Found(query, How.EXACT, (entry_of(make or "", query.strip()),))
    here = codes_of(make)
    for how, found in _typed(query, here):
        if found:
            return Found(query, how, found, _others(query, found, here))
    question = asked_like(query)
    if found := _by_words(query, here) if folded(query) else ():
        if question is None:
            return Found(query, How.WORDS, found, _others(query, found, here))
        if ("code", found[0].name) == question.first_code:
            near = _first_of(nearest_names(query, _names(here)), here, found)
            return Found(query, How.WORDS, found, near, question.say)
    if question is not None:
        near = _first_of(nearest_names(query, _names(here)), here)
        return Found(query, How.QUESTION, near=near, say=question.say)
    if make is not None and (elsewhere := find_codes(query)).entries:
        return Found(query, How.UNKNOWN, near=(*elsewhere.entries, *_near(query, here))[:_MOST])
    return Found(query, How.UNKNOWN, near=_near(query, here), vague=_tells(words_of(query)))


def codes_of(make: str | None) -> tuple[Entry, ...]:
    """Give the codes of a make, with the printed list of its relative; all of them for None."""
    relative = makes().get(make or "", {}).get("as")
    return tuple(one for one in entries() if make in (None, one.make) or (one.make == relative and one.listed))


def find_typed(query: str) -> Found | None:
    """Look up what names a code itself; None for what only describes one."""
    for how, found in _typed(query, entries()):
        if found:
            return Found(query, how, found)
    return None


def _names(here: Sequence[Entry]) -> frozenset[str]:
    return frozenset(one.name for one in here)


def _first_of(names: Sequence[str], here: Sequence[Entry], without: Sequence[Entry] = ()) -> tuple[Entry, ...]:
    """Give one entry of each name, bits before printed codes: what all makes share is said of them."""
    first: dict[str, Entry] = {}
    for entry in here:
        if entry.name not in first or first[entry.name].listed:
            first[entry.name] = entry
    left = {one.name for one in without}
    return tuple(first[name] for name in names if name not in left)[:_MOST]


def _typed(query: str, here: Sequence[Entry]) -> Iterable[tuple[How, tuple[Entry, ...]]]:
    key = folded(query)
    if not key:
        return
    yield How.EXACT, tuple(entry for entry in here if key in _keys(entry))
    look = key.translate(_DIGITS)
    yield How.LOOK_ALIKE, tuple(entry for entry in here if look in _looks(entry))
    yield How.MISPRINT, _misprint(key, here)


def folded(text: str) -> str:
    """Write a code as it is compared: Latin lower-case letters and digits, nothing else."""
    plain = unicodedata.normalize("NFKC", text).casefold().translate(_ALIKE)
    plain = unicodedata.normalize("NFKD", plain)
    return "".join(one for one in plain if one.isascii() and one.isalnum())


@cache
def _keys(entry: Entry) -> frozenset[str]:
    said = (entry.code, *entry.printed, *(() if entry.listed else (entry.name,)))
    return frozenset(filter(None, map(folded, said)))


@cache
def _looks(entry: Entry) -> frozenset[str]:
    return frozenset(one.translate(_DIGITS) for one in _keys(entry))


@cache
def _codes(entry: Entry) -> frozenset[str]:
    """What a person may have copied, without labels."""
    return frozenset(filter(None, map(folded, (entry.code, *entry.printed))))


def _misprint(key: str, here: Sequence[Entry]) -> tuple[Entry, ...]:
    """Give what lies one letter away (two in a long code), where only one code does."""
    if len(key) < _SHORT or key.isdigit():
        return ()
    most = 2 if len(key) > 2 * _SHORT else 1
    near: dict[int, dict[str, list[Entry]]] = {}
    known: dict[str, int] = {}  # makes share most names
    for entry in here:
        for one in _codes(entry):
            if one not in known:
                known[one] = distance(key, one, most) if _may_be(key, one, most) else most + 1
        steps = min((known[one] for one in _codes(entry)), default=most + 1)
        if steps <= most and not _numbers_differ(key, entry):
            near.setdefault(steps, {}).setdefault(entry.name, []).append(entry)
    if not near:
        return ()
    best = near[min(near)]
    return tuple(next(iter(best.values()))) if len(best) == 1 else ()


def _may_be(key: str, code: str, most: int) -> bool:
    """Whether so few letters amiss can make one of the other: cheap, and most are told apart by it."""
    return abs(len(code) - len(key)) <= most and len(set(code) ^ set(key)) <= 2 * most


def _numbers_differ(key: str, entry: Entry) -> bool:
    """Whether the digits differ: a wrong number is another code, no misprint."""
    digits = re.sub(r"\D", "", key)
    return all(re.sub(r"\D", "", one) != digits for one in _codes(entry))


def words_of(text: str) -> tuple[str, ...]:
    """Give the words of a sentence that carry meaning, without accents and endings."""
    plain = unicodedata.normalize("NFKD", text.casefold().replace("_", " ")).replace("’", "'")
    plain = "".join(one for one in plain if not unicodedata.combining(one)).replace("'", " ")
    joined = _JOINED.sub(r"\1", plain)
    found = re.findall(r"[a-z0-9]+", joined)
    return tuple(_ENDINGS.sub("", one) if len(one) > 4 else one for one in found if one not in _SMALL)


@cache
def _texts(entry: Entry) -> tuple[frozenset[str], frozenset[str]]:
    """Give the words of name and label, and those of the meaning."""
    name = words_of(" ".join((entry.name, entry.code, *entry.label.values(), *entry.printed)))
    also = str(topics()[entry.advice.topic].get("words", ""))
    return frozenset(name), frozenset(words_of(" ".join((also, *entry.advice.meaning.values()))))


@cache
def _said(entry: Entry) -> tuple[frozenset[str], ...]:
    """Give the words of the name, and of the label in each language."""
    return tuple(frozenset(words_of(text)) for text in (entry.name, *entry.label.values()))


@cache
def _subject(entry: Entry) -> frozenset[str]:
    """Give the words of the name, and those by which people look for its topic."""
    return frozenset(words_of(f"{entry.name} {topics()[entry.advice.topic].get('words', '')}"))


@cache
def _weights() -> Mapping[str, float]:
    """Weigh words: what only few codes say counts more."""
    said: dict[str, set[str]] = {}
    for entry in entries():
        said.setdefault(entry.name, set()).update(*_texts(entry))
    counted = Counter(word for words in said.values() for word in words)
    return {word: log(1 + len(said) / count) for word, count in counted.items()}


def _score(wanted: Sequence[str], entry: Entry, key: str = "") -> float:
    """Give how much of the query an entry says, 0 to 1; a little less for what it says beside it.

    key: the folded query; a label that holds it as it stands is a little better.
    """
    weights, (name, meaning) = _weights(), _texts(entry)
    asked = frozenset(wanted)
    full = sum(weights.get(word, 6.0) for word in wanted)
    got = sum(weights[word] * (1.0 if word in name else 0.7) for word in wanted if word in name or word in meaning)
    beside = min(len(said - asked) for said in _said(entry))
    literal = len(key) > _SHORT and any(key in folded(text) for text in entry.label.values())
    less = 0.02 * beside - (0.05 if literal else 0.0) + (0.1 if entry.advice.topic in ("past", "state") else 0.0)
    return round(got / full - less, 3) if full else 0.0


def _ranked(wanted: Sequence[str], here: Sequence[Entry], key: str = "") -> list[tuple[float, str]]:
    """Rank names of codes by the best of their entries, the more usual one first where they are equal."""
    best: dict[str, float] = {}
    counts = Counter(entry.name for entry in here)
    for entry in here:
        best[entry.name] = max(best.get(entry.name, 0.0), _score(wanted, entry, key))
    return sorted(((score, name) for name, score in best.items()), key=lambda one: (-one[0], -counts[one[1]], one[1]))


def _by_words(query: str, here: Sequence[Entry]) -> tuple[Entry, ...]:
    wanted = tuple(dict.fromkeys(words_of(query)))
    if not wanted or all(len(word) < 3 or any(one.isdigit() for one in word) for word in wanted):
        return ()
    if len(wanted) == 1 and len({entry.advice.topic for entry in here if wanted[0] in _subject(entry)}) != 1:
        return ()  # one word that several things are called by, or that is only said in passing
    ranked = _ranked(wanted, here, folded(query))
    if not ranked or ranked[0][0] < _ENOUGH or (len(ranked) > _AS_GOOD and ranked[_AS_GOOD][0] > ranked[0][0] - 0.03):
        return ()  # too vague: the person chooses among those that are near
    return tuple(entry for entry in here if entry.name == ranked[0][1])


def _near(query: str, here: Sequence[Entry]) -> tuple[Entry, ...]:
    """Give the nearest codes: by letters for what looks like a code, by words for a sentence."""
    wanted = tuple(dict.fromkeys(words_of(query)))
    key = folded(query)
    found: dict[str, Entry] = {}
    if _tells(wanted):
        found |= {one.name: one for one in _first_of(nearest_names(query, _names(here)), here)}
    by_letters = sorted(
        here, key=lambda one: (min((distance(key, code) for code in _codes(one)), default=99), one.code)
    )
    for entry in () if found and len(wanted) > 1 else by_letters:
        found.setdefault(f"{entry.make} {entry.code}", entry)
        if len(found) >= _MOST:
            break
    return tuple(found.values())[:_MOST]


def _tells(wanted: Sequence[str]) -> bool:
    """Whether some word of it is known; else it is rather a code that is not."""
    return any(len(word) > 2 and code_finder().knows(word) for word in wanted)


def _others(query: str, found: Sequence[Entry], here: Sequence[Entry]) -> tuple[Entry, ...]:
    """Give relatives of what was found in words: other codes that say nearly as much of it."""
    if find_is_sure(query, found):
        return ()
    names = _names(here)
    close = [name for score, name in code_finder().ranked(query) if score >= _ALMOST and name in names]
    relatives = _first_of(close, here, found)
    return tuple(one for one in relatives if one.advice.topic != "past")[: _MOST // 2]


def find_is_sure(query: str, found: Sequence[Entry]) -> bool:
    """Whether a query names a code itself, not one in words."""
    look = folded(query).translate(_DIGITS)
    return any(look == one.translate(_DIGITS) for entry in found for one in _codes(entry))

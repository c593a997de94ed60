"""Loads ``words/search.toml`` (how people ask) and ``words/search_pages.toml`` (pages and commands)."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from wattstead.catalog.finder import Synonyms, synonyms
from wattstead.catalog.words import LANGUAGES, Label, read_toml
from wattstead.model.errors import ProfileError

_ASKED, _PAGES = "search.toml", "search_pages.toml"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as people put it, which no single code answers.

    says: the question in each language and its other wordings. say: what a colleague would say first. leads: what to
    look at, the likeliest first, each as ("code", its name) and the like.
    """

    says: tuple[str, ...]
    say: Label
    leads: tuple[tuple[str, str], ...]

    @property
    def name(self) -> str:
        return self.says[0]

    @property
    def first_code(self) -> tuple[str, str] | None:
        """The code that it is most likely about."""
        return next((lead for lead in self.leads if lead[0] == "code"), None)


@dataclass(frozen=True, slots=True)
class ShownPage:
    """A page of the browser, or a command. route: of the page, "" for a command. also: words by which it is found."""

    kind: str
    name: str
    title: Label
    text: Label
    also: str
    route: str = ""


@cache
def same_words() -> Synonyms:
    """Words that mean the same, and words that say nothing. Raises ProfileError."""
    data = _read(_ASKED)
    groups = data.get("same", [])
    if not isinstance(groups, list) or not all(isinstance(one, list) and len(one) > 1 for one in groups):
        raise ProfileError(_ASKED, "same", "is no list of groups", "write a group of two words or more in each line")
    return synonyms(groups, str(data.get("small", "")))


@cache
def asked() -> tuple[Asked, ...]:
    """All questions. Raises ProfileError for one that lacks something."""
    return tuple(_asked(number, one) for number, one in enumerate(_read(_ASKED).get("asked", []), 1))


@cache
def shown_pages() -> tuple[ShownPage, ...]:
    """Pages and commands. Raises ProfileError for one that lacks something."""
    return tuple(_page(kind, name, entry) for kind, table in _read(_PAGES).items() for name, entry in table.items())


def _read(name: str) -> Mapping[str, Any]:
    return read_toml(files("wattstead") / "words" / name)


def _asked(number: int, entry: Mapping[str, Any]) -> Asked:
    says = tuple(one for lang in LANGUAGES for one in entry.get(lang, ()))
    place = f"asked {number}"
    if not all(entry.get(lang) for lang in LANGUAGES):
        raise ProfileError(_ASKED, place, "lacks a language", "write en and fr, each a list of wordings")
    leads = tuple(_lead(place, one) for one in entry.get("leads", ()))
    return Asked(says, _label(_ASKED, place, entry.get("say")), leads)


def _lead(place: str, text: str) -> tuple[str, str]:
    kind, _, name = text.partition(":")
    if kind not in ("code", "setting", "guides", "page", "command") or not name:
        right = "code:, setting:, guides:, page: or command: before its name"
        raise ProfileError(_ASKED, place, f"there is no lead {text!r}", f"write {right}")
    return kind, name


def _page(kind: str, name: str, entry: Mapping[str, Any]) -> ShownPage:
    title, text = (_label(_PAGES, f"{kind}.{name}", entry.get(key)) for key in ("title", "text"))
    return ShownPage(kind, name, title, text, str(entry.get("also", "")), str(entry.get("route", "")))


def _label(file: str, place: str, entry: object) -> Label:
    texts = {lang: str(entry.get(lang, "")).strip() for lang in LANGUAGES} if isinstance(entry, Mapping) else {}
    if not texts or not all(texts.values()):
        raise ProfileError(file, place, "lacks a language", "write en and fr in the same entry")
    return texts

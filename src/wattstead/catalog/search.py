"""One search over codes, settings, guides, pages and commands, in both languages at once."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache

from wattstead.catalog.advice_search import How, find_codes, find_typed, folded
from wattstead.catalog.code_index import LEAST, asked_like, code_finder, codes_by_name
from wattstead.catalog.finder import Doc, Finder, distance
from wattstead.catalog.guides import guide_names, guide_products, load_guide
from wattstead.catalog.search_words import Asked, same_words, shown_pages
from wattstead.catalog.setting_words import setting_labels, setting_words
from wattstead.catalog.words import Label
from wattstead.model.advice import Entry
from wattstead.model.guide import Guide

KINDS = ("codes", "settings", "guides", "pages")
_MOST = 10  # of each kind
_FAR = 0.45  # below this share of the best a hit is no neighbour any more
_ASIDE = 0.8  # what fits a usual question less is not what leads on
_PAGE = 0.03  # more for what does or shows it, where a setting fits as well
_SURE = {How.EXACT: 2.0, How.LOOK_ALIKE: 1.9, How.MISPRINT: 1.8}


@dataclass(frozen=True, slots=True)
class Hit:
    """Something that was found. kind: one of KINDS. name: of the code, setting, guide, page or command.

    text: one line of context. route: of its page in the browser, "" where it has none. codes: in each make that has it.
    """

    kind: str
    name: str
    title: Label
    text: Label
    score: float
    route: str = ""
    command: str = ""
    codes: tuple[Entry, ...] = ()


@dataclass(frozen=True, slots=True)
class Search:
    """What was found, the best first. say: what a colleague would say first, where the question is a usual one."""

    query: str
    hits: tuple[Hit, ...]
    say: Label | None = None
    taken_for: str = ""
    near: tuple[Entry, ...] = field(default=())


def search(
    query: str, kinds: Collection[str] = KINDS, *, prefer: Sequence[str] = (), typing: bool = False, most: int = _MOST
) -> Search:
    """Look for words, codes as they are printed, and questions. prefer: makes that stand first. most: of each kind."""
    typed = find_typed(query)
    sure = {f"code:{one.name}": _SURE[typed.how] for one in typed.entries} if typed else {}
    scores = dict(sure)
    codes = ((score, f"code:{name}") for score, name in code_finder().ranked(query, typing=typing))
    others = _others().ranked(query, typing=typing, only=lambda key: _kind_of(key) in kinds)
    for score, key in (*codes, *others):
        scores[key] = max(score, scores.get(key, 0.0))
    question = asked_like(query)
    led = [] if question is None or sure else [key for key in _led(question) if _kind_of(key) in kinds]
    for place, key in enumerate(led):
        scores[key] = max(1.2 - 0.02 * place, scores.get(key, 0.0))
    best = max((score for key, score in scores.items() if _kind_of(key) in kinds), default=0.0)
    far = _ASIDE if led else max(LEAST, _FAR * min(1.0, best))
    found = sorted(
        ((score, key) for key, score in scores.items() if score >= far),
        key=lambda one: (-one[0], one[1]),
    )
    hits: list[Hit] = []
    for score, key in found:
        kind, _, name = key.partition(":")
        if _kind_of(key) in kinds and sum(1 for one in hits if one.kind == _kind_of(key)) < most:
            hits.append(
                _hit(kind, name, score, [one.make for one in typed.entries] if key in sure and typed else prefer)
            )
    near = () if hits else _near(query)
    return Search(
        query,
        tuple(hits),
        question.say if question is not None and not sure else None,
        typed.entries[0].code if typed and typed.how is not How.EXACT else "",
        near,
    )


def _near(query: str) -> tuple[Entry, ...]:
    """Give codes that what was typed may have been meant for; none where nothing is like it."""
    key = folded(query)
    most = max(1, len(key) // 2)
    return tuple(
        one
        for one in find_codes(query).near
        if min(distance(key, folded(text)) for text in (one.code, one.name)) <= most
    )


_KIND_OF = {"code": "codes", "setting": "settings", "guide": "guides", "page": "pages", "command": "pages"}


def _kind_of(key: str) -> str:
    return _KIND_OF[key.partition(":")[0]]


def _led(question: Asked) -> list[str]:
    keys: list[str] = []
    for kind, name in question.leads:
        if kind == "guides":
            named = [one for one in _guides() if one.name.startswith(name)]
            keys += [f"guide:{one.name}" for one in named or [one for one in _guides() if one.kind.value == name]]
        elif kind != "page" or name in _page_names():
            keys.append(f"{kind}:{name}")
    return keys


@cache
def _page_names() -> frozenset[str]:
    return frozenset(one.name for one in shown_pages() if one.kind == "page")


@cache
def _guides() -> tuple[Guide, ...]:
    return tuple(load_guide(name) for name in guide_names())


@cache
def _others() -> Finder:
    """Give the index of all but codes; built when it is first asked."""
    return Finder([*_setting_docs(), *_guide_docs(), *_page_docs()], same_words())


def index_size() -> tuple[int, int, int]:
    """Give how much is indexed: things, words, and places where words stand. Builds the index."""
    one, other = code_finder().size, _others().size
    return one[0] + other[0], one[1] + other[1], one[2] + other[2]


def _setting_docs() -> Iterable[Doc]:
    for name, label in setting_labels().items():
        yield Doc(f"setting:{name}", [name, *label.values()], ["setting réglage"], list(setting_words()[name].values()))


def _guide_docs() -> Iterable[Doc]:
    for guide in _guides():
        products = [text for name in guide.products for text in guide_products().get(name, {}).values()]
        more = [*guide.summary.values(), *products, "guide how to comment faire"]
        steps = [text for part in guide.parts for text in part.title.values()]
        steps += [text for part in guide.parts for step in part.steps for text in step.text.values()]
        yield Doc(f"guide:{guide.name}", list(guide.title.values()), more, steps)


def _page_docs() -> Iterable[Doc]:
    for page in shown_pages():
        yield Doc(
            f"{page.kind}:{page.name}", [page.name, *page.title.values()], [page.also, *page.text.values()], prior=_PAGE
        )


def _hit(kind: str, name: str, score: float, prefer: Sequence[str]) -> Hit:
    if kind == "code":
        return code_hit(name, score, prefer)
    if kind == "setting":
        return Hit("settings", name, setting_labels()[name], setting_words()[name], score, f"#/setting/{name}")
    if kind == "guide":
        guide = load_guide(name)
        return Hit("guides", name, guide.title, guide.summary, score, f"#/guides/{name}", f"wattstead guides {name}")
    page = next(one for one in shown_pages() if (one.kind, one.name) == (kind, name))
    command = f"wattstead {name}" if kind == "command" else ""
    return Hit("pages", name, page.title, page.text, score, page.route, command)


def code_hit(name: str, score: float, prefer: Sequence[str] = ()) -> Hit:
    """Give a code as it is found. prefer: makes whose code stands first."""
    order = {make: place for place, make in enumerate(prefer)}
    some = sorted(codes_by_name()[name], key=lambda one: (order.get(one.make, len(order)), not one.listed))
    first = some[0]
    label = next((one for one in codes_by_name()[name] if not one.listed), first).label
    shown = first.code if len({one.make for one in some}) == 1 else name
    quoted = f'"{shown}"' if " " in shown else shown
    command = f"wattstead explain {quoted}"
    return Hit("codes", name, label, first.advice.meaning, score, "", command, tuple(some))

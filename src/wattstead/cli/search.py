"""``wattstead search``: one search over codes, settings, guides, pages and commands."""

from typing import Annotated

import typer

from wattstead.catalog.advice_text import colon
from wattstead.catalog.search import KINDS, Hit, Search
from wattstead.catalog.search import search as look_up
from wattstead.catalog.search_plain import search_plain
from wattstead.catalog.shown import word
from wattstead.cli.explain_show import items, line
from wattstead.cli.options import Json, Lang, language
from wattstead.cli.show import as_json
from wattstead.model.errors import UsageError

_TOP = 5  # of each kind; --kind shows more
_MORE = 30


def search(
    what: Annotated[list[str], typer.Argument(help="Words, a question, or a code, in English or French.")],
    kind: Annotated[str, typer.Option("--kind", help="Only codes, settings, guides or pages.")] = "",
    json: Json = False,
    lang: Lang = "en",
) -> None:
    """Search codes, settings, guides, pages and commands at once, in both languages, with or without misprints.

    Example: `wattstead search battery will not charge`, `wattstead search "seuil alarme soc" --kind settings --lang fr`

    Works without internet. Exit status 1 when nothing was found.
    """
    query = " ".join(what).strip()
    if not query:
        raise UsageError("say what to look for: words, a question or a code")
    if kind and kind not in KINDS:
        raise UsageError(f"--kind {kind} does not exist; say one of {', '.join(KINDS)}")
    found = look_up(query, (kind,) if kind else KINDS, most=_MORE if kind else _TOP)
    if json:
        print(as_json(search_plain(found)))
    else:
        _show(found, language(lang))
    if not found.hits:
        raise typer.Exit(1)


def _show(found: Search, lang: str) -> None:
    if found.say:
        line(found.say[lang], "bold")
    if found.taken_for:
        line(word("search_taken_for", lang).format(code=found.taken_for), "dim")
    if not found.hits:
        line(word("search_nothing", lang).format(query=repr(found.query)), "bold")
        if found.near:
            line(word("search_near", lang) + colon(lang))
            items([f"{one.code}  {one.title}{colon(lang)} {one.label[lang]}" for one in found.near], numbered=False)
        return
    for kind in dict.fromkeys(hit.kind for hit in found.hits):
        line(word(f"search_{kind}", lang), "bold")
        items([_hit(hit, lang) for hit in found.hits if hit.kind == kind], numbered=False)


def _hit(hit: Hit, lang: str) -> str:
    """Write a hit: what it is called, where to see it, and one line of context."""
    where = f" [{hit.command}]" if hit.command else f" [{hit.name}]" if hit.kind == "settings" else ""
    return f"{hit.title[lang]}{where}{colon(lang)} {hit.text[lang]}"

"""A guide as plain objects in one language: what the API answers and ``wattstead guides --json`` prints."""

from collections.abc import Callable, Mapping
from typing import Any

from wattstead.model.advice import Text
from wattstead.model.guide import Guide, Part, Step

Draw = Callable[[str, str], str]
"""Gives the SVG of a drawing: its name, the language."""


def head_plain(guide: Guide, lang: str, products: Mapping[str, Text]) -> dict[str, Any]:
    """Give what a list says of a guide. products: names for people."""
    return {
        "name": guide.name,
        "title": guide.title[lang],
        "summary": guide.summary[lang],
        "kind": guide.kind.value,
        "products": [{"name": one, "title": products[one][lang]} for one in guide.products],
        "who": guide.who.value,
        "steps": len(guide.steps),
        "needed": len(guide.needed),
    }


def guide_plain(guide: Guide, lang: str, products: Mapping[str, Text], draw: Draw | None = None) -> dict[str, Any]:
    """Give all that a guide says. draw: where drawings are to go along, as SVG."""
    remind = guide.remind
    return {
        **head_plain(guide, lang, products),
        "lang": lang,
        "requirements": list(guide.requirements),
        "source": guide.source[lang],
        "see": list(guide.see),
        "remind": None if remind is None else {"months": remind.months, "step": remind.step},
        "parts": [_part(part, lang, draw) for part in guide.parts],
    }


def _part(part: Part, lang: str, draw: Draw | None) -> dict[str, Any]:
    table = part.table
    drawing = None if part.drawing is None else {"name": part.drawing}
    if drawing is not None and draw is not None:
        drawing["svg"] = draw(drawing["name"], lang)
    return {
        "title": part.title[lang],
        "text": _said(part.text, lang),
        "drawing": drawing,
        "table": None
        if table is None
        else {
            "columns": [one[lang] for one in table.columns],
            "rows": [[cell[lang] for cell in row] for row in table.rows],
        },
        "steps": [_step(step, lang) for step in part.steps],
    }


def _step(step: Step, lang: str) -> dict[str, Any]:
    value = step.measured
    return {
        "id": step.id,
        "text": step.text[lang],
        "why": _said(step.why, lang),
        "when": _said(step.when, lang),
        "danger": step.danger,
        "measured": None if value is None else {"unit": value.unit[lang], "min": value.lowest, "max": value.highest},
        "wait_s": step.wait_s,
    }


def _said(text: Text | None, lang: str) -> str | None:
    return None if text is None else text[lang]

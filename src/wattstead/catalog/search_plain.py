"""What a search found as a plain object, with its texts in both languages: for ``--json`` and the API."""

from typing import Any

from wattstead.catalog.search import Hit, Search
from wattstead.model.advice import Entry


def search_plain(found: Search) -> dict[str, Any]:
    """Give the object."""
    return {
        "query": found.query,
        "say": dict(found.say) if found.say else None,
        "taken_for": found.taken_for or None,
        "hits": [_hit(hit) for hit in found.hits],
        "near": [{**_code(one), "label": dict(one.label)} for one in found.near],
    }


def _hit(hit: Hit) -> dict[str, Any]:
    return {
        "kind": hit.kind,
        "name": hit.name,
        "title": dict(hit.title),
        "text": dict(hit.text),
        "score": round(hit.score, 3),
        "route": hit.route or None,
        "command": hit.command or None,
        "codes": [_code(one) for one in hit.codes],
    }


def _code(entry: Entry) -> dict[str, Any]:
    return {"profile": entry.make, "make": entry.title, "code": entry.code}

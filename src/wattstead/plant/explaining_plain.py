"""Explanations as the floors above give them away: plain objects, with their texts in both languages."""

from collections.abc import Mapping
from typing import Any

from wattstead.catalog.advice import is_typical, makes, printed_codes, rows_of
from wattstead.catalog.advice_search import codes_of, find_codes, folded
from wattstead.catalog.explained_plain import case_plain, entry_plain, evidence_plain, iso, row_plain
from wattstead.model.advice import Entry
from wattstead.model.errors import UsageError
from wattstead.plant.explaining import PackTold, Told

_MOST_SPANS = 20


def pack_plain(told: PackTold, now_ms: int) -> dict[str, Any]:
    """Give all that is active on a pack."""
    latest = told.latest
    return {
        "pack": latest.pack.id,
        "profile": latest.pack.profile,
        "at": iso(latest.at_ms),
        "age_s": latest.age_s(now_ms),
        "fresh": latest.fresh(now_ms),
        "silent_since": None if latest.silent_since_ms is None else iso(latest.silent_since_ms),
        "told": told.told,
        "active": [told_plain(one) for one in told.codes],
        "states": [_entry(one) for one in told.states],
    }


def told_plain(told: Told) -> dict[str, Any]:
    """Give one code with its evidence and its history."""
    return {
        **_with_bit(case_plain(told.case), told.case.evidence.code),
        "active": told.active,
        "history": {
            "looked_from": iso(told.looked_from_ms),
            "spans": [
                {
                    "from": iso(one.from_ms),
                    "to": None if one.to_ms is None else iso(one.to_ms),
                    "earlier": one.open_start,
                }
                for one in told.spans[:_MOST_SPANS]
            ],
            "times": len(told.spans),
        },
        "came": None if told.came_ms is None else {"at": iso(told.came_ms), "evidence": _came(told)},
    }


def _came(told: Told) -> dict[str, Any] | None:
    return None if told.came is None else evidence_plain(told.came)


def _with_bit(plain: dict[str, Any], bit: str) -> dict[str, Any]:
    """Name it as the live values do: that is how it is asked for."""
    return {**plain, "bit": bit}


def _entry(entry: Entry) -> dict[str, Any]:
    return _with_bit(entry_plain(entry), entry.name)


def code_plain(dialect: str, code: str) -> Mapping[str, Any]:
    """Explain a code without a battery: what it means, and whose limits raise it.

    Raises UsageError for a dialect or a code that does not exist; the nearest ones are named.
    """
    if dialect not in makes():
        raise UsageError(f"there is no dialect {dialect}; there are {', '.join(sorted(makes()))}")
    entry = _found(dialect, code)
    if entry is None:
        near = [f"{one.make}/{one.code}" for one in find_codes(code, dialect).near[:4]]
        raise UsageError(f"{dialect} has no code {code}; near are {', '.join(near) or 'none'}")
    rows = rows_of(entry)
    others: dict[str, Entry] = {}
    for one in codes_of(None):
        if one.name == entry.name and one.make != entry.make:
            others.setdefault(one.make, one)
    return {
        **_entry(entry),
        "limits": [row_plain(row) for row in rows],
        "limits_read": False,
        "limits_typical": bool(rows) and is_typical(entry.make),
        "printed": list(dict.fromkeys((*entry.printed, *printed_codes(entry.make, rows)))),
        "elsewhere": [{"profile": one.make, "make": one.title, "code": one.code} for one in others.values()],
    }


def _found(dialect: str, code: str) -> Entry | None:
    """Find a code as it is written; what is only like it is no answer to an address."""
    key = folded(code)
    here = codes_of(dialect)
    exact = (one for one in here if key and key in {folded(one.code), *map(folded, one.printed)})
    by_name = (one for one in here if key and folded(one.name) == key)
    return next(exact, None) or next(by_name, None)

"""Explanations as plain objects, with their texts in both languages: what ``--json`` prints and the API gives."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from wattstead.catalog.advice import is_typical, printed_codes, rows_of
from wattstead.catalog.advice_search import Found
from wattstead.catalog.advice_text import ends_text, finding_text, limit_text, measured_text, now_text, phrase
from wattstead.catalog.explained import Case, Explained
from wattstead.catalog.words import LANGUAGES
from wattstead.model.advice import Entry
from wattstead.model.evidence import Evidence, Finding
from wattstead.model.pack import PackRow
from wattstead.model.protection import recovery_text


def _both(text: Callable[[str], str]) -> dict[str, str]:
    return {lang: text(lang) for lang in LANGUAGES}


def found_plain(found: Found) -> dict[str, Any]:
    """Give the object that --json prints for a query."""
    return {
        "query": found.query,
        "how": found.how.value,
        "say": dict(found.say) if found.say else None,
        "codes": [{**entry_plain(one), "limits": [row_plain(row) for row in rows_of(one)]} for one in found.entries],
        "near": [{"code": one.code, "profile": one.make, "label": dict(one.label)} for one in found.near],
    }


def entry_plain(entry: Entry) -> dict[str, Any]:
    """Give one code with all its texts in both languages."""
    advice = entry.advice
    return {
        "code": entry.code,
        "name": entry.name,
        "profile": entry.make,
        "make": entry.title,
        "severity": entry.severity.value,
        "category": entry.category,
        "label": dict(entry.label),
        "meaning": dict(advice.meaning),
        "causes": [dict(one) for one in advice.causes],
        "check": [dict(one) for one in (*advice.own_check, *advice.check)],
        "do": [dict(one) for one in (*advice.own_do, *advice.do)],
        "note": dict(advice.note) if advice.note else None,
        "who": advice.who.value,
        "risk": advice.risk.value,
        "urgency": advice.urgency.value,
    }


def row_plain(row: PackRow) -> dict[str, Any]:
    """Give one limit: what trips it, and what ends it."""
    return {
        "row": row.name,
        "channel": row.channel.label,
        "unit": row.channel.unit,
        "trip": row.trip,
        "recover": row.recover,
        "above": row.above,
        "delay_s": row.delay_s,
        "ends": recovery_text(row.recovery),
        "assumed": sorted(row.ours),
        "lamp": row.led.value,
        "enabled": row.enabled,
        "text": _both(lambda lang: limit_text(row, lang)),
        "ends_text": _both(lambda lang: ends_text(row, lang)),
    }


def reading_plain(found: Explained, address: int | None) -> dict[str, Any]:
    """Give the object that --json prints for a battery."""
    at = iso(found.snapshot.at_ms)
    return {
        "profile": found.profile.name,
        "address": address,
        "at": at,
        "told": found.told,
        "active": [case_plain(case) for case in found.cases],
        "states": [entry_plain(one) for one in found.states],
    }


def case_plain(case: Case) -> dict[str, Any]:
    """Give one active code with its evidence and its limits."""
    evidence = case.evidence
    return {
        **entry_plain(case.entry),
        "evidence": evidence_plain(evidence),
        "limits": [row_plain(row) for row in evidence.rows],
        "limits_read": case.own_limits,
        "limits_typical": bool(evidence.rows) and not case.own_limits and is_typical(case.entry.make),
        "printed": list(printed_codes(case.entry.make, evidence.rows)),
    }


def evidence_plain(evidence: Evidence) -> dict[str, Any]:
    """Give what a reading says of a code. text: a sentence that says so where the device does not tell the value."""
    past, measured = evidence.past, evidence.measured
    return {
        "measured": {"channel": measured.channel.label, "value": measured.value, "place": measured.place}
        if measured
        else None,
        "beyond": evidence.beyond,
        "around": dict(evidence.around),
        "since_s": past.since_s if past else None,
        "since_at_least": past.at_least if past else False,
        "times": past.times if past else None,
        "worst": measured_text(past.peak, "en") if past and past.peak else None,
        "text": _both(lambda lang: now_line(evidence, lang)),
        "findings": [_finding(one) for one in evidence.findings],
    }


def _finding(one: Finding) -> dict[str, Any]:
    return {"key": one.key, "text": _both(lambda lang: finding_text(one, lang))}


def now_line(evidence: Evidence, lang: str) -> str:
    """Write what is measured now; where the device does not tell it, say that, with what it tells beside it."""
    if evidence.measured:
        return now_text(evidence, lang)
    untold, beside = phrase("now", "untold", lang), now_text(evidence, lang)
    return f"{untold} ({beside})" if beside else untold


def iso(at_ms: int) -> str:
    """Write a time in UTC."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

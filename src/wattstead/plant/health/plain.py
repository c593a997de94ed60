"""What was found out of the health of a pack as plain values: for JSON, alike on the command line and over HTTP."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from wattstead.catalog.health_words import health_phrase, health_text
from wattstead.model.health import Finding
from wattstead.plant.health.past import Judged

_DIGITS = 3


def judged_plain(judged: Judged, lang: str) -> dict[str, Any]:
    """Give a pack's health. say: one sentence where there is no finding."""
    return {
        "pack": judged.pack,
        "days": judged.days,
        "needed_days": judged.needed,
        "from": _iso(judged.from_ms),
        "to": _iso(judged.to_ms),
        "findings": [finding_plain(one, lang) for one in judged.findings],
        "say": say(judged, lang),
    }


def say(judged: Judged, lang: str) -> str | None:
    """Say why there is no finding, None where there are some."""
    if judged.findings:
        return None
    if not judged.told:
        return health_phrase("no_cells", lang)
    if judged.days < judged.needed:
        return health_phrase("too_few", lang, days=judged.days, needed=judged.needed)
    return health_phrase("nothing", lang, days=judged.days)


def finding_plain(finding: Finding, lang: str) -> dict[str, Any]:
    """Give one finding with its words."""
    return {
        "kind": finding.kind.value,
        "weight": finding.weight.value,
        "place": finding.place,
        "confidence": finding.confidence,
        "days": finding.days,
        "cause_names": [cause.value for cause in finding.causes],
        "figures": {name: round(one, _DIGITS) for name, one in finding.figures.items()},
        **asdict(health_text(finding, lang)),
    }


def _iso(at_ms: int) -> str | None:
    if at_ms <= 0:
        return None
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")

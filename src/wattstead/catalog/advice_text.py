"""Writes limits, evidence and findings as sentences; the words stand in ``words/explain/phrases.toml``."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from wattstead.catalog.words import read_toml
from wattstead.model.counted import filled
from wattstead.model.evidence import Evidence, Finding, Measured
from wattstead.model.pack import PackRow
from wattstead.model.protection import Atom, Channel, Gate, Light

_UNITS = {"degC": "°C", "ohm": "Ω"}
_REST_A = 0.5


@cache
def _phrases() -> Mapping[str, Any]:
    return read_toml(files("wattstead") / "words" / "explain" / "phrases.toml")


def phrase(table: str, key: str, lang: str, /, **gaps: object) -> str:
    """Give one phrase with its gaps filled."""
    text = str(_phrases()[table][key][lang])
    return filled(text, lang, **gaps) if gaps else text


def colon(lang: str) -> str:
    """Give a colon as the language sets it."""
    return " :" if lang == "fr" else ":"


def semicolon(lang: str) -> str:
    """Give a semicolon as the language sets it."""
    return " ;" if lang == "fr" else ";"


def amount(value: float, unit: str, lang: str, digits: int | None = None) -> str:
    """Write a figure with its unit, in French with a comma."""
    text = f"{value:.6g}" if digits is None else f"{value:.{digits}f}"
    text = "0" if text in ("-0", "-0.0") else text
    return f"{text.replace('.', ',') if lang == 'fr' else text} {unit}".rstrip()


def duration(seconds: float, lang: str) -> str:
    """Write a time in the unit that fits it."""
    for size, unit in ((86400.0, {"en": "days", "fr": "jours"}[lang]), (3600.0, "h"), (60.0, "min"), (1.0, "s")):
        if seconds >= (2 if size > 60 else 1) * size:
            return amount(round(seconds / size, 1 if size > 1 else 2), unit, lang)
    return amount(seconds * 1e3, "ms", lang) if seconds >= 1e-3 else amount(seconds * 1e6, "µs", lang)


def limit_value(channel: Channel, value: float, lang: str) -> str:
    """Write a limit of a channel."""
    if channel.unit == "s":
        return duration(value, lang)
    return amount(value, _UNITS.get(channel.unit, channel.unit), lang)


def _is_flag(channel: Channel) -> bool:
    return not channel.unit and channel is not Channel.CELL_RESISTANCE_RATIO


def limit_text(row: PackRow, lang: str) -> str:
    """Say when a row trips and what ends it: 'highest cell: trips at 3.65 V or more after 2 s; ends at …'."""
    parts = [phrase("limit", "flag", lang)]
    if not _is_flag(row.channel):
        side = "above" if row.above else "below"
        parts = [phrase("limit", side, lang, trip=limit_value(row.channel, row.trip, lang))]
        if row.delay_s:
            parts.append(phrase("limit", "after", lang, delay=duration(row.delay_s, lang)))
        if row.gate is not Gate.ANY:
            parts.append(phrase("limit", row.gate.value, lang))
    what = "" if _is_flag(row.channel) else phrase("channel", row.channel.label, lang) + colon(lang) + " "
    text = f"{what}{' '.join(parts)}{semicolon(lang)} {ends_text(row, lang)}"
    mark = "ours" if "trip" in row.ours else "delay_ours" if "delay_s" in row.ours and row.delay_s else ""
    marks = [phrase("word", mark, lang)] if mark and not _is_flag(row.channel) else []
    marks += [phrase("word", f"lamp_{row.led.value}", lang)] if row.led is not Light.OFF else []
    marks += [] if row.enabled else [phrase("word", "off", lang)]
    return f"{text} ({', '.join(marks)})" if marks else text


def ends_text(row: PackRow, lang: str) -> str:
    """Say what ends a row."""
    if not row.recovery:
        return phrase("ends", "head", lang, how=phrase("ends", "never", lang))
    clauses = [
        phrase("ends", "or", lang).join(_atom(atom, row, lang) for atom in sorted(clause)) for clause in row.recovery
    ]
    text = phrase("ends", "head", lang, how=phrase("ends", "and", lang).join(clauses))
    lock = phrase("ends", "lock", lang, count=row.lock.after) if row.lock else ""
    return f"{text}{semicolon(lang)} {lock}" if lock else text


def _atom(atom: Atom, row: PackRow, lang: str) -> str:
    key = atom.value
    if atom is Atom.VALUE and (_is_flag(row.channel) or row.channel.unit == "s"):
        key = "value_flag" if _is_flag(row.channel) else "value_s"
    gaps = {
        "recover": limit_value(row.channel, row.recover, lang),
        "elapsed": duration(row.elapsed_s, lang),
        "soc": amount(row.soc_at_most_pct, "%", lang),
    }
    return phrase("ends", key, lang, **gaps)


def measured_text(one: Measured, lang: str) -> str:
    """Write one value: 'cell 7 at 3.66 V'."""
    unit = _UNITS.get(one.channel.unit, one.channel.unit)
    digits = {"V": 2, "°C": 1, "A": 1, "%": 0}.get(unit, 2)
    if one.channel.label.startswith("cell_voltage"):
        digits = 3
    value = amount(one.value, unit, lang, digits)
    if one.place is not None:
        return phrase("now", "cell" if unit == "V" else "probe", lang, place=one.place, value=value)
    return phrase("now", "at", lang, what=phrase("channel", one.channel.label, lang), value=value)


def now_text(evidence: Evidence, lang: str) -> str:
    """Write the line of evidence: value, limit, how long, and what goes with it."""
    parts = [measured_text(evidence.measured, lang)] if evidence.measured else []
    row = _row_of(evidence)
    if evidence.measured and row:
        parts.append(phrase("now", "limit", lang, trip=limit_value(row.channel, row.trip, lang)))
    if past := evidence.past:
        if past.since_s > 0:
            key = "since_at_least" if past.at_least else "since"
            parts.append(
                phrase("now", key, lang, time=duration(round(past.since_s, 0 if past.since_s >= 1 else 2), lang))
            )
        if past.peak and evidence.measured and past.peak.value != evidence.measured.value:
            parts.append(phrase("now", "peak", lang, value=measured_text(past.peak, lang)))
        if past.times > 1:
            parts.append(phrase("now", "times", lang, count=past.times))
    return ", ".join([*parts, *_around(evidence, lang)])


def _row_of(evidence: Evidence) -> PackRow | None:
    if evidence.measured is None:
        return None
    return next((row for row in evidence.rows if row.channel is evidence.measured.channel), None)


def _around(evidence: Evidence, lang: str) -> list[str]:
    around, channel = evidence.around, evidence.measured.channel if evidence.measured else None
    found = []
    if "cell_voltage_spread_v" in around and channel is not Channel.CELL_VOLTAGE_DIFFERENCE:
        spread = amount(1000 * around["cell_voltage_spread_v"], "mV", lang, 0)
        found.append(phrase("now", "spread", lang, value=spread))
    if "soc_pct" in around and channel is not Channel.SOC:
        found.append(phrase("now", "soc", lang, value=amount(around["soc_pct"], "%", lang, 0)))
    if "pack_current_a" in around and channel not in (Channel.CHARGE_CURRENT, Channel.DISCHARGE_CURRENT):
        current = around["pack_current_a"]
        key = "rest" if abs(current) < _REST_A else "charge" if current > 0 else "discharge"
        gaps = {} if key == "rest" else {"value": amount(abs(current), "A", lang, 1)}
        found.append(phrase("now", key, lang, **gaps))
    return found


def finding_text(finding: Finding, lang: str) -> str:
    """Write what the figures point to."""
    whole = {"cell", "probe", "place"}
    gaps = {name: int(value) if name in whole else value for name, value in finding.figures.items()}
    text = phrase("finding", finding.key, lang).format(**gaps)
    return _with_commas(text) if lang == "fr" else text


def _with_commas(text: str) -> str:
    """Write decimals as in French; a point between two digits is never a full stop."""
    letters = list(text)
    for place in range(1, len(letters) - 1):
        if letters[place] == "." and letters[place - 1].isdigit() and letters[place + 1].isdigit():
            letters[place] = ","
    return "".join(letters)

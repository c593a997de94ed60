"""What a bridge shows of itself: as plain values for JSON, and as one line for a terminal."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from wattstead.catalog.bridge_words import bridge_words, reason_text
from wattstead.catalog.words import LANGUAGES
from wattstead.host.bridge.bank import Look
from wattstead.host.bridge.run import Bridge
from wattstead.model.bank import Standing
from wattstead.model.bridge import Cap, Rule, Seat, Volts
from wattstead.model.bridge_where import on_bus
from wattstead.model.code import Code, Severity
from wattstead.model.reading import numbers

ROUNDED: Final = {
    "soc_pct": 1,
    "pack_voltage_v": 2,
    "pack_current_a": 1,
    "cell_voltage_max_v": 3,
    "cell_voltage_min_v": 3,
}


_NAMED: Final = 4
"""More packs than so many are not named one by one in a line."""


def status(bridge: Bridge) -> dict[str, Any]:
    """Give all that is known, by names with units."""
    look = bridge.look()
    inverter = bridge.inverter
    heard_s = None if inverter.heard_at is None else round(look.at_s - inverter.heard_at, 1)
    return {
        "inverter": {
            "protocol": bridge.voice.profile.name,
            "watched": inverter.watched,
            "lost": inverter.lost,
            "heard_before_s": heard_s,
            "trouble": inverter.trouble or None,
            "frames_sent": inverter.sent,
            "kept_back": bridge.unspoken(),
        },
        "asks": _asks(look),
        "tells": _tells(bridge, look),
        "packs": [_pack(bridge, look, seat) for seat in look.seats],
    }


def _tells(bridge: Bridge, look: Look) -> dict[str, Any]:
    report = bridge.voice.report(look)
    told = report.values if report is not None else {}
    return {name: round(float(told[name]), digits) for name, digits in ROUNDED.items() if told.get(name) is not None}


def _asks(look: Look) -> dict[str, Any] | None:
    limits = look.limits
    if limits is None:
        return None
    return {
        "charge_voltage_v": _volts(limits.charge_voltage),
        "discharge_voltage_v": _volts(limits.discharge_voltage),
        "charge_current_a": _amperes(limits.charge),
        "discharge_current_a": _amperes(limits.discharge),
    }


def _volts(limit: Volts) -> dict[str, Any]:
    return {"value": round(limit.voltage_v, 2), "rule": limit.why.rule, "pack": limit.why.pack or None, **_why(limit)}


def _amperes(limit: Cap) -> dict[str, Any]:
    return {"value": round(limit.current_a, 1), "rule": limit.why.rule, "pack": limit.why.pack or None, **_why(limit)}


def _why(limit: Cap | Volts) -> dict[str, Any]:
    return {"why": {lang: reason_text(limit.why, lang) for lang in LANGUAGES}}


def _pack(bridge: Bridge, look: Look, seat: Seat) -> dict[str, Any]:
    age_s, values = look.ages_s[seat.name], seat.member.values
    known = {name: round(one[0], digits) for name, digits in ROUNDED.items() if (one := numbers(values.get(name))[:1])}
    return {
        "name": seat.name,
        "standing": standing(seat),
        "age_s": None if age_s is None else round(age_s, 1),
        # Old numbers are not shown as if they were new ones.
        **(known if seat.member.standing is not Standing.STALE else {}),
        "silence": bridge.bank.silences.get(seat.name),
        "active": list(seat.member.active),
        "codes": [_code(bridge.bank.codes(seat.name), name) for name in seat.member.active],
        "bears": {way: _amperes(cap) for way, cap in bridge.bank.caps(seat).items()},
    }


def _code(codes: Mapping[str, Code], name: str) -> dict[str, Any]:
    """Say what is active in words. A bit that no document names stands there by its place."""
    code = codes.get(name)
    label = code.label if code else dict.fromkeys(LANGUAGES, name)
    return {"name": name, "severity": str(code.severity if code else Severity.ALARM), "label": dict(label)}


def standing(seat: Seat) -> str:
    """Say how a pack stands to the bank, in one word."""
    return "joining" if seat.joining and seat.member.standing is Standing.CONNECTED else str(seat.member.standing)


def gist(bridge: Bridge) -> tuple[object, ...]:
    """Give what has to change before a person wants a new line: who, which rule, how much by a few per cent."""
    look, limits = bridge.look(), bridge.look().limits
    asked = (limits.charge, limits.discharge) if limits is not None else ()
    rules = tuple((cap.why.rule, cap.why.pack, cap.why.code, _about(cap)) for cap in asked)
    return rules, tuple(map(standing, look.seats)), bridge.inverter.trouble, bridge.inverter.lost


def _about(cap: Cap) -> float:
    """Give a current by its first digits; while it goes up it changes all the time, which is no news."""
    return 0.0 if cap.why.rule is Rule.RISING else float(f"{cap.current_a:.1e}")


def line(bridge: Bridge, lang: str) -> str:
    """Say in one line what is told and why it is no more."""
    look = bridge.look()
    parts = [*_line_asks(look, lang), *_line_tells(_tells(bridge, look)), _line_packs(look, lang)]
    if bridge.inverter.trouble:
        parts.append(bridge.inverter.trouble)
    elif bridge.inverter.lost:
        parts.append(bridge_words()["inverter_lost"][lang])
    return " · ".join(parts)


def silences(bridge: Bridge) -> list[str]:
    """Say of each pack that has been silent for too long why it does not answer."""
    seats = [seat for seat in bridge.look().seats if seat.member.standing is Standing.STALE]
    return [f"{seat.name}: {bridge.bank.silences[seat.name]}" for seat in seats if seat.name in bridge.bank.silences]


def _line_asks(look: Look, lang: str) -> Iterator[str]:
    limits, words = look.limits, bridge_words()
    if limits is None:
        yield words["says_nothing"][lang]
        return
    for word, volts, cap in (
        ("charge", limits.charge_voltage, limits.charge),
        ("discharge", limits.discharge_voltage, limits.discharge),
    ):
        why = reason_text(cap.why, lang)
        yield f"{words[word][lang]} {volts.voltage_v:.1f} V {cap.current_a:.1f} A ({why})"


def _line_tells(told: Mapping[str, Any]) -> Iterator[str]:
    if "soc_pct" in told:
        yield f"SOC {told['soc_pct']:.1f} %"
    if "pack_voltage_v" in told and "pack_current_a" in told:
        yield f"{told['pack_voltage_v']:.2f} V {told['pack_current_a']:+.1f} A"


def _line_packs(look: Look, lang: str) -> str:
    words = bridge_words()
    others = [
        f"{seat.name} {words[f'standing_{standing(seat)}'][lang]}"
        for seat in look.seats
        if standing(seat) != Standing.CONNECTED
    ]
    head = f"{len(on_bus(look.seats))}/{len(look.seats)} packs"
    shown = [*others[:_NAMED], "…"] if len(others) > _NAMED else others
    return f"{head} ({', '.join(shown)})" if others else head

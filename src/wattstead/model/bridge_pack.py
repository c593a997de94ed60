"""What one pack bears: what it asks for, what a person allows it, and what its cells bear right now."""

from collections.abc import Iterable, Mapping

from wattstead.model.bridge import Cap, Reason, Rule, Rules, Seat, Slope, Way
from wattstead.model.reading import Value, numbers


def lets_through(values: Mapping[str, Value], way: Way) -> bool:
    """Whether current can flow that way at all: its switch is closed, or it says nothing of one."""
    return values.get(f"{way}_mos_on") is not False


def pack_cap(seat: Seat, way: Way, rules: Rules) -> Cap | None:
    """Give what a pack bears that way; None where its switch is open, so that it takes none and holds nobody back."""
    values, name = seat.member.values, seat.name
    if not lets_through(values, way):
        return None
    said = said_caps(seat, way)
    if not said:
        return Cap(0.0, Reason(Rule.UNKNOWN, name))
    base = min(said, key=amperes)
    if values.get(f"{way}_enabled") is False:
        return Cap(0.0, Reason(Rule.ASKS_TO_STOP, name))
    if way in seat.stops:
        return Cap(0.0, Reason(Rule.PROTECTION, name, code=seat.stops[way]))
    if not _tells_limits(values) and not (outermost_v(values) and numbers(values.get("cell_temperature_degc"))):
        return Cap(0.0, Reason(Rule.UNKNOWN, name))
    return min([base, *_derated(seat, way, rules, base.current_a)], key=amperes)


def said_caps(seat: Seat, way: Way) -> list[Cap]:
    """Collect what the pack asks for, and what a person states for it."""
    said = [Cap(abs(one), Reason(Rule.PACK, seat.name)) for one in _asked_a(seat.member.values, way)]
    stated = seat.stated.charge_current_a if way is Way.CHARGE else seat.stated.discharge_current_a
    return said if stated is None else [*said, Cap(max(stated, 0.0), Reason(Rule.STATED, seat.name))]


def _asked_a(values: Mapping[str, Value], way: Way) -> list[float]:
    """Give the current that the pack asks for; one with the sign of the other way asks for none."""
    sign = 1.0 if way is Way.CHARGE else -1.0
    return [max(sign * one, 0.0) for one in numbers(values.get(f"{way}_current_limit_a"))[:1]]


def _tells_limits(values: Mapping[str, Value]) -> bool:
    return all(numbers(values.get(f"{way}_current_limit_a")) for way in Way)


def _derated(seat: Seat, way: Way, rules: Rules, base_a: float) -> Iterable[Cap]:
    """Give what is left of a current near the ends of voltage, temperature and charge."""
    values, name = seat.member.values, seat.name
    degc, charging = numbers(values.get("cell_temperature_degc")), way is Way.CHARGE
    if ends := outermost_v(values):
        volts, place = ends[1] if charging else ends[0]
        slope, rule = (rules.near_full_v, Rule.NEAR_FULL) if charging else (rules.near_empty_v, Rule.NEAR_EMPTY)
        yield _part(slope, base_a, volts, Reason(rule, name, place, volts))
    if degc:
        cold, hot = (
            (rules.charge_cold_degc, rules.charge_hot_degc)
            if charging
            else (rules.discharge_cold_degc, rules.discharge_hot_degc)
        )
        yield _part(cold, base_a, min(degc), Reason(Rule.COLD, name, degc.index(min(degc)) + 1, min(degc)))
        yield _part(hot, base_a, max(degc), Reason(Rule.HOT, name, degc.index(max(degc)) + 1, max(degc)))
    soc = numbers(values.get("soc_pct"))
    if not charging and soc and soc[0] <= rules.empty_soc_pct:
        yield Cap(0.0, Reason(Rule.NO_CHARGE_LEFT, name, value=soc[0]))


def outermost_v(values: Mapping[str, Value]) -> tuple[tuple[float, int], tuple[float, int]] | None:
    """Give the lowest and the highest cell, each with its place from 1, or 0 where only the voltage is told."""
    if cells := numbers(values.get("cell_voltage_v")):
        low, high = min(cells), max(cells)
        return (low, cells.index(low) + 1), (high, cells.index(high) + 1)
    told = [numbers(values.get(f"cell_voltage_{end}_v"))[:1] for end in ("min", "max")]
    return ((told[0][0], 0), (told[1][0], 0)) if all(told) else None


def _part(slope: Slope, base_a: float, value: float, why: Reason) -> Cap:
    return Cap(base_a * slope.share(value), why)


def amperes(cap: Cap) -> float:
    """Give the current of a limit, to compare by."""
    return cap.current_a

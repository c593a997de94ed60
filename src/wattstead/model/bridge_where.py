"""Which packs are on the bus of a bank, and whose voltage says otherwise."""

from collections.abc import Iterable, Sequence
from typing import Final

from wattstead.model.bank import Standing
from wattstead.model.bridge import Rules, Seat
from wattstead.model.bridge_pack import outermost_v
from wattstead.model.reading import numbers

FLOWING_A: Final = 1.0
"""Below that nobody can tell how packs share a current."""
APART_V: Final = 1.0
"""Packs on one bus differ by less, cables and sensors included."""


def on_bus(seats: Iterable[Seat]) -> list[Seat]:
    """Give the packs that are connected, those that are joining too."""
    return [seat for seat in seats if seat.member.standing is Standing.CONNECTED]


def torn(there: Sequence[Seat]) -> str:
    """Name a pack where no more than half of the connected packs agree on the voltage of their bus, else ""."""
    known = [(volts[0], seat) for seat in there if (volts := numbers(seat.member.values.get("pack_voltage_v")))]
    if not known or 2 * len(_agreeing([volts for volts, _ in known])) > len(known) or _flows(known):
        return ""
    return known[0][1].name


def apart(there: Sequence[Seat]) -> set[str]:
    """Name the packs whose voltage is not that of the bus that most agree on, and which carry no current."""
    known = [(volts[0], seat) for seat in there if (volts := numbers(seat.member.values.get("pack_voltage_v")))]
    bus = _agreeing([volts for volts, _ in known])
    if 2 * len(bus) <= len(known):
        return set()
    far = [seat for volts, seat in known if not min(bus) <= volts <= max(bus)]
    return {seat.name for seat in far if _carries_a(seat) < FLOWING_A}


def _agreeing(volts: Sequence[float]) -> list[float]:
    """Find the most voltages within ``APART_V`` of each other."""
    ordered = sorted(volts)
    windows = ([one for one in ordered if low <= one <= low + APART_V] for low in ordered)
    return max(windows, key=len, default=[])


def _flows(known: Sequence[tuple[float, Seat]]) -> bool:
    """Whether current flows: then packs that were read one after the other may differ for a moment."""
    return any(_carries_a(seat) >= FLOWING_A for _, seat in known)


def _carries_a(seat: Seat) -> float:
    return max((abs(one) for one in numbers(seat.member.values.get("pack_current_a"))[:1]), default=0.0)


def wants_charge(seats: Iterable[Seat], rules: Rules) -> bool:
    """Whether a pack on the bus is so empty that it is to be charged, whoever wants to use it."""
    for seat in on_bus(seats):
        soc, ends = numbers(seat.member.values.get("soc_pct")), outermost_v(seat.member.values)
        if (soc and soc[0] <= rules.empty_soc_pct) or (ends and ends[0][0] <= rules.near_empty_v.none_at):
            return True
    return False

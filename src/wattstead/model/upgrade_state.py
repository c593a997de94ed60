"""Whether a battery may be upgraded now: idle or with open relays, within limits, nothing protecting (GRW-10)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from wattstead.model.quantity import QUANTITIES

RELAYS = ("charge_mos_on", "discharge_mos_on")
CURRENT = "pack_current_a"


def unfit(
    values: Mapping[str, Any], grave: Iterable[str], *, idle_a: float, wants: Mapping[str, Sequence[float]]
) -> tuple[str, ...]:
    """Find what speaks against an upgrade, each with its values; empty where nothing does.

    values: what the battery says, by quantity. grave: active protections and faults. idle_a: what counts as no
    current. wants: lowest and highest value of quantities, cells each by itself.
    """
    found = [*_flows(values, idle_a)]
    for name, (low, high) in wants.items():
        found += _beyond(name, values.get(name), low, high)
    codes = sorted(grave)
    if codes:
        found.append(f"active: {', '.join(codes)}; clear that first")
    return tuple(found)


def _flows(values: Mapping[str, Any], idle_a: float) -> list[str]:
    relays = [values.get(name) for name in RELAYS]
    if all(one is False for one in relays):
        return []
    current = values.get(CURRENT)
    if not isinstance(current, int | float):
        return ["the battery does not say its current; it must be idle, or its relays open"]
    if abs(current) <= idle_a:
        return []
    state = "closed" if any(relays) else "not known to be open"
    return [f"{current:g} A flow and the relays are {state}; idle is {idle_a:g} A at most: stop charger and load"]


def _beyond(name: str, value: object, low: float, high: float) -> list[str]:
    numbers = [one for one in (value if isinstance(value, list | tuple) else [value]) if isinstance(one, int | float)]
    unit = QUANTITIES[name].unit if name in QUANTITIES else ""
    limits = f"{low:g} to {high:g} {unit}".rstrip()
    if not numbers:
        return [f"the battery does not say {name}, which must be {limits}"]
    wrong = [one for one in (min(numbers), max(numbers)) if not low <= one <= high]
    return [f"{name} is {wrong[0]:g} {unit}".rstrip() + f"; it must be {limits}"] if wrong else []

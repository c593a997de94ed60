"""Whether values can be true together: another make's frame may fit a profile byte for byte."""

from collections.abc import Mapping

from wattstead.model.reading import Value, numbers

TOLERANCE = 0.1  # of the pack's voltage: busbars and calibration explain a percent or two
OVERFULL = 1.25  # of the full capacity: a gauge that learns its capacity may be some percent ahead of it
SOC_LIMIT_PCT = 105.0
DEAD_V = 1.0
FLOWING_A = 1.0
SMALLEST, LARGEST = 1e-6, 1e12  # of any unit: below and above are integers that were read as floating-point numbers


def doubt(values: Mapping[str, Value]) -> str | None:
    """Say what contradicts itself: a short-form Pylontech reply read as Seplos shows a pack of ten times its cells."""
    return _voltage(values) or _current(values) or _charge(values) or _limits(values) or _size(values)


def _voltage(values: Mapping[str, Value]) -> str | None:
    cells, pack = numbers(values.get("cell_voltage_v")), numbers(values.get("pack_voltage_v"))
    if not cells or not pack:
        return None
    total_v = sum(cells)
    if abs(total_v - pack[0]) <= TOLERANCE * max(total_v, pack[0]):
        return None
    return f"its {len(cells)} cells add up to {total_v:.1f} V, but the pack says {pack[0]:.1f} V"


def _current(values: Mapping[str, Value]) -> str | None:
    current, pack = numbers(values.get("pack_current_a")), numbers(values.get("pack_voltage_v"))
    if not current or not pack or pack[0] >= DEAD_V or abs(current[0]) < FLOWING_A:
        return None
    return f"{current[0]:.1f} A flow, but the pack has {pack[0]:.1f} V"


def _charge(values: Mapping[str, Value]) -> str | None:
    pack = numbers(values.get("pack_voltage_v"))
    for soc_pct in numbers(values.get("soc_pct")):
        if soc_pct > SOC_LIMIT_PCT:
            return f"it says to be {soc_pct:.1f} % full"
        if soc_pct > 0 and pack and 0 < pack[0] < DEAD_V:  # a board without cells shows 0 V
            return f"it says to be {soc_pct:.1f} % full, but the pack has {pack[0]:.1f} V"
    remaining, full = numbers(values.get("remaining_capacity_ah")), numbers(values.get("full_capacity_ah"))
    if remaining and full and remaining[0] > OVERFULL * full[0]:
        return f"{remaining[0]:.1f} Ah are left in it, but {full[0]:.1f} Ah make it full"
    return None


def _limits(values: Mapping[str, Value]) -> str | None:
    charge, discharge = numbers(values.get("charge_voltage_limit_v")), numbers(values.get("discharge_voltage_limit_v"))
    if not charge or not discharge or charge[0] >= discharge[0]:
        return None
    return f"it may be charged up to {charge[0]:.1f} V, but discharged only down to {discharge[0]:.1f} V"


def _size(values: Mapping[str, Value]) -> str | None:
    for name, value in values.items():
        for one in numbers(value):
            if one and not SMALLEST <= abs(one) <= LARGEST:
                return f"{name} is {one:g}, which nothing measures"
    return None

"""Whether values can be true together: another make's frame may fit a profile byte for byte."""

from collections.abc import Mapping

from wattstead.model.reading import Value, numbers

TOLERANCE = 0.1  # of the pack's voltage: busbars and calibration explain a percent or two


def doubt(values: Mapping[str, Value]) -> str | None:
    """Say what contradicts itself: a short-form Pylontech reply read as Seplos shows a pack of ten times its cells."""
    cells, pack = numbers(values.get("cell_voltage_v")), numbers(values.get("pack_voltage_v"))
    if not cells or not pack:
        return None
    total_v = sum(cells)
    if abs(total_v - pack[0]) <= TOLERANCE * max(total_v, pack[0]):
        return None
    return f"its {len(cells)} cells add up to {total_v:.1f} V, but the pack says {pack[0]:.1f} V"

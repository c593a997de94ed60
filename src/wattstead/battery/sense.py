"""What the sensors of the BMS see where they do not see the truth: limits and counters go by it, cells do not."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from wattstead.battery.cell import Cells
from wattstead.battery.check import require
from wattstead.battery.state import Floats, PackState


@dataclass(frozen=True, slots=True, eq=False)
class Sense:
    """Readings in place of the true values; NaN where a sensor sees the truth.

    cell_voltage_v ``[cell, pack]``; pack_voltage_v and current_a ``[pack]``, positive charges.
    """

    cell_voltage_v: Floats
    pack_voltage_v: Floats
    current_a: Floats

    @classmethod
    def true(cls, state: PackState) -> "Sense":
        """Give sensors for these packs that see the truth; write readings into its arrays before the first step."""
        cells, packs = state.cell_voltage_v.shape
        return cls(np.full((cells, packs), np.nan), np.full(packs, np.nan), np.full(packs, np.nan))

    def check(self, state: PackState) -> None:
        """Refuse readings of other packs and infinite ones. Raises UsageError."""
        shape = state.cell_voltage_v.shape
        for name, wanted in (("cell_voltage_v", shape), ("pack_voltage_v", shape[1:]), ("current_a", shape[1:])):
            held: Floats = getattr(self, name)
            require(held.shape == wanted, f"sensed {name}", f"of shape {held.shape}", f"be of shape {wanted}")
            require(not np.isinf(held).any(), f"sensed {name}", "with infinity", "hold numbers, or NaN for the truth")

    def span(self, start: int, end: int) -> "Sense":
        """Give the sensors of the packs from ``start`` up to, not including, ``end``."""
        return Sense(self.cell_voltage_v[:, start:end], self.pack_voltage_v[start:end], self.current_a[start:end])

    def of(self, cells: Cells, current_a: Floats) -> tuple[Cells, Floats]:
        """Give cells and current as the BMS sees them."""
        voltage, pack_voltage = self.voltages(cells.voltage_v, cells.pack_voltage_v)
        return replace(cells, voltage_v=voltage, pack_voltage_v=pack_voltage), _seen(self.current_a, current_a)

    def seen(self, state: PackState) -> PackState:
        """Give the state that the BMS believes in: voltages and current as its sensors see them."""
        voltage, pack_voltage = self.voltages(state.cell_voltage_v, state.pack_voltage_v)
        current = _seen(self.current_a, state.current_a)
        return replace(state, cell_voltage_v=voltage, pack_voltage_v=pack_voltage, current_a=current)

    def voltages(
        self, cell_voltage_v: Floats, pack_voltage_v: Floats, packs: NDArray[np.intp] | slice = slice(None)
    ) -> tuple[Floats, Floats]:
        """Give the voltages of these packs as the BMS sees them. packs: which ones they are."""
        return (
            _seen(self.cell_voltage_v[:, packs], cell_voltage_v),
            _seen(self.pack_voltage_v[packs], pack_voltage_v),
        )


def _seen(reading: Floats, truth: Floats) -> Floats:
    return np.where(np.isnan(reading), truth, reading)

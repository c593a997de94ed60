"""What the sensors of the BMS see where they do not see the truth: rows and counters go by it, cells do not."""

from dataclasses import dataclass
from math import inf

import numpy as np

from wattstead.battery.check import require
from wattstead.battery.kernel import layout as at
from wattstead.battery.packs import Floats, Packs

OPEN_DEGC, SHORT_DEGC = -inf, inf
"""A probe that is open or short: no reading, left out of the extremes, and a fault of the sensor."""


@dataclass(frozen=True, slots=True, eq=False)
class Sense:
    """Readings in place of the true values, float32; NaN where a sensor sees the truth. They hold for a whole step.

    cell_voltage_v ``[cell, pack]``; probe_degc ``[probe, pack]``, infinite for a probe without reading; packs ``[row,
    pack]`` in the order of ``kernel.layout``, through the properties.
    """

    cell_voltage_v: Floats
    probe_degc: Floats
    packs: Floats

    @classmethod
    def true(cls, packs: Packs) -> "Sense":
        """Give sensors for these packs that see the truth; write readings into its arrays before the step."""
        cells, probes, n = packs.preset.cells, len(packs.preset.probes), packs.count
        rows = ((cells, n), (probes, n), (at.SEEN_ROWS, n))
        return cls(*(np.full(shape, np.nan, dtype=np.float32) for shape in rows))

    @property
    def pack_voltage_v(self) -> Floats:
        """Of the pack; where it is NaN, the sum of what the cells read."""
        return np.asarray(self.packs[at.SEEN_PACK_V])

    @property
    def current_a(self) -> Floats:
        """Positive charges."""
        return np.asarray(self.packs[at.SEEN_CURRENT_A])

    @property
    def ambient_degc(self) -> Floats:
        """Of the air."""
        return np.asarray(self.packs[at.SEEN_AMBIENT])

    @property
    def mos_degc(self) -> Floats:
        """Of the MOS."""
        return np.asarray(self.packs[at.SEEN_MOS])

    @property
    def soc_pct(self) -> Floats:
        """What the rows on SOC go by."""
        return np.asarray(self.packs[at.SEEN_SOC])

    @property
    def port_voltage_v(self) -> Floats:
        """At the port."""
        return np.asarray(self.packs[at.SEEN_PORT_V])

    @property
    def connection_ohm(self) -> Floats:
        """Of the worst joint between two cells, as the BMS works it out."""
        return np.asarray(self.packs[at.SEEN_CONNECTION])

    @property
    def resistance_ratio(self) -> Floats:
        """Of the worst cell over the median, as the BMS works it out."""
        return np.asarray(self.packs[at.SEEN_RATIO])

    def check(self, packs: Packs) -> None:
        """Refuse readings of other packs and infinite ones. Raises UsageError."""
        true = Sense.true(packs)
        for name in ("cell_voltage_v", "probe_degc", "packs"):
            held: Floats = getattr(self, name)
            wanted: Floats = getattr(true, name)
            require(held.shape == wanted.shape, f"sensed {name}", f"of shape {held.shape}", f"be {wanted.shape}")
            infinite = name != "probe_degc" and bool(np.isinf(held).any())
            require(not infinite, f"sensed {name}", "with infinity", "hold numbers, or NaN for the truth")

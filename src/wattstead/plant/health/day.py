"""One day of one pack as arrays: means of five minutes, as the store keeps them for ever."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]
Flags = NDArray[np.bool_]

BUCKETS = 288
BUCKET_S = 300
DAY_S = 86_400


@dataclass(frozen=True, slots=True, eq=False)
class Day:
    """What a pack said on one day, NaN where it said nothing.

    number: days since 1970 UTC, or of a simulation. cell_voltage_v ``[bucket, cell]``, current_a ``[bucket]``, where
    positive charges, soc_pct ``[bucket]``, probe_degc ``[bucket, probe]``. capacity_ah: that the pack is said to have,
    None where it is not told.
    """

    number: int
    cell_voltage_v: Floats
    current_a: Floats
    soc_pct: Floats
    probe_degc: Floats
    capacity_ah: float | None = None

"""The noise of sensors: a table of normal numbers that kernels read from a place of its own in each step and channel.

A value follows from number of the pack, number of the step and channel alone, whatever the size of the fleet, its
blocks and threads: neighbours in a fleet read neighbours in the table, so that a row of packs is one row of it.
"""

from functools import cache
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from wattstead.battery.kernel import layout as at

_SEED = 20_016


@cache
def noise_table() -> NDArray[np.int8]:
    """Give the table, int8 ``[NOISE_POINTS + BLOCK]``: quantiles of the normal distribution in random order.

    Unit: NOISE_PER_SIGMA to a standard deviation. The first BLOCK points come once more at the end, so that a row
    never turns round within a block. Mean 0, standard deviation 1 within a hundredth; nothing beyond 3.7 of them.
    """
    normal = NormalDist()
    points = [normal.inv_cdf((k + 0.5) / at.NOISE_POINTS) for k in range(at.NOISE_POINTS)]
    whole = np.rint(np.array(points) * at.NOISE_PER_SIGMA).astype(np.int8)
    mixed = np.random.Generator(np.random.Philox(key=_SEED)).permutation(whole)
    table = np.concatenate([mixed, mixed[: at.BLOCK]])
    table.setflags(write=False)
    return table

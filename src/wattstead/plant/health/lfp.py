"""What is common to all LFP cells: the two knees of their curve, where voltage tells charge.

Rounded figures of resting voltage that cells of several makers share within some 10 mV (docs/models/health.md); made
for comparing cells of one pack with each other, where such errors cancel. Not the curve of the simulated cells.
"""

import numpy as np

from wattstead.plant.health.day import Floats

KNEE_LOW_V, KNEE_HIGH_V = 3.18, 3.385
"""A pack with a cell below, or with its median cell above, is off the plateau."""
SHARE = np.array([-0.05, 0.0, 0.02, 0.05, 0.09, 0.14, 0.20, 0.30, 0.95, 0.97, 0.985, 1.0, 1.02])
VOLTAGE_V = np.array([1.8, 2.5, 2.8, 3.0, 3.14, 3.20, 3.235, 3.27, 3.355, 3.375, 3.42, 3.52, 3.75])


def share_at(resting_v: Floats) -> Floats:
    """Give the charge, 0..1, of cells at rest; good at the knees, a line over the plateau."""
    return np.asarray(np.interp(resting_v, VOLTAGE_V, SHARE))


def low_end(share: Floats) -> Floats:
    """Give the resting voltage below the plateau, for a curve that was not seen down there."""
    return np.asarray(np.interp(share, SHARE, VOLTAGE_V))

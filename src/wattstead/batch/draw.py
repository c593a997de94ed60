"""Random numbers that belong to their subject: the same house, day and reason give the same number in any order.

Households are simulated in blocks, by several workers, and again after an interruption; so a number may not depend on
which were drawn before it. It is the hash of whose it is, what it is about and which slot of time it is for. The
mixing is that of SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, OOPSLA 2014).
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Keys = NDArray[np.uint64]
Floats = NDArray[np.floating[Any]]

_GOLDEN, _ALL = 0x9E3779B97F4A7C15, (1 << 64) - 1
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_S30, _S27, _S31, _S11 = (np.uint64(shift) for shift in (30, 27, 31, 11))


def keys(seed: int, first: int, n: int, about: int = 0) -> Keys:
    """Give the keys of n subjects from number ``first`` on. about: what kind of subject."""
    start = _mixed(np.array([seed & _ALL], dtype=np.uint64) + _offset(about))
    return _mixed(start + np.arange(first, first + n, dtype=np.uint64) * np.uint64(_GOLDEN))


def draw(keys: Keys, about: int, slot: int = 0) -> NDArray[np.float64]:
    """Give a number from 0 to 1 for each key. about: the reason. slot: which day or quarter of an hour it is for."""
    bits = _mixed(_mixed(keys + _offset(about)) + _offset(slot))
    return (bits >> _S11).astype(np.float64) * 2.0**-53


def _offset(number: int) -> np.uint64:
    return np.uint64((number + 1) * _GOLDEN & _ALL)


def _mixed(bits: Keys) -> Keys:
    bits = (bits ^ (bits >> _S30)) * _FIRST
    bits = (bits ^ (bits >> _S27)) * _SECOND
    return bits ^ (bits >> _S31)


class Wander:
    """A number from 0 to 1 for each key that wanders from one slot of time to the next, on straight lines."""

    def __init__(self, keys: Keys, about: int, slot_s: float) -> None:
        self._keys, self._about, self._slot_s = keys, about, slot_s
        self._slot = -2
        self._before = self._after = np.empty(0)

    def at(self, at_s: float) -> Floats:
        """Give them at this time."""
        slot, place = divmod(at_s / self._slot_s, 1.0)
        if int(slot) != self._slot:
            kept = int(slot) == self._slot + 1
            self._before = self._after if kept else draw(self._keys, self._about, int(slot))
            self._after = draw(self._keys, self._about, int(slot) + 1)
            self._slot = int(slot)
        return self._before + place * (self._after - self._before)

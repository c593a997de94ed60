"""Packs that grow old while they run: what each lives through is watched, and its cells lose what ``age`` says.

``Ageing.look`` is called between steps, as often as one likes: every LOOK_S of simulated time it takes in charge,
temperature and throughput, every AGE_S the models go on and the cells are given what they have left. All three models
of the band are followed; one end of it, or its middle, acts on the cells (docs/models/ageing.md).
"""

from collections.abc import Mapping
from enum import Enum
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from wattstead.battery.age import Life, Wear, age, aged
from wattstead.battery.check import require
from wattstead.battery.kernel import layout as at
from wattstead.battery.packs import Packs, in_order
from wattstead.model.errors import UsageError

Floats = NDArray[np.float64]

LOOK_S: Final = 600.0
AGE_S: Final = 3600.0
_SLOT_S, _SLOTS = 10_800.0, 8  # of the last day, over which depth and mean current are taken
_NO_LOW, _NO_HIGH = 2.0, -1.0  # of a SOC that nothing has seen
_KNOWN_DEGC = -40.0, 60.0  # beyond the warmest measured cells a fit may say anything
_LEAST = 0.05  # of the capacity: beyond the life of any cell, and something must be left to divide by


class Acting(Enum):
    """Which of the band acts on the cells. NONE: all is worked out, and the cells stay as they are."""

    NONE = "none"
    LOW = "low"
    MIDDLE = "middle"
    HIGH = "high"


class Ageing:
    """The wear of N packs that run.

    acting: LOW is the worst of the models, with the largest growth of the resistance. wear: behind the packs already,
    as their cells are now; none where it is left out. ``wear`` and ``aged`` are those of the last time the models went
    on, ``cycles`` of the last look.
    """

    def __init__(self, packs: Packs, acting: Acting = Acting.MIDDLE, wear: Wear | None = None) -> None:
        self.acting = acting
        self.wear = Wear.none(packs.count) if wear is None else wear
        self.aged = aged(self.wear)
        self.cycles: Floats = np.zeros(packs.count)
        capacity, resistance = self._left()
        self._new_ah = 1.0 / (packs.cell(at.PER_AH).astype(np.float64) * capacity)
        self._new_ohm = packs.cell(at.R25_OHM).astype(np.float64) / resistance
        self._seen_s = self._aged_s = packs.time_s
        self._slot = int(self._seen_s // _SLOT_S)
        self._soc, self._degc, self._volts, self._kwh = _seen(packs)
        self._low, self._high, self._moved_ah = (np.zeros((_SLOTS, packs.count)) for _ in range(3))
        self._hours = np.zeros(_SLOTS)
        self._low[:], self._high[:] = _NO_LOW, _NO_HIGH
        self._begin_slot()
        self._begin_span()

    def look(self, packs: Packs) -> None:
        """See the packs of the beginning, between two steps."""
        if packs.time_s - self._seen_s >= LOOK_S:
            self._see(packs)
        if self._seen_s - self._aged_s >= AGE_S:
            self._grow(packs)

    def close(self, packs: Packs) -> None:
        """Take in what has passed since the last look, and let the models go on up to now."""
        if packs.time_s > self._seen_s:
            self._see(packs)
        if self._seen_s > self._aged_s:
            self._grow(packs)

    def save(self) -> dict[str, Any]:
        """Give all of it as lists and numbers; JSON keeps every bit of them."""
        wear = {name: getattr(self.wear, name).tolist() for name in _WEAR}
        times = {"seen_s": self._seen_s, "aged_s": self._aged_s, "slot": self._slot}
        return {**wear, **times, **{name: getattr(self, name).tolist() for name in _ARRAYS}}

    @classmethod
    def restore(cls, packs: Packs, saved: Mapping[str, Any], acting: Acting = Acting.MIDDLE) -> "Ageing":
        """Go on from what ``save`` gave, with the packs of that time. Raises UsageError for what does not fit them."""
        new = cls(packs, acting)
        new.wear = Wear(*(_array(name, saved, getattr(new.wear, name)) for name in _WEAR))
        new.aged = aged(new.wear)
        for name in _ARRAYS:
            setattr(new, name, _array(name, saved, getattr(new, name)))
        for name, most in (("seen_s", packs.time_s), ("aged_s", packs.time_s), ("slot", packs.time_s // _SLOT_S)):
            number = saved.get(name)
            fits = isinstance(number, int | float) and 0.0 <= number <= most
            require(fits, f"saved wear {name}", number, f"lie between 0 and {most:g}, the time of the packs")
        new._seen_s, new._aged_s, new._slot = saved["seen_s"], saved["aged_s"], int(saved["slot"])
        return new

    def _see(self, packs: Packs) -> None:
        span_s = packs.time_s - self._seen_s
        self._turn_to(int(self._seen_s // _SLOT_S))
        soc, degc, volts, kwh = _seen(packs)
        moved_ah = (kwh - self._kwh) * 2000.0 / (volts + self._volts)
        self._soc_s += 0.5 * (soc + self._soc) * span_s
        self._degc_s += 0.5 * (degc + self._degc) * span_s
        self._span_ah += moved_ah
        self._span_ah2_per_h += moved_ah * moved_ah * (3600.0 / span_s)
        place = self._slot % _SLOTS
        np.minimum(self._low[place], soc, out=self._low[place])
        np.maximum(self._high[place], soc, out=self._high[place])
        self._moved_ah[place] += moved_ah
        self._hours[place] += span_s / 3600.0
        self.cycles += moved_ah / (2.0 * packs.preset.rated_capacity_ah)
        self._soc, self._degc, self._volts, self._kwh = soc, degc, volts, kwh
        self._seen_s = packs.time_s

    def _grow(self, packs: Packs) -> None:
        span_s, rated_ah = self._seen_s - self._aged_s, packs.preset.rated_capacity_ah
        moved = self._span_ah > 0.0
        c_rate = np.divide(self._span_ah2_per_h, self._span_ah * rated_ah, out=np.zeros_like(self._soc), where=moved)
        life = Life(
            days=span_s / 86_400.0,
            soc=self._soc_s / span_s,
            temperature_degc=self._degc_s / span_s,
            efc=self._span_ah / (2.0 * rated_ah),
            dod=self._high.max(axis=0) - self._low.min(axis=0),
            c_rate=c_rate,
            mean_c_rate=in_order(self._moved_ah) / (rated_ah * self._hours.sum()),
        )
        self.wear = age(self.wear, life)
        self.aged = aged(self.wear)
        if self.acting is not Acting.NONE:
            capacity, resistance = self._left()
            packs.age(self._new_ah * capacity, self._new_ohm * resistance)
        self._aged_s = self._seen_s
        self._begin_span()

    def _left(self) -> tuple[Floats, Floats]:
        """Give capacity and resistance that act, over those of new cells."""
        now = self.aged
        match self.acting:
            case Acting.LOW:
                capacity, resistance = now.capacity_low, now.resistance_high
            case Acting.HIGH:
                capacity, resistance = now.capacity_high, now.resistance_low
            case _:
                capacity, resistance = now.capacity_mid, now.resistance_mid
        return np.maximum(capacity, _LEAST), resistance

    def _begin_span(self) -> None:
        self._soc_s, self._degc_s, self._span_ah, self._span_ah2_per_h = (np.zeros_like(self._soc) for _ in range(4))

    def _turn_to(self, slot: int) -> None:
        while self._slot < slot:
            self._slot += 1
            self._begin_slot()

    def _begin_slot(self) -> None:
        place = self._slot % _SLOTS
        self._low[place] = self._high[place] = self._soc
        self._moved_ah[place], self._hours[place] = 0.0, 0.0


_WEAR: Final = ("calendar_loss", "cycle_loss", "calendar_growth", "cycle_growth")
_ARRAYS: Final = (
    "cycles",
    *("_new_ah", "_new_ohm"),
    *("_soc", "_degc", "_volts", "_kwh"),
    *("_low", "_high", "_moved_ah", "_hours"),
    *("_soc_s", "_degc_s", "_span_ah", "_span_ah2_per_h"),
)


def _array(name: str, saved: Mapping[str, Any], like: Floats) -> Floats:
    try:
        array = np.array(saved.get(name), dtype=np.float64)
    except (TypeError, ValueError):
        array = np.empty(0)
    what = f"saved wear {name.removeprefix('_')}"
    wanted = " x ".join(map(str, like.shape))
    if array.shape != like.shape or not np.isfinite(array).all():
        raise UsageError(f"{what} must be {wanted} finite numbers")
    if name not in {"_degc", "_degc_s", "_high"}:
        require(bool(array.min() >= 0.0), what, array.min(), "not be negative")
    if name in {"_new_ah", "_new_ohm", "_volts"}:
        require(bool(array.min() > 0.0), what, array.min(), "be above 0")
    return array


def _seen(packs: Packs) -> tuple[Floats, Floats, Floats, Floats]:
    """Give true SOC between the ends of the curve, mean temperature, voltage, and energy either way so far."""
    cells = packs.preset.cells
    soc = np.clip(in_order(packs.fill) / cells, 0.0, 1.0)
    degc = np.clip(in_order(packs.temperature_degc.astype(np.float64)) / cells, *_KNOWN_DEGC)
    volts = np.maximum(packs.pack_voltage_v.astype(np.float64), 0.5 * cells)
    return soc, degc, volts, packs.charged_kwh + packs.discharged_kwh

"""What the sensors of a virtual pack see where somebody says that it is not the truth.

``given`` of a pack, by name: a number for ``pack_voltage_v``, ``soc_pct`` and others of the whole pack; one for each
cell or probe, None where it sees the truth, infinite for a probe that is open (-) or short (+); offsets, which are
added to the truth.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from math import nan
from typing import Any, Final

import numpy as np

from wattstead.battery.kernel import layout as at
from wattstead.battery.measure import Measured, PackReport, measured, report_pack
from wattstead.battery.packs import Floats, Packs
from wattstead.battery.request import request
from wattstead.battery.sense import Sense

Sensed = Mapping[str, Any]

OF_PACK: Final = {
    "pack_voltage_v": at.SEEN_PACK_V,
    "port_voltage_v": at.SEEN_PORT_V,
    "pack_current_a": at.SEEN_CURRENT_A,
    "ambient_temperature_degc": at.SEEN_AMBIENT,
    "mos_temperature_degc": at.SEEN_MOS,
    "soc_pct": at.SEEN_SOC,
    "connection_ohm": at.SEEN_CONNECTION,
    "cell_resistance_ratio": at.SEEN_RATIO,
}
"""Readings of the whole pack, with their row of ``battery.sense``."""
ONLY_TOLD: Final = ("bms_temperature_degc",)
"""No row goes by these."""
CELLS: Final = "cell_voltage_v"
PROBES: Final = "cell_temperature_degc"
CELL_OFFSET: Final = "cell_voltage_offset_v"
CURRENT_OFFSET: Final = "pack_current_offset_a"
PROBE_OFFSET: Final = "cell_temperature_offset_k"


def sense_of(packs: Packs, given: Mapping[int, Sensed]) -> Sense | None:
    """Make the sensors of packs, by place, for a step; None where all see the truth."""
    if not any(given.values()):
        return None
    sense = Sense.true(packs)
    for place, seen in given.items():
        for name, row in OF_PACK.items():
            sense.packs[row, place] = seen.get(name, nan)
        _put(sense.cell_voltage_v[:, place], seen, CELLS, CELL_OFFSET, lambda now: now.cells_v, packs, place)
        _put(sense.probe_degc[:, place], seen, PROBES, PROBE_OFFSET, lambda now: now.probes_degc, packs, place)
    return sense


def _put(
    readings: Floats,
    seen: Sensed,
    name: str,
    offset_name: str,
    true: Callable[[Measured], Sequence[float]],
    packs: Packs,
    place: int,
) -> None:
    """Put readings of cells or probes in place. One that is off by something follows the truth of the step before."""
    if offset_name in seen:
        readings[:] = np.add(true(measured(packs, place)), seen[offset_name])
    for number, one in enumerate(seen.get(name, ())):
        if one is not None:
            readings[number] = one


@contextmanager
def shunt_offset(packs: Packs, given: Mapping[int, Sensed]) -> Iterator[None]:
    """Let the current sensors of these packs be off by what is given, for as long as the context lasts."""
    currents = packs.pack_row(at.OFFSET_A)
    kept = [(place, currents[place].copy()) for place in given]
    for place, seen in given.items():
        currents[place] += np.float32(seen.get(CURRENT_OFFSET, 0.0))
    try:
        yield
    finally:
        for place, amperes in kept:
            currents[place] = amperes


def report_of(packs: Packs, place: int, seen: Sensed, *, asks: bool = True) -> PackReport:
    """Give what the BMS of a pack believes. asks: and what it asks of the inverter."""
    given = {place: seen} if seen else {}
    with shunt_offset(packs, given):
        sense = sense_of(packs, given)
        told = report_pack(packs, place, sense)
        asked = request(packs, place, sense).values() if asks else {}
    named = {name: seen[name] for name in ("soc_pct", *ONLY_TOLD) if name in seen}
    return PackReport({**told.values, **asked, **named}, told.active)

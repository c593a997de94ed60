"""What a pack asks of the inverter: CVL, CCL, DCL, lowered before a protection has to cut.

All is well: the preset's figures (``behaviour.Requests``). Lowered by (each ours but for the last three):

- the highest cell: from ``TAPER_V`` below the lowest voltage at which a row stops charge, down to 0 A at ``MARGIN_V``
  before it; the lowest cell and discharge likewise;
- the coldest and the warmest probe: from ``TAPER_K`` before a row stops that direction, to 0 A there;
- no probe with a reading: no charge;
- a row that asks for less (level 2 of GRW-5): to ``LESS_SHARE``;
- a cell below ``trickle_below_v``: to ``trickle_a`` (C26);
- the charge current limiter: to its limit;
- an open switch: 0 A.

The charge voltage is lowered for uneven cells, see ``charge_voltage_v``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import inf, isnan
from typing import Final

from wattstead.battery.behaviour import LimiterKind, Switch
from wattstead.battery.kernel import layout as at
from wattstead.battery.measure import Measured, measured
from wattstead.battery.packs import Packs
from wattstead.battery.preset import PackPreset
from wattstead.battery.sense import Sense
from wattstead.model.bank import Request
from wattstead.model.protection import Action, Channel, Protection

TAPER_V: Final = 0.15
MARGIN_V: Final = 0.02
TAPER_K: Final = 5.0
LESS_SHARE: Final = 0.5
LEAD_V: Final = 0.04
"""So far the highest cell may lie above its share of the charge voltage before that is lowered."""
NEAR_V: Final = 0.10
"""The charge voltage is looked at once the highest cell is so near to where it may go."""
FLOAT_V: Final = 3.375
"""A cell: the charge voltage is not lowered below it, for it holds a full pack and empties none (54 V of 16 cells)."""


@dataclass(frozen=True, slots=True)
class Stops:
    """At what values the rows of a pack stop one direction; infinite where none does."""

    highest_v: float
    lowest_v: float
    warmest_degc: float
    coldest_degc: float


@dataclass(frozen=True, slots=True)
class Doing:
    """What the BMS does just now, as far as its requests go by it."""

    charge_on: bool = True
    discharge_on: bool = True
    less_charge: bool = False
    less_discharge: bool = False
    limited: bool = False


def request(packs: Packs, k: int, sense: Sense | None = None) -> Request:
    """Give what pack k asks. Raises UsageError for an absent one."""
    return pack_request(packs.preset, measured(packs, k, sense), _doing(packs, k))


def pack_request(preset: PackPreset, seen: Measured, doing: Doing) -> Request:
    """Give what a pack of this preset asks that reads and does so."""
    asked, highest, lowest = preset.requests, max(seen.cells_v), min(seen.cells_v)
    charging, discharging = stops(preset.protections, Action.STOP_CHARGE), _discharging(preset)
    charge = asked.charge_current_a * _share(charging, highest, lowest, seen.probes_degc)
    discharge = asked.discharge_current_a * _share(discharging, -inf, lowest, seen.probes_degc)
    if all(isnan(degc) for degc in seen.probes_degc):
        charge = 0.0
    charge *= LESS_SHARE if doing.less_charge else 1.0
    discharge *= LESS_SHARE if doing.less_discharge else 1.0
    if lowest < asked.trickle_below_v:
        charge = min(charge, asked.trickle_a)
    if doing.limited:
        charge = min(charge, preset.limiter.limit_a)
    return Request(
        charge_voltage_v=charge_voltage_v(preset, seen.cells_v),
        discharge_voltage_v=asked.discharge_voltage_v,
        charge_current_a=charge if doing.charge_on else 0.0,
        discharge_current_a=discharge if doing.discharge_on else 0.0,
        charge_enabled=doing.charge_on,
        discharge_enabled=doing.discharge_on,
    )


def charge_voltage_v(preset: PackPreset, cells_v: Sequence[float]) -> float:
    """Give the charge voltage that a pack asks for with these cells: the preset's, lowered near full for uneven cells.

    The highest cell may go to ``LEAD_V`` above its share of the preset's voltage, and no nearer than ``MARGIN_V`` to a
    row that stops charge. The pack asks for what it would stand at if all its cells rose evenly until the highest is
    there; so a charger at constant voltage stops where the highest cell has to stop, and goes on as the cells get even.
    """
    asked_v, cells, highest = preset.requests.charge_voltage_v, preset.cells, max(cells_v)
    stopped_v = stops(preset.protections, Action.STOP_CHARGE).highest_v
    ceiling_v = min(asked_v / cells + LEAD_V, stopped_v - MARGIN_V)
    if highest < ceiling_v - NEAR_V:
        return asked_v
    even_v = sum(cells_v) + cells * (ceiling_v - highest)
    return min(asked_v, max(even_v, FLOAT_V * cells))


@lru_cache(maxsize=64)
def stops(rows: tuple[Protection, ...], action: Action) -> Stops:
    """Find where rows stop a direction: of several on one channel the first that would."""

    def trips(channel: Channel) -> list[float]:
        return [row.threshold.trip for row in rows if row.channel is channel and action in row.actions]

    return Stops(
        highest_v=min(trips(Channel.CELL_VOLTAGE_MAX), default=inf),
        lowest_v=max(trips(Channel.CELL_VOLTAGE_MIN), default=-inf),
        warmest_degc=min(trips(Channel.CELL_TEMPERATURE_MAX), default=inf),
        coldest_degc=max(trips(Channel.CELL_TEMPERATURE_MIN), default=-inf),
    )


def _discharging(preset: PackPreset) -> Stops:
    return stops(preset.protections, Action.STOP_DISCHARGE)


def _share(limits: Stops, highest_v: float, lowest_v: float, probes_degc: Sequence[float]) -> float:
    """Give what is left of a current, 0..1, by how near each value is to where a row stops it."""
    span_v = TAPER_V - MARGIN_V
    room = [(limits.highest_v - MARGIN_V - highest_v) / span_v, (lowest_v - MARGIN_V - limits.lowest_v) / span_v]
    for degc in probes_degc:
        if not isnan(degc):
            room += [(limits.warmest_degc - degc) / TAPER_K, (degc - limits.coldest_degc) / TAPER_K]
    return min(max(min(room), 0.0), 1.0)


def _doing(packs: Packs, k: int) -> Doing:
    status, preset = int(packs.state.status[k]), packs.preset
    charge, discharge = bool(status & at.CHARGE_ON), bool(status & at.DISCHARGE_ON and not status & at.PRECHARGING)
    conducts = bool(status & at.ON) and (preset.switches.kind is not Switch.RELAY or (charge and discharge))
    return Doing(
        charge_on=charge and conducts,
        discharge_on=discharge and conducts,
        less_charge=bool(status & at.ASK_LESS_CHARGE),
        less_discharge=bool(status & at.ASK_LESS_DISCHARGE),
        limited=bool(status & at.LIMITING) or preset.limiter.kind is LimiterKind.ACTIVE,
    )

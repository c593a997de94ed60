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
        charge_voltage_v=asked.charge_voltage_v,
        discharge_voltage_v=asked.discharge_voltage_v,
        charge_current_a=charge if doing.charge_on else 0.0,
        discharge_current_a=discharge if doing.discharge_on else 0.0,
        charge_enabled=doing.charge_on,
        discharge_enabled=doing.discharge_on,
    )


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

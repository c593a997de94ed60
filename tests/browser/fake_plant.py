"""A made-up plant for the browser tests: four packs, a week of past, every number a function of the time alone."""

import math
from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any

NOW_MS = 1_773_494_400_000  # 2026-03-14 13:20 UTC, a Saturday; 14:20 in Paris
TIME_ZONE = "Europe/Paris"
ZONE_OFFSET_S = 3600
STEP_MS = 300_000
RAW_STEP_MS = 10_000
HOUR_MS = 3_600_000
PAST_MS = 8 * 24 * HOUR_MS
SILENT_SINCE_MS = NOW_MS - 95 * 60_000

Json = dict[str, Any]


@dataclass(frozen=True)
class PackFacts:
    """What never changes of a pack. spread_mv: how far each cell lies from the mean when at rest."""

    id: str
    name: str
    make: str
    profile: str
    bus: str
    address: int
    full_ah: float
    spread_mv: tuple[int, ...]
    start_soc: float
    active: tuple[Json, ...] = ()
    balancing: tuple[int, ...] = ()


HIGH_CELL = {
    "code": "cell_high_voltage_alarm",
    "severity": "alarm",
    "label": {"en": "cell voltage high", "fr": "tension de cellule haute"},
}
FULL_SOON = {
    "code": "charge_request",
    "severity": "information",
    "label": {"en": "full charge requested", "fr": "charge complète demandée"},
}

PACKS = (
    PackFacts(
        id="seplos-1",
        name="Pack 1",
        make="Seplos V2",
        profile="seplos-v2",
        bus="seplos bus",
        address=0,
        full_ah=200.0,
        spread_mv=(1, -2, 0, 3, 4, -1, -5, 2, 0, 1, -3, 6, 2, -1, 0, -2),
        start_soc=46.0,
        balancing=(5, 12),
    ),
    PackFacts(
        id="seplos-2",
        name="Pack 2",
        make="Seplos V2",
        profile="seplos-v2",
        bus="seplos bus",
        address=1,
        full_ah=200.0,
        spread_mv=(2, 1, -4, 0, 3, -2, 1, -1, 38, 0, 2, -3, -26, 1, 0, 2),
        start_soc=44.0,
        active=(HIGH_CELL, FULL_SOON),
        balancing=(9,),
    ),
    PackFacts(
        id="pylontech-1",
        name="Pack 3",
        make="Pylontech",
        profile="pylontech",
        bus="pylontech bus",
        address=2,
        full_ah=74.0,
        spread_mv=(0, 2, -1, 1, 3, -3, 0, -2, 1, 0, 2, -1, 4, -4, 1),
        start_soc=52.0,
    ),
    PackFacts(
        id="pylontech-2",
        name="Pack 4",
        make="Pylontech",
        profile="pylontech",
        bus="pylontech bus",
        address=3,
        full_ah=74.0,
        spread_mv=(1, 0, 2, -2, 0, 1, -1, 3, -3, 0, 1, 2, -2, 0, 1),
        start_soc=50.0,
    ),
)

_OCV = ((0, 2.9), (5, 3.12), (15, 3.21), (30, 3.265), (50, 3.292), (70, 3.325), (90, 3.338), (97, 3.36), (100, 3.45))


def open_circuit_v(soc_pct: float) -> float:
    """Give the resting voltage of an iron-phosphate cell, from a few points that look right."""
    at = min(len(_OCV) - 1, max(1, bisect_right([soc for soc, _ in _OCV], soc_pct)))
    (low, low_v), (high, high_v) = _OCV[at - 1], _OCV[at]
    return low_v + (high_v - low_v) * (soc_pct - low) / (high - low)


def current_share(at_ms: int) -> float:
    """Give the current at an instant, as a share of a full pack's capacity per hour; positive charges."""
    local_s = at_ms / 1000 + ZONE_OFFSET_S
    hour, day = local_s / 3600 % 24, int(local_s // 86400)
    sun = max(0.0, math.sin(math.pi * (hour - 7.5) / 10.5)) ** 1.3 * (0.134 + 0.015 * math.sin(day * 2.4))
    big, small = max(0.0, math.sin(at_ms / 2_300_000 + day)), max(0.0, math.sin(at_ms / 700_000))
    cloud = 1 - 0.55 * big**6 - 0.25 * small**8
    house = 0.016 + 0.05 * math.exp(-((hour - 7.4) ** 2) / 0.8) + 0.1 * math.exp(-((hour - 19.6) ** 2) / 3.2)
    return float(sun * cloud - house - 0.008 * math.sin(at_ms / 410_000))


@dataclass
class Past:
    """Charge and current of one pack, every five minutes over the past days."""

    facts: PackFacts
    times_ms: list[int] = field(default_factory=list)
    soc_pct: list[float] = field(default_factory=list)
    current_a: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        soc = self.facts.start_soc
        for at_ms in range(NOW_MS - PAST_MS, NOW_MS + STEP_MS, STEP_MS):
            share = current_share(at_ms)
            # A full or an empty pack takes or gives nothing more.
            if (soc >= 99 and share > 0) or (soc <= 12 and share < 0):
                share = 0.0
            soc += share * 100 * STEP_MS / HOUR_MS
            self.times_ms.append(at_ms)
            self.soc_pct.append(round(soc, 2))
            self.current_a.append(round(share * self.facts.full_ah, 2))

    def at(self, at_ms: int) -> tuple[float, float]:
        """Give charge (%) and current (A) at an instant."""
        index = min(len(self.times_ms) - 2, max(0, bisect_right(self.times_ms, at_ms) - 1))
        part = (at_ms - self.times_ms[index]) / STEP_MS
        soc = self.soc_pct[index] * (1 - part) + self.soc_pct[index + 1] * part
        return soc, self.current_a[index] * (1 - part) + self.current_a[index + 1] * part


PASTS = {facts.id: Past(facts) for facts in PACKS}


@cache
def values_at(pack: str, at_ms: int) -> Json:
    """Give all numbers of a pack at an instant, by quantity. Kept for the next test: do not change them."""
    past, facts = PASTS[pack], PASTS[pack].facts
    soc, current = past.at(at_ms)
    base = open_circuit_v(soc) + current * 0.0009 * 100 / facts.full_ah
    lean = 1 + max(0.0, soc - 85) / 12  # cells part ways near the top
    cells = [round(base + mv / 1000 * lean, 3) for mv in facts.spread_mv]
    voltage = round(sum(cells), 2)
    warm = 18.5 + 5 * math.sin((at_ms / HOUR_MS - 9) / 24 * 2 * math.pi) + abs(current) / facts.full_ah * 14
    return {
        "cell_voltage_v": cells,
        "cell_voltage_min_v": min(cells),
        "cell_voltage_max_v": max(cells),
        "cell_voltage_spread_v": round(max(cells) - min(cells), 3),
        "pack_voltage_v": voltage,
        "pack_current_a": round(current, 2),
        "pack_power_w": round(voltage * current, 1),
        "cell_temperature_degc": [round(warm + lift, 1) for lift in (0.0, 0.8, 1.6, -0.7)],
        "soc_pct": round(soc, 1),
        "soh_pct": 99.0,
        "remaining_capacity_ah": round(facts.full_ah * soc / 100, 2),
        "full_capacity_ah": facts.full_ah,
        "rated_capacity_ah": facts.full_ah,
        "cycle_count": 214 + facts.address,
    }


def extras_of(facts: PackFacts) -> Json:
    """Give what only the page of the pack shows: switches, limits, identity."""
    words: Json = {
        "charge_mos_on": True,
        "discharge_mos_on": True,
        "heater_on": False,
        "buzzer_on": False,
        "charge_enabled": True,
        "charge_voltage_limit_v": 56.8,
        "charge_current_limit_a": 100.0,
        "discharge_current_limit_a": -100.0,
        "operating_state": "charging",
        "cell_voltage_status": ["normal"] * len(facts.spread_mv),
        "balancing_cells": list(facts.balancing),
        "serial_number": f"DEMO{facts.address:04d}7731",
        "firmware_version": "16.6",
        "device_time": "2026-03-14T13:19:52",
    }
    if facts.profile == "seplos-v2":
        words |= {"ambient_temperature_degc": 21.4, "mos_temperature_degc": 33.1, "port_voltage_v": 53.4}
    return words


def iso(at_ms: int) -> str:
    """Write an instant as the server does."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

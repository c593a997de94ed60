"""Readings to store: what a pack would say, and anything that a snapshot may hold."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

from hypothesis import strategies as st

from wattstead.model.quantity import QUANTITIES
from wattstead.model.reading import Origin, Silence, Snapshot, Value, derived
from wattstead.store.base import Reading

START_MS = 1_767_225_600_000  # 2026-01-01 00:00 UTC
HOUR_MS = 3_600_000


def telemetry(pack: str, at_ms: int, rng: random.Random, cells: int = 16, probes: int = 4) -> Snapshot:
    voltages = tuple(round(3.3 + rng.randint(-40, 40) / 1000, 3) for _ in range(cells))
    values: dict[str, Value] = {
        "cell_voltage_v": voltages,
        "cell_temperature_degc": tuple(round(24.0 + rng.randint(0, 30) / 10, 1) for _ in range(probes)),
        "pack_voltage_v": round(sum(voltages), 2),
        "pack_current_a": round(rng.uniform(-60, 60), 2),
        "soc_pct": round(rng.uniform(15, 95), 1),
        "cycle_count": 212,
        "charge_mos_on": rng.random() < 0.9,
        "pack_voltage_status": "normal",
    }
    return Snapshot(pack, at_ms, values | derived(values), None, Origin.MEASURED)


def alarms(pack: str, at_ms: int, rng: random.Random) -> Snapshot:
    values: dict[str, Value] = {
        "cell_voltage_status": tuple(rng.choice(("normal", "high")) for _ in range(16)),
        "balancing_cells": tuple(sorted(rng.sample(range(1, 17), rng.randint(0, 3)))),
    }
    return Snapshot(pack, at_ms, values, tuple(rng.sample(("OTC", "OVP", "CUV"), rng.randint(0, 2))))


def day_of(
    pack: str, seed: int, start_ms: int = START_MS, hours: float = 24, step_ms: int = 60_000
) -> Iterator[Reading]:
    """A pack's readings: telemetry, now and then alarms alone, now and then silence; not quite on the minute."""
    rng = random.Random(f"{pack} {seed}")
    for at in range(start_ms, start_ms + int(hours * HOUR_MS), step_ms):
        stamp = at + rng.randint(0, 900)
        if rng.random() < 0.05:
            yield Silence(pack, stamp, rng.choice(("no answer", "checksum")))
        elif rng.random() < 0.2:
            yield alarms(pack, stamp, rng)
        else:
            yield telemetry(pack, stamp, rng)


# A device's own clock knows no zone; from the second day on, so that UTC is never before 1970.
_clock_times = st.datetimes(min_value=datetime(1970, 1, 2), max_value=datetime(9999, 1, 1))  # noqa: DTZ001
_zones = st.sampled_from((UTC, timezone(timedelta(hours=5, minutes=45))))
_times = _clock_times | st.builds(lambda time, zone: time.replace(tzinfo=zone), _clock_times, _zones)
_tenths = st.integers(-(2**33), 2**33).map(lambda number: number / 10)
_scalars = (
    st.floats(allow_nan=False)
    | _tenths
    | st.integers(-(2**63), 2**63 - 1)
    | st.booleans()
    | st.text(st.characters(), max_size=12)
    | _times
)
_values = _scalars | st.lists(_scalars, max_size=5).map(tuple) | st.lists(_tenths, max_size=17).map(tuple)


def snapshots(pack: str = "seplos-1") -> st.SearchStrategy[Snapshot]:
    """Anything that a snapshot may hold by its types, likely or not."""
    return st.builds(
        Snapshot,
        pack=st.just(pack),
        at_ms=st.integers(START_MS, START_MS + 36 * HOUR_MS),
        values=st.dictionaries(st.sampled_from(sorted(QUANTITIES)), _values, max_size=8),
        active=st.none() | st.lists(st.text(max_size=8), max_size=3).map(tuple),
        origin=st.sampled_from(Origin),
    )


def readings(pack: str = "seplos-1") -> st.SearchStrategy[Reading]:
    silences = st.builds(
        Silence,
        pack=st.just(pack),
        at_ms=st.integers(START_MS, START_MS + 36 * HOUR_MS),
        why=st.text(max_size=8),
    )
    return snapshots(pack) | silences


def typed(value: Value) -> object:
    """Make equal only what is of the same type too: 1, 1.0 and True are three things here."""
    if isinstance(value, tuple):
        return tuple(typed(one) for one in value)
    return type(value), value


def whole(reading: Reading) -> object:
    """Everything that a reading holds, with its types."""
    if isinstance(reading, Silence):
        return reading
    values = {name: typed(value) for name, value in reading.values.items()}
    return reading.pack, reading.at_ms, values, list(reading.values), reading.active, reading.origin

"""The array engine against the reference BMS: the same flags and the same events over random lives."""

import os
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from itertools import islice
from random import Random
from typing import Any

import pytest

from battery.cases import DURATIONS, Script, seen
from battery.engine_bench import CHANGES, Engine, preset_of
from battery.reference.bms import ReferenceBms
from battery.reference.rows import Change
from battery.reference.rules import Rules, quiet
from battery.reference.sample import Sample
from battery.scenarios import Scenario
from parts import each_once_quick, one_quick
from wattstead.catalog.packs import load_pack, preset_names
from wattstead.model.protection import Atom, Protection
from wattstead.model.setting import SettingValue

LIVES = int(os.environ.get("WATTSTEAD_LIVES", "3"))
"""Packs of each preset and step; more for a longer run."""
STEPS = {"0.01": 1000, "0.1": 500, "1": 500, "10": 400, "60": 400}
LEAST = {"0.01": 5, "0.1": 25, "1": 280, "10": 700, "60": 700}
"""Changes that the lives of each preset hold."""
SWITCHED_ON: dict[str, SettingValue] = {
    "enable_key_power_off": True,
    "enable_manual_activation": True,
    "enable_transient_overcurrent_lockout": True,
    "enable_connection_fault": True,
    "enable_cell_heating": True,
    "enable_secondary_trip": True,
    "charge_activation_interval_h": 0.25,
    "standby_shutdown_delay_h": 0.05,
    "static_balancing_time_h": 0.02,
}
"""External switch, activation by button, more locks, a breaker; with short times, so that they come about."""
MOST_STEPS = 50_000
TICK_S = 1e-4

Seen = tuple[str, str, float]


def stands(bms: ReferenceBms) -> dict[str, Any]:
    """What both must agree on at the end of a step."""
    return {
        "on": bms.on,
        "active": bms.active,
        "locked": bms.locked,
        "charge_on": bms.charge_on,
        "discharge_on": bms.discharge_on,
        "bleeding": {k for k, bleeds in enumerate(bms.bleeding, 1) if bleeds} if not bms.transferring else None,
    }


def engine_stands(engine: Engine, k: int, *, transferring: bool) -> dict[str, Any]:
    packs, names = engine.packs, [row.name for row in engine.preset.protections]
    on = bool(packs.on[k])
    return {
        "on": on,
        "active": {name for name, one in zip(names, packs.active[:, k].tolist(), strict=True) if one},
        "locked": {name for name, one in zip(names, packs.locked[:, k].tolist(), strict=True) if one},
        "charge_on": bool(packs.charge_mos_on[k]),
        "discharge_on": bool(packs.discharge_mos_on[k]),
        "bleeding": None if transferring else set(packs.bleeding(k)),
    }


def run(
    name: str, dt: str, lives: int, steps: int, *, mixed: bool = False, given: dict[str, SettingValue] | None = None
) -> Counter[str]:
    """Let engine and reference live the same lives; give how often each row changed.

    mixed: the engine has the rows in another order. given: settings that differ from the preset's.
    """
    model, dt_s = load_pack(name, given), Decimal(dt)
    rules, changes = Rules.of(model), Counter[str]()
    order = Random(name).sample(rules.protections, len(rules.protections)) if mixed else rules.protections
    engine = Engine(preset_of(model, tuple(order)), lives)
    judges = [ReferenceBms(rules) for _ in range(lives)]
    scenes = [islice(Scenario(rules, seed, dt_s), steps) for seed in range(lives)]
    for step, samples in enumerate(zip(*scenes, strict=True)):
        events = engine.step(samples, dt_s)
        for k, (judge, sample) in enumerate(zip(judges, samples, strict=True)):
            wanted = [(event.name, event.change.name, float(event.at_s)) for event in judge.step(sample, dt_s)]
            found = [(event.name, CHANGES[event.kind].name, event.at_s) for event in events if event.pack == k]
            where = f"{name}, steps of {dt} s, life {k}, step {step}: {sample}"
            assert engine_stands(engine, k, transferring=judge.transferring) == stands(judge), where
            compare(wanted, found, where)
            changes.update(one[0] for one in wanted)
    return changes


def compare(wanted: list[Seen], found: list[Seen], where: str) -> None:
    wanted, found = sorted(wanted), sorted(found)
    assert [one[:2] for one in found] == [one[:2] for one in wanted], where
    for one, other in zip(found, wanted, strict=True):
        assert one[2] == pytest.approx(other[2], abs=TICK_S, rel=0), where


@pytest.mark.parametrize(("name", "dt"), each_once_quick(preset_names(), STEPS))
def test_engine_and_reference_agree(name: str, dt: str) -> None:
    changes = run(name, dt, LIVES, STEPS[dt])
    assert changes.total() >= LEAST[dt]


@pytest.mark.parametrize("name", one_quick(preset_names(), "ps-20016s"))
def test_the_order_of_rows_changes_nothing(name: str) -> None:
    assert run(name, "10", 2, 200, mixed=True).total() > 0


@pytest.mark.parametrize("dt", one_quick(["0.1", "1", "10", "60"], "10"))
def test_functions_that_are_off_as_shipped_agree_too(dt: str) -> None:
    assert run("seplos-16s-100ah", dt, 2, STEPS[dt], given=SWITCHED_ON).total() > 0


def test_the_lives_hold_ten_thousand_changes() -> None:
    assert sum(LEAST.values()) * len(preset_names()) >= 10_000


@pytest.mark.parametrize("name", one_quick(preset_names(), "ps-20016s"))
def test_trips_differ_by_at_most_one_step(name: str) -> None:
    """The same hours, a sample a minute, at five sizes of step; the judge takes whole minutes."""
    pack = load_pack(name)
    alike = {timing(row): row for row in pack.protections}.values()
    for row in pack.protections:
        wave = minutes(Rules.of(pack), row)
        wanted = first_times(ReferenceBms(replace(Rules.of(pack), protections=(row,))), wave)
        assert Change.BEGAN in wanted, row.name
        for dt in STEPS:
            if sum(count for _, count in wave) * 60 / float(dt) > MOST_STEPS or (row not in alike and float(dt) < 1.0):
                continue
            found = engine_times(Engine(preset_of(pack, (row,))), wave, Decimal(dt))
            assert found.keys() == wanted.keys(), (row.name, dt)
            for change, at_s in wanted.items():
                # What tripped in the middle of a minute ends at the end of the next at the earliest.
                room_s = 120.0 if change is Change.ENDED else float(dt)
                assert abs(found[change] - at_s) <= room_s, (row.name, dt, change)
            # The crossing lies on the beginning of a minute, so that the instant itself is known at any step.
            assert found[Change.BEGAN] == pytest.approx(wanted[Change.BEGAN], abs=TICK_S, rel=0), (row.name, dt)


Wave = list[tuple[Sample, int]]


def timing(row: Protection) -> tuple[object, ...]:
    """Give what the instants of a row depend on: of rows alike in that, one takes the smallest steps."""
    times = (row.threshold.delay_s, row.elapsed_s, row.recover_delay_s)
    return *times, row.recovery, row.source, row.channel in DURATIONS


def minutes(rules: Rules, row: Protection) -> Wave:
    """Give samples with whole minutes: calm, beyond for as long as the row needs, calm again."""
    script = Script(rules, row)
    calm = quiet(rules.cells, probes_degc=(25,) * rules.probes)
    needed_s = script.delay_s + (script.trip if row.channel in DURATIONS else 0)
    by_value = any(Atom.VALUE in clause for clause in row.recovery)
    back = seen(rules, row.channel, script.recover) if by_value else calm
    beyond = seen(rules, row.channel, script.trip, **script.watched())
    return [(calm, 1), (beyond, int(needed_s // 60) + 1), (back, 2)]


def first_times(bms: ReferenceBms, wave: Wave) -> dict[Change, float]:
    """Give when the row first began, ended and so on, with steps of a minute."""
    times: dict[Change, float] = {}
    for sample, count in wave:
        for _ in range(count):
            for event in bms.step(sample, Decimal(60)):
                times.setdefault(event.change, float(event.at_s))
    return times


def engine_times(engine: Engine, wave: Wave, dt_s: Decimal) -> dict[Change, float]:
    times: dict[Change, float] = {}
    for sample, count in wave:
        for event in engine.step([sample], dt_s, int(count * 60 / dt_s)):
            times.setdefault(CHANGES[event.kind], event.at_s)
    return times

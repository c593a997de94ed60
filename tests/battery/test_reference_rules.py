"""What must hold of any BMS, whatever its rows and whatever it sees; held against the reference."""

from dataclasses import replace
from decimal import Decimal
from itertools import islice
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from battery.cases import DURATIONS, Script
from battery.reference.bms import ReferenceBms, is_empty
from battery.reference.rows import Change
from battery.reference.rules import Rules
from battery.scenarios import Scenario
from wattstead.catalog.packs import load_pack, preset_names
from wattstead.model.protection import Action, Atom, Level

PRESETS = {name: Rules.of(load_pack(name)) for name in preset_names()}
STEPS = 150
VALUE_ALONE = (frozenset({Atom.VALUE}),)
lives = given(
    st.sampled_from(sorted(PRESETS)), st.integers(0, 10_000), st.sampled_from((Decimal("0.1"), Decimal(1), Decimal(60)))
)


@lives
@settings(deadline=None, max_examples=12)
def test_the_order_of_rows_changes_nothing(name: str, seed: int, dt_s: Decimal) -> None:
    rules = PRESETS[name]
    shuffled = list(rules.protections)
    Random(seed).shuffle(shuffled)
    one, other = ReferenceBms(rules), ReferenceBms(replace(rules, protections=tuple(shuffled)))
    for sample in islice(Scenario(rules, seed, dt_s), STEPS):
        assert one.step(sample, dt_s) == other.step(sample, dt_s)
        assert (one.charge_on, one.discharge_on, one.on, one.limiting, one.bleeding) == (
            other.charge_on,
            other.discharge_on,
            other.on,
            other.limiting,
            other.bleeding,
        )


@lives
@settings(deadline=None, max_examples=12)
def test_no_switch_is_on_while_a_row_opens_it(name: str, seed: int, dt_s: Decimal) -> None:
    rules = PRESETS[name]
    bms = ReferenceBms(rules)
    for sample in islice(Scenario(rules, seed, dt_s), STEPS):
        bms.step(sample, dt_s)
        rows = [row for row in bms.rows if row.active]
        stops_charge = any(Action.STOP_CHARGE in row.protection.actions for row in rows)
        stops = [row for row in rows if Action.STOP_DISCHARGE in row.protection.actions]
        assert not (bms.charge_on and stops_charge)
        assert not bms.discharge_on or not stops or (bms.forced and all(is_empty(row) for row in stops))


@lives
@settings(deadline=None, max_examples=12)
def test_alarms_never_change_the_switches(name: str, seed: int, dt_s: Decimal) -> None:
    """SEP-6."""
    rules = PRESETS[name]
    serious = tuple(row for row in rules.protections if row.level is not Level.ALARM)
    one, other = ReferenceBms(rules), ReferenceBms(replace(rules, protections=serious))
    for sample in islice(Scenario(rules, seed, dt_s), STEPS):
        one.step(sample, dt_s)
        other.step(sample, dt_s)
        assert (one.charge_on, one.discharge_on, one.on) == (other.charge_on, other.discharge_on, other.on)


@pytest.mark.parametrize("name", sorted(PRESETS))
@given(st.integers(0, 10_000))
@settings(deadline=None, max_examples=2)
def test_noise_below_the_hysteresis_makes_no_chatter(name: str, seed: int) -> None:
    rules, rng = PRESETS[name], Random(seed)
    for row in rules.protections:
        if (row.threshold.trip == row.threshold.recover) or row.channel in DURATIONS or row.recovery != VALUE_ALONE:
            continue
        script = Script(rules, row).trip_it()
        for _ in range(60):
            script.see(rng.choice((script.trip, script.short_of_recovery)), Decimal(1), **script.watched())
        case = script.case("noise")
        bms = ReferenceBms(replace(rules, protections=(row,)))
        changes = [event.change for sample, dt_s in case.steps for event in bms.step(sample, dt_s)]
        assert changes == [Change.BEGAN], row.name

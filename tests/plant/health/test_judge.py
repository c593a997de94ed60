"""Each fault is named where it is, a sound pack has none, and nobody speaks too early."""

from dataclasses import replace

import numpy as np
import pytest

from plant.health.lived import OHM, Pack, days_of, facts, sound
from wattstead.model.health import Cause, Finding, Kind, Weight
from wattstead.plant.health.facts import empty_day, facts_of
from wattstead.plant.health.judge import judge


def only(pack: Pack, days: int = 20) -> Finding:
    """The one finding of a pack that somebody should act on."""
    (found,) = (one for one in judge(facts(pack, days)) if one.weight is Weight.FAULT)
    return found


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_sound_pack_has_nothing(seed: int) -> None:
    lived = facts(sound(seed), 30)
    for day in range(1, 31, 3):
        assert judge(lived[:day]) == ()


def test_a_weak_cell_is_named_with_what_it_lacks() -> None:
    found = only(sound().but("capacity", 6, 0.8))
    assert (found.kind, found.place, found.causes[0]) == (Kind.WEAK_CELL, 6, Cause.CELL_CAPACITY)
    assert 10.0 < found.figures["missing_pct"] < 32.0
    assert found.confidence > 0.6


def test_a_weak_cell_is_found_in_winter_too_when_the_pack_is_never_full() -> None:
    found = only(replace(sound().but("capacity", 11, 0.8), full=False, deep=0.6))
    assert (found.kind, found.place) == (Kind.WEAK_CELL, 11)


def test_a_resistance_has_two_causes_that_cannot_be_told_apart_and_are_ranked() -> None:
    cell, joint = only(sound().but("ohm", 3, 2 * OHM)), only(sound().but("ohm", 3, OHM + 0.001))
    assert cell.kind is joint.kind is Kind.RESISTANCE
    assert cell.place == joint.place == 3
    assert cell.causes == (Cause.CELL_RESISTANCE, Cause.CONNECTION)
    assert joint.causes == (Cause.CONNECTION, Cause.CELL_RESISTANCE)
    assert 0.9 < joint.figures["excess_mohm"] < 1.1


def test_a_cell_that_loses_charge_by_itself_is_found_by_its_fall() -> None:
    found = only(sound().but("lost_per_day", 9, 0.0013), 24)
    assert (found.kind, found.place) == (Kind.SELF_DISCHARGE, 9)
    assert 2.5 < found.figures["per_month_pct"] < 7.0


def test_a_probe_that_is_off_is_named_and_one_that_is_nearly_right_is_not() -> None:
    found = only(sound().but("probe_k", 2, 5.0), 6)
    assert (found.kind, found.place) == (Kind.PROBE, 2)
    assert found.figures["off_k"] == pytest.approx(5.0, abs=1.6)
    assert Cause.WARM_SPOT in found.causes
    assert only(sound().but("probe_k", 2, -5.0), 6).causes == (Cause.PROBE_OFFSET,), "nothing cools one spot"
    assert judge(facts(sound().but("probe_k", 2, 1.5), 10)) == ()


def test_a_soc_that_jumps_without_current_is_told() -> None:
    (found,) = judge(facts(replace(sound(), soc_jump_pct=-20.0), 12))
    assert (found.kind, found.weight, found.place) == (Kind.SOC_DRIFT, Weight.NOTE, None)
    assert found.figures["largest_pct"] < -15.0


def test_a_pack_that_is_never_full_is_told_so_after_four_weeks() -> None:
    lived = facts(replace(sound(), full=False), 30)
    assert judge(lived[:27]) == ()
    (found,) = judge(lived)
    assert (found.kind, found.causes[0]) == (Kind.NO_FULL_CHARGE, Cause.CHARGE_LIMIT)
    assert found.figures["since_days"] == 29.0


def test_nothing_is_said_before_there_are_enough_days() -> None:
    lived = facts(sound().but("ohm", 3, 3 * OHM), 4)
    assert judge(lived[:3]) == ()
    assert judge(lived) != ()
    assert judge(()) == ()


def test_days_without_readings_and_with_gaps_are_left_out() -> None:
    assert facts_of(empty_day(0, 16, 4)) is None
    for day in days_of(sound().but("ohm", 3, 2 * OHM), 12):
        day.cell_voltage_v[40:90] = np.nan
        day.probe_degc[:, 1] = np.nan
        one = facts_of(day)
        assert one is not None
        assert one.read == 238
    assert judge([one for day in days_of(sound(), 12) if (one := facts_of(day))]) == ()


def test_a_pack_without_probes_and_one_with_two_can_be_judged() -> None:
    for probes in (0, 2):
        lived = []
        for day in days_of(sound().but("probe_k", 2, 6.0), 8):
            one = facts_of(replace(day, probe_degc=day.probe_degc[:, :probes]))
            assert one is not None
            lived.append(one)
        found = judge(lived)
        assert [(one.kind, one.place) for one in found] == ([(Kind.PROBE, None)] if probes else [])

"""Golden table of every row of every preset: trip, delay, gate, each way to end, lock; for judge and engine."""

from dataclasses import replace

import pytest

from battery.cases import Case, cases
from battery.reference.bms import ReferenceBms
from battery.reference.rows import Change
from battery.reference.rules import Rules
from wattstead.catalog.packs import load_pack, preset_names

ALL = [
    pytest.param(Rules.of(load_pack(name)), case, id=f"{name}-{case.row.name}-{case.title}")
    for name in preset_names()
    for row in load_pack(name).protections
    for case in cases(Rules.of(load_pack(name)), row)
]


@pytest.mark.parametrize(("rules", "case"), ALL)
def test_reference_keeps_the_golden_table(rules: Rules, case: Case) -> None:
    bms = ReferenceBms(replace(rules, protections=(case.row,)))
    happened: list[tuple[int, Change]] = []
    for k, (sample, dt_s) in enumerate(case.steps):
        happened += [(k, event.change) for event in bms.step(sample, dt_s)]
    assert tuple(happened) == case.happens

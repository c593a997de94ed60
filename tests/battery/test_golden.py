"""Golden table of every row of every preset: trip, delay, gate, each way to end, lock; for judge and engine."""

from dataclasses import replace

import pytest

from battery.cases import Case, cases
from battery.engine_bench import CHANGES, Engine, preset_of
from battery.reference.bms import ReferenceBms
from battery.reference.rows import Change
from battery.reference.rules import Rules
from folding import each
from wattstead.catalog.packs import load_pack, preset_names
from wattstead.model.pack import PackModel

PACKS = [load_pack(name) for name in preset_names()]
CASES = [(pack, case) for pack in PACKS for row in pack.protections for case in cases(Rules.of(pack), row)]
ALL = [pytest.param(pack, case, id=f"{pack.name}-{case.row.name}-{case.title}") for pack, case in CASES]


@each(("pack", "case"), ALL)
def test_reference_keeps_the_golden_table(pack: PackModel, case: Case) -> None:
    bms = ReferenceBms(replace(Rules.of(pack), protections=(case.row,)))
    happened: list[tuple[int, Change]] = []
    for k, (sample, dt_s) in enumerate(case.steps):
        happened += [(k, event.change) for event in bms.step(sample, dt_s)]
    assert tuple(happened) == case.happens


@each(("pack", "case"), ALL)
def test_engine_keeps_the_golden_table(pack: PackModel, case: Case) -> None:
    engine = Engine(preset_of(pack, (case.row,)))
    happened: list[tuple[int, Change]] = []
    for k, (sample, dt_s) in enumerate(case.steps):
        changes = [CHANGES[event.kind] for event in engine.step([sample], dt_s)]
        happened += [(k, change) for change in sorted(changes, key=lambda change: change.value)]
    assert tuple(happened) == case.happens


@pytest.mark.parametrize("pack", PACKS, ids=preset_names())
def test_every_row_has_its_cases(pack: PackModel) -> None:
    assert {case.row.name for one, case in CASES if one is pack} == {row.name for row in pack.protections}

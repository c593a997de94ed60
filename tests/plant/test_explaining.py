"""When codes came and went, of what is kept in memory and what is read anew."""

from pathlib import Path
from typing import Any

from plant.plants import START_MS, Clock, make_watch, open_store, said
from wattstead.catalog.profile import load_profile
from wattstead.plant.explaining import BACK_MS, Explaining, Span, Told, joined, spans_of
from wattstead.store.base import ActiveChange

HOUR_MS = 3_600_000
CODE = "cell_overvoltage_protection"


def test_spans_are_told_the_newest_first_and_an_unknown_beginning_says_so() -> None:
    changes = [
        ActiveChange(10, ("a",)),
        ActiveChange(20, ("a", "b"), 15),
        ActiveChange(30, ("b",), 25),
        ActiveChange(40, ("a",), 35),
    ]
    assert spans_of("a", changes) == [Span(40, None), Span(10, 30, open_start=True)]
    assert spans_of("b", changes) == [Span(20, 40)]
    assert spans_of("c", changes) == []


def test_two_stretches_are_joined_without_a_change_that_is_none() -> None:
    before = [ActiveChange(10, ()), ActiveChange(20, ("a",), 19)]
    assert joined(before, [ActiveChange(30, ("a",)), ActiveChange(40, (), 39)]) == [*before, ActiveChange(40, (), 39)]
    assert joined(before, [ActiveChange(30, ("b",))]) == [*before, ActiveChange(30, ("b",), 20)]
    assert joined([], before) == before
    assert joined(before, []) == before


async def test_hours_of_changes_are_told_the_same_whether_read_at_once_or_bit_by_bit(tmp_path: Path) -> None:
    clock = Clock(START_MS)
    store = await open_store(tmp_path)
    watch = make_watch(store, clock)
    profiles = {name: load_profile(name) for name in ("seplos-v2", "pylontech")}
    asked = Explaining(watch, store, profiles)
    froms: list[int] = []
    bit_by_bit: Told | None = None
    whole = store.active_changes

    async def counted(pack: str, from_ms: int, to_ms: int) -> Any:
        froms.append(from_ms)
        return await whole(pack, from_ms, to_ms)

    for hour in range(0, 30, 2):
        clock.now_ms = START_MS + hour * HOUR_MS
        active = (CODE,) if hour % 6 == 4 else ()
        await watch.take([said(clock.now_ms, active=active, cell_voltage_v=(3.3,) * 15 + (3.66,))])
        store.active_changes = counted  # type: ignore[method-assign]
        bit_by_bit = await asked.code("seplos-1", CODE)
        at_once = await Explaining(watch, store, profiles).code("seplos-1", CODE)
        assert bit_by_bit is not None
        assert at_once is not None
        assert bit_by_bit.spans == at_once.spans
    assert bit_by_bit is not None
    assert len(bit_by_bit.spans) == 5
    mine, fresh = froms[-2:]
    assert mine >= clock.now_ms - 3 * HOUR_MS, "what was read once is not read again"
    assert fresh == max(0, clock.now_ms - BACK_MS)
    clock.now_ms += 2 * BACK_MS
    late = await asked.code("seplos-1", CODE)  # the last word of a pack that nobody has heard for two weeks
    assert late is not None
    assert (late.active, late.spans, late.came_ms, late.case.evidence.past) == (True, [], None, None)
    await store.close()

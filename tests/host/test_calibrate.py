"""Calibrating a current sensor (PWS-10): checked, read back, made to last, undone; over a line that breaks, too."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from host.setting_lines import NOON_S, Line
from leap import leaping
from wattstead.catalog.profile import load_profile
from wattstead.host.calibrate import Bench, Calibrated, Ended, undoable
from wattstead.host.calibrate_check import Observed, gain_findings, observe, spec_of, zero_findings
from wattstead.host.calibrate_log import History
from wattstead.host.conversation import Conversation
from wattstead.host.settings.keep import Keeper
from wattstead.model.errors import UsageError, WattsteadError
from wattstead.virtual import desk
from wattstead.virtual.desk import Trim
from wattstead.virtual.given import Writes
from wattstead.virtual.keep import keep, resume

OFF_A = 1.4
PLAIN = {"current_offset": 0, "current_gain": 0x4000, "voltage_gain": 0x4000}


class Battery:
    """A PS-20016S whose shunt is off by 1.4 A, and a technician at it."""

    def __init__(self, line: Line, folder: Path, conversation: Conversation, *, patience_s: float = 30.0) -> None:
        self.line = line
        keeper = Keeper(folder, line.profile, "ps-20016s-1")
        now_ms = lambda: round(NOON_S * 1000)  # noqa: E731
        self.bench = Bench(conversation, line.address, keeper, now_ms, line.open, patience_s)

    def flows(self, current_a: float) -> None:
        self.line.bank.advance(1.0, current_a, steps=3)

    @property
    def desk(self) -> Any:
        return self.line.bank.packs[0].desk

    async def reads_a(self) -> float:
        return (await observe(self.bench.conversation, self.line.address, count=1)).mean_a

    async def zero(self) -> Calibrated:
        return await self.bench.zero(await self.bench.look(), await self.bench.read())

    async def gain(self, reference_a: float) -> Calibrated:
        return await self.bench.gain(await self.bench.look(), await self.bench.read(), reference_a)

    async def undo(self) -> Calibrated:
        held = await self.bench.read()
        return await self.bench.undo(await self.bench.look(), held, undoable(self.bench.history, held))

    @property
    def log(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.bench.keeper.log_path.read_text().splitlines()]


@asynccontextmanager
async def battery(folder: Path, *, off_a: float = OFF_A, patience_s: float = 30.0) -> AsyncIterator[Battery]:
    line = Line("ps-20016s", paced=False)
    pack = line.bank.packs[0]
    pack.given = replace(pack.given, sense={"pack_current_offset_a": off_a})
    conversation = Conversation(await line.open(), line.profile)
    try:
        yield Battery(line, folder, conversation, patience_s=patience_s)
    finally:
        await conversation.close()
        await line.end()


@leaping
async def test_what_was_wrong_is_right_and_after_the_undo_wrong_again(tmp_path: Path) -> None:
    async with battery(tmp_path) as there:
        assert await there.reads_a() == pytest.approx(OFF_A, abs=0.11)
        done = await there.zero()
        assert done.ended is Ended.DONE, done.why
        assert await there.reads_a() == pytest.approx(0.0, abs=0.11)
        there.flows(40.0)
        reads_a = await there.reads_a()
        done = await there.gain(1.04 * reads_a)
        assert done.ended is Ended.DONE, done.why
        assert await there.reads_a() == pytest.approx(1.04 * reads_a, abs=0.2)
        assert there.desk.kept == there.desk.trim != Trim()
        assert (await there.undo()).ended is Ended.DONE
        assert await there.reads_a() == pytest.approx(reads_a, abs=0.11)
        there.flows(0.0)
        assert (await there.undo()).ended is Ended.DONE
        assert await there.reads_a() == pytest.approx(OFF_A, abs=0.11)
        assert there.desk.kept == Trim()
        with pytest.raises(WattsteadError, match="nothing to undo"):
            await there.undo()
        assert [one["outcome"] for one in there.log if one["what"] == "calibrate"] == ["done"] * 4


@leaping
async def test_a_discharge_is_a_reference_too(tmp_path: Path) -> None:
    async with battery(tmp_path, off_a=0.0) as there:
        there.flows(-40.0)
        reads_a = await there.reads_a()
        assert (await there.gain(1.05 * reads_a)).ended is Ended.DONE
        assert await there.reads_a() == pytest.approx(1.05 * reads_a, abs=0.2)


SPEC = spec_of(load_profile("ps-20016s"))


def seen(*readings_a: float, state: str = "standby") -> Observed:
    return Observed(readings_a, {"operating_state": state})


@pytest.mark.parametrize(
    ("observed", "why"),
    [
        (seen(0.1, 0.0, 12.3), "it reads 12.30 A: current flows, or the sensor is broken; a zero is taken within 2 A"),
        (seen(0.1, 0.0, -12.3), "it reads -12.30 A"),
        (seen(-0.5, 0.5), "the readings move from -0.50 to 0.50 A: something still flows; they may differ by 0.5 A"),
        (seen(0.0, 0.0, state="charging"), "the device says that it is charging"),
    ],
)
def test_a_zero_is_not_taken_while_something_flows(observed: Observed, why: str) -> None:
    assert any(why in finding for finding in zero_findings(SPEC, observed))
    assert not list(zero_findings(SPEC, seen(1.9, 1.8)))


@pytest.mark.parametrize(
    ("observed", "reference_a", "why"),
    [
        (seen(4.0, 4.0), 4.0, "a reference of 4 A is of no use; let 10 to 200 A flow"),
        (seen(300.0, 300.0), 300.0, "let 10 to 200 A flow"),
        (seen(-1.0, 40.0), 40.0, "both ways; let one steady current flow"),
        (seen(-40.0, -40.0), 40.0, "which is discharging; for that the reference is -40"),
        (
            seen(40.0, 41.0),
            40.0,
            "the readings move from 40.00 to 41.00 A; wait until they differ by no more than 0.4 A",
        ),
        (seen(50.0, 50.0), 40.0, "25 % off; beyond 20 % the reference or the shunt is wrong, not the gain"),
        (seen(0.0, 0.0), 40.0, "both ways"),
    ],
)
def test_a_gain_outside_plausible_bounds_is_not_taken(observed: Observed, reference_a: float, why: str) -> None:
    found = list(gain_findings(SPEC, observed, reference_a, PLAIN, signed=True))
    assert any(why in finding for finding in found), found
    assert not list(gain_findings(SPEC, seen(41.0, 41.1), 40.0, PLAIN, signed=True))
    assert not list(gain_findings(SPEC, seen(-41.0, -41.1), 40.0, PLAIN, signed=False))


def test_gains_do_not_add_up_beyond_their_bounds() -> None:
    held = {**PLAIN, "current_gain": round(1.2 * 0x4000)}
    (why,) = gain_findings(SPEC, seen(36.0, 36.0), 40.0, held, signed=True)
    assert why == "the gain would be 1.333; within 0.8 to 1.25 a sensor is whole"


@leaping
async def test_a_device_that_refuses_or_ignores_holds_what_it_had(tmp_path: Path) -> None:
    for how, wanted in ((Writes.REFUSE, Ended.REFUSED), (Writes.IGNORE, Ended.DROPPED)):
        async with battery(tmp_path / how.value) as there:
            pack = there.line.bank.packs[0]
            pack.given = replace(pack.given, writes=how)
            done = await there.zero()
            assert done.ended is wanted
            assert there.desk.trim == Trim()
            assert done.after == PLAIN
            assert there.bench.history.last is None


@leaping
async def test_what_does_not_come_out_right_is_taken_back(tmp_path: Path) -> None:
    async with battery(tmp_path) as there:
        look, before = await there.bench.look(), await there.bench.read()
        pack = there.line.bank.packs[0]
        acts = desk._ORDERS["calibrate_zero"]

        def slips(own: desk.Desk, hands: desk.Hands) -> None:
            acts(own, hands)
            pack.given = replace(pack.given, sense={"pack_current_offset_a": 3.0})

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(desk, "_ORDERS", {**desk._ORDERS, "calibrate_zero": slips})
            done = await there.bench.zero(look, before)
        assert done.ended is Ended.DROPPED
        assert "it still reads 1.6" in done.why
        assert there.desk.trim == there.desk.kept == Trim()


@leaping
async def test_a_line_that_breaks_leaves_nothing_half_done(tmp_path: Path) -> None:
    ends: dict[Ended, int] = {}
    for cut in range(0, 110, 6):
        async with battery(tmp_path / str(cut)) as there:
            look, before = await there.bench.look(), await there.bench.read()
            there.line.cut_after = cut
            done = await there.bench.zero(look, before)
            there.line.cut_after = None
            ends[done.ended] = ends.get(done.ended, 0) + 1
            assert done.ended is not Ended.LINK_LOST
            stands = done.ended is Ended.DONE
            assert (there.desk.trim != Trim()) is stands
            assert there.desk.kept == there.desk.trim
            assert (there.bench.history.last is not None) is stands
    assert ends[Ended.DONE] > 1
    assert ends[Ended.DROPPED] > 3


@leaping
async def test_a_line_that_stays_away_is_said_and_can_be_undone_later(tmp_path: Path) -> None:
    async with battery(tmp_path, patience_s=3.0) as there:
        look, before = await there.bench.look(), await there.bench.read()
        there.line.heals, there.line.cut_after = False, 30
        done = await there.bench.zero(look, before)
        assert done.ended is Ended.LINK_LOST
        assert done.after is None
        there.line.heals, there.line.cut_after = True, None
        await there.bench.conversation.move_to(await there.line.open())
        assert await there.bench.read() != PLAIN
        assert (await there.undo()).ended is Ended.DONE
        assert await there.bench.read() == PLAIN
        assert there.bench.history.last is None


@leaping
async def test_calibration_goes_on_after_a_restart_of_the_program(tmp_path: Path) -> None:
    async with battery(tmp_path) as there:
        await there.zero()
        kept = json.loads(json.dumps(keep(there.line.bank)))
    async with battery(tmp_path) as again:
        resume(again.line.bank, kept)
        assert await again.reads_a() == pytest.approx(0.0, abs=0.11)
        assert again.desk.kept.zero_counts == again.desk.trim.zero_counts == 15
        assert (await again.undo()).ended is Ended.DONE
        assert await again.reads_a() == pytest.approx(OFF_A, abs=0.11)
        with pytest.raises(UsageError, match="calibration cannot be read"):
            resume(again.line.bank, {**kept, "packs": [{**kept["packs"][0], "desk": {"trim": [1]}}]})


def entry(what: str, name: str, outcome: str = "", before: Mapping[str, float] | None = None) -> dict[str, Any]:
    return {"what": what, "name": name, "outcome": outcome, "before": before or PLAIN, "after": {}}


def test_what_never_ended_can_be_undone() -> None:
    begun = entry("calibrate begin", "zero")
    assert History.of([begun]).standing[0].after is None
    assert not History.of([begun, entry("calibrate", "zero", "dropped")]).standing
    stands = [begun, entry("calibrate", "zero", "link_lost")]
    assert len(History.of(stands).standing) == 1
    undone = [*stands, entry("calibrate begin", "undo"), entry("calibrate", "undo", "link_lost")]
    assert len(History.of(undone).standing) == 1
    assert not History.of([*undone, entry("calibrate begin", "undo"), entry("calibrate", "undo", "done")]).standing
    assert len(History.of([begun, begun, {"what": "write"}]).standing) == 2


def test_other_devices_say_why_not() -> None:
    with pytest.raises(UsageError, match="no document tells how its calibration is read back"):
        spec_of(load_profile("seplos-v2"))

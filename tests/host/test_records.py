"""Records that devices keep themselves (PWS-9): read in memory, kept once and for ever, with what is missing."""

import asyncio
import io
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from host.line import Bank, serve
from host.setting_lines import NOON_S, Line
from leap import leaping
from wattstead.catalog.profile import load_profile
from wattstead.cli.records import since_ms
from wattstead.cli.records_show import print_csv, show_rows, tell_clock
from wattstead.host.conversation import Conversation
from wattstead.host.records.entry import Entry
from wattstead.host.records.keep import RecordStore
from wattstead.host.records.read import Reading, clock_ahead_s, read_records
from wattstead.host.records.rows import rows_of
from wattstead.link.memory import memory_pair
from wattstead.model.errors import LinkLost, NoAnswer, Refused, UsageError
from wattstead.wire.codec import Question
from wattstead.wire.fill import Report
from wattstead.wire.responder import Manners, Responder

OV, NOON_MS = "cell_overvoltage_protection", round(NOON_S * 1000)
VALUES = {"pack_voltage_v": 53.31, "soc_pct": 61.5, "cell_voltage_max_v": 3.756, "pack_current_a": 40.2}


def clock(*parts: int) -> datetime:
    """What a device's clock says, which knows no zone."""
    return datetime(*parts)  # type: ignore[arg-type]  # noqa: DTZ001


class Visit:
    """A device that records, who reads it, and what is kept."""

    def __init__(self, line: Line, folder: Path) -> None:
        self.line, self.path = line, folder / "records.jsonl"
        self.conversation: Conversation | None = None
        self.store = RecordStore(self.path, line.profile)
        self._time_s = 1.0

    def happens(self, count: int = 1, *, began: bool = True, name: str = OV, code: str = "OV") -> None:
        for _ in range(count):
            self._time_s += 1.0
            log = self.line.bank.packs[0].records
            log.event(self._time_s, name, began=began, code=code, values=VALUES)

    async def reads(self, **options: Any) -> Reading:
        """Read once as the program does: with a store that was read from the disk."""
        self.conversation = self.conversation or Conversation(await self.line.open(), self.line.profile)
        self.store = RecordStore(self.path, self.line.profile)
        intake = self.store.reading(NOON_MS)
        reading = await read_records(self.conversation, self.line.address, take=intake.take, **options)
        intake.end(reading)
        return reading

    @property
    def numbers(self) -> list[int | None]:
        return [one.entry.number for one in RecordStore(self.path, self.line.profile).ordered()]

    @property
    def gaps(self) -> list[tuple[str, int | None]]:
        return [(one.why, one.lost) for one in RecordStore(self.path, self.line.profile).gaps]


@asynccontextmanager
async def visit(folder: Path, make: str = "ps-20016s") -> AsyncIterator[Visit]:
    line = Line(make)
    there = Visit(line, folder)
    try:
        yield there
    finally:
        if there.conversation:
            await there.conversation.close()
        await line.end()


@leaping
async def test_what_a_record_says(tmp_path: Path) -> None:
    async with visit(tmp_path) as there:
        there.happens()
        there.happens(began=False)
        there.happens(name="calibration", code="CAL")
        reading = await there.reads()
        assert [one.number for one in reading.entries] == [3, 2, 1]
        first = reading.entries[-1]
        assert first.values == {"cell_voltage_max_v": 3.756, "pack_voltage_v": 53.31, "soc_pct": 61.5}
        assert first.at == clock(2026, 6, 1, 12, 0, 2)
        rows = rows_of(there.store, [])
        assert [row.what["en"] for row in rows] == [
            "OV: cell overvoltage protection: charging is cut (began)",
            "OV: cell overvoltage protection: charging is cut (ended)",
            "a sensor was calibrated",
        ]
        assert rows[0].what["fr"].endswith("la charge est coupée (début)")


@leaping
async def test_each_record_is_kept_once_and_stays_when_the_device_has_dropped_it(tmp_path: Path) -> None:
    async with visit(tmp_path) as there:
        there.happens(30)
        await there.reads()
        there.happens(10)
        await there.reads()
        there.happens(40)
        await there.reads()
        await there.reads()
        assert there.numbers == list(range(1, 81))
        assert there.gaps == []


@leaping
async def test_what_was_overwritten_unread_is_told_with_its_number(tmp_path: Path) -> None:
    async with visit(tmp_path) as there:
        there.happens(60)
        await there.reads()
        assert there.gaps == [("gap_first", 10)]
        there.happens(53)
        await there.reads()
        assert there.numbers == [*range(11, 61), *range(64, 114)]
        assert there.gaps == [("gap_first", 10), ("gap_overwritten", 3)]
        said = [row.what["en"] for row in rows_of(there.store, []) if row.kind == "gap"]
        assert said[1].startswith("3 records are missing here")


@leaping
async def test_numbers_begin_anew_without_a_gap_and_cleared_records_are_told(tmp_path: Path) -> None:
    async with visit(tmp_path) as there:
        there.line.bank.packs[0].records._written = 65530
        there.happens(4)
        await there.reads()
        there.happens(4)
        await there.reads()
        assert there.numbers == [65531, 65532, 65533, 65534, 65535, 0, 1, 2]
        assert there.gaps == [("gap_first", 65530)]
        log = there.line.bank.packs[0].records
        there.line.bank.packs[0].records = type(log)(log.rules, 0.0)
        there.happens(2)
        await there.reads()
        assert there.gaps[1:] == [("gap_restarted", None)]
        assert len(there.numbers) == 10


@leaping
async def test_a_reading_that_breaks_off_loses_nothing(tmp_path: Path) -> None:
    async with visit(tmp_path) as there:
        there.happens(50)
        await there.reads()
        there.happens(53)
        there.line.cut_answer = 500  # in the second window
        with pytest.raises((LinkLost, NoAnswer)):
            await there.reads()
        assert 50 < len(there.numbers) < 100
        assert there.gaps == []  # nobody can know yet
        assert there.conversation is not None
        await there.conversation.move_to(await there.line.open())
        there.happens(4)
        await there.reads()
        assert there.numbers == [*range(1, 51), *range(58, 108)] or there.numbers == [*range(1, 51), *range(54, 108)]
        assert there.gaps[-1][0] == "gap_overwritten"


@leaping
async def test_a_record_that_comes_while_others_are_read_is_not_missed(tmp_path: Path) -> None:
    async with visit(tmp_path) as there:
        there.happens(40)
        there.conversation = Conversation(await there.line.open(), there.line.profile)
        intake, left = there.store.reading(NOON_MS), [1, 1]

        def take(entries: Sequence[Entry]) -> None:
            intake.take(entries)
            if left:
                left.pop()
                there.happens()

        intake.end(await read_records(there.conversation, there.line.address, take=take))
        assert there.numbers == list(range(1, 43))


@leaping
async def test_following_reads_no_more_than_what_is_new(tmp_path: Path) -> None:
    async with visit(tmp_path) as there:
        there.happens(50)
        await there.reads()
        there.happens(2)
        there.line.requests.clear()
        reading = await there.reads(known=there.store.knows)
        assert [one.number for one in reading.entries] == [52, 51]
        assert len(there.line.requests) == 3  # how many, one window, how many


@leaping
async def test_the_time_of_a_record_stays_when_the_clock_is_set(tmp_path: Path) -> None:
    async with visit(tmp_path) as there:
        there.happens(3)
        await there.reads()
        there.line.bank.packs[0].set_clock(clock(2030, 1, 1), NOON_MS)
        await there.reads()
        assert there.numbers == [1, 2, 3]
        assert there.conversation is not None
        ahead_s = await clock_ahead_s(there.conversation, there.line.address, lambda: NOON_MS)
        assert ahead_s == pytest.approx(113_140_800, abs=2)


@leaping
async def test_a_console_log_is_read_page_by_page_and_kept_once(tmp_path: Path) -> None:
    async with visit(tmp_path, "pylontech-console") as there:
        there.happens(5, name="charging_began", code="2a")
        await there.reads()
        there.happens(4, name="charge_low", code="0")
        await there.reads()
        rows = rows_of(there.store, [])
        assert [row.what["en"] for row in rows] == ["charging began"] * 5 + ["little charge is left"] * 4
        assert rows[0].kept is not None
        assert rows[0].kept.entry.values == {"board": "BMM", "code": "2a"}
        there.happens(40, name="charging_began", code="2b")
        await there.reads()
        assert there.gaps == [("gap_unknown", None)]


class Walked(Bank):
    """A device that gives its records one by one. rows: what each tells. silent: at these steps it says nothing."""

    rows: Sequence[dict[str, Any]] = ()
    end = "no_record"
    at = -1
    silent: frozenset[int] = frozenset()
    steps = 0

    def responder(self) -> Responder:
        manners = Manners(self.profile.link.refuse_noise, self.profile.link.zero_answers)
        codec, framer = self.profile.codec(), self.profile.framer()
        return Responder(codec, framer, self, self.addresses, manners, lambda _: True)

    def reports(self, question: Question) -> Sequence[Report]:
        name, wanted = question.message.name, question.record.get("position")
        if not name.endswith("record") and name != "history":
            return super().reports(question)
        self.steps += 1
        self.at = 0 if name == "first_record" or wanted == "00 00" else self.at + 1
        if self.steps in self.silent:
            return ()
        if self.at >= len(self.rows):
            raise Refused("that is all", reason=self.end)
        return (Report(self.rows[self.at]),)


@asynccontextmanager
async def walking(make: str, rows: Sequence[dict[str, Any]], end: str) -> AsyncIterator[tuple[Walked, Conversation]]:
    profile = load_profile(make)
    host, device = memory_pair(baud=profile.baud, half_duplex=True)
    bank = Walked(profile, (0,))
    bank.rows, bank.end = rows, end
    task = asyncio.create_task(serve(device, bank))
    conversation = Conversation(host, profile)
    try:
        yield bank, conversation
    finally:
        await conversation.close()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def hia(minute: int) -> dict[str, Any]:
    quiet = {"temperature_events": 0, "ambient_events": 0, "current_events": 0, "lock_events": 0, "capacity_events": 0}
    return {
        **quiet,
        "records_left": 3 - minute,
        "recorded_at": clock(2026, 5, 1, 10, minute),
        "operating_state": "charging",
        "cell_overvoltage_protection": minute == 1,
        "switch_state": 0,
        "other_events": 0,
        "hard_faults": 0,
        "pack_voltage": 55.12,
        "pack_current": 12.3,
        "remaining_capacity": 250.0,
        "cell_voltages": (3.445,) * 16,
        "cell_temperatures": (25.0,) * 4,
        "reserved_1622": "00 00 00 00 00 00 00 00",
        "ambient_temperature": 22.0,
        "mos_temperature": 30.0,
    }


@leaping
async def test_records_one_by_one_survive_a_lost_answer(tmp_path: Path) -> None:
    async with walking("seplos-v3", [hia(minute) for minute in range(3)], "no_record") as (bank, conversation):
        bank.silent = frozenset({3})
        store = RecordStore(tmp_path / "records.jsonl", bank.profile)
        intake = store.reading(NOON_MS)
        intake.end(await read_records(conversation, 0, take=intake.take))
        rows = rows_of(store, [])
        assert [row.kept.entry.at.minute for row in rows if row.kept and row.kept.entry.at] == [0, 1, 2]
        assert "overvoltage" in rows[1].what["en"]
        assert rows[0].what["en"] == "a record without an alarm"
        assert rows[0].kept is not None
        assert rows[0].kept.entry.values["pack_voltage_v"] == 55.12


@leaping
async def test_records_that_nobody_understands_are_kept_as_they_came(tmp_path: Path) -> None:
    raw = [bytes(range(k, k + 97)).hex(" ").upper() for k in (1, 50)]
    async with walking("seplos-v2", [{"record": one} for one in raw], "no_data") as (bank, conversation):
        for _ in range(2):
            store = RecordStore(tmp_path / "records.jsonl", bank.profile)
            intake = store.reading(NOON_MS)
            intake.end(await read_records(conversation, 0, take=intake.take))
        rows = rows_of(store, [])
        assert [row.plain()["raw"] for row in rows[::-1]] == raw
        assert "no document explains" in rows[0].what["en"]


@leaping
async def test_a_board_without_records_says_so(tmp_path: Path) -> None:
    async with visit(tmp_path, "seplos-v2") as there:
        with pytest.raises(Refused, match="this board gives no records"):
            await there.reads()
    async with visit(tmp_path, "pylontech") as there:
        with pytest.raises(UsageError, match="no document tells how"):
            await there.reads()


def test_a_line_that_broke_off_spoils_no_other(tmp_path: Path) -> None:
    path, profile = tmp_path / "records.jsonl", load_profile("ps-20016s")
    store = RecordStore(path, profile)
    store.reading(1).take([Entry(1, clock(2026, 1, 1), "OV", raised=True)])
    path.write_bytes(path.read_bytes() + b'{"kind": "record", "numb')
    RecordStore(path, profile).reading(2).take([Entry(2, clock(2026, 1, 2), "UV", raised=True)])
    path.write_bytes(path.read_bytes() + b'{"kind": "record"}\n[]\n{"kind": "record", "read_ms": 1, "at": "x"}\n')
    assert [one.entry.number for one in RecordStore(path, profile).ordered()] == [1, 2]


def test_two_that_look_the_same_are_two(tmp_path: Path) -> None:
    path, profile = tmp_path / "records.jsonl", load_profile("pylontech-console")
    same = Entry(at=clock(2026, 1, 1), event="The device start charging.")
    RecordStore(path, profile).reading(1).take([same, same])
    RecordStore(path, profile).reading(2).take([same, same])
    assert len(RecordStore(path, profile).ordered()) == 2


def test_ours_stand_between_those_of_the_device(tmp_path: Path) -> None:
    store = RecordStore(tmp_path / "records.jsonl", load_profile("ps-20016s"))
    store.reading(NOON_MS, 3600.0).take([Entry(number, clock(2026, 6, 1, 9 + number), "OV") for number in (2, 1)])
    log: list[dict[str, Any]] = [
        {"at": "2026-06-01T09:30:00Z", "what": "begin"},
        {"at": "2026-06-01T09:30:01Z", "what": "write", "name": "x_v", "from": 1, "to": 2, "outcome": "link_lost"},
        {"at": "never", "what": "write"},
    ]
    rows = rows_of(store, log)
    assert [row.kind for row in rows] == ["device", "own", "device"]
    assert rows[1].what["en"] == "we set x_v: 1 → 2: link lost"
    assert [row.plain()["time"] for row in rows][::2] == ["2026-06-01T09:00:00Z", "2026-06-01T10:00:00Z"]
    assert [row.kind for row in rows_of(store, log, since_ms("2026-06-01T09:30:00+00:00", 0))] == ["own", "device"]


def test_a_table_for_a_spreadsheet_and_lines_of_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = RecordStore(tmp_path / "records.jsonl", load_profile("ps-20016s"))
    values: dict[str, Any] = {"cell_voltage_max_v": 3.8, "cell_voltage_v": (3.8, 3.3)}
    store.reading(NOON_MS).take([Entry(7, clock(2026, 6, 1), "OV", raised=True, values=values)])
    rows, out = rows_of(store, []), io.StringIO()
    print_csv(rows, "fr", out)
    head, line = out.getvalue().splitlines()
    assert head == "time,device_time,source,number,what,event,raised,active,cell_voltage_max_v,cell_voltage_v,raw"
    assert line.startswith("2026-06-01T00:00:00Z,2026-06-01T00:00:00,device,7,OV : protection")
    assert line.endswith("OV,True,,3.8,3.8 3.3,")
    assert json.loads(json.dumps(rows[0].plain()))["values"]["cell_voltage_max_v"] == 3.8
    show_rows(rows, "en")
    assert "3.800 V" in capsys.readouterr().out
    tell_clock(-3725.0 + datetime.fromtimestamp(0).astimezone().utcoffset().total_seconds(), 0, "en")  # type: ignore[union-attr]
    assert "1 h 2 min 5 s behind" in capsys.readouterr().err


@pytest.mark.parametrize(("text", "wanted"), [("90m", -5400), ("1.5h", -5400), ("2d", -172800), ("10s", -10)])
def test_since_a_span(text: str, wanted: int) -> None:
    assert since_ms(text, 0) == wanted * 1000


def test_since_something_else() -> None:
    with pytest.raises(UsageError, match="'yesterday' is no time; write 2026-05-31"):
        since_ms("yesterday", 0)

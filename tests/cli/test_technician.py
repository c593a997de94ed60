"""``records``, ``calibrate`` and ``support`` as a technician uses them, on a line in memory."""

import asyncio
import json
import zipfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import typer

from host.setting_lines import Line
from leap import leaping
from program import wattstead
from strangers.serving import simulate
from wattstead.app.clock import now_ms
from wattstead.catalog.profile import load_profile
from wattstead.cli import calibrate, records, support
from wattstead.cli import line as opening
from wattstead.cli.calibrate import Action, Ask
from wattstead.cli.records_show import Way
from wattstead.cli.setting_source import Places, Wish
from wattstead.host.settings.keep import Keeper, device_key
from wattstead.host.settings.sets import read_identity
from wattstead.model.errors import LinkLost, NoAnswer, Refused, UsageError, WattsteadError

OV = "cell_overvoltage_protection"


@contextmanager
def at(make: str, folder: Path, **wish: Any) -> "Iterator[tuple[Line, Places]]":
    """Give a battery, and the places in which its line is the only port."""
    line = Line(make, paced=False)

    async def opened(url: str, *, baud: int | None = None) -> Any:
        assert (url, baud) == ("serial:///dev/ttyUSB0", line.profile.baud)
        return await line.open()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(opening, "open_port", opened)
        yield line, Places(Wish(load_profile(make), None, None, folder, "en", **wish))


URL = "serial:///dev/ttyUSB0"


def way(**changes: Any) -> Way:
    return replace(Way("en", json=False, csv=False, in_order=False, since_ms=None), **changes)


def happens(line: Line, count: int, began_s: float = 1.0) -> None:
    for k in range(count):
        values = {"cell_voltage_max_v": 3.8, "pack_voltage_v": 53.0, "soc_pct": 90.0}
        line.bank.packs[0].records.event(began_s + k, OV, began=True, code="OV", values=values)


@leaping
async def test_records_are_shown_kept_and_told_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with at("ps-20016s", tmp_path) as (line, places):
        happens(line, 60)
        await records._work(places, URL, way(), None)
        told = capsys.readouterr()
        rows = [row.split()[0] for row in told.out.splitlines() if row[:1].isdigit()]
        assert rows == [str(number) for number in range(60, 10, -1)]
        assert "10 older records were overwritten before the first reading" in told.out
        assert "50 new, 50 shown" in told.err
        assert "clock is" in told.err
        await records._work(places, URL, way(json=True), None)
        plain = [json.loads(row) for row in capsys.readouterr().out.splitlines()]
        assert [one["number"] for one in plain if one["kind"] == "device"] == list(range(11, 61))
        key = f"ps-20016s-{line.bank.packs[0].says['serial_number']}"
        file = tmp_path / key / "records.jsonl"
        await line.end()
    await records._show_file(file, load_profile("ps-20016s"), way(lang="fr", csv=True))
    assert "surtension de cellule" in capsys.readouterr().out
    with pytest.raises(UsageError, match="of which device"):
        await records._show_file(file, None, way())


@leaping
async def test_a_reading_that_breaks_off_says_so_and_shows_what_came(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with at("ps-20016s", tmp_path) as (line, places):
        happens(line, 50)
        line.cut_answer = 750
        with pytest.raises((LinkLost, NoAnswer)):
            await records._work(places, URL, way(), None)
        told = capsys.readouterr()
        assert "the reading broke off" in told.err
        assert "the same command goes on" in told.err
        assert told.out.count("OV: cell overvoltage") >= 15
        await line.end()


@leaping
async def test_a_board_without_records_was_not_interrupted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with at("seplos-v2", tmp_path) as (line, places):
        with pytest.raises(Refused, match="this board gives no records"):
            await records._work(places, URL, way(), None)
        assert "broke off" not in capsys.readouterr().err
        await line.end()


@leaping
async def test_new_ones_are_shown_as_they_come(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with at("ps-20016s", tmp_path) as (line, places):
        happens(line, 1)
        looks = 0

        class Enough(Exception):
            pass

        look = records.Visit._look

        async def counted(visit: records.Visit) -> Any:
            nonlocal looks
            looks += 1
            if looks == 2:
                happens(line, 2, 10.0)
            if looks == 4:
                raise Enough
            return await look(visit)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(records.Visit, "_look", counted)
            with pytest.raises(Enough):
                await records._work(places, URL, way(json=True), 5.0)
        told = capsys.readouterr()
        assert [json.loads(row)["number"] for row in told.out.splitlines()] == [1, 2, 3]
        assert told.err.count("clock is") == 1
        await line.end()


@leaping
async def test_a_device_that_keeps_none_shows_what_is_ours_and_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with at("pace", tmp_path) as (line, places):
        profile = places.wish.device
        assert profile is not None
        async with places.device(URL) as device:
            identity = await read_identity(device.conversation, device.address)
        keeper = Keeper(tmp_path, profile, device_key(profile, URL, line.address, identity))

        def wrote(value: float, now_ms: int) -> None:
            entry = {"what": "write", "name": "cell_overvoltage_protection_v", "from": 3.6, "to": value}
            keeper.log({**entry, "outcome": "written"}, now_ms)

        wrote(3.65, 1_780_315_200_000)
        await records._work(places, URL, way(), None)
        told = capsys.readouterr()
        assert "pace keeps no records that can be read: no document tells how" in told.err
        assert "3.6 → 3.65 V: written" in told.out
        assert "no answer" not in told.err

        following = asyncio.create_task(records._work(places, URL, way(json=True), 5.0))
        await asyncio.sleep(7.0)
        assert "waiting for new records" in capsys.readouterr().err
        wrote(3.55, now_ms())
        await asyncio.sleep(10.0)
        (row,) = [json.loads(one) for one in capsys.readouterr().out.splitlines()]
        assert (row["kind"], row["to"], row["outcome"]) == ("own", 3.55, "written")
        following.cancel()
        with pytest.raises(asyncio.CancelledError):
            await following
        await line.end()


@leaping
async def test_a_device_that_keeps_none_and_is_silent_is_known_by_its_port(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with at("pace", tmp_path) as (line, places):
        line.bank.stack.turn_off(0)
        with pytest.raises(NoAnswer):
            await records._work(places, URL, way(lang="fr"), None)
        told = capsys.readouterr()
        assert "ne garde pas d'enregistrements lisibles" in told.err
        assert "aucun enregistrement" in told.out
        await line.end()


Calibrate = Callable[..., Awaitable[None]]


@asynccontextmanager
async def desk(folder: Path, off_a: float, **wish: Any) -> Any:
    with at("ps-20016s", folder, wait_s=2.0, **wish) as (line, places):
        pack = line.bank.packs[0]
        pack.given = replace(pack.given, sense={"pack_current_offset_a": off_a})

        async def does(
            action: Action, *confirmed: str, dry_run: bool = False, reference_a: float | None = None
        ) -> None:
            await calibrate._work(places, URL, Ask(action, reference_a, frozenset(confirmed), dry_run))

        yield line, does
        await line.end()


@leaping
async def test_a_zero_is_confirmed_taken_shown_and_undone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with desk(tmp_path, 1.4) as (line, does):
        with pytest.raises(
            UsageError, match=r"nothing was sent: Nothing may flow now.* Say --confirm zero if that is so"
        ):
            await does(Action.ZERO)
        await does(Action.ZERO, dry_run=True)
        assert "nothing was sent, and nothing speaks against it" in capsys.readouterr().err
        await does(Action.ZERO, "zero")
        told = capsys.readouterr().out
        assert "1.40 1.40 1.40 1.40 1.40 A" in told
        assert "done: read back and made to last" in told
        await does(Action.SHOW)
        assert "zero, 2" in capsys.readouterr().out
        await does(Action.UNDO, "undo")
        assert "current_offset" in capsys.readouterr().out
        with pytest.raises(WattsteadError, match="there is nothing to undo"):
            await does(Action.UNDO, "undo")
        assert line.bank.packs[0].desk.trim.zero_counts == 0


@leaping
async def test_what_speaks_against_it_is_told_at_once_and_nothing_is_sent(tmp_path: Path) -> None:
    async with desk(tmp_path, 3.0, json=True) as (line, does):
        with pytest.raises(
            WattsteadError, match=r"zero was not taken, nothing was sent: .* a zero is taken within 2 A"
        ):
            await does(Action.ZERO, "zero")
        with pytest.raises(
            WattsteadError, match=r"gain was not taken, nothing was sent: it reads 3.00 A against 40 A, 92"
        ):
            await does(Action.GAIN, "gain")
        assert line.wrote == 0
        assert not (tmp_path / "audit.jsonl").exists()


@leaping
async def test_a_gain_as_json_and_a_refusal_leave_their_status(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with desk(tmp_path, 0.0, json=True) as (line, does):
        line.bank.advance(1.0, -40.0, steps=3)
        await does(Action.GAIN, "gain", reference_a=-41.0)
        done = json.loads(capsys.readouterr().out)
        assert done["outcome"] == "done"
        assert done["after"]["current_gain"] > done["before"]["current_gain"]
        line.bank.packs[0].desk.spec = line.bank.packs[0].desk.spec.model_copy(update={"unlock_s": -1.0})
        with pytest.raises(typer.Exit) as left:
            await does(Action.UNDO, "undo")
        assert left.value.exit_code == 1
        assert json.loads(capsys.readouterr().out)["outcome"] == "refused"


@leaping
async def test_a_support_file_says_what_it_replaced(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with at("pylontech-console", tmp_path) as (line, places):
        path = tmp_path / "help.zip"
        await support._work(places, URL, path)
        told = capsys.readouterr()
        serial = line.bank.packs[0].says["serial_number"]
        assert serial in told.out
        assert "look into it before you send it" in told.out
        assert "not in the file: units" in told.err
        with zipfile.ZipFile(path) as packed:
            assert serial.encode() not in b"".join(packed.read(name) for name in packed.namelist())
        await line.end()
    for output, why in ((path, "exists already"), (tmp_path / "no" / "a.zip", "there is no such folder")):
        with pytest.raises(UsageError, match=why):
            support.support(URL, profile="pylontech-console", output=output)
    with pytest.raises(UsageError, match="sma-can speaks on a CAN bus; give one such as can:"):
        support.support(URL, profile="sma-can", output=path)


@pytest.mark.slow  # starts programs
def test_the_programs_themselves(tmp_path: Path) -> None:
    path, options = tmp_path / "help.zip", ("-p", "ps-20016s", "--data", str(tmp_path / "data"))
    with simulate("ps-20016s", "--on", "tcp://127.0.0.1:0", "--turnaround", "0") as running:
        assert wattstead("records", running.url, *options, "--json").status == 0
        assert wattstead("support", running.url, *options, "-o", str(path), "--lang", "fr").status == 0
    decoded = wattstead("decode", "-p", "ps-20016s", str(path), "--json")
    assert decoded.status == 0
    assert not [row for row in decoded.rows() if "noise" in row or "error" in row]

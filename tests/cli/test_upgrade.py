"""``wattstead upgrade`` as a person or a script uses it, against virtual batteries."""

import asyncio
import json
import random
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from program import Finished
from strangers.serving import PATIENCE_S, simulate
from wattstead.catalog.profile import load_profile
from wattstead.cli import main
from wattstead.link.open import listen
from wattstead.virtual.bank import Bank
from wattstead.virtual.day import Day
from wattstead.virtual.given import Given, Input
from wattstead.virtual.live import LiveBank
from wattstead.virtual.loader_line import with_loaders
from wattstead.virtual.loaders import Loaders
from wattstead.virtual.serve import serve

NAME = "growatt-rs485"
Run = Callable[..., Finished]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Give what runs the verb in this program: starting one takes a second."""
    monkeypatch.setenv("LANG", "en")
    monkeypatch.setenv("COLUMNS", "200")

    def call(*words: str) -> Finished:
        with pytest.raises(SystemExit) as left:
            main(["upgrade", *words])
        said = capsys.readouterr()
        return Finished(int(left.value.code or 0), said.out, said.err)

    return call


@dataclass
class Desk:
    """A person at a battery that is idle, with a folder of their own. bank: to say what it says."""

    run: Run
    url: str
    folder: Path
    bank: Bank

    def at_device(self, *words: str) -> Finished:
        return self.run(*words, "--profile", NAME, "--data", str(self.folder / "data"))

    @property
    def log(self) -> list[dict[str, object]]:
        lines = (self.folder / "data" / "audit.jsonl").read_text().splitlines()
        return [json.loads(line) for line in lines]


def image(run: Run, folder: Path, version: str) -> str:
    content, path = folder / "content.bin", folder / f"{version}.wsfw"
    content.write_bytes(random.Random(version).randbytes(1500))
    made = run("make-image", str(path), str(content), "--version", version, "--profile", NAME)
    assert made.status == 0, made.err
    return str(path)


@pytest.fixture
def desk(run: Run, tmp_path: Path) -> Iterator[Desk]:
    """A battery with a loader in a thread of its own; it restarts in no time."""
    bank = Bank(load_profile(NAME), now_ms=lambda: 1_772_366_400_000)
    bank.input = Input(charger=False, load_w=0.0)
    opened: list[str] = []
    ready = threading.Event()
    loop = asyncio.new_event_loop()

    async def battery() -> None:
        live = LiveBank(bank, Day(0), clock_s=loop.time, local_s=0.0, speed=0.0)
        loaders = Loaders(live, loop.time)
        for one in loaders.by_address.values():
            one.make = replace(one.make, restart_s=0.0)
        listener = await listen("tcp://127.0.0.1:0")
        opened.append(listener.url)
        ready.set()
        make = with_loaders(live.responder, bank.profile.framer, loaders)
        await serve(listener, lambda: make(""), turnaround_s=0.0)

    task = loop.create_task(battery())

    def work() -> None:
        with pytest.raises(asyncio.CancelledError):
            loop.run_until_complete(task)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        assert ready.wait(PATIENCE_S)
        yield Desk(run, opened[0], tmp_path, bank)
    finally:
        loop.call_soon_threadsafe(task.cancel)
        thread.join(PATIENCE_S)
        loop.close()


def test_an_upgrade_a_downgrade_and_the_way_back(desk: Desk) -> None:
    new, old = (image(desk.run, desk.folder, version) for version in ("1.5", "1.2.1"))
    asked = desk.at_device(desk.url, new)
    assert (asked.status, asked.out != "") == (2, True)
    assert "no image was sent: nobody is there to be asked; say --yes" in asked.err
    assert "Wattstead's own: no maker publishes one" in asked.out
    done = desk.at_device(desk.url, new, "--yes", "--json")
    assert done.status == 0, done.err
    (row,) = done.rows()
    told = {"outcome": "upgraded", "transfer": "wattstead-1", "from": "1.4.0", "to": "1.5.0", "runs": "1.5.0"}
    assert {**row, **told, "blocks": 8, "blocks_sent": 8, "why": None} == row
    lower = desk.at_device(desk.url, old, "--yes")
    assert lower.status == 2
    assert "1.2.1 is older than 1.5.0, which the device runs; say --confirm downgrade" in lower.err
    done = desk.at_device(desk.url, old, "--yes", "--confirm", "downgrade")
    assert done.status == 0, done.err
    back = desk.at_device("rollback", desk.url, "--confirm", "rollback", "--json")
    (row,) = back.rows()
    assert (back.status, row["runs"], row["other"], row["why"]) == (0, "1.5.0", "1.2.1", "asked")
    ended = [one["what"] for one in desk.log]
    assert ended == ["upgrade", "upgrade ended", "upgrade", "upgrade ended", "rollback", "rollback ended"]
    assert desk.log[0]["device"] == f"{NAME}-WS6K5000"


def test_what_speaks_against_it_is_said_with_its_values(desk: Desk) -> None:
    new = image(desk.run, desk.folder, "1.5")
    desk.bank.packs[0].given = Given({"soc_pct": 11.0}, ("cell_undervoltage_protection",))
    no = desk.at_device(desk.url, new, "--yes")
    assert no.status == 1
    assert "soc_pct is 11 %; it must be 20 to 95 %; active: cell_undervoltage_protection; clear that first" in no.err
    assert "No image was sent" in no.err
    assert desk.at_device("status", desk.url).status == 0


def test_files_and_devices_that_are_none(run: Run, tmp_path: Path) -> None:
    nowhere, new = "tcp://127.0.0.1:9", image(run, tmp_path, "2.0")
    good = run("check", new, "--json")
    assert (good.status, good.rows()[0]["version"], good.rows()[0]["errors"]) == (0, "2.0.0", [])
    other = run("check", new, "--profile", "ps-20016s")
    assert other.status == 1
    assert "the image is for the model WS-WALL-6K5, this profile is WS-PS20016S" in other.err
    cut = tmp_path / "cut.wsfw"
    cut.write_bytes(Path(new).read_bytes()[:700])
    broken = run("check", str(cut))
    assert (broken.status, "it is cut off: 700 of 1660 bytes are there" in broken.err) == (1, True)
    none = run(nowhere, new, "--profile", "seplos-v2")
    assert none.status == 2
    assert "seplos-v2 declares no firmware upgrade, so nothing was sent: makers do not publish" in none.err
    nobody = run(nowhere, new)
    assert (nobody.status, "which device? say --profile NAME" in nobody.err) == (2, True)
    stick = run("solarman://127.0.0.1:9?serial=1", new, "--profile", NAME)
    assert stick.status in (2, 3)
    for words, why in (
        (("check",), "check takes IMAGE, not 0 words"),
        ((new,), "an upgrade takes PORT IMAGE, not 1 word"),
        (("check", str(tmp_path / "none.wsfw")), "No such file"),
        (("check", new, "--version", "1.0"), "belong to make-image"),
        (("make-image", new, new, "-p", NAME), "which version? say --version 1.5.2"),
        (("make-image", new, new, "-p", NAME, "--version", "x"), "'x' is no version"),
        (("status", "can://virtual/x", "-p", NAME), ""),
        (("status", "tcp://127.0.0.1:9", "-p", "growatt-can"), "speaks on a CAN bus"),
    ):
        wrong = run(*words)
        assert wrong.status in (2, 3), words
        assert why in wrong.err, wrong.err


@pytest.mark.slow
def test_simulate_keeps_the_images_beside_the_battery(run: Run, tmp_path: Path) -> None:
    keep = tmp_path / "battery.json"
    with simulate(NAME, "--on", "tcp://127.0.0.1:0", "--turnaround", "0", "--keep", str(keep)) as running:
        (row,) = run("status", running.url, "-p", NAME, "--json").rows()
    assert (row["model"], row["runs"], row["state"]) == ("WS-WALL-6K5", "1.4.0", "idle")
    assert (tmp_path / "battery.json.firmware").stat().st_size > 1000

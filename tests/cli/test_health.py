"""``wattstead health`` at the command line."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from plant.health.lived import OHM, sound
from plant.health.test_past import told
from wattstead.cli import main
from wattstead.store.sqlite import SqliteStore


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as demo writes it: one pack with a loose joint, a sound one."""
    made = tmp_path_factory.mktemp("health")

    async def fill() -> None:
        store = await SqliteStore.open(made / "demo.db")
        await store.write_many(told(sound().but("ohm", 3, OHM + 0.001), "loose", 5))
        await store.write_many(told(sound(), "sound", 5))
        await store.close()

    asyncio.run(fill())
    return made


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Any:
    def says(*words: str) -> tuple[int, str, str]:
        monkeypatch.setenv("COLUMNS", "200")
        status = 0
        try:
            main(["health", *words])
        except SystemExit as leaving:
            status = int(leaving.code or 0)
        said = capsys.readouterr()
        return status, said.out, said.err

    return says


def test_all_packs_are_judged_and_a_fault_gives_status_1(run: Any, folder: Path) -> None:
    status, out, _ = run("--data", str(folder), "--lang", "en")
    assert status == 1
    assert out.startswith("loose\nHigh resistance at cell 3 (confidence ")
    assert "1. a loose or corroded busbar, or a bad sense wire" in out
    assert "sound\nNothing found in 5 days of readings." in out


def test_one_pack_as_json_in_french_and_a_sound_one_gives_0(run: Any, folder: Path) -> None:
    status, out, _ = run("--data", str(folder / "demo.db"), "--pack", "sound", "--json", "--lang", "fr")
    told_of = json.loads(out)
    assert (status, told_of["pack"], told_of["findings"]) == (0, "sound", [])
    assert told_of["say"] == "Rien à signaler sur 5 jours de relevés."


def test_a_store_or_pack_that_is_not_there_is_told_with_what_would_be_right(run: Any, folder: Path) -> None:
    status, _, err = run("--data", str(folder), "--pack", "other")
    assert (status, "--pack other: the store has no such pack; it has loose, sound" in err) == (2, True)
    status, _, err = run("--data", str(folder / "none"))
    assert (status, "there is no such store; name the file or folder" in err) == (2, True)
    empty = folder / "empty"
    empty.mkdir()
    status, _, err = run("--data", str(empty))
    assert (status, "the folder holds no store" in err) == (2, True)

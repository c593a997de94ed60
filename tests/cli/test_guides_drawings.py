"""``wattstead guides drawings`` and ``--svg``."""

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from wattstead.catalog.drawing import drawing_names
from wattstead.cli import main


def says(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as left:
        main(["guides", *words])
    told = capsys.readouterr()
    return int(left.value.code or 0), told.out, told.err


def test_all_drawings_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = says(capsys, "drawings", "--json", "--lang", "fr")
    listed = [json.loads(line) for line in out.splitlines()]
    assert status == 0
    assert [one["name"] for one in listed] == [*drawing_names()]
    assert {"name": "topology-dc", "title": "AURA, système couplé DC"} in listed
    assert "AURA, DC coupled" in says(capsys, "drawings")[1]


def test_drawings_of_a_guide_become_files(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    folder = tmp_path / "new" / "pictures"
    status, _, told = says(capsys, "metering-aura", "--svg", str(folder), "--lang", "fr")
    assert status == 0
    assert "3 SVG" in told
    assert sorted(one.name for one in folder.iterdir()) == [
        "aura-ct.fr.svg",
        "aura-meter.fr.svg",
        "aura-terminals.fr.svg",
    ]
    assert ET.parse(folder / "aura-ct.fr.svg").getroot().get("color") == "#111"


def test_slips_are_told(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "taken"
    file.write_text("", encoding="utf-8")
    status, _, told = says(capsys, "metering-aura", "--svg", str(file / "below"))
    assert status == 2
    assert "name another folder with --svg" in told
    status, _, told = says(capsys, "transport-wall-6k5", "--svg", str(tmp_path))
    assert (status, "has no drawing" in told) == (2, True)
    status, _, told = says(capsys, "--svg", str(tmp_path))
    assert (status, "--svg needs the name of a guide" in told) == (2, True)
    assert says(capsys, "drawings", "--reset")[0] == 2

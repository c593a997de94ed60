"""``settings convert`` and the sets that have a name (PWS-17, AUR-4)."""

import tomllib
from pathlib import Path

import pytest

from wattstead.cli import main


def says(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as left:
        main(["settings", *words])
    told = capsys.readouterr()
    return int(left.value.code or 0), told.out, told.err


def test_a_set_for_eight_cells_is_told_written_and_can_be_checked(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "eight.toml"
    status, _, told = says(capsys, "convert", "defaults", "-p", "ps-20016s", "--cells", "8", "-o", str(file))
    assert status == 0
    assert "cell_count: 16 becomes 8" in told
    assert "inverter_charge_voltage_v: 56 becomes 28" in told
    kept = tomllib.loads(file.read_text(encoding="utf-8"))["settings"]
    assert (kept["cell_count"], kept["inverter_discharge_voltage_v"]) == (8, 20.0)
    assert says(capsys, "check", str(file))[0] == 0
    back, out, told = says(capsys, "convert", str(file), "--cells", "16", "--lang", "fr")
    assert back == 0
    assert "cell_count : 8 devient 16" in told
    assert tomllib.loads(out)["settings"]["inverter_charge_voltage_v"] == 56.0


def test_slips_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert says(capsys, "convert", "defaults", "-p", "ps-20016s")[0] == 2
    assert says(capsys, "show", "defaults", "-p", "ps-20016s", "--cells", "8")[0] == 2
    status, _, told = says(capsys, "convert", "defaults", "-p", "ps-20016s", "--cells", "20")
    assert status == 2
    assert "say 8 to 16" in told


def test_ways_to_connect_an_aura_are_sets_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = says(capsys, "export", "topology-dc-backup")
    assert status == 0
    assert tomllib.loads(out)["settings"]["eps_enabled"] is True
    for name in ("dc", "dc-backup", "dc-ac", "dc-ac-backup", "ac", "ac-backup", "storage"):
        assert says(capsys, "check", f"topology-{name}")[0] == 0, name
    status, _, told = says(capsys, "show", "topology-dx")
    assert status == 2
    assert "did you mean 'topology-dc'" in told
    assert "is for aura" in says(capsys, "show", "topology-dc", "-p", "seplos-v2")[2]

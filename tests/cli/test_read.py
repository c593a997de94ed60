"""``read`` as people see it: columns, units, settings that come with the values, a watch that goes into a pipe."""

import pytest
from rich.console import Console

from wattstead.catalog.profile import load_profile
from wattstead.cli.read import _measured, _showing
from wattstead.cli.show import values_table

CELLS = tuple(3.3 + 0.001 * place for place in range(16))


def shown(capsys: pytest.CaptureFixture[str], columns: int, **values: object) -> list[str]:
    """Show values on a screen of so many columns."""
    Console(width=columns, highlight=False).print(values_table(values, "fr", derive=False))
    return [line.rstrip() for line in capsys.readouterr().out.splitlines()]


@pytest.mark.parametrize(("columns", "rows"), [(160, 2), (120, 4), (80, 8)])
def test_a_row_of_cells_is_never_broken_however_long_the_labels_are(
    columns: int, rows: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    lines = shown(capsys, columns, cell_voltage_v=CELLS, mos_temperature_status="normal")
    cells = [line for line in lines if ":3.3" in line]
    assert len(cells) == rows
    assert {line.count(":") for line in cells} == {16 // rows}
    assert cells[-1].endswith("V")
    assert len(lines) == rows + 1


def test_a_setting_has_its_unit(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    settings = {"pack_overvoltage_protection_v": 59.2, "enable_balancing": True, "rated_capacity_ah": 100.0}
    units = {name: setting.unit for name, setting in load_profile("jk").settings.items()}
    Console(width=100).print(values_table(settings, "en", derive=False, units=units))
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["pack_overvoltage_protection_v", "59.2", "V"] in lines
    assert ["enable_balancing", "yes"] in lines
    assert ["rated", "capacity", "100.00", "Ah"] in lines


def test_settings_that_come_with_the_values_are_no_readings() -> None:
    values = {"soc_pct": 50, "rated_capacity_ah": 100.0, "cell_overvoltage_delay_s": 2}
    assert _measured(values, load_profile("jk")) == {"soc_pct": 50, "rated_capacity_ah": 100.0}


def test_a_watch_that_goes_into_a_pipe_shows_each_reading_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    with _showing() as show:
        show(values_table({"soc_pct": 50.0}, "en"))
        first = capsys.readouterr().out
        show(values_table({"soc_pct": 51.0}, "en"))
    assert first.split() == ["state", "of", "charge", "50.0", "%"]
    assert capsys.readouterr().out.split() == ["state", "of", "charge", "51.0", "%"]

"""A report speaks the closed vocabulary of the model, in plain Python values."""

import pytest

from battery.packs import run, seplos, stiff
from wattstead.battery.limit import NAMES
from wattstead.battery.measure import report, report_pack
from wattstead.battery.preset import Limits, Spread
from wattstead.battery.state import PackState
from wattstead.model.errors import UsageError
from wattstead.model.quantity import QUANTITIES, Kind, Per
from wattstead.model.reading import derived, numbers


def test_every_row_is_a_quantity_of_its_kind_and_length() -> None:
    state = run(PackState.rest(seplos(cells=15, spread=Spread()), 2, [0.3, 0.98]), 20.0, 300.0)
    types = {Kind.NUMBER: (float, int), Kind.FLAG: (bool,), Kind.STATE: (str,), Kind.POSITIONS: (int,)}
    lengths = {Per.CELL: 15, Per.PROBE: 4}
    for one in report(state):
        for name, value in one.values.items():
            quantity = QUANTITIES[name]
            if quantity.per is not Per.PACK:
                assert isinstance(value, tuple)
                assert len(value) == lengths[quantity.per], name
            assert isinstance(value, tuple) or quantity.kind is not Kind.POSITIONS
            for each in value if isinstance(value, tuple) else (value,):
                assert type(each) in types[quantity.kind], name


def test_it_holds_what_a_bms_says() -> None:
    values = report(PackState.rest(seplos(), 1))[0].values
    assert set(values) == {
        *("cell_voltage_v", "pack_voltage_v", "port_voltage_v", "pack_current_a", "cell_temperature_degc"),
        *("ambient_temperature_degc", "mos_temperature_degc", "bms_temperature_degc", "soc_pct", "soh_pct"),
        *("remaining_capacity_ah", "full_capacity_ah", "rated_capacity_ah", "cycle_count", "charged_energy_kwh"),
        *("discharged_energy_kwh", "charge_mos_on", "discharge_mos_on", "fully_charged", "operating_state"),
        "balancing_cells",
    }


def test_the_values_are_those_of_the_pack() -> None:
    state = PackState.rest(seplos(), 2, [0.5, 0.25], soh=0.96, cycles=123.7, temperature_degc=21.0)
    values = report(run(state, -10.0, 360.0, 60.0))[1].values
    assert values["pack_voltage_v"] == pytest.approx(sum(numbers(values["cell_voltage_v"])))
    assert values["pack_current_a"] == -10.0
    assert values["remaining_capacity_ah"] == pytest.approx(0.25 * 96.0 - 1.0)
    assert values["soc_pct"] == pytest.approx(100.0 * 23.0 / 96.0)
    assert [values[name] for name in ("soh_pct", "full_capacity_ah", "rated_capacity_ah")] == [96.0, 96.0, 100.0]
    assert values["cycle_count"] == 123
    assert values["operating_state"] == "discharging"
    assert values["balancing_cells"] == ()
    assert derived(values)["pack_power_w"] == pytest.approx(-10.0 * 16 * 3.25, rel=0.01)


def test_a_probe_sees_the_mean_of_its_cells() -> None:
    state = run(PackState.rest(seplos(spread=Spread(resistance=0.2)), 1, 0.3), 50.0, 3600.0, 60.0)
    cells, probes = state.temperature_degc[:, 0], report(state)[0].values["cell_temperature_degc"]
    assert probes == pytest.approx([cells[k : k + 4].mean() for k in (0, 4, 8, 12)])
    assert len(set(cells.tolist())) > 4


def test_mos_and_board_warm_with_the_current() -> None:
    state = run(PackState.rest(seplos(), 1, 0.3, temperature_degc=20.0), 50.0, 1800.0, 60.0, ambient_degc=20.0)
    values = report(state)[0].values
    assert values["ambient_temperature_degc"] == 20.0
    assert values["mos_temperature_degc"] == pytest.approx(25.0, abs=0.01)  # 20 + 0.002 x 50²
    assert values["bms_temperature_degc"] == pytest.approx(21.5, abs=0.01)


def test_one_word_says_what_it_does() -> None:
    rest = PackState.rest(seplos(), 1, 0.5)
    full = run(PackState.rest(seplos(), 1, 0.995), 0.0, 120.0)
    words = {
        "standby": rest,
        "charging": run(rest, 5.0, 1.0),
        "discharging": run(rest, -5.0, 1.0),
        "full": full,
        "floating": run(full, 1.0, 1.0),
    }
    for word, state in words.items():
        assert report_pack(state, 0).values["operating_state"] == word
    assert report_pack(run(rest, 0.5, 1.0), 0).values["operating_state"] == "standby"


def test_active_limits_are_listed_by_name_in_order() -> None:
    state = run(PackState.rest(seplos(), 1, 0.97), 50.0, 1200.0, 10.0)
    one = report(state)[0]
    assert one.active == ("pack_overvoltage_protection", "cell_high_voltage_alarm", "pack_high_voltage_alarm")
    assert [NAMES.index(name) for name in one.active] == sorted(NAMES.index(name) for name in one.active)
    assert (one.values["charge_mos_on"], one.values["discharge_mos_on"]) == (False, True)
    assert report(PackState.rest(seplos(), 1))[0].active == ()


def test_the_port_lies_behind_link_and_switches() -> None:
    rest = PackState.rest(stiff(Limits()), 1)
    pack = float(rest.pack_voltage_v[0])

    def port(current: float, *, charge: bool = True, discharge: bool = True) -> float:
        state = run(rest, current, 1.0)
        state.charge_mos_on[:], state.discharge_mos_on[:] = charge, discharge
        inside = current * 0.01 * 4 + current * 0.002
        return numbers(report(state)[0].values["port_voltage_v"])[0] - (pack + inside)

    assert port(10.0) == pytest.approx(0.0, abs=1e-6)
    assert port(-10.0) == pytest.approx(0.0, abs=1e-6)
    assert port(-10.0, charge=False) == pytest.approx(-0.7, abs=1e-6), "discharge through the body diode"
    assert port(10.0, discharge=False) == pytest.approx(0.7, abs=1e-6), "charge through the body diode"
    assert port(0.0, charge=False) == pytest.approx(0.0, abs=1e-6)
    assert port(0.0, discharge=False) == pytest.approx(-pack)


def test_an_absent_pack_is_refused() -> None:
    with pytest.raises(UsageError, match="pack 2 must be one of 0 to 1"):
        report_pack(PackState.rest(seplos(), 2), 2)

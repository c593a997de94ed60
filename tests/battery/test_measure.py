"""A report speaks the closed vocabulary of the model, in plain Python values, and says what the sensors read."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from battery.packs import SEPLOS, WALL, bare, filled, of_make, run
from wattstead.battery.behaviour import Busbar, Sensors, Switch, Switches
from wattstead.battery.inputs import Signal
from wattstead.battery.kernel import layout as at
from wattstead.battery.measure import measured, report, report_pack
from wattstead.battery.packs import Packs
from wattstead.battery.preset import PackPreset, Spread
from wattstead.battery.sense import OPEN_DEGC, SHORT_DEGC, Sense
from wattstead.catalog.packs import preset_names
from wattstead.catalog.words import state_labels
from wattstead.model.errors import UsageError
from wattstead.model.protection import Channel
from wattstead.model.quantity import QUANTITIES, Kind, Per
from wattstead.model.reading import derived, numbers


@pytest.mark.parametrize("name", preset_names())
def test_every_row_is_a_quantity_of_its_kind_and_length(name: str) -> None:
    packs = run(Packs.rest(of_make(name), 2, [0.3, 0.98]), 20.0, 300.0)
    types = {Kind.NUMBER: (float, int), Kind.FLAG: (bool,), Kind.STATE: (str,), Kind.POSITIONS: (int,)}
    lengths = {Per.CELL: packs.preset.cells, Per.PROBE: len(packs.preset.probes)}
    for one in report(packs):
        for quantity, value in ((QUANTITIES[word], value) for word, value in one.values.items()):
            if quantity.per is not Per.PACK:
                assert isinstance(value, tuple)
                assert len(value) == lengths[quantity.per], quantity.name
            assert isinstance(value, tuple) or quantity.kind is not Kind.POSITIONS
            for each in value if isinstance(value, tuple) else (value,):
                assert type(each) in types[quantity.kind], quantity.name


def test_it_holds_what_a_bms_says() -> None:
    values = report(Packs.rest(bare(), 1))[0].values
    assert set(values) == {
        *("cell_voltage_v", "pack_voltage_v", "port_voltage_v", "pack_current_a", "cell_temperature_degc"),
        *("ambient_temperature_degc", "mos_temperature_degc", "bms_temperature_degc", "soc_pct", "soc_bound_pct"),
        *("soh_pct", "remaining_capacity_ah", "full_capacity_ah", "rated_capacity_ah", "cycle_count"),
        *("charged_energy_kwh", "discharged_energy_kwh", "charge_mos_on", "discharge_mos_on", "precharge_mos_on"),
        *("current_limiter_on", "heater_on", "fully_charged", "operating_state", "balancing_cells"),
    }


def test_the_values_are_those_of_the_pack() -> None:
    packs = Packs.rest(bare(), 2, [0.5, 0.25], soh=0.96, cycles=123.7, temperature_degc=21.0)
    values = report(run(packs, -10.0, 360.0, 60.0))[1].values
    assert values["pack_voltage_v"] == pytest.approx(sum(numbers(values["cell_voltage_v"])))
    assert values["pack_current_a"] == -10.0
    assert numbers(values["soc_pct"])[0] == pytest.approx(25.0, abs=4.0)
    assert numbers(values["remaining_capacity_ah"])[0] == pytest.approx(0.96 * numbers(values["soc_pct"])[0])
    for name, wanted in (("soh_pct", 96.0), ("full_capacity_ah", 96.0), ("rated_capacity_ah", 100.0)):
        assert values[name] == pytest.approx(wanted)
    assert values["cycle_count"] == 123
    assert values["operating_state"] == "discharging"
    assert 0.0 < numbers(values["soc_bound_pct"])[0] <= 100.0
    assert derived(values)["pack_power_w"] == pytest.approx(-10.0 * 16 * 3.25, rel=0.02)


def test_sensors_are_off_as_their_preset_says() -> None:
    """True current 40 A, cells at rest of one voltage: offset within its bound, gain, then the converter's step."""
    sensors = Sensors(cell_offset_v=0.005, cell_step_v=0.001, current_offset_a=0.3, current_gain=0.02)
    packs = run(filled(bare(sensors=sensors), 0.5, 20), 40.0, 1.0)
    apart = np.array([measured(packs, k).cells_v for k in range(20)]).T - packs.cell_voltage_v
    assert 0.0045 < np.abs(apart).max() <= 0.0056
    assert len(np.unique(np.round(apart, 6))) == 11, "each cell has its own, in whole mV"
    for cell in measured(packs, 0).cells_v:
        assert cell * 1000.0 == pytest.approx(round(cell * 1000.0), abs=1e-6)
    amps = [measured(packs, k).current_a for k in range(20)]
    assert max(abs(one - 40.0) for one in amps) <= 0.3 + 0.8 + 1e-3
    assert max(amps) - min(amps) > 0.5
    stepped = replace(sensors, current_step_a=0.1)
    assert measured(replace_preset(packs, bare(sensors=stepped)), 0).current_a * 10.0 == pytest.approx(
        round(amps[0] * 10.0), abs=1e-5
    )


def replace_preset(packs: Packs, preset: PackPreset) -> Packs:
    packs = packs.copy()
    packs.preset = preset
    return packs


def test_a_busbar_adds_its_drop_but_for_what_is_corrected() -> None:
    packs = run(
        filled(bare(busbars=(Busbar(9, ohm=0.0005, corrected_ohm=0.0002), Busbar(16, 0.0003, 0.0003))), 0.5), 50.0, 1.0
    )
    cells = measured(packs, 0).cells_v
    assert cells[8] - cells[7] == pytest.approx(50.0 * 0.0003, abs=1e-6)
    assert cells[15] == pytest.approx(cells[14], abs=1e-6)
    assert float(packs.cell_voltage_v[8, 0]) == pytest.approx(cells[7], abs=1e-6), "the cell itself knows nothing of it"


def test_a_probe_sees_the_mean_of_its_cells() -> None:
    packs = run(Packs.rest(bare(spread=Spread(resistance=0.2)), 1, 0.3), 50.0, 3600.0, 60.0)
    cells, probes = packs.temperature_degc[:, 0], report(packs)[0].values["cell_temperature_degc"]
    assert probes == pytest.approx([cells[k : k + 4].mean() for k in (0, 4, 8, 12)], abs=1e-4)
    assert len(set(cells.tolist())) > 4


def test_mos_and_board_warm_with_the_current() -> None:
    packs = run(Packs.rest(bare(), 1, 0.3, temperature_degc=20.0), 50.0, 1800.0, 60.0, ambient_degc=20.0)
    values = report(packs)[0].values
    assert values["ambient_temperature_degc"] == 20.0
    assert values["mos_temperature_degc"] == pytest.approx(25.0, abs=0.01)  # 20 + 0.002 x 50²
    assert values["bms_temperature_degc"] == pytest.approx(21.5, abs=0.01)


def test_one_word_says_what_it_does() -> None:
    rest = Packs.rest(bare(), 1, 0.5)
    full = run(Packs.rest(bare(), 1, 1.0), 0.0, 1.0)
    full.state.status[:] |= at.FULL
    words: dict[str, Packs] = {
        "standby": rest,
        "charging": run(rest, 5.0, 1.0),
        "discharging": run(rest, -5.0, 1.0),
        "full": full,
        "floating": run(full, 1.0, 1.0),
    }
    off = rest.copy()
    off.state.status[:] &= ~at.ON
    words["shutdown"] = off
    for word, packs in words.items():
        assert report_pack(packs, 0).values["operating_state"] == word
        assert word in state_labels()
    assert report_pack(run(rest, 0.5, 1.0), 0).values["operating_state"] == "standby"
    assert report_pack(full, 0).values["fully_charged"] is True


def test_full_is_seen_after_its_hold() -> None:
    packs = filled(bare(), 0.999)
    assert report_pack(run(packs, 0.0, 110.0, 10.0), 0).values["fully_charged"] is False
    assert report_pack(run(packs, 0.0, 120.0, 10.0), 0).values["fully_charged"] is True


def test_active_rows_are_listed_by_name_in_their_order() -> None:
    packs = run(Packs.rest(of_make(SEPLOS), 1, 0.9), 50.0, 3600.0, 10.0)
    one, names = report(packs)[0], [row.name for row in packs.preset.protections]
    assert "cell_high_voltage_alarm" in one.active or "pack_high_voltage_alarm" in one.active
    assert [names.index(name) for name in one.active] == sorted(names.index(name) for name in one.active)
    assert report(Packs.rest(of_make(SEPLOS), 1))[0].active == ()


def test_the_port_lies_behind_link_and_switches() -> None:
    preset = bare()

    def port(current: float, *, off: int = 0, kind: Switch = Switch.MOS) -> float:
        packs = run(filled(replace(preset, switches=Switches(kind=kind)), 0.5), current, 1.0)
        packs.state.status[:] &= ~off
        behind = float(packs.pack_voltage_v[0]) + current * preset.link_ohm
        return numbers(report(packs)[0].values["port_voltage_v"])[0] - behind

    near: dict[str, Any] = {"abs": 1e-4}
    assert port(10.0) == pytest.approx(0.0, **near)
    assert port(-10.0) == pytest.approx(0.0, **near)
    assert port(-10.0, off=at.CHARGE_ON) == pytest.approx(-0.7, **near), "discharge through the body diode"
    assert port(10.0, off=at.DISCHARGE_ON) == pytest.approx(0.7, **near), "charge through the body diode"
    assert port(-10.0, off=at.CHARGE_ON, kind=Switch.IDEAL_DIODE) == pytest.approx(0.0, **near)
    assert port(0.0, off=at.CHARGE_ON) == pytest.approx(0.0, **near)
    for off, kind in ((at.DISCHARGE_ON, Switch.MOS), (at.CHARGE_ON, Switch.RELAY), (at.ON, Switch.MOS)):
        packs = filled(replace(preset, switches=Switches(kind=kind)), 0.5)
        packs.state.status[:] &= ~off
        assert report(packs)[0].values["port_voltage_v"] == 0.0


def test_what_a_pack_says_follows_its_sensors() -> None:
    packs = run(Packs.rest(of_make(), 2, 0.5), -20.0, 5.0)
    sense = Sense.true(packs)
    sense.current_a[0], sense.pack_voltage_v[0], sense.cell_voltage_v[3, 0] = 7.0, 51.0, 3.0
    sense.probe_degc[1, 0], sense.probe_degc[2, 0], sense.soc_pct[0] = OPEN_DEGC, SHORT_DEGC, 12.0
    seen, other = report(packs, sense)
    assert (seen.values["pack_current_a"], seen.values["pack_voltage_v"]) == (7.0, 51.0)
    assert seen.values["operating_state"] == "charging"
    assert numbers(seen.values["cell_voltage_v"])[3] == 3.0
    assert numbers(seen.values["cell_temperature_degc"])[1:3] == (-40.0, 125.0)
    assert seen.values["soc_pct"] == pytest.approx(12.0)
    assert other == report_pack(packs, 1)
    assert np.isnan(measured(packs, 0, sense).probes_degc[1:3]).all()


def test_an_off_pack_reads_no_current() -> None:
    packs = run(Packs.rest(of_make(WALL), 1, 0.5), 0.0, 3.0, signals=Signal.BUTTON)
    assert not packs.on[0]
    values = report(packs)[0].values
    assert (values["pack_current_a"], values["port_voltage_v"], values["operating_state"]) == (0.0, 0.0, "shutdown")


def test_an_absent_pack_is_refused() -> None:
    with pytest.raises(UsageError, match="pack 2 must be one of 0 to 1"):
        report_pack(Packs.rest(bare(), 2), 2)


def test_a_calibrated_shunt_reads_what_flows() -> None:
    """Zero first, while nothing flows; then the gain against a stated current of 40 A (PWS-10)."""
    sensors = Sensors(current_offset_a=2.0, current_gain=0.05)
    packs = Packs.rest(replace(of_make(), sensors=sensors), 3, 0.5)
    zero_a = measured(packs, 1).current_a
    packs.calibrate(1, zero_a=zero_a)
    assert measured(packs, 1).current_a == pytest.approx(0.0, abs=1e-5)
    packs = run(packs, 40.0, 1.0)
    before = [measured(packs, k).current_a for k in range(3)]
    packs.calibrate(1, gain=40.0 / before[1])
    assert measured(packs, 1).current_a == pytest.approx(40.0, abs=1e-4)
    assert [measured(packs, k).current_a for k in (0, 2)] == [before[0], before[2]]
    with pytest.raises(UsageError, match=r"gain 3\.0 must lie between 0\.5 and 2"):
        packs.calibrate(1, gain=3.0)


def test_probes_are_off_as_their_preset_says() -> None:
    packs = Packs.rest(replace(of_make(), sensors=Sensors(temperature_offset_k=2.0)), 50, 0.5, temperature_degc=20.0)
    off = np.array([measured(packs, k).probes_degc for k in range(50)]) - 20.0
    assert 1.0 < np.abs(off).max() <= 2.0
    assert len(np.unique(off.round(3))) > 50, "each probe has its own"
    hot_rows = [one for one in packs.preset.protections if one.channel is Channel.CELL_TEMPERATURE_MAX]
    trip = min(one.threshold.trip for one in hot_rows)
    after = run(Packs.rest(packs.preset, 50, 0.5, temperature_degc=trip - 1.0), 10.0, 120.0, ambient_degc=trip - 1.0)
    beyond = np.array([max(measured(after, k).probes_degc) for k in range(50)]) >= trip
    assert beyond.any()
    assert not beyond.all()
    assert (after.active.any(axis=0) == beyond).all(), "the BMS acts on what its probes read"

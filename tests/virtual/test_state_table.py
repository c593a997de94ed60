"""What a state file may say, and one clear sentence for each slip."""

import tomllib
from datetime import datetime
from typing import Any

import pytest

from virtual.banks import MAKES, Rig
from wattstead.model.errors import Refused, UsageError
from wattstead.virtual.given import Given, Input, Writes
from wattstead.virtual.state_table import read_tables
from wattstead.virtual.vocabulary import Vocabulary


def read(text: str, make: str = "seplos-v2", packs: int = 2) -> tuple[Input, tuple[Given, ...]]:
    return read_tables(tomllib.loads(text), Rig(make, packs).bank)


def obeying(text: str, make: str = "seplos-v2", packs: int = 2) -> Rig:
    rig = Rig(make, packs)
    rig.bank.input, givens = read_tables(tomllib.loads(text), rig.bank)
    for pack, given in zip(rig.bank.packs, givens, strict=True):
        pack.given = given
    return rig


def slip(text: str, make: str = "seplos-v2", packs: int = 2) -> str:
    with pytest.raises(UsageError) as caught:
        read(text, make, packs)
    sentence = str(caught.value)
    assert "\n" not in sentence
    return sentence


@pytest.mark.parametrize("make", MAKES)
def test_an_empty_file_lets_everything_be_simulated(make: str) -> None:
    rig = obeying("", make)
    for place in range(2):
        assert rig.bank.report(place) == rig.bank.simulated(place)


def test_what_is_not_named_goes_on_being_simulated() -> None:
    rig = obeying("[report]\nsoc_pct = 12.3\n")
    told, plain = rig.ask("telemetry").packs[0].values, Rig().ask("telemetry").packs[0].values
    assert {name for name in told if told[name] != plain[name]} == {"soc_pct"}
    assert told["soc_pct"] == 12.3


def test_one_value_stands_for_all_cells_and_a_list_for_each() -> None:
    assert obeying("[report]\ncell_voltage_v = 3.3").ask("telemetry").packs[0].values["cell_voltage_v"] == (3.3,) * 16
    text = f"[report]\ncell_voltage_v = {[3.2 + 0.001 * cell for cell in range(16)]}\ncell_temperature_degc = 41"
    told = obeying(text).ask("telemetry").packs[0].values
    assert told["cell_voltage_v"] == tuple(round(3.2 + 0.001 * cell, 3) for cell in range(16))
    assert told["cell_temperature_degc"] == (41.0,) * 4


def test_a_packs_own_table_goes_first_and_packs_count_from_1() -> None:
    rig = obeying("[report]\nsoc_pct = 10\ncycle_count = 7\n[pack.2.report]\nsoc_pct = 20\n")
    told = [rig.ask("telemetry", address).packs[0].values for address in (0, 1)]
    assert [one["soc_pct"] for one in told] == [10.0, 20.0]
    assert [one["cycle_count"] for one in told] == [7, 7]


@pytest.mark.parametrize("make", MAKES)
def test_every_event_bit_can_be_put_on_the_wire_alone(make: str) -> None:
    rig = Rig(make)
    codes = Vocabulary.of(rig.profile.dialect).codes
    assert len(codes) >= 16
    for code in sorted(codes):
        rig.bank.packs[0].given = Given(active=(code,))
        names = ("alarms", "management", "system_alarms") if make == "pylontech" else ("alarms", "parameters")
        said = {active for name in names for active in rig.ask(name).packs[0].active or ()}
        assert said == {code}


def test_bits_without_a_name_are_called_after_their_field() -> None:
    rig = obeying('[report]\nactive = ["event_7_bit_6", "short_circuit_protection"]')
    said = rig.ask("alarms").packs[0]
    assert set(said.active or ()) == {"event_7_bit_6", "short_circuit_protection"}
    assert said.values["charge_mos_on"] is True


def test_no_event_at_all_can_be_given_too() -> None:
    rig = obeying("[report]\nactive = []\n[sense]\ncell_voltage_v = 3.7\npack_current_a = 9\n")
    for _ in range(4):
        rig.bank.advance(1.0)
    assert "cell_overvoltage_protection" in rig.bank.simulated(0).active or rig.bank.state.active.any()
    assert rig.ask("alarms").packs[0].active == ()


@pytest.mark.parametrize(
    ("make", "message", "line", "field", "value"),
    [
        ("pylontech", "telemetry", "info_flag = 0x11", "info_flag", 0x11),
        ("pylontech", "alarms", "info_flag = 1", "info_flag", 1),
        ("seplos-v2", "telemetry", "data_flag = 3", "data_flag", 3),
        ("seplos-v2", "telemetry", "pack_number = 9", "pack_number", 9),
    ],
)
def test_fields_that_only_the_wire_needs(make: str, message: str, line: str, field: str, value: int) -> None:
    assert obeying(f"[report]\n{line}", make).ask(message).record[field] == value


def test_six_temperature_states_as_a_us3000c_sends_them() -> None:
    rig = obeying('[report]\ntemperature_count = 6\nmos_temperature_status = "high"', "pylontech")
    (module,) = rig.ask("alarms").record["module"]
    assert module["temperature_count"] == 6
    assert rig.ask("alarms").packs[0].values["mos_temperature_status"] == "high"
    (module,) = rig.ask("telemetry").record["module"]
    assert (module["temperature_count"], len(module["cell_temperature_degc"])) == (5, 4)


def test_the_long_form_of_capacities() -> None:
    (module,) = obeying("[report]\nitem_count = 4", "pylontech").ask("telemetry").record["module"]
    assert (module["remaining_short"], module["remaining_long"], module["full_long"]) == (None, 25.0, 50.0)
    told = obeying("[report]\nfull_capacity_ah = 74\nremaining_capacity_ah = 70.5", "pylontech").ask("telemetry")
    assert told.packs[0].values["remaining_capacity_ah"] == 70.5


def test_a_wire_without_state_of_charge_tells_it_as_capacity() -> None:
    told = obeying("[report]\nsoc_pct = 20", "pylontech").ask("telemetry").packs[0].values
    assert (told["remaining_capacity_ah"], told["full_capacity_ah"]) == (10.0, 50.0)
    both = "[report]\nsoc_pct = 20\nfull_capacity_ah = 40\n[pack.2.report]\nremaining_capacity_ah = 33"
    rig = obeying(both, "pylontech")
    assert rig.ask("telemetry", 2).packs[0].values["remaining_capacity_ah"] == 8.0
    assert rig.ask("telemetry", 3).packs[0].values["remaining_capacity_ah"] == 33.0


def test_words_flags_times_and_cells() -> None:
    text = """
    [report]
    operating_state = "shutdown"
    heater_on = true
    charge_mos_on = false
    device_time = 2031-02-03T04:05:06
    balancing_cells = [1, 9, 16]
    device_name = "WORKSHOP"
    cell_high_voltage_alarm_v = 3.45
    """
    rig = obeying(text)
    alarms = rig.ask("alarms").packs[0].values
    assert (alarms["operating_state"], alarms["heater_on"], alarms["charge_mos_on"]) == ("shutdown", True, False)
    assert alarms["balancing_cells"] == (1, 9, 16)
    assert rig.ask("clock").packs[0].values["device_time"] == datetime(2031, 2, 3, 4, 5, 6)  # noqa: DTZ001
    parameters = rig.ask("parameters").packs[0].values
    assert (parameters["device_name"], parameters["cell_high_voltage_alarm_v"]) == ("WORKSHOP", 3.45)


def test_writes() -> None:
    rig = obeying('[report]\nwrites = "refuse"\n[pack.2.report]\nwrites = "ignore"')
    time = {"device_time": "2030-01-01T00:00:00"}
    with pytest.raises(Refused):
        rig.ask("set_clock", 0, time)
    before = rig.ask("clock", 1).packs[0].values
    rig.ask("set_clock", 1, time)
    assert rig.ask("clock", 1).packs[0].values == before
    assert [pack.given.writes for pack in rig.bank.packs] == [Writes.REFUSE, Writes.IGNORE]


def test_a_code_that_only_the_host_reads_is_told_from_one_that_nobody_knows() -> None:
    assert slip('[report]\nactive = ["charge_path_active"]').startswith(
        "[report] active: a virtual seplos-v2 does not answer pack_summary, which carries 'charge_path_active'; "
    )
    said = slip('[report]\nactive = ["charge_enabled"]', "pylontech")
    assert said.startswith("[report] active: pylontech has no code 'charge_enabled'; ")


def test_protections_act_on_what_the_sensors_see() -> None:
    rig = obeying("[sense]\npack_current_a = 10\n[pack.1.sense]\ncell_voltage_v = 3.7\n")
    for _ in range(3):
        rig.bank.advance(1.0, 20.0)
    first, second = rig.ask("telemetry", 0).packs[0].values, rig.ask("telemetry", 1).packs[0].values
    assert first["cell_voltage_v"] == (3.7,) * 16
    assert first["pack_voltage_v"] == pytest.approx(59.2)
    assert first["pack_current_a"] == second["pack_current_a"] == 10.0
    assert set(rig.ask("alarms", 0).packs[0].active or ()) == {
        "cell_high_voltage_alarm",
        "cell_overvoltage_protection",
        "pack_high_voltage_alarm",
        "pack_overvoltage_protection",
    }
    assert rig.ask("alarms", 0).packs[0].values["charge_mos_on"] is False
    assert rig.ask("alarms", 1).packs[0].active == ()
    assert float(rig.bank.state.current_a[0]) == 0.0
    assert float(rig.bank.state.cell_voltage_v[:, 0].max()) < 3.4


def test_sensors_saturate_where_the_wire_ends() -> None:
    assert obeying("[sense]\npack_current_a = 400").ask("telemetry").packs[0].values["pack_current_a"] == 327.67


def test_a_report_goes_before_what_sensors_see() -> None:
    rig = obeying("[sense]\nmos_temperature_degc = 80\npack_voltage_v = 50\n[report]\npack_voltage_v = 51")
    told = rig.ask("telemetry").packs[0].values
    assert (told["mos_temperature_degc"], told["pack_voltage_v"]) == (80.0, 51.0)


def test_inputs() -> None:
    common, packs = read("[input]\nload_w = 500\ncharger = false\n[pack.2.input]\ncurrent_a = -3\n")
    assert common == Input(load_w=500, charger=False)
    assert [pack.input for pack in packs] == [Input(), Input(current_a=-3)]


SLIPS: dict[str, Any] = {
    "[report]\nsoc = 41": "[report] soc: there is no such quantity or field; did you mean soc_pct?",
    "[report]\ncell_volts_v = 3": (
        "[report] cell_volts_v: there is no such quantity or field; did you mean cell_voltage_v?"
    ),
    "[report]\npack_power_w = 3": (
        "[report] pack_power_w: the wire of seplos-v2 does not carry it; did you mean pack_voltage_v?"
    ),
    "[report]\nshort_circuit_protection = true": (
        '[report] short_circuit_protection: this is a code; write active = ["short_circuit_protection"]'
    ),
    "[report]\ncell_count = 15": (
        "[report] cell_count: this count follows from how many values there are; leave it out"
    ),
    "[report]\ncell_voltage_v = [3.3, 3.4]": (
        "[report] cell_voltage_v: a list of 2 does not match; give a list of 16, or one value for all"
    ),
    "[report]\nsoc_pct = [1]": "[report] soc_pct: [1] is no number",
    '[report]\nsoc_pct = "half"': "[report] soc_pct: 'half' is no number",
    "[report]\nsoc_pct = true": "[report] soc_pct: True is no number",
    "[report]\nsoc_pct = nan": "[report] soc_pct: nan is no number",
    "[report]\ncell_voltage_v = 70": "[report] cell_voltage_v: 70 does not fit; the wire carries 0 to 65.535",
    "[report]\npack_current_a = -400": "[report] pack_current_a: -400 does not fit; the wire carries -327.68 to 327.67",
    "[report]\nheater_on = 1": "[report] heater_on: 1 is neither true nor false",
    '[report]\noperating_state = "charge"': (
        "[report] operating_state: 'charge' is none of discharging, charging, floating, full, standby, shutdown "
        "(or a number such as 0x33)"
    ),
    "[report]\nbalancing_cells = [17]": ("[report] balancing_cells: [17] is no list of cell numbers from 1 to 16"),
    '[report]\nactive = "cell_difference_fault"': (
        "[report] active: 'cell_difference_fault' is no list of codes; "
        'write active = ["ambient_high_temperature_alarm"], or [] for none'
    ),
    '[report]\nactive = ["cell_diference_fault"]': (
        "[report] active: seplos-v2 has no code 'cell_diference_fault'; did you mean cell_difference_fault?"
    ),
    '[report]\nwrites = "no"': "[report] writes: 'no' is no way to take a write; give one of accept, refuse, ignore",
    "[pack.2.report]\nsoc = 41": "[pack.2.report] soc: there is no such quantity or field; did you mean soc_pct?",
    "[pack.3.report]\nsoc_pct = 1": (
        "[pack.3]: there is no such pack; packs are counted from 1, here [pack.1] to [pack.2]"
    ),
    "[pack.0.report]": "[pack.0]: there is no such pack; packs are counted from 1, here [pack.1] to [pack.2]",
    "[pack]\n1 = 5": "[pack.1]: this is no table; write [pack.1.report]",
    "pack = 5": "pack: 5 is no table; write [pack] and its values below",
    "[pack.1.reprt]": "[pack.1.reprt]: there is no such table; did you mean pack.1.report?",
    "[reports]": "[reports]: there is no such table; did you mean report?",
    "sense = 5": "sense: 5 is no table; write [sense] and its values below",
    "[sense]\ncell_voltage = 3": "[sense] cell_voltage: no sensor sees this; did you mean cell_voltage_v?",
    "[sense]\ncell_voltage_v = [3]": (
        "[sense] cell_voltage_v: a list of 1 does not match; give a list of 16, or one value for all"
    ),
    "[sense]\npack_current_a = inf": "[sense] pack_current_a: inf is no number",
    "[input]\nbuton = true": "[input] buton: nothing acts on a battery by this name; did you mean button?",
    "[input]\nbutton = 1": "[input] button: 1 is neither true nor false",
    "[input]\nshort_circuit_ohm = -1": "[input] short_circuit_ohm: -1 cannot be; give 0 to 1000",
    "[input]\ninverter_capacitance_f = nan": "[input] inverter_capacitance_f: nan is no number",
    "[input]\nexternal_switch = true": '[input] external_switch: True is no place of a switch; give "on" or "off"',
    '[input]\nfaults = "precharge"': (
        "[input] faults: 'precharge' is no list; write [\"voltage_sensor\"], or [] for none"
    ),
    '[input]\nfaults = ["charge_swich"]': (
        "[input] faults: there is no fault 'charge_swich'; did you mean charge_switch?"
    ),
    '[input]\nkeypad = ["left"]': ("[input] keypad: there is no key 'left'; the keys are back, down, enter, up, wake"),
    '[sense]\ncell_temperature_degc = "opn"': (
        "[sense] cell_temperature_degc: 'opn' is no number, nor one of open, short, frozen, true"
    ),
    '[sense]\ncell_voltage_v = "open"': "[sense] cell_voltage_v: 'open' is no number, nor one of frozen, true",
    '[sense]\npack_current_offset_a = "frozen"': "[sense] pack_current_offset_a: 'frozen' is no number",
    "[pack.1.input]\ncurrent_a = 1e6": "[pack.1.input] current_a: 1e+06 cannot be; give -10000 to 10000",
    "[input]\nload_w = -1": "[input] load_w: -1 cannot be; give 0 to 1e+06",
    "[input]\ncharger = 5": "[input] charger: 5 is neither true nor false",
    '[input]\nload_w = "much"': "[input] load_w: 'much' is no number",
}


@pytest.mark.parametrize("text", SLIPS)
def test_each_slip_gives_one_sentence_with_its_place(text: str) -> None:
    assert slip(text) == SLIPS[text]


def test_without_a_near_name_the_known_ones_are_listed() -> None:
    assert slip("[report]\nxyz = 1").startswith(
        "[report] xyz: there is no such quantity or field; this wire carries ambient_temperature_degc, "
    )
    assert slip("[sense]\nxyz = 1").startswith(
        "[sense] xyz: no sensor sees this; sensors see ambient_temperature_degc, "
    )
    assert slip("[pack.2.report]", packs=1).endswith("here [pack.1]")


def test_values_that_do_not_fit_together_are_found_before_they_are_asked_for() -> None:
    assert slip("[report]\nremaining_capacity_ah = 70", "pylontech") == (
        "pack 1, message telemetry: module: remaining_short: 70 does not fit; the wire carries 0 to 65.535"
    )

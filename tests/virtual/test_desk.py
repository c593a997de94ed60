"""A technician at a PS-20016S: unlock, write, program, calibrate, read records, factory settings (PWS-9, PWS-10)."""

from dataclasses import replace

import pytest

from virtual.banks import Rig
from wattstead.virtual.given import Input, Writes
from wattstead.wire.frame import Frame
from wattstead.wire.framing.modbus_rtu import crc16
from wattstead.wire.sh367309.eeprom import image_of, settings_of

BUSY_S = 1.3


@pytest.fixture
def rig() -> Rig:
    return Rig("ps-20016s", soc_pct=66.0)


class Program:
    """The technician's program: registers by number, over the wire. address: of the pack."""

    def __init__(self, rig: Rig, address: int = 2) -> None:
        self.rig, self.address = rig, address
        self.line = rig.live.responder()

    def say(self, *words: int) -> bytes:
        """Send function and what follows as hex numbers of a byte each; give the answer without address and CRC."""
        frame = bytes((self.address, *words))
        (answer,) = self.line.feed(frame + crc16(frame).to_bytes(2, "little")) or (b"",)
        return answer[1:-2]

    def write(self, register: int, *values: int) -> int:
        """Write registers; give the code of the refusal, 0 where it was taken."""
        data = b"".join((value & 0xFFFF).to_bytes(2) for value in values)
        answer = self.say(0x10, *register.to_bytes(2), 0, len(values), len(data), *data)
        return answer[1] if answer[0] & 0x80 else 0

    def one(self, register: int, value: int) -> int:
        """The same with function 06."""
        answer = self.say(0x06, *register.to_bytes(2), *value.to_bytes(2))
        return answer[1] if answer[0] & 0x80 else 0

    def read(self, register: int, count: int = 1, function: int = 3) -> list[int]:
        answer = self.say(function, *register.to_bytes(2), 0, count)
        assert answer[0] == function, answer.hex(" ")
        return [int.from_bytes(answer[at : at + 2]) for at in range(2, len(answer), 2)]

    def unlock(self) -> None:
        assert self.write(0x2000, 0x5053) == 0

    def program(self) -> None:
        assert self.one(0x2001, 2) == 0
        self.rig.clocks.pass_s(BUSY_S)


@pytest.fixture
def program(rig: Rig) -> Program:
    return Program(rig)


def signed(register: int) -> int:
    return register - 0x10000 if register & 0x8000 else register


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        ("02 03 10 32 00 03 A0 F7", "02 03 06 0E A6 0D DE 0F A0 5B AC"),
        ("02 06 20 00 50 53 FE 04", "02 06 20 00 50 53 FE 04"),
    ],
)
def test_frames_of_the_map(asked: str, answered: str, program: Program) -> None:
    assert program.line.feed(bytes.fromhex(asked)) == [bytes.fromhex(answered)]


def test_the_vector_of_a_part_of_the_summary_is_understood(rig: Rig) -> None:
    (item,) = rig.profile.framer().feed(bytes.fromhex("02 04 00 06 00 06 90 3A"))
    assert isinstance(item, Frame)
    question = rig.codec.hear(item)
    (reply,) = rig.profile.framer().feed(bytes.fromhex("02 04 0C 14 C8 FF 85 FF FF CF F4 02 94 03 DE 7B 5D"))
    assert isinstance(reply, Frame)
    said = rig.codec.understand(reply, question)
    assert said.packs[0].values == {"pack_voltage_v": 53.2, "pack_current_a": -12.3, "soc_pct": 66.0, "soh_pct": 99.0}
    assert said.record["coarse_current"] == -12.3


def test_nothing_is_written_while_it_is_locked_but_the_clock(rig: Rig, program: Program) -> None:
    assert program.one(0x1032, 3700) == 4
    assert program.one(0x2001, 3) == 4
    assert program.write(0x2010, 1) == 4
    assert program.write(0x2005, 0x6A1D, 0x7480) == 0
    program.unlock()
    assert program.one(0x1032, 3700) == 0
    rig.clocks.pass_s(60.0)
    assert program.one(0x1032, 3700) == 4
    assert program.one(0x2000, 1234) == 0  # another word locks
    assert program.one(0x1032, 3700) == 4


def test_a_written_setting_acts_when_it_is_programmed(rig: Rig, program: Program) -> None:
    program.unlock()
    assert program.write(0x1032, 3700, 3500) == 0
    assert program.read(0x1032, 2) == [3750, 3550]
    assert program.one(0x2001, 2) == 0
    assert program.read(0x1032, 2) == [3700, 3500]
    assert program.read(0x0090, 2, function=4) == [1, 1]
    assert program.one(0x1032, 3750) == 6
    rig.clocks.pass_s(BUSY_S)
    assert program.read(0x0090, 2, function=4) == [2, 1]
    rows = {row.name: row for row in rig.bank.packs[0].model.rows}
    assert rows["cell_overvoltage_protection"].trip == 3.7
    assert program.one(0x1032, 3750) == 0


def test_what_waits_can_be_thrown_away(program: Program) -> None:
    program.unlock()
    assert program.one(0x1032, 3700) == 0
    assert program.one(0x2001, 1) == 0
    program.program()
    assert program.read(0x1032) == [3750]


@pytest.mark.parametrize(
    ("register", "value"),
    [
        (0x1032, 3751),  # no step of 5 mV
        (0x1035, 2510),  # nor of 20
        (0x1032, 3595),  # below what the chip allows
        (0x1034, 5000),  # no delay of its list
        (0x1010, 35),
        (0x1015, 321),
        (0x100B, 1500),
        (0x1001, 2),  # neither off nor on
        (0x1006, 2),
        (0x1008, 4),
        (0x1000, 7),
        (0x1048, 401),  # 40.1 °C
    ],
)
def test_what_the_front_end_cannot_hold_is_refused_and_never_rounded(
    register: int, value: int, program: Program
) -> None:
    program.unlock()
    before = program.read(register)
    assert program.one(register, value) == 3
    program.program()
    assert program.read(register) == before


def test_a_set_that_contradicts_itself_is_rejected_as_a_whole(program: Program) -> None:
    program.unlock()
    assert program.one(0x1033, 3800) == 0  # a release above its protection, each possible by itself
    assert program.one(0x2001, 2) == 4
    assert program.read(0x0090, function=4) == [4]
    assert program.read(0x1032, 2) == [3750, 3550]


def test_only_the_number_of_cells_that_are_there_is_taken(program: Program) -> None:
    program.unlock()
    assert program.one(0x1000, 15) == 0
    assert program.one(0x2001, 2) == 4


def test_the_eeprom_holds_what_was_programmed(rig: Rig, program: Program) -> None:
    program.unlock()
    assert program.write(0x1048, 600, 500) == 0
    assert program.one(0x1001, 1) == 0
    program.program()
    image = bytes(program.read(0x0050, 26, function=4))
    assert image[:25] == image_of(rig.bank.packs[0].settings)
    told = settings_of(image)
    assert told["precharge_control"] is True
    assert told["charge_overtemperature_protection_degc"] == pytest.approx(60.0, abs=0.25)


def test_every_setting_is_read_and_written_by_its_register(rig: Rig, program: Program) -> None:
    program.unlock()
    for setting in rig.profile.settings.values():
        assert setting.number is not None
        before = program.read(setting.number)
        assert program.write(setting.number, *before) == 0, setting.name
        assert program.read(setting.number) == before


def test_the_zero_is_taken_only_while_nothing_flows(rig: Rig, program: Program) -> None:
    program.unlock()
    rig.bank.input = Input(current_a=-50.0)
    rig.clocks.pass_s(2.0)
    assert program.write(0x2010, 1) == 4
    assert program.read(0x2012) == [0]
    rig.bank.input = Input(current_a=0.0)
    rig.bank.state.calibrate(0, zero_a=-1.5)  # a shunt amplifier that has drifted
    rig.clocks.pass_s(2.0)
    assert current_a(program) == pytest.approx(1.5, abs=0.1)
    assert program.write(0x2010, 1) == 0
    assert current_a(program) == pytest.approx(0.0, abs=0.11)
    assert signed(program.read(0x2012)[0]) == 16  # counts of 0.093 A


def test_the_gain_is_taken_at_forty_amperes_and_can_be_dropped(rig: Rig, program: Program) -> None:
    program.unlock()
    rig.bank.input = Input(current_a=40.0)
    rig.bank.state.calibrate(0, gain=1.1)
    rig.clocks.pass_s(2.0)
    before = current_a(program)
    assert before > 42.0
    assert program.write(0x2010, 2, 400) == 0
    assert current_a(program) == pytest.approx(40.0, abs=0.1)
    assert program.write(0x2010, 2, 600) == 4  # more than a fifth away
    assert program.write(0x2010, 5) == 0
    assert current_a(program) == pytest.approx(before, abs=0.11)
    assert program.read(0x2013) == [0x4000]


def test_a_kept_calibration_outlives_a_restart(rig: Rig, program: Program) -> None:
    program.unlock()
    rig.bank.input = Input(current_a=40.0)
    rig.clocks.pass_s(2.0)
    assert program.write(0x2010, 2, 420) == 0
    assert program.write(0x2010, 4) == 0
    assert program.write(0x2014, 0x4100) == 0
    assert program.one(0x2001, 7) == 0
    assert current_a(program) == pytest.approx(42.0, abs=0.1)
    assert program.read(0x2014) == [0x4000]
    assert program.one(0x1032, 3700) == 4  # locked again


def test_a_written_address_acts_on_a_restart(rig: Rig, program: Program) -> None:
    program.unlock()
    assert program.write(0x100D, 9) == 0
    program.program()
    assert program.read(0x100D) == [9], "shown at once"
    assert program.one(0x2001, 7) == 0, "the old address acknowledges"
    assert program.say(3, 0x10, 0x0D, 0, 1) == b"", "and is silent from then on"
    program.address = 9
    assert program.read(0x100D) == [9]
    assert rig.bank.addresses == (9,)


def test_a_written_address_acts_when_the_pack_was_off(rig: Rig, program: Program) -> None:
    program.unlock()
    assert program.write(0x100D, 5) == 0
    program.program()
    assert rig.bank.addresses == (2,)
    for button, seconds in ((True, 1.0), (None, 2.0), (True, 3.0), (None, 2.0)):
        rig.bank.packs[0].given = replace(rig.bank.packs[0].given, input=Input(button=button, current_a=0.0))
        rig.clocks.pass_s(seconds)
        rig.live.catch_up()
    assert rig.bank.addresses == (5,)


def test_the_pack_voltage_is_calibrated_in_steps_of_ten_millivolts(program: Program) -> None:
    program.unlock()
    before = program.read(0x0006, function=4)[0]
    assert program.write(0x2010, 3, before + 50) == 0
    assert program.read(0x0006, function=4)[0] == pytest.approx(before + 50, abs=1)


def test_gains_beyond_half_and_double_are_refused(program: Program) -> None:
    program.unlock()
    assert program.write(0x2013, 0x1FFF) == 3
    assert program.write(0x2012, 0x7FFF) == 3
    assert program.write(0x2012, 0, 0x4100, 0x3F00) == 0
    assert program.read(0x2012, 3) == [0, 0x4100, 0x3F00]


def test_the_settings_of_the_factory_come_back_and_are_recorded(rig: Rig, program: Program) -> None:
    program.unlock()
    assert program.write(0x1032, 3700, 3500) == 0
    program.program()
    assert program.one(0x2001, 3) == 0
    rig.clocks.pass_s(BUSY_S)
    assert program.read(0x1032, 2) == [3750, 3550]
    assert program.read(0x100D) == [2]
    assert program.read(0x0110, 8, function=4)[3] == 0x22


def test_records_tell_what_tripped_the_newest_first(rig: Rig, program: Program) -> None:
    assert program.read(0x0100, 2, function=4) == [0, 0]
    assert program.read(0x0110, 8, function=4) == [0] * 8
    rig.bank.input = Input(current_a=-240.0)
    for _ in range(12):
        rig.clocks.pass_s(1.0)
        rig.live.catch_up()
    count, newest = program.read(0x0100, 2, function=4)
    assert count == newest == 1
    number, high, low, event, where, value, volts, soc = program.read(0x0110, 8, function=4)
    assert (number, event, where) == (1, 4, 0xFF01)  # OCD, begun
    assert signed(value) in (0, pytest.approx(-2400, abs=60))  # as it reads when the row is written: it has just cut
    assert (high << 16 | low) == pytest.approx(rig.clocks.wall_ms / 1000, abs=15)
    assert volts > 4000
    assert soc > 600
    program.unlock()
    assert program.one(0x2001, 4) == 0
    assert program.read(0x0100, function=4) == [0]


def test_fifty_records_are_read_in_windows_of_any_size(rig: Rig, program: Program) -> None:
    log = rig.bank.packs[0].records
    for number in range(60):
        log.event(
            0.0,
            "cell_overvoltage_protection",
            began=True,
            code="OV",
            values={"cell_voltage_max_v": 3.6 + number / 1000},
        )
    assert program.read(0x0100, 2, function=4) == [50, 60]
    registers = [one for at in range(0, 400, 100) for one in program.read(0x0110 + at, 100, function=4)]
    assert registers[0::8] == list(range(60, 10, -1))
    assert registers[5::8] == [3600 + number for number in range(59, 9, -1)]


def test_a_current_that_has_tripped_can_be_cleared(rig: Rig, program: Program) -> None:
    rig.bank.input = Input(current_a=-240.0)
    for _ in range(12):
        rig.clocks.pass_s(1.0)
        rig.live.catch_up()
    assert program.read(0x0013, function=4) == [1 << 3]
    assert program.read(0x0010, function=4) == [5]
    rig.bank.input = Input(current_a=0.0)
    program.unlock()
    assert program.one(0x2001, 5) == 0
    rig.clocks.pass_s(1.0)
    assert program.read(0x0013, function=4) == [0]


def test_the_charge_can_be_set_and_the_pack_turned_off(rig: Rig, program: Program) -> None:
    program.unlock()
    assert program.one(0x100F, 420) == 0
    program.program()
    assert program.read(0x000A, function=4)[0] == pytest.approx(420, abs=2)
    assert program.one(0x2001, 9) == 3
    rig.bank.input = Input(current_a=0.0)
    assert program.one(0x2001, 8) == 0
    assert program.say(4, 0, 6, 0, 1) == b""


def test_each_pack_of_a_bank_has_its_own_address_settings_and_lock() -> None:
    rig = Rig("ps-20016s", packs=2)
    first, second = Program(rig, 2), Program(rig, 3)
    assert (first.read(0x100D), second.read(0x100D)) == ([2], [3])
    first.unlock()
    assert second.one(0x1032, 3700) == 4
    assert first.one(0x1032, 3700) == 0
    first.program()
    assert (first.read(0x1032), second.read(0x1032)) == ([3700], [3750])


def test_all_packs_take_the_clock_at_once_and_none_answers(rig: Rig, program: Program) -> None:
    everybody = Program(rig, 0)
    assert everybody.say(0x10, 0x20, 0x05, 0, 2, 4, 0x6A, 0x1D, 0x80, 0x00) == b""
    assert program.read(0x2005, 2) == [0x6A1D, 0x8000]
    assert program.read(0x0028, 2, function=4) == [0x6A1D, 0x8000]


def test_orders_that_come_together_are_refused_and_none_is_followed(program: Program) -> None:
    assert program.write(0x2000, 0x5053, 3) == 3
    assert program.one(0x2001, 3) == 4
    program.unlock()
    assert program.write(0x2011, 400, 16) == 3
    assert program.read(0x2012) == [0]


def test_settings_of_two_tables_that_touch_are_written_at_once(program: Program) -> None:
    program.unlock()
    assert program.write(0x103F, 1000, 950) == 0
    program.program()
    assert program.read(0x103F, 2) == [1000, 950]


def test_half_a_clock_is_refused(program: Program) -> None:
    assert program.one(0x2005, 0x6A1D) == 3


@pytest.mark.parametrize(("register", "function"), [(0x002B, 4), (0x0047, 4), (0x02A0, 4), (0x1021, 3), (0x2002, 3)])
def test_gaps_of_the_map_are_no_registers(register: int, function: int, program: Program) -> None:
    assert program.say(function, *register.to_bytes(2), 0, 1) == bytes((function | 0x80, 2))


def test_a_state_file_beats_what_registers_add(rig: Rig, program: Program) -> None:
    pack = rig.bank.packs[0]
    pack.given = replace(pack.given, report={"operating_state": "upgrading"})
    assert program.read(0x0010, function=4) == [7]


def test_a_write_that_the_pack_refuses_on_purpose_changes_nothing(rig: Rig) -> None:
    pack = rig.bank.packs[0]
    pack.given = replace(pack.given, writes=Writes.REFUSE)
    program = Program(rig)
    assert program.one(0x2000, 0x5053) == 3


def current_a(program: Program) -> float:
    high, low = program.read(0x0008, 2, function=4)
    value: int = int.from_bytes((high << 16 | low).to_bytes(4), signed=True)
    return value / 1000

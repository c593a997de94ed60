"""Stand-ins for further clients of Pylontech stacks, with the quirks of each, against ``simulate``."""

import re
from collections.abc import Iterator

import pytest

from strangers.by_hand import Network, ask, request, understand
from strangers.serving import Simulate, pty, simulate

pytestmark = pytest.mark.slow  # each test starts programs

US2000 = """
[report]
cell_voltage_v = [3.359, 3.36, 3.36, 3.36, 3.36, 3.36, 3.361, 3.36, 3.36, 3.361, 3.362, 3.36, 3.362, 3.362, 3.361]
bms_temperature_degc = 29.0
cell_temperature_degc = 26.0
pack_current_a = 2.1
pack_voltage_v = 50.408
remaining_capacity_ah = 35.5
cycle_count = 79
effective_charge_current = true
effective_discharge_current = false
fully_charged = false
"""
US3000C = """
[report]
full_capacity_ah = 74
remaining_capacity_ah = 61.42
temperature_count = 6
info_flag = 0x11
"""


def served(tmp_path_factory: pytest.TempPathFactory, state: str, *arguments: str) -> Iterator[Simulate]:
    folder = tmp_path_factory.mktemp("pylontech")
    (folder / "state.toml").write_text(state, encoding="utf-8")
    with simulate("pylontech", "--state", str(folder / "state.toml"), "--on", *arguments) as running:
        yield running


@pytest.fixture(scope="module")
def us2000(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulate]:
    yield from served(tmp_path_factory, US2000, "tcp://127.0.0.1:0", "--packs", "2", "--turnaround", "70")


@pytest.fixture(scope="module")
def us3000c(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulate]:
    url, _ = pty(tmp_path_factory.mktemp("port"))
    yield from served(tmp_path_factory, US3000C, url, "--packs", "3", "--baud", "9600")


RECORDED = {  # what a real US2000B Plus answered to these requests, with a second byte in INFO, with these values
    b"~2002464FC0048520FCB2\r": b"~20024600",
    b"~20024651C0040000FCD5\r": b"~20024600C0405553324B42504C000000020350796C6F6E2D2D2D2D2D2D2D2D2D2D2D2D2D2D2DEF98\r",
    b"~20024642C0040202FCD1\r": (
        b"~20024600C06E00020F0D1F0D200D200D200D200D200D210D200D200D210D220D200D220D220D21050BCD0BAF0BAF0BAF0BAF0015C4E8"
        b"8AAC02C350004FE594\r"
    ),
    b"~20024644C0040202FCCF\r": (
        b"~20024600C04000020F000000000000000000000000000000050000000000000000000E800000F161\r"
    ),
    b"~20024647C0040000FCD0\r": b"~20024600B032110E420BEA0B540D0D0A3D03FCD2F0B3B0ADD40D0D0A3DFC18F23D\r",
    b"~20024692C0040202FCCC\r": b"~20024600B01402D002B79800FAFF06C0F92D\r",
    b"~20024696C0040202FCC8\r": b"~20024600400C020203000605FB49\r",
}


@pytest.mark.parametrize("question", RECORDED, ids=lambda one: one[7:9].decode())
def test_a_client_that_sends_two_bytes_gets_what_a_real_module_sent(us2000: Simulate, question: bytes) -> None:
    with Network(us2000.url) as line:
        reply, seconds = line.ask(question)
    recorded = RECORDED[question]
    assert (reply.version, reply.address, reply.status) == (0x20, 2, 0)
    assert 0.07 <= seconds < 0.5
    if question[7:9] == b"47":  # that module had unread changes (11), ours has not
        assert reply.info == "00" + recorded[15:-5].decode()
    elif question[7:9] == b"4F":
        assert reply.info == ""
    else:
        assert reply.info == recorded[13:-5].decode()


def test_a_serial_number_comes_within_its_limit_of_a_fifth_of_a_second(us2000: Simulate) -> None:
    with Network(us2000.url, patience_s=0.2) as line:
        for address in (2, 3):
            reply, _ = line.ask(request(address, 0x93, f"{address:02X}00"))
            assert reply.number(0, 1) == address
            assert re.fullmatch(r"PPTAH0240071V\d{3}", bytes.fromhex(reply.info[2:]).decode())


def test_two_clients_at_once_each_get_their_own_answers(us2000: Simulate) -> None:
    with Network(us2000.url) as one, Network(us2000.url) as other:
        for _ in range(3):
            assert one.ask(request(2, 0x42, "02"))[0].number(1, 1) == 2
            assert other.ask(request(3, 0x42, "03"))[0].number(1, 1) == 3


def test_a_client_for_us3000c_scans_with_version_0_and_takes_its_own_sizes_only(us3000c: Simulate) -> None:
    path = us3000c.url.removeprefix("pty://")
    found = [
        address
        for address in range(2, 6)
        if ask(path, 9600, request(address, 0x4F, version=0x00), patience_s=0.6).startswith(b"~20")
    ]
    assert found == [2, 3, 4]
    analog = understand(ask(path, 9600, request(2, 0x42, "02")))
    assert len(analog.info) == 122
    assert (analog.number(0, 1), analog.number(55, 3), analog.number(58, 3)) == (0x11, 61420, 74000)
    alarms = understand(ask(path, 9600, request(3, 0x44, "03")))
    assert (len(alarms.info), alarms.number(18, 1)) == (66, 6)


def test_a_stack_of_large_modules_says_so_in_each_block(us3000c: Simulate) -> None:
    path = us3000c.url.removeprefix("pty://")
    everybody = understand(ask(path, 9600, b"~20024642E002FFFD09\r"))
    assert len(everybody.info) == 2 * (2 + 3 * 59)
    assert everybody.number(1, 1) == 3
    for block in range(3):
        start = 2 + 59 * block
        assert everybody.number(start, 1) == 15
        assert (everybody.number(start + 46), everybody.number(start + 48, 1)) == (0xFFFF, 4)
        assert everybody.number(start + 56, 3) == 74000


def test_silence_for_whoever_is_not_there_and_codes_for_what_is_unknown(us3000c: Simulate) -> None:
    path = us3000c.url.removeprefix("pty://")
    assert ask(path, 9600, request(5, 0x42, "05"), patience_s=0.3) == b""
    assert ask(path, 9600, request(1, 0x42, "01"), patience_s=0.3) == b""
    assert understand(ask(path, 9600, request(2, 0x50))).status == 0x04
    assert understand(ask(path, 9600, request(2, 0x61))).status == 0x00
    assert understand(ask(path, 9600, b"~20024642E00202FD34\r")).status == 0x02

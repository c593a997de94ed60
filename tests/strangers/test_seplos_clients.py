"""Stand-ins for the clients that owners use with Seplos packs, with the quirks of each, against ``simulate``."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from strangers.by_hand import Network, Reply, ask, ask_anew, request, understand
from strangers.serving import Simulate, lived, pty, simulate, standing_still
from wattstead.model.reading import numbers

pytestmark = pytest.mark.slow  # each test starts programs

STATE = """
[report]
cell_voltage_v = [
    3.287, 3.305, 3.316, 3.286, 3.311, 3.301, 3.297, 3.292, 3.305, 3.312, 3.304, 3.311, 3.306, 3.290, 3.294, 3.288
]
cell_temperature_degc = [25.1, 24.5, 23.6, 25.1]
ambient_temperature_degc = 25.0
mos_temperature_degc = 24.7
pack_current_a = -6.76
pack_voltage_v = 52.80
remaining_capacity_ah = 133.90
full_capacity_ah = 170.00
soc_pct = 78.7
rated_capacity_ah = 180.00
cycle_count = 70
soh_pct = 100.0
port_voltage_v = 52.79
charged_energy_kwh = 0
discharged_energy_kwh = 0
active = ["cell_high_voltage_alarm", "pack_undervoltage_protection", "short_circuit_protection"]
discharge_mos_on = false
"""
RECORDED = (
    "0010960001100CD70CE90CF40CD60CEF0CE50CE10CDC0CE90CF00CE80CEF0CEA0CDA0CDE0CD8060BA60BA00B970BA60BA50BA2FD5C14A0"
    "344E0A426803134650004603E8149F0000000000000000DC6C"
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("seplos")


@pytest.fixture(scope="module")
def pack(folder: Path) -> Iterator[Simulate]:
    (folder / "state.toml").write_text(STATE, encoding="utf-8")
    url, _ = pty(folder)
    with simulate("seplos-v2", "--on", url, "--state", str(folder / "state.toml")) as running:
        assert running.said == f"ready {url}"
        yield running


@pytest.fixture(scope="module")
def path(pack: Simulate) -> str:
    return pack.url.removeprefix("pty://")


def test_a_driver_that_opens_the_port_for_each_command_and_counts_characters(path: str) -> None:
    """Group 01 at address 0; takes an answer of 150 and 98 characters only, between 13 and 5 others."""
    telemetry = ask_anew(path, 19200, request(0, 0x42, "01"))
    assert len(telemetry) == 1 + 12 + 150 + 4 + 1
    reply = understand(telemetry)
    cells = [reply.number(3 + 2 * cell) / 1000 for cell in range(16)]
    assert (min(cells), max(cells)) == (3.286, 3.316)
    assert reply.number(48, signed=True) / 100 == -6.76
    assert [reply.number(at) / 100 for at in (50, 52, 55, 59)] == [52.80, 133.90, 170.00, 180.00]
    assert (reply.number(57) / 10, reply.number(61)) == (78.7, 70)

    alarms = ask_anew(path, 19200, request(0, 0x44, "01"))
    assert len(alarms) == 1 + 12 + 98 + 4 + 1
    signal = understand(alarms)
    high, pack_under = signal.number(30, 1) & 0x01, signal.number(30, 1) & 0x80
    assert (high, pack_under, signal.number(33, 1)) == (0x01, 0x80, 0x20)
    assert signal.number(35, 1) & 0b11 == 0b10  # charge MOSFET on, discharge MOSFET off


def test_the_answer_is_what_a_real_board_sent_with_these_values(path: str) -> None:
    assert ask(path, 19200, b"~20004642E00201FD36\r") == b"~20004600" + RECORDED[2:].encode() + b"\r"


@pytest.mark.parametrize(
    "question",
    [b"~20004642E00200FD37\r", b"~20004642E00201FD36\r", request(0, 0x42), request(0, 0x42, "00", version=0x25)],
)
def test_every_form_of_a_read_is_answered(path: str, question: bytes) -> None:
    reply = understand(ask(path, 19200, question))
    assert (reply.version, reply.address, reply.status, len(reply.info)) == (0x20, 0, 0, 150)


def test_a_request_whose_length_counts_bytes_is_refused_as_the_host_port_does(path: str) -> None:
    reply = understand(ask(path, 19200, request(0, 0x42, "00", length=1)))
    assert (reply.status, reply.info) == (0x03, "")


def test_a_wrong_checksum_and_an_unknown_command_get_their_codes(path: str) -> None:
    assert ask(path, 19200, b"~20004642E00200FD38\r") == b"~200046020000FDB2\r"
    assert ask(path, 19200, request(0, 0x90)) == b"~200046040000FDB0\r"


def test_a_tool_that_reads_and_uploads_all_settings(path: str) -> None:
    """No INFO in the read; 169 bytes; the upload carries the same block with pack number 0."""
    block = understand(ask(path, 19200, b"~200046470000FDA9\r"))
    assert (len(block.info), block.number(1, 1), block.number(122, 1), block.number(150, 1)) == (338, 60, 27, 8)
    assert block.number(2) == 3550
    assert block.info[2 * 151 : 2 * 159] == "FFFFFF3FBF9F9F86"
    changed = block.info[:4] + f"{3520:04X}" + block.info[8:]
    written = understand(ask(path, 19200, request(0, 0xA1, changed)))
    assert (written.status, written.info) == (0, "")
    assert understand(ask(path, 19200, b"~200046470000FDA9\r")).info == changed
    impossible = block.info[:4] + f"{3300:04X}" + block.info[8:]  # alarm below its recovery
    assert understand(ask(path, 19200, request(0, 0xA1, impossible))).status == 0x06
    assert understand(ask(path, 19200, b"~200046470000FDA9\r")).info == changed


def test_a_tool_that_sets_the_clock(path: str) -> None:
    assert ask(path, 19200, b"~2000464E200E07EA0A04150713FA91\r") == b"~200046000000FDB4\r"
    told = understand(ask(path, 19200, b"~2000464D0000FD9C\r"))
    year, *rest = told.number(0), *(told.number(at, 1) for at in range(2, 7))
    assert (year, rest[:3]) == (2026, [10, 4, 21])
    assert 7 * 60 + 19 <= 60 * rest[3] + rest[4] <= 8 * 60 + 19


def test_version_and_vendor(path: str) -> None:
    assert understand(ask(path, 19200, b"~2000464F0000FD9A\r")).version == 0x20
    vendor = bytes.fromhex(understand(ask(path, 19200, b"~200046510000FDAE\r")).info)
    assert (len(vendor), vendor[:10], tuple(vendor[10:12])) == (32, b"1101-SP76 ", (16, 6))


SCRIPT = r"""
exec 3<>"$1"
stty -F "$1" 19200 raw -echo min 0 time 10
printf '~20004642E00200FD37\r' >&3
answer=$(cat <&3 | tr '\r' '\n' | head -1)
info=${answer:13}
for cell in 0 1 15; do echo $((16#${info:$((6 + 4 * cell)):4})); done
echo $((16#${info:114:4}))
"""


@pytest.mark.skipif(shutil.which("bash") is None, reason="the stand-in is a bash script")
def test_a_shell_script_with_stty(path: str) -> None:
    answer = subprocess.run(
        ["bash", "-c", SCRIPT, "query", path], capture_output=True, text=True, timeout=60, check=True
    )
    assert answer.stdout.split() == ["3287", "3305", "3288", "787"]


def test_a_client_that_opened_the_port_at_another_speed_gets_garbage(path: str) -> None:
    answer = ask_anew(path, 9600, request(0, 0x42, "01"), timeout_s=0.5)
    assert b"~2000" not in answer
    assert len(understand(ask(path, 19200, request(0, 0x42, "01"))).info) == 150


def test_sixteen_packs_over_a_serial_server_each_for_itself() -> None:
    bank = lived("seplos-v2", 16, 80.0)
    with standing_still(bank, ["tcp://127.0.0.1:0"]) as (url,), Network(url) as line:
        for address in range(16):
            reply, _ = line.ask(request(address, 0x42, f"{address:02X}"))
            assert (reply.address, reply.number(1, 1)) == (address, address)
            assert_values(reply, dict(bank.report(address).values))
        with pytest.raises(TimeoutError):
            line.ask(request(16, 0x42, "10"))


def assert_values(reply: Reply, values: dict[str, object]) -> None:
    cells = [reply.number(3 + 2 * cell) / 1000 for cell in range(16)]
    assert cells == pytest.approx(list(numbers(values["cell_voltage_v"])), abs=0.0005)  # type: ignore[arg-type]
    (current_a,) = numbers(values["pack_current_a"])  # type: ignore[arg-type]
    assert reply.number(48, signed=True) / 100 == pytest.approx(current_a, abs=0.005)
    (soc_pct,) = numbers(values["soc_pct"])  # type: ignore[arg-type]
    assert reply.number(57) / 10 == pytest.approx(soc_pct, abs=0.05)

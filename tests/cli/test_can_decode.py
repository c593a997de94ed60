"""``decode`` of what was on a CAN bus: logs, captures, and frames as people paste them."""

from pathlib import Path

import pytest

from wattstead.catalog.profile import load_profile
from wattstead.cli.can_meaning import CanMeaning, pasted, reader_for
from wattstead.link.recordings import read_recording, recording_text
from wattstead.model.can import CanFrame

LOG = """(1772366400.000000) can0 351#1402740E740ECC01 R
(1772366400.010000) can0 355#1A006400 R
(1772366400.020000) can0 305#0000000000000000 T
(1772366400.030000) can0 399#00
"""


def meanings(text: str, profile: str = "pylontech-can") -> list[CanMeaning]:
    found = list(reader_for(load_profile(profile)).lines(text.splitlines(keepends=True)))
    assert all(isinstance(one, CanMeaning) for one in found)
    return found  # type: ignore[return-value]


def test_each_frame_says_what_it_is_whose_it_is_and_when_it_came() -> None:
    limits, charge, alive, foreign = (one.plain() for one in meanings(LOG))
    assert limits["values"]["discharge_current_limit_a"] == -370.0
    assert (limits["command"], limits["direction"], limits["sender"], limits["at_s"]) == (
        "351",
        "reply",
        "battery",
        0.0,
    )
    assert (charge["values"]["soc_pct"], charge["at_s"]) == (26, 0.01)
    assert (alive["message"], alive["direction"], alive["sender"]) == ("inverter_alive", "request", "inverter")
    assert foreign["error"] == "pylontech-can has no frame 399"


@pytest.mark.parametrize("suffix", [".asc", ".capture"])
def test_other_forms_of_the_same_recording_mean_the_same(tmp_path: Path, suffix: str) -> None:
    log, other = tmp_path / "bus.log", tmp_path / f"bus{suffix}"
    log.write_text(LOG, encoding="utf-8")
    other.write_text("".join(recording_text(read_recording(log), suffix)), encoding="utf-8")
    one, same = meanings(LOG), meanings(other.read_text(encoding="utf-8"))
    assert [(a.said and a.said.packs, a.at_s) for a in one] == [(b.said and b.said.packs, b.at_s) for b in same]


@pytest.mark.parametrize(
    ("text", "frame"),
    [
        ("351: 14 02 74 0E", CanFrame(0x351, b"\x14\x02\x74\x0e")),
        ("0x351 1402740E", CanFrame(0x351, b"\x14\x02\x74\x0e")),
        ("351 8 14 02 74 0E 74 0E CC 01", CanFrame(0x351, bytes.fromhex("1402740E740ECC01"))),
        ("ID: 0x35C, 0xC0 0x00", CanFrame(0x35C, b"\xc0\x00")),
        ("1F000300 40 02", CanFrame(0x1F000300, b"\x40\x02", extended=True)),
        ("00F", CanFrame(0x00F)),
    ],
)
def test_frames_as_people_paste_them(text: str, frame: CanFrame) -> None:
    (line,) = pasted(text)
    assert line.frame == frame


@pytest.mark.parametrize(
    ("text", "frames"),
    [
        ("355 1A 00 64 00                  SOC 26, SOH 100", ["355#1A006400"]),
        ("35C: C0 00  (charge and discharge)", ["35C#C000"]),
        ("355: 58 00 5E 00 # 88 %", ["355#58005E00"]),
        ("351: 14 02 C0 12 C0 12 C2 01 53.2 V, 480.0 A", ["351#1402C012C012C201"]),
        ("`351: 14 02 64 00 FA 00 C2 01` 53.2 V · `355: 58 00 5E 00` 88 %", ["351#14026400FA00C201", "355#58005E00"]),
        ("PYLON 351 40 02 80 02 52 03 | 355 42 00 63 00 | 35C C0 00", ["355#42006300", "35C#C000"]),
        ("351 40 02 80 02 52 03 | 355 42 00 63 00", ["351#400280025203", "355#42006300"]),
    ],
)
def test_remarks_beside_frames_and_several_on_a_line(text: str, frames: list[str]) -> None:
    assert [str(line.frame) for line in pasted(text)] == frames


@pytest.mark.parametrize(
    "text", ["", "hello", "351: 14 02 7", "351: 14 02 74 0E 74 0E CC 01 02", "7E 32", "355: 58 00 88 %"]
)
def test_what_is_no_frame_is_noise(text: str) -> None:
    assert pasted(text) == []


def test_a_line_that_is_no_frame_is_told_and_the_next_one_read() -> None:
    noise, good = meanings("what is this?\n355#1A006400\n")
    assert noise.failed
    assert noise.plain()["bytes"] == b"what is this?".hex(" ").upper()
    assert good.plain()["values"]["soc_pct"] == 26


def test_bytes_beyond_what_we_know_are_told_as_unknown() -> None:
    (one,) = meanings("355#1000640040064301\n")
    assert one.plain()["unknown"] == {"charge": "40 06 43 01"}

"""``decode`` opens the envelopes of stick loggers: pasted, in captures, as bare bytes, with and without a profile."""

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from recordings import captures
from wattstead.cli.decode import decode
from wattstead.link.capture import FIRST_LINE
from wattstead.model.errors import UsageError
from wattstead.wire.framing.solarman_payload import Answer, Command, Counters, write
from wattstead.wire.framing.solarman_v5 import V5Frame, build

SERIAL = 3112345678
V5 = Path(__file__).parents[1] / "wire" / "framing" / "solarman_v5.toml"
RECORDED = {one["name"]: one["bytes"] for one in tomllib.loads(V5.read_text(encoding="utf-8"))["frame"]}


def inner(number: int = 0) -> tuple[bytes, bytes, dict[str, Any]]:
    """A question to an inverter, its answer, and the values that the answer tells."""
    told = [one for one in captures() if one.profile == "aura" and "after" in one.said and one.packs]
    return bytes.fromhex(told[number].said["after"]), told[number].wire, told[number].packs[0][0]


def asked(body: bytes, sequence: int) -> bytes:
    return build(V5Frame(0x4510, SERIAL, write(Command(body)), sequence))


def answered(body: bytes, sequence: int) -> bytes:
    return build(V5Frame(0x1510, SERIAL, write(Answer(body, Counters(18352319, 44, 1771058225))), sequence, 13))


def decoded(file: Path, capsys: pytest.CaptureFixture[str], profile: str | None = "aura") -> list[dict[str, Any]]:
    decode(profile, str(file), None, json=True, lang="en")
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def written(path: Path, *lines: str) -> Path:
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def assert_whole(rows: list[dict[str, Any]], values: dict[str, Any]) -> None:
    question, answer = rows
    assert question["envelope"]["direction"] == question["direction"] == "request"
    assert answer["envelope"] == {
        "logger_serial": SERIAL,
        "control": "1510",
        "kind": "command",
        "direction": "reply",
        "sequence": 7,
        "logger_sequence": 13,
        "frame_type": 2,
        "for": "inverter",
        "worked_s": 18352319,
        "power_on_s": 44,
        "time": "2026-09-14T18:29:04Z",
    }
    assert (answer["message"], answer["understood_by"]) == (question["message"], "request")
    assert answer["values"] == json.loads(json.dumps(values, default=str))


def test_pasted_envelopes_are_opened(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ask, told, values = inner()
    lines = [f"tx {asked(ask, 7).hex(' ')}", f"rx: {answered(told, 7).hex()}"]
    assert_whole(decoded(written(tmp_path / "log", *lines), capsys), values)


def test_an_answer_belongs_to_the_request_with_its_sequence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, second = inner(0), inner(1)
    frames = asked(first[0], 1), asked(second[0], 2), answered(second[1], 2), answered(first[1], 1)
    rows = decoded(written(tmp_path / "log", *(one.hex(" ") for one in frames)), capsys)
    assert [row["message"] for row in rows] == [
        rows[0]["message"],
        rows[1]["message"],
        *(rows[k]["message"] for k in (1, 0)),
    ]
    assert rows[0]["message"] != rows[1]["message"]
    assert all(row["understood_by"] == "request" for row in rows[2:])


def test_a_crc_that_a_stick_appends_twice_is_taken_away(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ask, told, values = inner()
    lines = [asked(ask, 7).hex(" "), answered(told + b"\0\0", 7).hex(" ")]
    assert_whole(decoded(written(tmp_path / "log", *lines), capsys), values)


def test_a_capture_of_a_loggers_port_is_opened_piece_by_piece(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ask, told, values = inner()
    reply = answered(told, 7)
    head = [FIRST_LINE, "# url: tcp://192.0.2.7:8899", "# profile: aura", "# started: 2026-09-14T18:29:00.000Z"]
    pieces = [("0.1", ">", asked(ask, 7)), ("0.4", "<", reply[:9]), ("0.5", "<", reply[9:])]
    file = written(
        tmp_path / "home.capture", *head, *(f"{at} {way} {data.hex(' ').upper()}" for at, way, data in pieces)
    )
    rows = decoded(file, capsys, profile=None)
    assert [row.pop("at_s") for row in rows] == [0.1, 0.5]
    assert_whole(rows, values)


def test_bare_bytes_are_read_as_they_went_over_the_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ask, told, values = inner()
    file = tmp_path / "dump.bin"
    file.write_bytes(asked(ask, 7) + answered(told, 7))
    assert_whole(decoded(file, capsys), values)
    assert_whole(decoded(file, capsys, profile=None), values)
    file.write_bytes(ask + told)
    assert [row["direction"] for row in decoded(file, capsys)] == ["request", "reply"], "without envelopes, too"


def test_what_a_logger_says_for_itself_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = decoded(written(tmp_path / "log", *RECORDED.values()), capsys)
    envelopes = dict(zip(RECORDED, (row["envelope"] for row in rows), strict=True))
    assert envelopes["the inverter did not answer"]["status"] == "05: the inverter did not answer"
    assert envelopes["the answer to a wrong serial"]["status"].startswith("06: the request named another logger")
    assert envelopes["hello"]["kind"] == "hello"
    assert envelopes["hello"]["firmware"] == "MW_08_0501_1.58"
    assert envelopes["a sample that waited for the cloud"]["buffered"] is True
    assert envelopes["the cloud acknowledges a sample with the time"]["time"] == "2021-09-20T14:46:46Z"
    assert "values" not in rows[0]


def test_a_person_reads_the_envelope_above_the_frame(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ask, _, _ = inner()
    decode("aura", str(written(tmp_path / "log", asked(ask, 7).hex(" "))), None, json=False, lang="en")
    first, second, *_ = capsys.readouterr().out.splitlines()
    assert first == ("logger 3112345678: command request 4510H; sequence 7, logger's 0; frame type 02 (inverter)")
    assert second.endswith("request to address 1")
    decode("aura", str(tmp_path / "log"), None, json=False, lang="fr")
    first, second, *_ = capsys.readouterr().out.splitlines()
    assert first.startswith("enregistreur 3112345678: command, demande 4510H; séquence 7")
    assert second.endswith(", demande à l'adresse 1")


def test_a_broken_envelope_is_noise_with_its_reason(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ask, _, _ = inner()
    good = asked(ask, 7)
    broken = good[:-2] + bytes((good[-2] ^ 1, good[-1]))
    rows = decoded(written(tmp_path / "log", (broken + good).hex(" ")), capsys)
    assert [row.get("noise") for row in rows] == ["checksum", None]


def test_where_nobody_can_tell_whose_frames_they_are_the_profile_is_asked_for(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"whose frames are these\? say --profile"):
        decode(None, str(written(tmp_path / "log", "~20004642E00200FD37")), None, json=True, lang="en")

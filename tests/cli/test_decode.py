"""``decode`` as people use it: text, hex, captures, pipes, noise."""

import json
from pathlib import Path

import pytest

from program import wattstead

pytestmark = pytest.mark.slow  # each test starts programs

TELEMETRY = (
    "~2000460010960001100CD70CE90CF40CD60CEF0CE50CE10CDC0CE90CF00CE80CEF0CEA0CDA0CDE0CD8060BA60BA00B970BA60BA50BA2FD5C"
    "14A0344E0A426803134650004603E8149F0000000000000000DC6C"
)
REQUEST = "~20004642E00200FD37"
CLOCK = "~20004600200E07EA0A05001731FAAE"
STACK = (
    "~2002460010F011020F0CCD0CCE0CCC0CCE0CCB0CCC0CCD0CCC0CCD0CCB0CCC0CCD0CCD0CCE0CCC050BE10BCD0BCD0BD70BCDFFC3BFFDFFFF"
    "04FFFF0234007F300121100F0CCA0CCA0CCB0CCC0CCA0CCC0CCB0CCB0CCB0CCB0CCB0CCA0CCC0CCC0CCB050BEB0BCD0BCD0BCD0BC3FFD1BFE5"
    "FFFF04FFFF0292005FB400C350C4A7"
)


def decoded(profile: str, *words: str, given: str) -> list[dict[str, object]]:
    return wattstead("decode", "--profile", profile, "--json", *words, given=given).rows()


@pytest.mark.parametrize(
    "line",
    [
        TELEMETRY,
        TELEMETRY.encode().hex(" ").upper(),
        (TELEMETRY + "\r").encode().hex(),
        TELEMETRY.removeprefix("~"),
        f"  {TELEMETRY}   a remark of a person",
        ":".join(f"{byte:02x}" for byte in TELEMETRY.encode()),
    ],
    ids=[
        "text",
        "hex with blanks",
        "hex with its end",
        "without its first character",
        "with a remark",
        "hex with colons",
    ],
)
def test_a_line_is_understood_however_it_is_written(line: str) -> None:
    (row,) = decoded("seplos-v2", given=line + "\n")
    assert row["message"] == "telemetry"
    assert (row["direction"], row["address"], row["understood_by"]) == ("reply", 0, "shape")
    values = row["values"]
    assert isinstance(values, dict)
    assert (values["pack_current_a"], values["pack_voltage_v"], values["soc_pct"]) == (-6.76, 52.8, 78.7)
    assert values["cell_voltage_v"][:3] == [3.287, 3.305, 3.316]


def test_the_request_before_tells_what_a_reply_answers() -> None:
    first, second = decoded("seplos-v2", given=f"{REQUEST}\n{TELEMETRY}\n")
    assert (first["message"], first["direction"]) == ("telemetry", "request")
    assert second["understood_by"] == "request"


def test_two_frames_on_a_line() -> None:
    assert [row["direction"] for row in decoded("seplos-v2", given=f"{REQUEST}  ->  {TELEMETRY}\n")] == [
        "request",
        "reply",
    ]


@pytest.mark.parametrize("name", ["clock", "4D", "0x4d", "4DH", "time"])
def test_a_person_may_name_the_message(name: str) -> None:
    (row,) = decoded("seplos-v2", "--message", name, given=CLOCK)
    assert row["values"] == {"device_time": "2026-10-05T00:23:49"}
    assert row["understood_by"] == "name"


def test_a_stack_gives_its_packs_one_by_one() -> None:
    (row,) = decoded("pylontech", given=STACK)
    packs = row["packs"]
    assert isinstance(packs, list)
    assert row["values"] == {"pack_count": 2}
    assert [pack["address"] for pack in packs] == [2, 3]
    assert [pack["values"]["pack_current_a"] for pack in packs] == [-6.1, -4.7]
    assert [pack["values"]["remaining_capacity_ah"] for pack in packs] == [32.56, 24.5]


def test_noise_is_told_with_its_reason_and_hides_nothing() -> None:
    wrong = TELEMETRY[:-1] + "D"
    rows = decoded("seplos-v2", given=f"{wrong}\nhello\n# a remark\n\n{REQUEST}\n")
    assert [(row.get("noise"), row.get("message")) for row in rows] == [
        ("checksum", None),
        ("stray", None),
        (None, "telemetry"),
    ]
    assert [row["line"] for row in rows] == [1, 2, 5]


def test_a_refusal_is_understood() -> None:
    done = wattstead("decode", "-p", "seplos-v2", "--json", given="~200046040000FDB0")
    (row,) = done.rows()
    assert done.status == 0
    assert row["refused"] == "unknown_command"


def test_status_tells_that_nothing_was_understood() -> None:
    assert wattstead("decode", "-p", "seplos-v2", given="nonsense\n").status == 1
    assert wattstead("decode", "-p", "seplos-v2", given="").status == 1
    assert wattstead("decode", "-p", "seplos-v2", given=f"nonsense\n{REQUEST}\n").status == 0


def test_a_capture_is_known_by_its_first_line(tmp_path: Path) -> None:
    head = "# wattstead capture 1\n# url: serial:///dev/ttyUSB0?baud=19200\n# started: 2026-11-21T12:00:00.000Z\n"
    asked = f"0.001000 > {REQUEST.encode().hex(' ')} 0D |{REQUEST}.|\n"
    data = (TELEMETRY + "\r").encode()
    answered = "".join(f"0.1{k:05} < {data[k : k + 40].hex(' ')}\n" for k in range(0, len(data), 40))
    file = tmp_path / "home.capture"
    file.write_text(head + asked + answered)
    rows = wattstead("decode", "-p", "seplos-v2", "--json", str(file)).rows()
    assert [row["direction"] for row in rows] == ["request", "reply"]
    assert rows[1]["at_s"] == pytest.approx(0.1, abs=0.01)


def test_people_get_words_in_their_language() -> None:
    english = wattstead("decode", "-p", "seplos-v2", given=TELEMETRY).out
    french = wattstead("decode", "-p", "seplos-v2", "--lang", "fr", given=TELEMETRY).out
    assert "state of charge" in english
    assert "78.7 %" in english
    assert "état de charge" in french
    assert english.splitlines()[0].endswith(" reply from address 0")
    assert french.splitlines()[0].endswith(", réponse de l'adresse 0")
    noise = wattstead("decode", "-p", "seplos-v2", "--lang", "fr", given=TELEMETRY[:-1] + "D").out
    assert "ligne 1 : bruit : la somme de contrôle est fausse :" in noise
    assert wattstead("decode", "-p", "seplos-v2", given=TELEMETRY, lang="fr_FR.UTF-8").out == french


def test_what_decode_prints_is_json_of_its_own_names() -> None:
    names = {json.loads(line)["name"] for line in wattstead("quantities", "--json").out.splitlines()}
    (row,) = decoded("seplos-v2", given=TELEMETRY)
    values = row["values"]
    assert isinstance(values, dict)
    assert set(values) <= names


PACE = (
    "~25014600F07A0001100CC70CC80CC70CC70CC70CC50CC60CC70CC70CC60CC70CC60CC60CC70CC60CC7060B9B0B990B990B990BB30BBCFF1FCC"
    "CD12D303286A008C2710E1E4"
)
US2000 = (
    "~20024600C06E11020F0CA30CA50CA30CA30CA20CA40CA50CA30CA30CA50CA60CA50CA50CA50CA4050B0F0AF10AF10AF10AF10000BD9D157C02"
    "C3500283E517"
)
US3000C_ALARMS = "~20024600A04200020F000000000000000000000000000000050000000000000000000E40000000F105"


def test_another_makes_frame_gives_a_sentence_and_no_values() -> None:
    (row,) = decoded("seplos-v2", given=PACE)
    assert "values" not in row
    assert row["error"] == (
        "its header says VER 25, seplos-v2 has 20: it seems to be another protocol with the same framing; "
        "its 16 cells add up to 52.3 V, but the pack says 524.3 V"
    )
    (row,) = decoded("seplos-v2", given="~25004600400C010068006E0AFB1D")
    assert str(row["error"]).startswith("the reply of address 0 fits no message: its header says VER 25, seplos-v2 has")


def test_what_does_not_fit_the_request_before_it_names_its_version() -> None:
    _, row = decoded("pylontech", given=f"~25014642E00201FD30\n{PACE}")
    assert str(row["error"]).startswith("telemetry reply of address 1: module 2: cell_voltage_v: wants ")
    assert "; its header says VER 25, pylontech has 20: " in str(row["error"])


def test_alarms_of_another_make_that_look_like_values_are_doubted() -> None:
    alarms = (
        f"~2000460080620000100000000000000000000000000000000006{'0' * 16}140000000000000300000100000000000000000001EB33"
    )
    (row,) = decoded("pylontech", given=alarms)
    assert row["doubt"] == "41.0 A flow, but the pack has 0.0 V"


def test_another_version_alone_is_a_doubt() -> None:
    _, row = decoded("seplos-v2", given="~2000464F0000FD9A\n~260046000000FDAE")
    assert row["values"] == {"protocol_version": "2.6"}
    assert str(row["doubt"]).startswith("its header says VER 26, seplos-v2 has 20")


def test_values_that_contradict_each_other_are_doubted() -> None:
    (row,) = decoded("seplos-v2", given=US2000)
    assert row["doubt"] == "its 15 cells add up to 48.5 V, but the pack says 485.4 V"
    text = wattstead("decode", "-p", "seplos-v2", given=US2000).out
    assert "doubt: its 15 cells add up to 48.5 V" in text
    (row,) = decoded("pylontech", given=US2000)
    assert "doubt" not in row
    assert "unknown" not in row


def test_a_doubt_names_the_pack_of_a_stack() -> None:
    broken = framed(STACK[:-4].replace("BFE5FFFF04", "0BE5FFFF04"))
    (row,) = decoded("pylontech", given=broken)
    assert row["doubt"] == "pack 2: its 15 cells add up to 49.1 V, but the pack says 3.0 V"


def framed(text: str) -> str:
    return f"{text}{-sum(text[1:].encode()) & 0xFFFF:04X}"


def test_bytes_that_a_newer_device_sends_are_told_as_unknown() -> None:
    (row,) = decoded("pylontech", given=US3000C_ALARMS)
    assert row["unknown"] == {"alarms, module": "00"}
    assert "unknown bytes after alarms, module: 00" in wattstead("decode", "-p", "pylontech", given=US3000C_ALARMS).out


def test_a_reply_may_go_on_after_what_we_know_when_its_message_is_known() -> None:
    longer = framed("~20004600D01207EA0A05001731ABCD")
    _, row = decoded("seplos-v2", given=f"~2000464D0000FD9C\n{longer}")
    assert (row["values"], row["unknown"]) == ({"device_time": "2026-10-05T00:23:49"}, {"clock": "AB CD"})
    (row,) = decoded("seplos-v2", "--message", "clock", given=longer)
    assert row["unknown"] == {"clock": "AB CD"}
    (row,) = decoded("seplos-v2", given=longer)
    assert "fits no message" in str(row["error"])


def test_a_reply_that_is_mostly_unknown_is_refused() -> None:
    _, row = decoded("seplos-v2", given="~2000464F0000FD9A\n" + framed("~20004600400C112233445566"))
    assert "6 bytes too many" in str(row["error"])


def test_the_number_of_a_split_frame_is_that_of_its_first_line() -> None:
    rows = decoded("seplos-v2", given=f"hello\nRX: {TELEMETRY[:80]}\n    {TELEMETRY[80:]}\n{REQUEST}\n")
    assert [(row["line"], row.get("message")) for row in rows] == [(1, None), (2, "telemetry"), (4, "telemetry")]

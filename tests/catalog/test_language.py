"""The profile language, a feature a test: read, and written to the same bytes."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiny_profile import replying
from wattstead.model.errors import DecodeError, EncodeError
from wattstead.wire.layout import Record
from wattstead.wire.read import decode
from wattstead.wire.write import encode


def both_ways(folder: Path, reply: str, payload: str, *, tables: str = "") -> Record:
    """Read a payload and write it again to the same bytes."""
    parts = replying(folder, reply, tables=tables).dialect.message("ask").reply
    data = bytes.fromhex(payload)
    record = decode(parts, data)
    assert encode(parts, record) == data
    return record


def refused(folder: Path, reply: str, payload: str) -> str:
    """Give the sentence with which a payload is refused."""
    parts = replying(folder, reply).dialect.message("ask").reply
    with pytest.raises(DecodeError) as error:
        decode(parts, bytes.fromhex(payload))
    return str(error.value)


@pytest.mark.parametrize(
    ("kind", "payload", "value"),
    [
        ('type = "u8"', "FF", 255),
        ('type = "i8"', "FF", -1),
        ('type = "u16"', "0102", 258),
        ('type = "u16", order = "little"', "0102", 513),
        ('type = "i16", scale = 0.01', "FD5C", -6.76),
        ('type = "u16", scale = 0.1, offset = -273.1', "0BA6", 25.1),
        ('type = "i16", scale = -0.1', "0000", 0.0),
        ('type = "i16", scale = -0.1', "0064", -10.0),
        ('type = "u24", scale = 0.001', "012110", 74.0),
        ('type = "i32", scale = 0.001', "FFFFFFFF", -0.001),
        ('type = "u32", order = "little"', "01000000", 1),
        ('type = "u8", scale = 10', "07", 70.0),
        ('type = "u16", absent = 0xFFFF', "FFFF", None),
        ('type = "u16", absent = 0xFFFF', "FFFE", 65534),
        ('type = "i16", absent = 0x8000, scale = 0.1', "8000", None),
        ('type = "text", size = 4', "41422020", "AB"),
        ('type = "text", size = 4, pad = "\\u0000"', "41420000", "AB"),
        ('type = "text", size = 2', "2020", ""),
        ('type = "dotted", size = 2', "1004", "16.4"),
        ('type = "hex", size = 2', "0A0B", "0A 0B"),
        ('type = "hex"', "0A0B0C", "0A 0B 0C"),
        ('type = "hex"', "", ""),
        ('type = "time"', "07EA0A04150713", datetime(2026, 10, 4, 21, 7, 19)),  # noqa: DTZ001
        ('type = "time"', "00000000000000", None),
        ('type = "word", names = { "1" = "charging", "0xF0" = "other" }', "F0", "other"),
        ('type = "word", names = { "1" = "charging" }', "33", "0x33"),
        ('type = "word", size = 2, order = "little", names = { "1" = "charging" }', "0100", "charging"),
        ('type = "bits", size = 2, order = "little", bits = ["heater_on"]', "0180", 0x8001),
        ('type = "positions", size = 2', "0180", (1, 16)),
        ('type = "positions", size = 1, first = 9', "81", (9, 16)),
    ],
)
def test_one_value(tmp_path: Path, kind: str, payload: str, value: object) -> None:
    record = both_ways(tmp_path, f'{{ name = "x", {kind} }}', payload)
    assert record == {"x": value}
    assert str(record["x"]) != "-0.0"


def test_a_repeat_counts_what_an_earlier_field_says(tmp_path: Path) -> None:
    reply = """
        { name = "n", type = "u8" },
        { name = "x", type = "u8", repeat = { count = "n", less = 1, times = 2 } }"""
    assert both_ways(tmp_path, reply, "02 0A0B0C")["x"] == (10, 11, 12)
    assert refused(tmp_path, reply, "02 0A0B") == "x: wants 3 bytes at 1, but 3 bytes leave 2 for it"
    assert refused(tmp_path, reply, "02 0A0B0C0D").startswith("1 bytes too many: the payload of 5 should end at 4")
    assert refused(tmp_path, reply, "00").startswith("x: n is 0, at least")


def test_a_fixed_repeat_and_the_rest(tmp_path: Path) -> None:
    fixed = both_ways(tmp_path, '{ name = "x", type = "u16", repeat = 2 }', "00010002")
    rest = both_ways(tmp_path, '{ name = "x", type = "u16", repeat = "rest" }', "000100020003")
    assert (fixed["x"], rest["x"]) == ((1, 2), (1, 2, 3))
    assert "1 bytes too many" in refused(tmp_path, '{ name = "x", type = "u16", repeat = "rest" }', "000100")


NESTED = """
    { name = "width", type = "u8" },
    { name = "row_count", type = "u8" },
    { name = "row", repeat = { count = "row_count" }, parts = [
        { name = "cell", type = "u8", repeat = { count = "width" } },
        { name = "extra_count", type = "u8" },
        { name = "extra", repeat = { count = "extra_count" }, parts = [{ name = "y", type = "u8" }] },
    ] }"""


def test_repeats_stand_inside_repeats_and_look_at_counts_outside(tmp_path: Path) -> None:
    record = both_ways(tmp_path, NESTED, "02 02  0A0B 01 0C  0D0E 00")
    assert record["row"] == [
        {"cell": (10, 11), "extra_count": 1, "extra": [{"y": 12}]},
        {"cell": (13, 14), "extra_count": 0, "extra": []},
    ]
    assert (
        refused(tmp_path, NESTED, "02 02  0A0B 00  0D") == "row 2: cell: wants 2 bytes at 5, but 6 bytes leave 1 for it"
    )


def test_counts_are_found_from_what_they_count_outside_and_inside(tmp_path: Path) -> None:
    parts = replying(tmp_path, NESTED).dialect.message("ask").reply
    rows = [{"cell": (10, 11), "extra": [{"y": 12}]}, {"cell": (13, 14), "extra": []}]
    assert encode(parts, {"row": rows}) == bytes.fromhex("02 02  0A0B 01 0C  0D0E 00")
    with pytest.raises(EncodeError, match=r"^row: cell: it has 1 values, but 2 are wanted$"):
        encode(parts, {"row": [{"cell": (1,), "extra": []}, {"cell": (1, 2), "extra": []}]})


def test_a_group_may_call_its_count_as_the_level_around_it_does(tmp_path: Path) -> None:
    reply = """
        { name = "n", type = "u8" },
        { name = "row", repeat = { count = "n" }, parts = [
            { name = "n", type = "u8" },
            { name = "x", type = "u8", repeat = { count = "n" } },
        ] }"""
    both_ways(tmp_path, reply, "02 01 0A 03 0B0C0D")
    parts = replying(tmp_path, reply).dialect.message("ask").reply
    assert encode(parts, {"row": [{"x": (10,)}, {"x": (11, 12, 13)}]}) == bytes.fromhex("02 01 0A 03 0B0C0D")


def test_when_and_bits_decide_what_is_there(tmp_path: Path) -> None:
    reply = """
        { name = "form", type = "u8" },
        { name = "short", type = "u8", when = { field = "form", at_most = 1 } },
        { name = "long", type = "u16", when = { field = "form", equals = 2 } },
        { name = "flags", type = "bits", bits = ["heater_on"] },
        { name = "more", type = "u8", when = { field = "flags", at_least = 1 } }"""
    assert both_ways(tmp_path, reply, "01 0A 00") == {"form": 1, "short": 10, "flags": 0}
    assert both_ways(tmp_path, reply, "02 000A 01 07") == {"form": 2, "long": 10, "flags": 1, "more": 7}


def test_an_optional_tail_may_end_anywhere_but_not_in_a_value(tmp_path: Path) -> None:
    reply = """
        { name = "x", type = "u8" },
        { name = "y", type = "u16", optional = true },
        { name = "z", optional = true, parts = [{ name = "a", type = "u8" }, { name = "b", type = "u8" }] }"""
    assert both_ways(tmp_path, reply, "01") == {"x": 1}
    assert both_ways(tmp_path, reply, "01 0002") == {"x": 1, "y": 2}
    assert both_ways(tmp_path, reply, "01 0002 0304") == {"x": 1, "y": 2, "z": {"a": 3, "b": 4}}
    assert refused(tmp_path, reply, "01 00") == "y: wants 2 bytes at 1, but 2 bytes leave 1 for it"
    assert refused(tmp_path, reply, "01 0002 03") == "b: wants 1 bytes at 4, but 4 bytes leave 0 for it"
    parts = replying(tmp_path, reply).dialect.message("ask").reply
    with pytest.raises(EncodeError, match="z cannot follow: y is missing before it"):
        encode(parts, {"x": 1, "z": {"a": 3, "b": 4}})


SIZED = """
    { name = "words", type = "u8" },
    { name = "body", length = { count = "words", times = 2 }, parts = [
        { name = "x", type = "u16" },
        { name = "y", type = "u16", optional = true },
    ] },
    { name = "end", type = "u8" }"""


def test_a_sized_group_keeps_bytes_that_nobody_knows_yet(tmp_path: Path) -> None:
    assert both_ways(tmp_path, SIZED, "01 0007 EE")["body"] == {"x": 7}
    record = both_ways(tmp_path, SIZED, "04 0007 0008 AABBCCDD EE")
    assert record["body"] == {"x": 7, "y": 8, "_left_over": "AA BB CC DD"}
    assert refused(tmp_path, SIZED, "00 EE") == "body: x: wants 2 bytes at 0, but 0 bytes leave 0 for it"
    assert refused(tmp_path, SIZED, "04 0007 EE") == "body: wants 8 bytes at 1, but 4 bytes leave 3 for it"


def test_the_length_of_a_sized_group_is_found_and_must_agree(tmp_path: Path) -> None:
    parts = replying(tmp_path, SIZED).dialect.message("ask").reply
    assert encode(parts, {"body": {"x": 7, "y": 8}, "end": 9}) == bytes.fromhex("02 0007 0008 09")
    with pytest.raises(EncodeError, match="body: it has 2 bytes, but words says 4"):
        encode(parts, {"words": 2, "body": {"x": 7}, "end": 9})
    with pytest.raises(EncodeError, match="body: it has 3 bytes, but words says 2"):
        encode(parts, {"body": {"x": 7, "_left_over": "AA"}, "end": 9})


def test_packs_are_told_one_by_one(tmp_path: Path) -> None:
    reply = """
        { name = "pack", repeat = "rest", packs = true, parts = [
            { name = "cell_count", type = "u8" },
            { name = "cell_voltage_v", type = "u16", scale = 0.001, repeat = { count = "cell_count" } },
        ] }"""
    profile = replying(tmp_path, reply)
    codec = profile.codec()
    question, _ = codec.ask("ask", 1)
    data = codec.encode_reply(question.message, 1, {"pack": [{"cell_voltage_v": (3.3, 3.4)}, {"cell_voltage_v": ()}]})
    (frame,) = profile.framer().feed(data)
    said = codec.understand(frame, question)  # type: ignore[arg-type]
    assert [told.values for told in said.packs] == [{"cell_voltage_v": (3.3, 3.4)}, {"cell_voltage_v": ()}]


def test_a_count_of_millions_of_nothing_ends_at_once(tmp_path: Path) -> None:
    reply = """
        { name = "n", type = "u32" },
        { name = "empty", repeat = { count = "n" }, parts = [
            { name = "x", type = "u8", when = { field = "n", equals = 0 } },
        ] }"""
    assert refused(tmp_path, reply, "FFFFFFFF") == "empty 1: takes none of the 0 bytes that are left"


@pytest.mark.parametrize(
    ("kind", "value", "sentence"),
    [
        ('type = "u8"', 256, "x: 256 does not fit; the wire carries 0 to 255"),
        ('type = "i16", scale = 0.01', 400.0, "x: 400.0 does not fit; the wire carries -327.68 to 327.67"),
        ('type = "u8"', float("nan"), "x: nan does not fit; the wire carries 0 to 255"),
        ('type = "u8"', float("inf"), "x: inf does not fit; the wire carries 0 to 255"),
        ('type = "u8"', 10**400, "does not fit; the wire carries 0 to 255"),
        ('type = "u8", scale = 0.1', 10**400, "does not fit; the wire carries 0 to 25.5"),
        ('type = "u8"', True, "x: True is no number"),
        ('type = "u8"', "7", "x: '7' is no number"),
        ('type = "u8"', None, "x: None is no number"),
        ('type = "u8", absent = 255', 255, "x: 255 is the wire's sign for 'not known'"),
        ('type = "u8", repeat = 2', 7, "x: 7 is no list"),
        ('type = "u8", repeat = 2', (7,), "x: it has 1 values, but 2 are wanted"),
        ('type = "text", size = 2', "abc", "x: 'abc' is longer than 2 characters"),
        ('type = "text", size = 2', "é", "x: 'é' is no ASCII text"),
        ('type = "dotted", size = 2', "1.256", "x: '1.256' is no version of 2 numbers"),
        ('type = "hex", size = 2', "0A", "x: '0A' is no hex text of 2 bytes"),
        ('type = "hex"', "zz", "x: 'zz' is no hex text"),
        ('type = "time"', "tomorrow", "x: 'tomorrow' is no date and time such as 2026-10-04T21:07:19"),
        ('type = "time"', 7, "x: 7 is no date and time"),
        ('type = "word", names = { "1" = "on" }', "off", "x: 'off' is none of on (or a number such as 0x33)"),
        ('type = "word", names = { "1" = "on" }', "0x333", "x: '0x333' is none of on"),
        ('type = "bits"', 256, "x: 256 is no number of 8 bits"),
        ('type = "positions", size = 1', (9,), "x: (9,) is no list of cell numbers from 1 to 8"),
    ],
)
def test_a_value_that_does_not_fit_is_one_sentence(tmp_path: Path, kind: str, value: object, sentence: str) -> None:
    parts = replying(tmp_path, f'{{ name = "x", {kind} }}').dialect.message("ask").reply
    with pytest.raises(EncodeError) as error:
        encode(parts, {"x": value})
    assert sentence in str(error.value)


@pytest.mark.parametrize(
    ("kind", "payload", "sentence"),
    [
        ('type = "time"', "07EA0D04150713", "x: 07 EA 0D 04 15 07 13 is no date and time"),
        ('type = "text", size = 2', "0141", "x: 01 41 is no ASCII text"),
        ('type = "text", size = 2', "41FF", "x: 41 FF is no ASCII text"),
    ],
)
def test_bytes_that_mean_nothing_are_one_sentence(tmp_path: Path, kind: str, payload: str, sentence: str) -> None:
    assert refused(tmp_path, f'{{ name = "x", {kind} }}', payload).startswith(sentence)


def test_types_and_layouts_are_written_once_and_used_often(tmp_path: Path) -> None:
    tables = '[types]\ntenth = { type = "u16", scale = 0.1 }\n'
    reply = '{ name = "x", type = "tenth" }, { name = "y", type = "tenth", order = "little" }'
    assert both_ways(tmp_path, reply, "000A 0A00", tables=tables) == {"x": 1.0, "y": 1.0}


@given(number=st.floats(-4000, 4000))
def test_a_number_comes_back_within_half_a_step(tmp_path_factory: pytest.TempPathFactory, number: float) -> None:
    folder = tmp_path_factory.mktemp("number")
    parts = replying(folder, '{ name = "x", type = "i32", scale = 0.05, offset = 1.5 }').dialect.message("ask").reply
    record: dict[str, Any] = decode(parts, encode(parts, {"x": number}))
    assert abs(record["x"] - number) <= 0.025 + 1e-9

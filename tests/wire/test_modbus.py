"""Modbus on both ends: windows of a map, partial writes, refusals, broadcasts, transactions."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from wattstead.catalog.profile import Profile, load_profile
from wattstead.model.errors import DecodeError, ProfileError, Refused
from wattstead.wire.codec import Codec, Question
from wattstead.wire.family.base import Side
from wattstead.wire.fill import Report, tell
from wattstead.wire.frame import Frame
from wattstead.wire.framing.modbus_rtu import crc16
from wattstead.wire.responder import Manners, Responder

PROFILE = """
[profile]
name = "map"
make = "Map"
title = { en = "A map", fr = "Une carte" }
source = "a test"

[link]
framing = "modbus"
baud = [9600]
addresses = { first = 1, last = 247, usual = [1], master = 1 }
probe = "values"
deadline_ms = 500
turnaround_ms = 0
refuse_noise = false
MODBUS

[layouts]
limits = [
    { name = "cell_low_voltage_alarm_v", type = "u16", scale = 0.001 },
    { name = "cell_high_voltage_alarm_v", type = "u16", scale = 0.001 },
]

[[message]]
name = "values"
modbus = { function = 3, start = 0x10 }
poll = "values"
reply = [
    { name = "pack_voltage_v", type = "u16", scale = 0.01 },
    { name = "pack_current_a", type = "i32", scale = 0.001 },
    { name = "remaining_capacity_ah", type = "u32_low_first", scale = 0.001 },
    { name = "cell_voltage_v", type = "u16", scale = 0.001, repeat = 4 },
    { name = "device_name", type = "text", size = 5 },
    { name = "spare", type = "u8", default = 0 },
]

[[message]]
name = "more"
modbus = { function = 3, start = 0x1C }
reply = "limits"

[[message]]
name = "write_more"
modbus = { function = 16, start = 0x1C }
poll = "never"
request = "limits"

[[message]]
name = "flags"
modbus = { function = 2, start = 3, count = 11 }
reply = [
    { name = "low", type = "bits", bits = ["charge_mos_on", "discharge_mos_on", "heater_on"] },
    { name = "high", type = "bits", bits = ["buzzer_on", "", "fully_charged"] },
]

[[message]]
name = "switches"
modbus = { function = 1, start = 0 }
reply = [{ name = "switches", type = "bits", bits = ["enable_lcd", "enable_buzzer", "enable_heater"] }]

[[message]]
name = "write_switches"
modbus = { function = 15, start = 0 }
poll = "never"
request = [{ name = "switches", type = "bits", bits = ["enable_lcd", "enable_buzzer", "enable_heater"] }]

[virtual]
preset = "pylontech-15s"

""" + "\n".join(
    f'[[setting]]\nname = "{name}"\n'
    for name in (
        "cell_low_voltage_alarm_v",
        "cell_high_voltage_alarm_v",
        "enable_lcd",
        "enable_buzzer",
        "enable_heater",
    )
)

REPORT = Report(
    {
        "pack_voltage_v": 13.2,
        "pack_current_a": -100.0,
        "remaining_capacity_ah": 280.123,
        "cell_voltage_v": (3.301, 3.302, 3.303, 3.304),
        "device_name": "BOX-5",
        "cell_low_voltage_alarm_v": 2.9,
        "cell_high_voltage_alarm_v": 3.55,
        "discharge_mos_on": True,
        "fully_charged": True,
        "enable_buzzer": True,
    }
)


CELLS = "0C E5 0C E6 0C E7 0C E8"


@dataclass
class Box:
    """A device that keeps what was written to it."""

    written: list[Question] = field(default_factory=list)
    refuses: str = ""

    def reports(self, _: Question) -> Sequence[Report]:
        return [REPORT]

    def write(self, question: Question) -> bool:
        if self.refuses:
            raise Refused("a test says no", reason=self.refuses)
        self.written.append(question)
        return True


def made(folder: Path, keys: str = "") -> Profile:
    file = folder / "map.toml"
    file.write_text(PROFILE.replace("MODBUS", keys), encoding="utf-8")
    return load_profile(str(file))


@pytest.fixture
def profile(tmp_path: Path) -> Profile:
    return made(tmp_path)


def responder(profile: Profile, box: Box, over: str = "") -> Responder:
    return Responder(profile.codec(over), profile.framer(over), box, [1, 2], Manners())


def rtu(text: str) -> bytes:
    body = bytes.fromhex(text)
    return body + crc16(body).to_bytes(2, "little")


def answered(profile: Profile, request: str, box: Box | None = None) -> str:
    """Give the answer to a request, both in hex without their CRC."""
    answers = responder(profile, box or Box()).feed(rtu(request))
    return answers[0][:-2].hex(" ").upper() if answers else ""


@pytest.mark.parametrize(
    ("request_", "reply"),
    [
        ("01 03 00 10 00 01", "01 03 02 05 28"),
        ("01 03 00 11 00 02", "01 03 04 FF FE 79 60"),
        ("01 03 00 12 00 01", "01 03 02 79 60"),  # half of a number
        ("01 03 00 13 00 02", "01 03 04 46 3B 00 04"),  # the low register first
        ("01 03 00 14 00 02", "01 03 04 00 04 0C E5"),
        ("01 03 00 16 00 02", "01 03 04 0C E6 0C E7"),
        ("01 03 00 1A 00 03", "01 03 06 58 2D 35 00 0B 54"),  # across two blocks
        ("01 03 00 10 00 0E", f"01 03 1C 05 28 FF FE 79 60 46 3B 00 04 {CELLS} 42 4F 58 2D 35 00 0B 54 0D DE"),
        ("01 02 00 03 00 0B", "01 02 02 02 04"),
        ("01 02 00 04 00 01", "01 02 01 01"),
        ("01 02 00 04 00 0A", "01 02 02 01 02"),
        ("01 01 00 00 00 08", "01 01 01 02"),
        ("01 03 00 0F 00 02", "01 83 02"),
        ("01 03 00 1D 00 02", "01 83 02"),
        ("01 02 00 0D 00 02", "01 82 02"),
        ("01 03 00 10 00 00", "01 83 03"),
        ("01 03 00 10 00 7E", "01 83 03"),
        ("01 04 00 10 00 01", "01 84 01"),
        ("01 2B 0E 01 00", "01 AB 01"),
        ("03 03 00 10 00 01", ""),  # nobody has this address
    ],
)  # fmt: skip
def test_any_window_of_a_map_is_answered_or_refused_by_the_standard(
    profile: Profile, request_: str, reply: str
) -> None:
    assert answered(profile, request_) == reply


@pytest.mark.parametrize(
    ("request_", "reply", "values"),
    [
        ("01 06 00 1C 0C E4", "01 06 00 1C 0C E4", {"cell_low_voltage_alarm_v": 3.3}),
        ("01 10 00 1D 00 01 02 0C E4", "01 10 00 1D 00 01", {"cell_high_voltage_alarm_v": 3.3}),
        (
            "01 10 00 1C 00 02 04 0B B8 0C E4",
            "01 10 00 1C 00 02",
            {"cell_low_voltage_alarm_v": 3.0, "cell_high_voltage_alarm_v": 3.3},
        ),
        ("01 05 00 01 FF 00", "01 05 00 01 FF 00", {"enable_buzzer": True}),
        ("01 05 00 02 00 00", "01 05 00 02 00 00", {"enable_heater": False}),
        ("01 0F 00 01 00 02 01 02", "01 0F 00 01 00 02", {"enable_buzzer": False, "enable_heater": True}),
    ],
)
def test_writes_of_any_part(profile: Profile, request_: str, reply: str, values: dict[str, Any]) -> None:
    box = Box()
    assert answered(profile, request_, box) == reply
    (question,) = box.written
    assert tell(question.message.request, question.record, profile.dialect.told)[0].values == values


@pytest.mark.parametrize(
    ("request_", "reply"),
    [
        ("01 06 00 10 00 01", "01 86 02"),
        ("01 10 00 1C 00 03 06 00 00 00 00 00 00", "01 90 02"),
        ("01 10 00 1C 00 02 02 0C E4", "01 90 03"),  # two registers, one of them missing
        ("01 05 00 01 12 34", "01 85 03"),
        ("01 0F 00 00 00 00 01 00", "01 8F 03"),
    ],
)
def test_a_write_that_cannot_be_is_refused(profile: Profile, request_: str, reply: str) -> None:
    box = Box()
    assert answered(profile, request_, box) == reply
    assert not box.written


def test_the_reason_of_a_device_becomes_a_code(profile: Profile) -> None:
    codes = {"invalid_data": 3, "execution_failed": 4, "busy": 6, "not_permitted": 1, "something_else": 4}
    for reason, code in codes.items():
        assert answered(profile, "01 06 00 1C 0C E4", Box(refuses=reason)) == f"01 86 {code:02X}"


def test_a_broadcast_is_obeyed_by_all_and_answered_by_none(profile: Profile, tmp_path: Path) -> None:
    box = Box()
    assert answered(profile, "00 06 00 1C 0C E4", box) == ""
    assert [question.address for question in box.written] == [1, 2]
    assert answered(profile, "00 03 00 10 00 01", box) == ""
    alone = made(tmp_path, "modbus = { broadcast = false }")
    assert answered(alone, "00 06 00 1C 0C E4", box) == ""  # nobody has address 0
    assert len(box.written) == 2


def test_over_tcp_a_reply_repeats_its_transaction(profile: Profile) -> None:
    line = responder(profile, Box(), "modbus_tcp")
    (reply,) = line.feed(bytes.fromhex("12 34 00 00 00 06 01 03 00 10 00 01"))
    assert reply == bytes.fromhex("12 34 00 00 00 05 01 03 02 05 28")
    (no,) = line.feed(bytes.fromhex("12 35 00 00 00 06 01 04 00 10 00 01"))
    assert no == bytes.fromhex("12 35 00 00 00 03 01 84 01")


def test_a_host_takes_no_answer_to_another_transaction(profile: Profile) -> None:
    codec = profile.codec("modbus_tcp")
    first, _ = codec.ask("values", 1)
    second, _ = codec.ask("values", 1)
    assert (first.tag, second.tag) == (1, 2)
    (frame,) = profile.framer("modbus_tcp").feed(codec.answer(first, [REPORT]))
    assert isinstance(frame, Frame)
    assert codec.understand(frame, first).packs[0].values["pack_current_a"] == -100.0
    with pytest.raises(DecodeError, match="it answers request 1, not 2"):
        codec.understand(frame, second)


def test_a_host_writes_the_smallest_part_that_holds_its_values(profile: Profile) -> None:
    codec = profile.codec()

    def asked(name: str, values: dict[str, Any]) -> str:
        return codec.ask(name, 1, values)[1][:-2].hex(" ").upper()

    assert asked("write_more", {"cell_high_voltage_alarm_v": 3.3}) == "01 10 00 1D 00 01 02 0C E4"
    both = {"cell_low_voltage_alarm_v": 3.0, "cell_high_voltage_alarm_v": 3.3}
    assert asked("write_more", both) == "01 10 00 1C 00 02 04 0B B8 0C E4"
    assert asked("write_switches", {"enable_heater": True}) == "01 0F 00 02 00 01 01 01"
    assert asked("write_switches", {"enable_buzzer": True, "enable_heater": False}) == "01 0F 00 01 00 02 01 01"


def understood(codec: Codec, profile: Profile, data: bytes, asked: Question | None = None) -> Any:
    (frame,) = profile.framer().feed(data)
    assert isinstance(frame, Frame)
    return codec.understand(frame, asked)


def test_a_window_is_understood_with_what_is_cut_kept(profile: Profile) -> None:
    codec = profile.codec()
    asked = understood(codec, profile, rtu("01 03 00 12 00 04"))
    assert (asked.direction, asked.message.name) == ("request", "values")
    question = Question(asked.message, 1, asked.record)
    reply = rtu("01 03 08 79 60 46 3B 00 04 0C E5")
    said = understood(codec, profile, reply, question)
    assert said.packs[0].values == {"remaining_capacity_ah": 280.123}
    assert said.record["pack_current_a"] == "79 60"
    assert said.record["cell_voltage_v"] == (3.301,)
    assert codec.encode_reply(said.message, 1, said.record) == reply


def test_an_answer_like_its_request_is_no_echo(profile: Profile) -> None:
    codec = profile.codec()
    request = rtu("01 06 00 1C 0C E4")
    heard = understood(codec, profile, request)
    assert heard.direction == "request"
    question = Question(heard.message, 1, heard.record)
    assert codec.family.mirrors(question)
    assert understood(codec, profile, request, question).direction == "reply"


def test_a_reply_of_another_function_or_length_is_told(profile: Profile) -> None:
    codec = profile.codec()
    question, _ = codec.ask("values", 1)
    with pytest.raises(DecodeError, match="values reply of address 1: the reply is of function 04, not 03"):
        understood(codec, profile, rtu("01 04 02 00 00"), question)
    with pytest.raises(DecodeError, match="values reply of address 1: 2 bytes too many"):
        understood(codec, profile, rtu("01 03 1A" + "00" * 18 + "42 4F 58 2D 35 00 00 00"), question)
    with pytest.raises(Refused, match=r"address 1 refused values: unknown register \(exception 02\)"):
        understood(codec, profile, rtu("01 83 02"), question)


def test_who_sent_a_frame(profile: Profile) -> None:
    family = profile.dialect.family
    for text, side in (
        ("01 03 00 10 00 01", Side.REQUEST),
        ("01 03 02 05 28", Side.REPLY),
        ("01 83 02", Side.REPLY),
        ("01 10 00 1C 00 01", Side.REPLY),
        ("01 10 00 1C 00 01 02 00 00", Side.REQUEST),
        ("01 02 03 00 00 00", Side.EITHER),  # three bytes of coils, or a request for none from 0300 on
        ("01 06 00 1C 0C E4", Side.REQUEST),
    ):
        (frame,) = profile.framer().feed(rtu(text))
        assert isinstance(frame, Frame)
        assert family.side(frame) is side, text


@pytest.mark.parametrize(
    ("right", "wrong", "says"),
    [
        ("function = 3, start = 0x10 ", "function = 16, start = 0x10 ", "function 16 does not do what this message"),
        ("function = 3, start = 0x10 ", "function = 3, start = 0xFFFF ", "12 from 65535 on go beyond 65535"),
        ('{ name = "spare", type = "u8", default = 0 },', "", "its fields fill 23 bytes; registers have two each"),
        (
            'type = "u8", default = 0 }',
            'type = "u8", optional = true }',
            "'spare' has no fixed size; registers stand at",
        ),
        ("count = 11", "count = 17", "its fields hold 16 bits, count says 17; only the last byte may have spare bits"),
        ('name = "flags"\n', 'name = "flags"\ncommand = 5\n', "has both command and modbus; take command away"),
        ("modbus = { function = 2, start = 3, count = 11 }", "", "command is missing; add it"),
    ],
)
def test_slips_in_a_map_are_told(tmp_path: Path, right: str, wrong: str, says: str) -> None:
    assert right in PROFILE
    file = tmp_path / "map.toml"
    file.write_text(PROFILE.replace("MODBUS", "").replace(right, wrong), encoding="utf-8")
    with pytest.raises(ProfileError, match=says):
        load_profile(str(file))


def test_the_second_half_of_the_parameters_is_understood_by_its_request() -> None:
    """V3-10: the app of the maker reads 106 parameters in two halves, the second from the middle of the block on."""
    seplos = load_profile("seplos-v3")
    codec, message = seplos.codec(), seplos.dialect.message("parameters")
    record = {name: setting.default for name, setting in seplos.settings.items()}
    whole, _ = codec.ask("parameters", 0)
    (frame,) = seplos.framer().feed(codec.answer(whole, [Report(record)]))
    assert isinstance(frame, Frame)
    half = replace(frame, address=0xE0, payload=bytes((0x6A,)) + frame.payload[1 + 0x6A :])
    data = seplos.framer().build(half)
    assert data[-2:].hex() == "fec9"  # the CRC that was recorded
    asked = understood(codec, seplos, bytes.fromhex("E0 04 13 35 00 35 33 26"))
    said = understood(codec, seplos, data, Question(asked.message, 0xE0, {}))
    assert said.packs[0].values["discharge_low_temperature_recovery_degc"] == 3.0
    assert said.packs[0].values["inverter_discharge_current_a"] == -180
    assert "cells_in_series" not in said.packs[0].values
    assert message.name == said.message.name

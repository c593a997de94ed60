"""What a codec says where it is asked for something that cannot be, and the names by which messages are found."""

from pathlib import Path

import pytest

from tiny_profile import replying
from wattstead.catalog.profile import load_profile
from wattstead.model.errors import DecodeError, EncodeError, Refused, UsageError
from wattstead.wire.codec import Codec, Question
from wattstead.wire.fill import Report
from wattstead.wire.frame import Frame


@pytest.fixture
def codec() -> Codec:
    return load_profile("seplos-v2").codec()


@pytest.mark.parametrize("name", ["telemetry", "analog", "42", "42H", "42h", "0x42", " Telemetry "])
def test_a_message_is_found_by_name_alias_and_command(codec: Codec, name: str) -> None:
    assert codec.dialect.message(name).command == 0x42


def test_an_unknown_message_is_told_with_those_that_exist(codec: Codec) -> None:
    with pytest.raises(
        UsageError, match=r"seplos-v2 has no message 'weather'; it has telemetry \(42H\), alarms \(44H\), "
    ):
        codec.ask("weather", 0)


def test_a_value_that_a_request_does_not_carry_is_told(codec: Codec) -> None:
    with pytest.raises(UsageError, match="set_clock carries no 'device_tme'; it carries device_time"):
        codec.ask("set_clock", 0, {"device_tme": "2026-10-04T21:07:19"})
    with pytest.raises(UsageError, match="telemetry carries no 'soc_pct'; it carries group"):
        codec.ask("telemetry", 0, {"soc_pct": 5})


def test_a_request_without_its_value_is_told(codec: Codec) -> None:
    with pytest.raises(EncodeError, match=r"^device_time is missing$"):
        codec.ask("set_clock", 0)


@pytest.mark.parametrize("address", [-1, 256])
def test_an_address_that_the_wire_cannot_carry_is_told(codec: Codec, address: int) -> None:
    with pytest.raises(UsageError, match=f"address {address} does not fit; the wire carries 0 to 255"):
        codec.ask("protocol_version", address)


def test_a_time_may_be_given_as_text(codec: Codec) -> None:
    _, data = codec.ask("set_clock", 0, {"device_time": "2026-10-04 21:07:19"})
    assert data == b"~2000464E200E07EA0A04150713FA91\r"


def test_a_setting_is_written_by_its_name_within_a_record_that_was_read(codec: Codec) -> None:
    values = {
        **{name: one.default for name, one in load_profile("seplos-v2").settings.items()},
        "device_name": "1101-SP76",
    }
    question, data = codec.ask("write_parameters", 0, {**values, "rated_capacity_ah": 170.0})
    assert question.record["words"]["rated_capacity_ah"] == 170.0
    assert question.record["switches"]["switches_4"] == 0x3F
    _, shipped = codec.ask("write_parameters", 0, values)
    assert shipped != data


def test_a_frame_of_another_kind_is_not_understood_and_not_served(codec: Codec) -> None:
    frame = Frame(0, 0x42, b"", kind=0x4A)
    with pytest.raises(DecodeError, match="the frame is of kind 4A, seplos-v2 speaks 46"):
        codec.understand(frame)
    with pytest.raises(Refused, match="the frame is of kind 4A, seplos-v2 speaks 46"):
        codec.hear(frame)


def test_a_number_that_is_neither_command_nor_return_code_is_told(codec: Codec) -> None:
    frame = Frame(0, 0x99, b"", kind=0x46)
    with pytest.raises(DecodeError, match="seplos-v2 knows neither a command nor a return code 99H"):
        codec.understand(frame)
    question, _ = codec.ask("telemetry", 0)
    with pytest.raises(Refused, match=r"address 0 refused telemetry: return code without a name \(return code 99\)"):
        codec.understand(frame, question)


def test_a_reply_that_breaks_the_profile_is_told_with_its_place(codec: Codec) -> None:
    question, _ = codec.ask("telemetry", 3)
    frame = Frame(3, 0, bytes.fromhex("00 03 02 0CD7"), kind=0x46)
    sentence = "telemetry reply of address 3: cell_voltage_v: wants 4 bytes at 3, but 5 bytes leave 2 for it"
    with pytest.raises(DecodeError, match=sentence):
        codec.understand(frame, question)


def test_a_report_without_a_value_is_told_with_its_name(codec: Codec) -> None:
    question, _ = codec.ask("telemetry", 0)
    with pytest.raises(EncodeError, match="drift_current_a cannot follow: full_capacity_ah is missing before it"):
        codec.answer(question, [Report({})])


def test_bits_without_a_name_are_told_and_can_be_raised(codec: Codec) -> None:
    alarms = codec.dialect.message("alarms")
    values = {"cell_voltage_status": (), "cell_temperature_status": ()}
    data = codec.answer(Question(alarms, 0), [Report(values, ["event_7_bit_6", "soc_alarm"])])
    (frame,) = load_profile("seplos-v2").framer().feed(data)
    assert isinstance(frame, Frame)
    assert codec.understand(frame, Question(alarms, 0)).packs[0].active == ("soc_alarm", "event_7_bit_6")


def test_a_request_that_the_host_hears_back_is_a_request(codec: Codec) -> None:
    question, data = codec.ask("telemetry", 0)
    (frame,) = load_profile("seplos-v2").framer().feed(data)
    assert isinstance(frame, Frame)
    assert codec.understand(frame, question).direction == "request"


SPARE = """{ name = "module", repeat = "rest", packs = true, spare = 1, parts = [
    { name = "n", type = "u8" }, { name = "x", type = "u8", repeat = { count = "n" } } ] }"""


@pytest.mark.parametrize(
    ("payload", "modules"),
    [
        ("01 AA 01 BB", [{"n": 1, "x": (0xAA,)}, {"n": 1, "x": (0xBB,)}]),
        ("01 AA 07", [{"n": 1, "x": (0xAA,), "_left_over": "07"}]),
        ("01 AA 07 01 BB 08", [{"n": 1, "x": (0xAA,), "_left_over": "07"}, {"n": 1, "x": (0xBB,), "_left_over": "08"}]),
    ],
)
def test_each_repeat_may_have_spare_bytes_that_are_written_back(
    tmp_path: Path, payload: str, modules: list[object]
) -> None:
    codec = replying(tmp_path, SPARE.replace("\n", " ")).codec()
    frame = Frame(0, 0, bytes.fromhex(payload), 0x20, 0x46)
    said = codec.understand(frame)
    assert said.message is not None
    assert said.record == {"module": modules}
    assert bytes.fromhex(payload).hex().upper().encode() in codec.encode_reply(said.message, 0, said.record)


def test_more_than_the_spare_bytes_are_refused_with_what_is_wrong_without_them(tmp_path: Path) -> None:
    codec = replying(tmp_path, SPARE.replace("\n", " ")).codec()
    asked = Question(codec.dialect.message("ask"), 0)
    with pytest.raises(DecodeError, match="module 2: x: wants 9 bytes at 3, but 4 bytes leave 1 for it"):
        codec.understand(Frame(0, 0, bytes.fromhex("01 AA 09 08"), 0x20, 0x46), asked)


def test_a_longer_reply_is_taken_only_where_that_is_wanted(codec: Codec) -> None:
    question, _ = codec.ask("clock", 0)
    frame = Frame(0, 0, bytes.fromhex("07EA0A05001731 ABCD"), 0x20, 0x46)
    with pytest.raises(DecodeError, match="clock reply of address 0: 2 bytes too many"):
        codec.understand(frame, question)
    said = codec.understand(frame, question, longer=True)
    assert said.record["_left_over"] == "AB CD"
    assert codec.encode_reply(question.message, 0, said.record) == b"~20004600D01207EA0A05001731ABCDF9A4\r"


def test_a_reply_that_carries_its_command_is_told_from_its_request(codec: Codec) -> None:
    question, data = codec.ask("pack_summary", 11)
    (asked,) = load_profile("seplos-v2").framer().feed(data)
    assert isinstance(asked, Frame)
    assert codec.understand(asked).direction == "request"
    answer = codec.understand(Frame(11, 0x5A, bytes(32), 0x20, 0x46), question)
    assert (answer.direction, answer.understood_by) == ("reply", "command")
    assert codec.encode_reply(question.message, 11, answer.record).startswith(b"~200B465AC040")


def test_only_replies_of_another_version_are_doubted(codec: Codec) -> None:
    assert codec.another_version(Frame(0, 0x42, b"", 0x52, 0x46)) is None
    assert codec.another_version(Frame(0, 0x00, b"", 0x20, 0x46)) is None
    assert str(codec.another_version(Frame(0, 0x00, b"", 0x26, 0x46))).startswith(
        "its header says VER 26, seplos-v2 has"
    )

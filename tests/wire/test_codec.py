"""What a codec says where it is asked for something that cannot be, and the names by which messages are found."""

import pytest

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
    with pytest.raises(Refused, match="seplos-v2 speaks kind 46 only"):
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

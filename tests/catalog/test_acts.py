"""What a profile says of writes that act and of spare bytes, and the sentence for each slip."""

from datetime import datetime
from pathlib import Path

import pytest

from tiny_profile import ASK, HEAD, profile, replying
from wattstead.model.errors import ProfileError
from wattstead.wire.message import Act

WRITE = """
[[message]]
name = "order"
command = 0x45
poll = "never"
request = [{ name = "target", type = "u8" }]
"""


def sentence(folder: Path, text: str) -> str:
    with pytest.raises(ProfileError) as error:
        profile(folder, text)
    return str(error.value).removeprefix("tiny.toml, ")


def test_the_first_act_that_fits_is_the_one(tmp_path: Path) -> None:
    first = '{ when = { target = 1 }, does = "charge_off", sets = { fault_x = true } }'
    acts = f'acts = [{first}, {{ refuses = "format_error" }}]'
    message = profile(tmp_path, f"{HEAD}{ASK}{WRITE}{acts}\n").dialect.message("order")
    assert message.acts == (
        Act({"target": 1}, "charge_off", {"fault_x": True}),
        Act(refuses="format_error"),
    )


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            f'{WRITE}acts = [{{ does = "charge_of" }}]',
            "message 'order', act 1: nothing is called 'charge_of'; did you mean",
        ),
        (
            f"{WRITE}acts = [{{ when = {{ targe = 1 }} }}]",
            "message 'order', act 1: the request carries no 'targe'; did you",
        ),
        (f"{WRITE}bank = true", "message 'order': writes to the whole bank; take bank away"),
        (
            WRITE.replace('"never"', '"asked"') + 'acts = [{ does = "turn_off" }]',
            "message 'order': has acts but does not",
        ),
    ],
)
def test_a_slip_in_acts_is_one_sentence(tmp_path: Path, text: str, wanted: str) -> None:
    assert sentence(tmp_path, f"{HEAD}{ASK}{text}\n").startswith(wanted)


@pytest.mark.parametrize(
    ("keys", "wanted"),
    [
        ('tail = [{ name = "a", type = "u8", optional = true }]', "there are no spare bytes; add spare"),
        ('spare = 2, tail = [{ name = "a", type = "u8" }]', "field 'a': must be there; add optional = true"),
        ('spare = 2, tail = [{ name = "n", type = "u8", optional = true }]', "field 'n': stands twice; give each"),
        ('spare = 2, tail = [{ name = "a", type = "hex", optional = true }]', "field 'a': has no fixed size; give it"),
    ],
)
def test_a_slip_in_a_tail_is_one_sentence(tmp_path: Path, keys: str, wanted: str) -> None:
    group = f'{{ name = "each", repeat = "rest", {keys}, parts = [{{ name = "n", type = "u8" }}] }}'
    with pytest.raises(ProfileError) as error:
        replying(tmp_path, group)
    assert str(error.value).startswith(
        f"tiny.toml, message 'ask', reply, group 'each', tail{':' if 'no spare' in wanted else ','} "
    )
    assert wanted in str(error.value)


def test_what_of_a_tail_is_not_there_whole_is_kept(tmp_path: Path) -> None:
    tail = '{ name = "a", type = "u8", optional = true }, { name = "b", type = "u16", optional = true }'
    group = f'{{ name = "each", repeat = "rest", spare = 4, tail = [{tail}], parts = [{{ name = "n", type = "u8" }}'
    group += ', { name = "v", type = "u8", repeat = { count = "n" } }] }'
    codec = replying(tmp_path, group).codec()
    message = codec.dialect.message("ask")
    for spare, wanted in (
        (b"\x07", {"a": 7}),
        (b"\x07\x01", {"a": 7, "_left_over": "01"}),
        (b"\x07\x01\x02", {"a": 7, "b": 258}),
    ):
        payload = b"".join(bytes((2, 9, 9)) + spare for _ in range(3))
        record = codec.family.read(message, payload)
        assert record["each"] == [{"n": 2, "v": (9, 9), **wanted}] * 3
        assert codec.family.write(message, record) == payload


def test_a_year_of_one_byte_counts_from_2000(tmp_path: Path) -> None:
    codec = replying(tmp_path, '{ name = "device_time", type = "time", size = 6 }').codec()
    message = codec.dialect.message("ask")
    record = codec.family.read(message, bytes((24, 2, 29, 2, 0, 56)))
    assert record["device_time"] == datetime(2024, 2, 29, 2, 0, 56)  # noqa: DTZ001 - a device's clock knows no zone

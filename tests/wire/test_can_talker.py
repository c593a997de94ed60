"""A side of a bus that speaks unasked: cycles, order, spacing, questions, keep-alive, what cannot be said."""

from collections.abc import Mapping
from typing import Any

import pytest

from wattstead.catalog.profile import Profile, load_profile
from wattstead.wire.can_signal import CanMessage
from wattstead.wire.can_talker import Habits, Talker
from wattstead.wire.fill import Report
from wattstead.wire.frame import Frame

VALUES: dict[str, Any] = {
    "charge_voltage_limit_v": 53.2,
    "charge_current_limit_a": 64.0,
    "discharge_current_limit_a": -85.0,
    "discharge_voltage_limit_v": 44.0,
    "soc_pct": 66.0,
    "soh_pct": 99.0,
    "pack_voltage_v": 53.2,
    "pack_current_a": -12.3,
    "charge_enabled": True,
    "module_count": 2,
    "maker": "PYLON",
}


def talker(profile: Profile, values: Mapping[str, Any] | None = VALUES, active: tuple[str, ...] = ()) -> Talker:
    keys = profile.link.can
    assert keys is not None
    named = {one.name: one for one in profile.dialect.messages if isinstance(one, CanMessage)}
    habits = Habits(keys.spacing_ms / 1000, padded=keys.padded, asks=keys.asks, alive=keys.alive, lost_s=keys.lost_s)
    tells = (lambda: None) if values is None else (lambda: Report(values, active))
    return Talker(profile.codec(), profile.framer(), [named[name] for name in keys.send], tells, habits)


def played(one: Talker, profile: Profile, until_s: float, from_s: float = 0.0) -> list[tuple[float, str, bytes]]:
    """Let time pass; give when which message was sent."""
    now, sent, framer = from_s, [], profile.framer()
    while now < until_s:
        for data in one.tick(now):
            (frame,) = framer.feed(data)
            assert isinstance(frame, Frame)
            message = profile.dialect.family.named(frame)
            assert message is not None
            sent.append((round(now, 3), message.name, frame.payload))
        now = min(one.next_at(now), until_s)
    return sent


def test_each_message_at_its_cycle_in_order_with_its_spacing() -> None:
    profile = load_profile("pylontech-can")
    sent = played(talker(profile), profile, 2.5)
    names = ["limits", "charge", "measured", "alarms", "requests", "maker"]
    assert [name for _, name, _ in sent] == names * 3
    assert [at for at, _, _ in sent[:6]] == [0.0, 0.01, 0.02, 0.03, 0.04, 0.05]
    assert [at for at, name, _ in sent if name == "limits"] == [0.0, 1.0, 2.0]


def test_frames_as_an_independent_encoder_makes_them() -> None:
    profile = load_profile("pylontech-can+v1.2")
    sent = {name: payload.hex(" ").upper() for _, name, payload in played(talker(profile), profile, 0.5)}
    assert sent["limits"] == "14 02 80 02 52 03"
    assert sent["charge"] == "42 00 63 00"
    assert sent["measured"].startswith("C8 14 85 FF")
    assert sent["requests"] == "80 00"
    assert sent["maker"] == "50 59 4C 4F 4E 20 20 20"


@pytest.mark.parametrize(("name", "sizes"), [("pylontech-can", {8, 4, 6, 7, 2}), ("pylontech-can+dlc8", {8})])
def test_frames_have_the_bytes_of_real_packs_or_all_eight(name: str, sizes: set[int]) -> None:
    profile = load_profile(name)
    assert {len(payload) for _, _, payload in played(talker(profile), profile, 0.5)} == sizes


@pytest.mark.parametrize(("name", "period_s"), [("sma-can", 0.5), ("sma-can+goodwe", 0.1), ("sma-can+slow", 1.0)])
def test_a_switch_gives_another_cycle(name: str, period_s: float) -> None:
    profile = load_profile(name)
    at = [at for at, message, _ in played(talker(profile), profile, 1.05) if message == "limits"]
    assert at == pytest.approx([k * period_s for k in range(len(at))])
    assert len(at) == int(1.05 / period_s) + 1


def test_messages_with_different_cycles() -> None:
    profile = load_profile("schneider-can")
    count = dict.fromkeys(("measured", "protocol", "energy"), 0)
    for _, name, _ in played(talker(profile), profile, 10.5):
        count[name] = count.get(name, 0) + 1
    assert (count["measured"], count["protocol"], count["energy"]) == (21, 6, 2)


def poll(profile: Profile, name: str) -> bytes:
    return profile.codec().ask(name, 0)[1]


def test_a_battery_that_is_asked_speaks_then_and_never_by_itself() -> None:
    profile = load_profile("growatt-can")
    one = talker(profile)
    assert played(one, profile, 5.0) == []
    one.feed(poll(profile, "inverter_poll"), 5.0)
    sent = played(one, profile, 8.0, from_s=5.0)
    assert [name for _, name, _ in sent] == [
        "limits",
        "alarms",
        "measured",
        "capacity",
        "requests",
        "identity",
        "update",
    ]
    assert sent[-1][0] <= 5.1, "all within 100 ms"
    assert played(one, profile, 20.0, from_s=8.0) == []


def test_single_cells_are_told_by_a_single_pack() -> None:
    profile = load_profile("growatt-can")
    one = talker(profile, {**VALUES, "cell_voltage_v": tuple(3.3 + k / 1000 for k in range(16))})
    one.feed(poll(profile, "inverter_poll"), 0.0)
    sent = {name: payload for _, name, payload in played(one, profile, 1.0)}
    assert sent["cells_13_16"] == b"".join((3300 + k).to_bytes(2) for k in range(12, 16))


def test_questions_without_end_do_not_fill_the_memory() -> None:
    profile = load_profile("growatt-can")
    one = talker(profile)
    for _ in range(5000):
        one.feed(poll(profile, "inverter_poll"), 0.0)
    assert len(played(one, profile, 60.0)) == 7, "one set until it is out"


def test_the_keep_alive_is_watched() -> None:
    profile = load_profile("pylontech-can")
    one = talker(profile)
    one.tick(0.0)
    assert not one.lost(5.0)
    assert one.lost(5.1), "nobody was ever there"
    one.feed(poll(profile, "inverter_alive"), 6.0)
    assert not one.lost(11.0)
    assert one.lost(11.1)


def test_a_battery_that_is_off_says_nothing() -> None:
    profile = load_profile("pylontech-can")
    assert played(talker(profile, None), profile, 5.0) == []


def test_numbers_end_where_the_wire_ends_and_what_nobody_knows_is_said_as_such() -> None:
    profile = load_profile("sma-can")
    values = {"charge_voltage_limit_v": 9999.0, "discharge_current_limit_a": -99999.0, "soc_pct": -5.0}
    sent = {name: payload.hex(" ").upper() for _, name, payload in played(talker(profile, values), profile, 0.4)}
    assert sent["limits"] == "FE FF 00 80 FF 7F FF FF"
    assert sent["charge"] == "00 00 FF FF 00 00 00 00"
    assert sent["measured"] == "00 80 00 80 00 80 00 00"


def test_codes_are_bits_and_pairs() -> None:
    profile = load_profile("pylontech-can+both")
    one = talker(profile, VALUES, ("overvoltage_protection", "low_temperature_alarm"))
    sent = {name: payload.hex(" ").upper() for _, name, payload in played(one, profile, 0.4)}
    assert sent["alarms"] == "02 00 10 00 02 50 4E"
    assert sent["alarm_states"] == "A6 AA AA AA AA A9 AA AA"


def test_what_is_sent_on_a_change_is_sent_once() -> None:
    profile = load_profile("sofar-can")
    values = dict(VALUES)
    active: list[str] = []
    keys = profile.link.can
    assert keys is not None
    named = {one.name: one for one in profile.dialect.messages if isinstance(one, CanMessage)}
    habits = Habits(keys.spacing_ms / 1000, lost_s=keys.lost_s)
    messages = [named[name] for name in keys.send]
    one = Talker(profile.codec(), profile.framer(), messages, lambda: Report(values, tuple(active)), habits)
    first = [payload for _, name, payload in played(one, profile, 2.0) if name == "alarm_states"]
    active.append("overvoltage_protection")
    then = [payload for _, name, payload in played(one, profile, 4.0, from_s=2.0) if name == "alarm_states"]
    assert [payload.hex() for payload in (*first, *then)] == ["aa" * 8, "a6" + "aa" * 7]


@pytest.mark.parametrize(("number", "name"), [(0, "information_683"), (1, "information_684"), (3, "information_690")])
@pytest.mark.parametrize("query", ["inverter_query", "inverter_query_2"])
def test_a_numbered_question_gets_its_answer_each_time(query: str, number: int, name: str) -> None:
    profile = load_profile("sofar-can+answers")
    message = profile.dialect.message(query)
    assert isinstance(message, CanMessage)
    (field, *_) = message.fields
    one = with_replies(profile)
    question = profile.codec().ask(query, 0, {field.name: number})[1]
    for at_s in (0.0, 1.0):
        one.feed(question, at_s)
        sent = played(one, profile, at_s + 0.05, from_s=at_s)
        assert [(told, payload) for _, told, payload in sent if told.startswith("information")] == [(name, bytes(8))]


def test_a_question_whose_number_nobody_knows_stays_without_an_answer() -> None:
    profile = load_profile("sofar-can+answers")
    one = with_replies(profile)
    one.feed(profile.codec().ask("inverter_query", 0, {"query": 4})[1], 0.0)
    assert not [name for _, name, _ in played(one, profile, 0.05) if name.startswith("information")]


def test_without_the_switch_nothing_is_answered() -> None:
    profile = load_profile("sofar-can")
    one = with_replies(profile)
    one.feed(profile.codec().ask("inverter_query", 0, {"query": 0})[1], 0.0)
    assert not [name for _, name, _ in played(one, profile, 0.05) if name.startswith("information")]


def test_whoever_asks_without_end_does_not_fill_the_memory() -> None:
    profile = load_profile("sofar-can+answers")
    one, question = with_replies(profile), profile.codec().ask("inverter_query", 0, {"query": 0})[1]
    for _ in range(10_000):
        one.feed(question, 0.0)
    assert len(one._queue) <= 256


def with_replies(profile: Profile) -> Talker:
    keys = profile.link.can
    assert keys is not None
    named = {one.name: one for one in profile.dialect.messages if isinstance(one, CanMessage)}
    replies = {name: [named[one] for one in listed] for name, listed in keys.replies.items()}
    return Talker(profile.codec(), profile.framer(), [named["limits"]], lambda: Report(VALUES), Habits(replies=replies))

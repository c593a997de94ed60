"""Whatever a device may have to tell: what it answers is understood as what it told, in the steps of the wire."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from random_reports import fields_to_give, reports, values_of
from wattstead.catalog.profile import Profile, load_profile, profile_names
from wattstead.wire.codec import Question
from wattstead.wire.field import Bits, Number
from wattstead.wire.fill import Report, Told
from wattstead.wire.frame import Frame
from wattstead.wire.layout import Field, Group, fields_of
from wattstead.wire.message import Message

MESSAGES = [
    pytest.param(name, message.name, id=f"{name}/{message.name}")
    for name in profile_names()
    for message in load_profile(name).dialect.messages
]


ASKED = [one for one in MESSAGES if load_profile(str(one.values[0])).link.framing != "can"]
"""On a CAN bus nobody has an address, and most is said unasked: tests/wire/test_can.py."""

TWICE = {("sma-can", "charge"), ("victron-can", "charge")}
"""Answers that tell the same twice, in coarse and in fine steps."""

SPREAD = {("daly", "cells"), ("daly", "probes"), *TWICE}
"""Answers that do not say how many values they have (tests/wire/framing/test_daly.py), and what nothing gives."""


UNADDRESSED = {("pylontech-console", name) for name in ("stack", "clock", "log", "system", "lines", "help", "units")}
"""Requests that name no device: whoever is at the other end answers, and is taken for the first."""


EXAMPLES = 10
"""Of each of some 600 messages: their fields are of few types, each of which sees thousands. tools/fuzz.py goes on."""


def one_frame(profile: Profile, data: bytes) -> Frame:
    framer = profile.framer()
    (frame,) = framer.feed(data) or framer.silence()
    assert isinstance(frame, Frame)
    return frame


def within(profile: Profile, address: int) -> int:
    """Give the nearest address that the protocol knows."""
    return min(max(address, profile.addresses.first), profile.addresses.last)


def assert_told(told: Told, report: Report, message: Message) -> None:
    """Each value comes back, numbers within half a step; codes come back in the order of the wire."""
    steps = {field.quantity: field.type.scale for field in fields_of(message.reply) if isinstance(field.type, Number)}
    for name, value in report.values.items():
        if name in told.values:
            assert_near(told.values[name], value, steps.get(name, 0.0))
    always = {field.quantity for field, _ in fields_to_give(message.reply) if field.when is None}
    assert always - {""} <= set(told.values)
    if told.active is not None:
        assert set(told.active) == set(report.active)


def assert_near(got: Any, wanted: Any, step: float) -> None:
    if isinstance(wanted, tuple):
        assert len(got) == len(wanted)
        for one, other in zip(got, wanted, strict=True):
            assert_near(one, other, step)
    elif isinstance(wanted, float):
        assert abs(got - wanted) <= abs(step) / 2 + 1e-6
    else:
        assert got == wanted


def pack_parts(message: Message) -> Any:
    groups = [part for part in message.reply if isinstance(part, Group) and part.packs]
    return groups[0].parts if groups else message.reply


@pytest.mark.parametrize(("name", "about"), [one for one in MESSAGES if one.values not in SPREAD])
@settings(max_examples=EXAMPLES)
@given(data=st.data())
def test_what_is_answered_is_understood(name: str, about: str, data: st.DataObject) -> None:
    profile = load_profile(name)
    codec, message = profile.codec(), profile.dialect.message(about)
    if codec.family.mirrors(Question(message, 2)):
        return  # an echo: what was asked, and test_what_is_asked_is_heard draws that
    report = data.draw(reports(pack_parts(message), profile.dialect.told))
    outside = {
        field.name: data.draw(values_of(field.type))
        for field in message.reply
        if isinstance(field, Field) and not field.quantity and not isinstance(field.type, Bits) and not field.fill
        if field.name not in report.values and field.default is None and not field.name.endswith("_count")
    }
    # What rules look at: the highest cell, how many probes.
    seen = {"cell_voltage_v": (3.3, 3.2), "cell_temperature_degc": (20.0, 25.0)}
    whole = Report({**seen, **report.values, **outside}, report.active)
    address = within(profile, 2)
    question = Question(message, address, {"module": address})
    frame = one_frame(profile, codec.answer(question, [whole]))
    said = codec.understand(frame, question)
    assert len(said.packs) == 1
    assert_told(said.packs[0], report, message)
    assert codec.encode_reply(message, address, said.record) == frame.raw


@pytest.mark.parametrize(("name", "about"), ASKED)
@settings(max_examples=EXAMPLES)
@given(data=st.data(), address=st.integers(0, 255))
def test_what_is_asked_is_heard(name: str, about: str, data: st.DataObject, address: int) -> None:
    profile = load_profile(name)
    codec, message = profile.codec(), profile.dialect.message(about)
    report = data.draw(reports(message.request, profile.dialect.told))
    values = {**report.values, **dict.fromkeys(report.active, True)}
    address = profile.addresses.master if (name, about) in UNADDRESSED else within(profile, address)
    question, sent = codec.ask(message.name, address, values)
    heard = codec.hear(one_frame(profile, sent))
    assert (heard.message, heard.address) == (message, address)
    assert codec.ask(message.name, address, heard.record)[1] == sent
    only_sometimes = {field.name for field in fields_of(message.request) if field.when}
    assert set(question.record) <= set(heard.record) | only_sometimes


@settings(max_examples=50)
@given(data=st.data())
def test_all_modules_of_a_stack_answer_in_one_frame(data: st.DataObject) -> None:
    profile = load_profile("pylontech")
    codec, message = profile.codec(), profile.dialect.message("telemetry")
    packs = data.draw(st.lists(reports(pack_parts(message), profile.dialect.told), min_size=1, max_size=8))
    question = Question(message, 2, {"module": 0xFF})
    said = codec.understand(one_frame(profile, codec.answer(question, packs)), question)
    assert said.record["command_value"] == len(packs)
    for told, report in zip(said.packs, packs, strict=True):
        assert_told(told, report, message)


def test_capacities_come_in_two_forms() -> None:
    """Up to 65 Ah in 16 bits of mAh, above in 24 while the short places say FFFF."""
    profile = load_profile("pylontech")
    codec, message = profile.codec(), profile.dialect.message("telemetry")
    values: dict[str, Any] = {"cell_voltage_v": (3.3,), "cell_temperature_degc": (25.0,), "bms_temperature_degc": 25.0}
    values |= {"pack_current_a": 0.0, "pack_voltage_v": 3.3, "remaining_capacity_ah": 40.0, "cycle_count": 1}
    for full, form in ((65.0, 2), (65.001, 4)):
        frame = one_frame(profile, codec.answer(Question(message, 2), [Report({**values, "full_capacity_ah": full})]))
        said = codec.understand(frame, Question(message, 2))
        (module,) = said.record["module"]
        assert (module["item_count"], module["full_short"]) == (form, full if form == 2 else None)
        assert said.packs[0].values["full_capacity_ah"] == full


def test_a_module_with_six_temperature_states_tells_its_power_stage() -> None:
    profile = load_profile("pylontech")
    codec, message = profile.codec(), profile.dialect.message("alarms")
    values = {"cell_voltage_status": ("normal",) * 15, "cell_temperature_status": ("normal", "low", "normal", "high")}
    more = {"temperature_count": 6, "mos_temperature_status": "high"}
    frame = one_frame(profile, codec.answer(Question(message, 2), [Report({**values, **more})]))
    assert len(frame.payload) == 33, "a client of US3000C expects 66 characters"
    told = codec.understand(frame, Question(message, 2)).packs[0]
    assert told.values["cell_temperature_status"] == values["cell_temperature_status"]
    assert told.values["mos_temperature_status"] == "high"


def test_a_value_that_nobody_knows_is_told_as_such_where_the_wire_can() -> None:
    profile = load_profile("seplos-v2")
    codec, message = profile.codec(), profile.dialect.message("clock")
    frame = one_frame(profile, codec.answer(Question(message, 0), [Report({"device_time": None})]))
    assert frame.payload == bytes(7)
    assert codec.understand(frame, Question(message, 0)).packs[0].values == {}


def test_spare_bytes_that_look_like_the_next_pack_are_told_by_the_size_of_all() -> None:
    """What follows a pack of 100 Ah holds 27 10 four times: 16 cells, to who begins to read there."""
    codec, message = load_profile("pace").codec(), load_profile("pace").dialect.message("telemetry")
    values: dict[str, Any] = {"cell_voltage_v": (3.301,) * 16, "cell_temperature_degc": (25.0,) * 4, "cycle_count": 1}
    values |= {"mos_temperature_degc": 26.0, "ambient_temperature_degc": 24.0, "pack_current_a": 1.0, "soc_pct": 40}
    values |= {"pack_voltage_v": 52.8, "remaining_capacity_ah": 40.0, "full_capacity_ah": 100.0, "soh_pct": 100}
    values |= {"rated_capacity_ah": 100.0, "port_voltage_v": 52.8, "item_count": 9}
    for packs in (1, 2, 5, 15):
        question = Question(message, 1, {"module": 0xFF})
        frame = one_frame(load_profile("pace"), codec.answer(question, [Report(values)] * packs))
        said = codec.understand(frame, question)
        assert [(one.values["soc_pct"], one.values["soh_pct"]) for one in said.packs] == [(40, 100)] * packs

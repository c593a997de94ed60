"""The quick way to write a frame of a CAN bus gives the bytes of the long way, or leaves it to that."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wattstead.catalog.profile import Profile, load_profile, profile_names
from wattstead.model.errors import EncodeError
from wattstead.virtual.bank import Bank
from wattstead.virtual.can_battery import CanBattery
from wattstead.virtual.can_serve import battery_talker
from wattstead.virtual.day import Day
from wattstead.virtual.live import LiveBank
from wattstead.wire.can_signal import CanMessage
from wattstead.wire.can_talker import Habits, Talker
from wattstead.wire.can_write import Writer
from wattstead.wire.fill import Report
from wattstead.wire.layout import names_of

PROFILES = [load_profile(name) for name in profile_names() if name.endswith("-can")]
MESSAGES = [
    pytest.param(profile, message, id=f"{profile.name}/{message.name}")
    for profile in PROFILES
    for message in profile.dialect.messages
    if isinstance(message, CanMessage)
]
GIVEN = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-70_000, 70_000),
    st.floats(allow_nan=True, allow_infinity=True),
    st.floats(-800.0, 800.0),
    st.sampled_from(("charging", "standby", "LFP", "raised", "a text that is too long", "é", "")),
)


def long_way(profile: Profile, message: CanMessage, report: Report) -> bytes | None:
    talker = Talker(profile.codec(), profile.framer(), [message], lambda: None, Habits())
    try:
        return talker._payload(message, report)
    except EncodeError:
        return None


@pytest.mark.parametrize(("profile", "message"), MESSAGES)
@settings(max_examples=10)  # of each of some 150 messages
@given(data=st.data())
def test_both_ways_give_the_same_bytes(profile: Profile, message: CanMessage, data: st.DataObject) -> None:
    names = sorted(names_of(message.fields))
    values: dict[str, Any] = data.draw(st.dictionaries(st.sampled_from(names or ["nothing"]), GIVEN, max_size=8))
    active = data.draw(st.sets(st.sampled_from(names or ["nothing"])))
    report = Report(values, frozenset(active))
    try:
        quick = Writer(message).payload(values, frozenset(active))
    except Exception as error:  # noqa: BLE001 - whatever it is, it must not come out
        pytest.fail(f"{error!r}")
    if quick is not None:
        assert quick == long_way(profile, message, report)


@pytest.mark.parametrize("profile", PROFILES, ids=lambda one: one.name)
def test_what_a_bank_says_takes_the_quick_way(profile: Profile) -> None:
    live = LiveBank(Bank(profile, now_ms=lambda: 0), Day(0), clock_s=lambda: 0.0, local_s=0.0)
    talker, report = battery_talker(profile, live), CanBattery(live).report()
    assert report is not None
    values = talker._spread(report)
    for message in talker._messages:
        payload = Writer(message).payload(values, report.active)
        assert payload is not None, message.name
        assert payload == long_way(profile, message, Report(values, report.active)), message.name

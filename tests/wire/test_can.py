"""Frames of a CAN bus: any payload is read and written back, and nothing but DecodeError comes out."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wattstead.catalog.profile import Profile, load_profile, profile_names
from wattstead.model.can import CanFrame
from wattstead.model.errors import DecodeError
from wattstead.wire.can_signal import CanMessage, gather, run, spread
from wattstead.wire.codec import Said
from wattstead.wire.frame import Frame, Noise, Why
from wattstead.wire.framing.can import CanFramer

PROFILES = [name for name in profile_names() if name.endswith("-can")]
FRAMES = st.builds(
    lambda identifier, data, extended: CanFrame(identifier if extended else identifier & 0x7FF, data, extended),
    st.integers(0, 0x1FFF_FFFF),
    st.binary(max_size=8),
    st.booleans(),
)


def frame(text: str) -> CanFrame:
    identifier, _, data = text.partition("#")
    return CanFrame(int(identifier, 16), bytes.fromhex(data), len(identifier) > 3)


def understood(profile: Profile, one: CanFrame) -> Said:
    (item,) = profile.framer().feed(one.packed())
    assert isinstance(item, Frame)
    return profile.codec().understand(item)


@pytest.mark.parametrize("name", PROFILES)
@settings(max_examples=40)
@given(payload=st.binary(max_size=8))
def test_any_payload_is_refused_or_written_to_the_same_bytes(name: str, payload: bytes) -> None:
    profile = load_profile(name)
    for message in profile.dialect.messages:
        if isinstance(message, CanMessage):
            check_payload(profile, message, payload)


def check_payload(profile: Profile, message: CanMessage, payload: bytes) -> None:
    one = CanFrame(message.command, payload, message.extended)
    codec = profile.codec()
    try:
        said = understood(profile, one)
    except DecodeError:
        return
    if said.direction == "reply":
        again = codec.encode_reply(message, 0, said.record)
    elif len(payload) < message.length:
        return  # we ask with whole frames only
    else:
        again = codec.ask(message.name, 0, said.record)[1]
    if again != one.packed():  # texts lose their padding, and of two words for "not known" one is kept
        (item,) = profile.framer().feed(again)
        assert isinstance(item, Frame)
        assert codec.understand(item).packs == said.packs, message.name


@pytest.mark.parametrize("name", PROFILES)
@settings(max_examples=60)
@given(one=FRAMES)
def test_no_frame_raises_anything_but_decode_error(name: str, one: CanFrame) -> None:
    with suppress(DecodeError):
        understood(load_profile(name), one)


@settings(max_examples=200)
@given(parts=st.lists(FRAMES, max_size=4), cuts=st.lists(st.integers(1, 9), min_size=1))
def test_frames_are_found_however_the_bytes_come(parts: list[CanFrame], cuts: list[int]) -> None:
    data, framer, found = b"".join(one.packed() for one in parts), CanFramer(), []
    while data:
        size = cuts[len(data) % len(cuts)]
        found += framer.feed(data[:size])
        data = data[size:]
    assert [item.raw for item in found if isinstance(item, Frame)] == [one.packed() for one in parts]
    assert not framer.silence()


@settings(max_examples=200)
@given(noise=st.binary(max_size=40))
def test_noise_is_bounded_and_the_line_goes_on(noise: bytes) -> None:
    framer, good = CanFramer(), frame("351#1402740E740ECC01").packed()
    framer.feed(noise)
    framer.silence()
    (item,) = framer.feed(good)
    assert isinstance(item, Frame)
    assert item.raw == good


def test_a_cut_frame_is_noise() -> None:
    framer = CanFramer()
    assert framer.feed(frame("351#1402").packed()[:-1]) == []
    (noise,) = framer.silence(3.0)
    assert isinstance(noise, Noise)
    assert (noise.why, noise.at) == (Why.CUT, 3.0)


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("pylontech-can", "00000351#1402", r"351 came with 29 bits; pylontech-can has limits with 11"),
        ("schneider-can", "321#0000168000001200", r"came with 11 bits; schneider-can has voltage_limits with 29"),
        ("pylontech-can", "123#00", r"pylontech-can has no frame 123"),
        ("pylontech-can", "351#140274", r"limits reply of address 0: charge_current_limit_a: "),
    ],
)
def test_what_is_not_of_the_protocol_is_said(name: str, text: str, why: str) -> None:
    with pytest.raises(DecodeError, match=why):
        understood(load_profile(name), frame(text))


def test_a_remote_frame_says_nothing() -> None:
    with pytest.raises(DecodeError, match="is a remote frame"):
        understood(load_profile("pylontech-can"), CanFrame(0x351, asks=8))


def test_the_keep_alive_of_a_schneider_inverter_may_have_29_bits() -> None:
    said = understood(load_profile("pylontech-can"), CanFrame(0x305, bytes(8), extended=True))
    assert said.message is not None
    assert (said.message.name, said.direction) == ("inverter_alive", "request")


def test_the_number_of_a_pack_stands_in_the_identifier() -> None:
    said = understood(load_profile("sofar-can"), frame("00003356#140285FFFD000000"))
    assert (said.address, said.packs[0].values["pack_current_a"]) == (3, -12.3)


def test_positive_charges_whatever_the_maker_counts() -> None:
    limits = understood(load_profile("pylontech-can"), frame("351#1402740E740ECC01")).packs[0].values
    assert (limits["charge_current_limit_a"], limits["discharge_current_limit_a"]) == (370.0, -370.0)
    sma = understood(load_profile("sma-can"), frame("305#140285FFFD009402")).packs[0].values
    assert sma["pack_current_a"] == 12.3, "SMA counts charging as negative"


def test_what_is_not_known_is_not_told() -> None:
    assert understood(load_profile("sma-can"), frame("351#FFFF008000800000")).packs[0].values == {
        "discharge_voltage_limit_v": 0.0
    }
    assert understood(load_profile("sma-can"), frame("355#420063000000")).packs[0].values["soc_pct"] == 66
    assert understood(load_profile("sma-can"), frame("355#42006300EA19")).packs[0].values["soc_pct"] == 66.34


@pytest.mark.parametrize(
    ("name", "volts"),
    [("pylontech-can", 5.32), ("pylontech-can+tenth-volt", 53.2), ("sol-ark-can", 53.2), ("luxpower-can", 5.32)],
)
def test_a_switch_gives_another_reading(name: str, volts: float) -> None:
    assert understood(load_profile(name), frame("356#140285FF7400")).packs[0].values["pack_voltage_v"] == volts


@given(start=st.integers(0, 63), length=st.integers(1, 64), payload=st.binary(min_size=8, max_size=8))
def test_bits_lie_as_a_dbc_counts_them(start: int, length: int, payload: bytes) -> None:
    bits = [payload[number // 8] >> number % 8 & 1 for number in range(64)]
    if start + length <= 64:
        slot = run(start, length, "little")
        raw = sum(bit << place for place, bit in enumerate(bits[start : start + length]))
        assert int.from_bytes(spread([slot], payload)[: slot.size]) == raw
        assert spread([slot], gather([slot], raw.to_bytes(slot.size)).ljust(8, b"\0"))[: slot.size] == raw.to_bytes(
            slot.size
        )
    path = [8 * byte + bit for byte in range(8) for bit in range(7, -1, -1)]
    at = path.index(start)
    if at + length <= 64:
        slot, raw = run(start, length, "big"), 0
        for number in path[at : at + length]:
            raw = raw << 1 | bits[number]
        assert int.from_bytes(spread([slot], payload)[: slot.size]) == raw

"""Every setting of a PS-20016S through its register, at any value that it takes, and the front end behind it."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from wattstead.catalog.profile import load_profile
from wattstead.model.setting import Setting, SettingValue
from wattstead.virtual.settings import untakable
from wattstead.wire.frame import Frame
from wattstead.wire.layout import names_of
from wattstead.wire.sh367309.eeprom import KEPT, held
from wattstead.wire.sh367309.steps import Degrees

PROFILE = load_profile("ps-20016s")
SETTINGS = list(PROFILE.settings.values())
WRITES = {name: message for message in PROFILE.dialect.messages if message.writes for name in names_of(message.request)}


def taken(setting: Setting) -> st.SearchStrategy[Any]:
    """Values that its register takes."""
    if setting.values:
        return st.sampled_from(setting.values)
    if isinstance(setting.default, bool):
        return st.booleans()
    assert setting.minimum is not None
    assert setting.maximum is not None
    step = setting.step or {"°C": 0.1, "V": 0.1, "A": 0.1, "Ah": 0.1, "%": 0.1, "mΩ": 0.001}.get(setting.unit, 1.0)
    low, high = round(setting.minimum / step), round(setting.maximum / step)
    return st.integers(low, high).map(lambda steps: round(steps * step, 3))


CHOSEN: st.SearchStrategy[tuple[Setting, Any]] = st.sampled_from(SETTINGS).flatmap(
    lambda setting: st.tuples(st.just(setting), taken(setting))
)


def sent(name: str, value: SettingValue) -> dict[str, Any]:
    """Write one setting over the wire; give what the other end understands."""
    codec = PROFILE.codec()
    _, data = codec.ask(WRITES[name].name, 2, {name: value})
    (frame,) = PROFILE.framer().feed(data)
    assert isinstance(frame, Frame)
    assert len(frame.payload) == 5 + 2, "one register"
    (told,) = codec.understand(frame).packs
    return told.values


@given(CHOSEN)
def test_what_is_written_is_what_is_heard(chosen: tuple[Setting, SettingValue]) -> None:
    setting, value = chosen
    assert sent(setting.name, value) == {setting.name: value}
    assert untakable(PROFILE, {setting.name: value}) == ()


@given(CHOSEN)
def test_what_a_register_takes_the_chip_holds_exactly(chosen: tuple[Setting, SettingValue]) -> None:
    setting, value = chosen
    if setting.name not in KEPT:
        return
    kept = held(setting.name, value)
    if isinstance(KEPT[setting.name].steps, Degrees):
        assert not isinstance(kept.value, str | None)
        assert abs(float(kept.value) - float(value)) <= 0.4  # half a code at the coldest
    else:
        assert kept.exact, kept
        assert kept.allowed, kept


@given(st.sampled_from(SETTINGS), st.integers(0, 0xFFFF))
def test_a_register_takes_what_the_chip_can_hold_and_nothing_else(setting: Setting, raw: int) -> None:
    codec = PROFILE.codec()
    assert setting.number is not None
    payload = setting.number.to_bytes(2) + b"\x00\x01\x02" + raw.to_bytes(2)
    (told,) = codec.understand(Frame(2, 0x10, payload)).packs
    if setting.name not in KEPT or setting.name == "cell_count" or told.active:
        return  # not the chip's, or a bit that means nothing
    values: dict[str, Any] = dict(told.values)
    assert (untakable(PROFILE, values) == ()) is possible(setting.name, values[setting.name])


def possible(name: str, value: Any) -> bool:
    """Whether the chip can be set to just this."""
    if isinstance(value, str | bool):
        return KEPT[name].steps.allows(value)
    kept = held(name, value)
    if isinstance(KEPT[name].steps, Degrees):
        return KEPT[name].steps.allows(value)
    return kept.exact and kept.allowed

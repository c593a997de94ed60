"""What must hold for every profile: written once, run over the folder."""

import tomllib
from collections.abc import Iterator
from importlib.resources import files

import pytest

from can_facts import dbc_names
from wattstead.catalog.can_rows import raised
from wattstead.catalog.packs import load_pack
from wattstead.catalog.profile import Profile, load_profile, profile_names
from wattstead.catalog.words import LANGUAGES, quantity_labels
from wattstead.model.quantity import QUANTITIES, Kind
from wattstead.wire.field import Bits
from wattstead.wire.layout import fields_of
from wattstead.wire.message import Poll

UNITS = {
    "v": "V",
    "a": "A",
    "degc": "°C",
    "ah": "Ah",
    "kwh": "kWh",
    "pct": "%",
    "mohm": "mΩ",
    "ms": "ms",
    "us": "µs",
    "mv": "mV",
    "uv": "µV",
    "s": "s",
    "min": "min",
    "h": "h",
    "w": "W",
}


@pytest.fixture(params=profile_names())
def profile(request: pytest.FixtureRequest) -> Profile:
    return load_profile(request.param)


def test_its_name_is_the_name_of_its_file(profile: Profile) -> None:
    assert profile.name in profile_names()
    assert set(profile.title) == set(LANGUAGES)
    assert all(profile.title.values())
    assert profile.source


def test_each_bit_of_a_reply_is_a_flag_a_setting_or_a_code_in_both_languages(profile: Profile) -> None:
    for message in profile.dialect.messages:
        for field in fields_of(message.reply):
            for name in filter(None, field.type.names if isinstance(field.type, Bits) else ()):
                if name in profile.codes:
                    assert all(profile.codes[name].label[language] for language in LANGUAGES)
                else:
                    assert name in profile.settings or QUANTITIES[name].kind is Kind.FLAG


def test_a_code_can_be_raised_by_a_message_or_by_a_limit(profile: Profile) -> None:
    bits = {
        name
        for message in profile.dialect.messages
        for field in fields_of((*message.reply, *message.request))
        if isinstance(field.type, Bits)
        for name in field.type.names
    }
    assert set(profile.codes) <= bits | rows_behind(profile)


def rows_behind(profile: Profile) -> set[str]:
    """Names of the rows of the virtual pack; none where no battery stands behind the device."""
    preset = profile.virtual.preset
    return {row.name for row in load_pack(preset).rows} if preset else set()


def test_no_code_has_the_name_of_a_value(profile: Profile) -> None:
    assert not set(profile.codes) & (set(QUANTITIES) | set(profile.settings))


def test_the_severity_of_a_code_agrees_with_its_name(profile: Profile) -> None:
    for name, code in profile.codes.items():
        for word in ("alarm", "protection", "fault"):
            if name.endswith(f"_{word}"):
                assert code.severity == word, name


def test_each_setting_has_the_unit_of_its_name(profile: Profile) -> None:
    for setting in profile.settings.values():
        assert setting.unit == UNITS.get(setting.name.rpartition("_")[2], ""), setting.name


def test_each_setting_is_told_by_a_message_and_its_default_fits_the_wire(profile: Profile) -> None:
    told = {
        name
        for message in profile.dialect.messages
        for field in fields_of(message.reply)
        for name in (field.quantity, *(field.type.names if isinstance(field.type, Bits) else ()))
    }
    for setting in profile.settings.values():
        assert setting.name in told
        if isinstance(setting.default, bool):
            assert (setting.minimum, setting.maximum) == (None, None)
        elif isinstance(setting.default, int | float):
            assert setting.minimum is not None
            assert setting.maximum is not None
            assert setting.minimum <= setting.default <= setting.maximum


def test_each_setting_has_a_range(profile: Profile) -> None:
    """A number what the wire carries at least, a word the words that there are, a switch needs none."""
    for setting in profile.settings.values():
        assert setting.default is not None, setting.name
        if not isinstance(setting.default, bool | str):
            assert setting.minimum is not None, setting.name
            assert setting.maximum is not None, setting.name
            assert setting.minimum < setting.maximum, setting.name
        if setting.values:
            assert setting.default in setting.values, setting.name


def test_the_virtual_pack_has_the_settings_of_its_profile(profile: Profile) -> None:
    if profile.link.framing == "can":
        assert not profile.settings, "a CAN bus carries none"
        return
    if not profile.virtual.preset:
        return  # no battery stands behind it
    settings = load_pack(profile.virtual.preset).settings  # those that this make does not have stay as they are
    assert set(profile.settings) <= set(settings)
    assert {name: setting.default for name, setting in profile.settings.items()} == {
        name: settings[name] for name in profile.settings
    }


def test_a_code_of_a_protection_is_a_row_of_the_virtual_pack_or_never_raised_by_it(profile: Profile) -> None:
    """Names of rows and of bits are the same words: a slip in one of them would leave a bit dark."""
    if not profile.virtual.preset:
        return
    rows = rows_behind(profile)
    dark = {name for name in profile.codes if name.endswith(("_alarm", "_protection", "_fault"))} - rows
    if profile.link.framing == "can":  # there one bit stands for several rows
        dark = {name for name in dark if not raised(name, rows)}
    assert dark == profile.exceptions.dark, "the profile declares them, each with its reason, and no others"
    told = [code for one in profile.exceptions.never_raised for code in one.codes]
    assert len(told) == len(set(told)), "each once"


def test_what_is_polled_reads_and_is_answered(profile: Profile) -> None:
    assert any(message.poll is Poll.VALUES for message in profile.dialect.messages)
    for message in profile.dialect.messages:
        if message.poll in (Poll.VALUES, Poll.ALARMS, Poll.IDENTITY):
            assert message.answered
            assert message.reply


def test_an_uncertain_message_has_a_note(profile: Profile) -> None:
    if any(not message.answered for message in profile.dialect.messages):
        about = {note.about for note in profile.notes}
        assert about & {message.name for message in profile.dialect.messages}


def test_notes_are_about_something_that_the_file_has(profile: Profile) -> None:
    file = files("wattstead") / "profiles" / f"{profile.name}.toml"
    known = dbc_names(profile) | set(words(tomllib.loads(file.read_text(encoding="utf-8"))))
    assert {note.about for note in profile.notes} <= known


def words(data: object) -> Iterator[str]:
    """Keys and names of a profile, those of its notes left out."""
    if isinstance(data, dict):
        for key, value in data.items():
            if key != "note":
                yield key
                yield from words(value)
    elif isinstance(data, list):
        for one in data:
            yield from words(one)
    elif isinstance(data, str):
        yield data


def test_labels_of_quantities_are_short_and_differ_within_a_language() -> None:
    labels = quantity_labels()
    assert set(labels) == set(QUANTITIES)
    for language in LANGUAGES:
        texts = [label[language] for label in labels.values()]
        assert len(set(texts)) == len(texts)
        assert max(map(len, texts)) <= 60

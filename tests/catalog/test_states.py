"""Words for states and for the terminal stand in both languages."""

from wattstead.catalog.profile import load_profile, profile_names
from wattstead.catalog.words import state_labels, terminal_words
from wattstead.model.code import Severity
from wattstead.model.quantity import QUANTITIES, Kind
from wattstead.wire.field import Word
from wattstead.wire.layout import fields_of


def test_every_state_that_a_profile_can_say_has_words() -> None:
    said = {
        name
        for profile in map(load_profile, profile_names())
        for message in profile.dialect.messages
        for field in fields_of(message.reply)
        if isinstance(field.type, Word) and field.quantity in QUANTITIES
        if QUANTITIES[field.quantity].kind is Kind.STATE
        for name in field.type.names.values()
    }
    assert said == set(state_labels())


def test_every_severity_has_a_word() -> None:
    assert {severity.value for severity in Severity} <= set(terminal_words())

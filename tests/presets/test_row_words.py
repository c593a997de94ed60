"""Every row of every pack has a name for people; those of a make's pack are codes of its dialect, too."""

import pytest

from wattstead.catalog.packs import load_pack, preset_names
from wattstead.catalog.profile import load_profile, profile_names
from wattstead.catalog.words import LANGUAGES, row_labels

# Others of them tell alarms in groups, which have codes of their own.
ASCII_HEX = [name for name in profile_names() if load_profile(name).link.framing == "ascii_hex"]


def rows_of(preset: str) -> list[str]:
    return [row.name for row in load_pack(preset, refuse=False).rows]


@pytest.mark.parametrize("preset", preset_names())
def test_each_row_has_a_name_in_both_languages(preset: str) -> None:
    labels = row_labels()
    missing = [name for name in rows_of(preset) if name not in labels]
    assert not missing
    assert all(labels[name][language] for name in rows_of(preset) for language in LANGUAGES)


def test_no_name_is_for_a_row_that_no_pack_has() -> None:
    assert set(row_labels()) == {name for preset in preset_names() for name in rows_of(preset)}


def test_no_pack_has_two_rows_of_the_same_name_for_people() -> None:
    labels = row_labels()
    for preset in preset_names():
        for language in LANGUAGES:
            texts = [labels[name][language] for name in rows_of(preset)]
            assert len(set(texts)) == len(texts), preset


@pytest.mark.parametrize("name", ASCII_HEX)
def test_each_row_of_a_make_is_a_code_of_its_dialect(name: str) -> None:
    profile = load_profile(name)
    assert set(rows_of(profile.virtual.preset)) <= set(profile.codes)

"""Slips in [records], [calibration] and [private]: one clear sentence each, with the place and what would be right."""

from importlib.resources import files
from pathlib import Path

import pytest

from wattstead.catalog.profile import load_profile, profile_names
from wattstead.catalog.words import record_words
from wattstead.model.errors import ProfileError

PS = (files("wattstead") / "profiles" / "ps-20016s.toml").read_text(encoding="utf-8")
V3 = (files("wattstead") / "profiles" / "seplos-v3.toml").read_text(encoding="utf-8")


def sentence(folder: Path, text: str) -> str:
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ProfileError) as error:
        load_profile(str(path))
    return str(error.value).removeprefix("mine.toml, ")


@pytest.mark.parametrize(
    ("right", "wrong", "wanted"),
    [
        ('summary = "records"', 'summary = "record"', "records, summary: there is no message 'record'; did you mean"),
        ('held = "record_count"', 'held = "count"', "records, summary: it tells no 'count'; "),
        (
            'clock = "clock"',
            'clock = "set_clock"',
            "records, clock: 'set_clock' writes; name a message that only reads",
        ),
        ('at = "recorded_at"', 'at = "recordet_at"', "records: no record has a field 'recordet_at'; did you mean"),
        ('windows = ["records_1', 'windows = ["summary", "records_1', "records, windows: summary has no group that"),
        ("capacity = 50", "capacity = 0", "records, capacity: 0 "),
        (
            'OV = { code = "cell_over',
            'OV = { code = "cell_ovr',
            "records, events, OV: there is no code 'cell_ovrvoltage",
        ),
        ('ON = { word = "turned_on"', 'ON = { word = "turned"', "records, events, ON: there is no word 'turned'; did"),
        ('ON = { word = "turned_on"', "ON = { scale = 2", "records, events, ON: an event has either a code or a word"),
        ('restore = "trim"', 'restore = "calibration"', "calibration, restore: 'calibration' only reads; "),
        ('fields = ["current_offset"', 'fields = ["offset"', "calibration, restore: trim carries no 'offset'; "),
        ('changes = "current_gain"', 'changes = "gain"', "calibration, gain: it has no field 'gain'; "),
        ('reference = "calibration_r', 'reference = "r', "calibration, gain: calibrate carries no 'reference'; "),
        ('read = "calibration"', 'read = "calibratoin"', "calibration, read: there is no message 'calibratoin'; "),
        ("within_a = 2.0", "within_a = 0.0", "calibration, zero, within_a: 0.0 "),
        ("units = { current_gain", "units = { gain", "calibration, units: it has no field 'gain'; "),
        ('serials = ["serial_number"]', 'serials = ["serial"]', "private, serials: there is no 'serial'; did you mean"),
    ],
)
def test_a_slip_is_told(right: str, wrong: str, wanted: str, tmp_path: Path) -> None:
    assert PS.count(right) == 1, right
    assert sentence(tmp_path, PS.replace(right, wrong)).startswith(wanted)


def test_records_are_read_in_one_way(tmp_path: Path) -> None:
    both = V3.replace('first = { message = "first_record" }', 'windows = ["first_record"]')
    assert sentence(tmp_path, both).startswith("records: records are read either by windows, or by first and next; ")
    unknown = V3.replace('next = { message = "next_record" }', 'next = { message = "next_record", values = { a = 1 } }')
    assert sentence(tmp_path, unknown).startswith("records, first: next_record carries no 'a'; ")


def test_every_word_of_records_is_used() -> None:
    source = Path(__file__).parents[2] / "src" / "wattstead"
    files = [*(source / "host" / "records").glob("*.py"), *(source / "cli").glob("records*.py")]
    code = "".join(path.read_text() for path in files)
    named = {event.word for name in profile_names() for event in load_profile(name).records.events.values()}
    assert [one for one in record_words() if one not in named and f'"{one}"' not in code] == []

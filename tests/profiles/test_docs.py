"""The page about profiles: its example loads, and no key, type or rule is missing from it."""

import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from wattstead.catalog import spec, types
from wattstead.catalog.profile import Profile, load_profile
from wattstead.catalog.words import LANGUAGES
from wattstead.model.errors import ProfileError
from wattstead.wire.fill import FILLS, Report

PAGE = (Path(__file__).parents[2] / "docs" / "profiles.md").read_text(encoding="utf-8")
EXAMPLE, CAPTURE = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def sunbox(tmp_path: Path) -> Profile:
    file = tmp_path / "sunbox.toml"
    file.write_text(EXAMPLE, encoding="utf-8")
    return load_profile(str(file))


def test_the_example_loads_and_works(sunbox: Profile) -> None:
    codec = sunbox.codec()
    values: dict[str, Any] = {"cell_voltage_v": (3.3,) * 16, "cell_temperature_degc": (25.0,) * 4, "cycle_count": 7}
    values |= {"bms_temperature_degc": 30.0, "pack_current_a": -6.76, "operating_state": "discharging"}
    question, _ = codec.ask("telemetry", 1)
    report = Report({**values, "remaining_capacity_ah": None}, ["fan_fault"])
    (frame,) = sunbox.framer().feed(codec.answer(question, [report]))
    (told,) = codec.understand(frame, question).packs  # type: ignore[arg-type]
    assert told.values == {**values, "heater_on": False}, "what nobody knows is not told"
    assert told.active == ("fan_fault",)


def test_every_key_of_every_table_stands_on_the_page() -> None:
    tables = [one for one in vars(spec).values() if isinstance(one, type) and issubclass(one, BaseModel)]
    keys = {key for table in tables for key in table.model_fields} - {"field", "count", "en", "fr"}
    missing = sorted(key for key in keys if not re.search(rf"(`|\[|\b){key}( =|`|\]|\.| ·)", PAGE))
    assert not missing


@pytest.mark.parametrize("word", [*types._KEYS, *FILLS, *LANGUAGES])
def test_every_type_and_rule_stands_on_the_page(word: str) -> None:
    assert re.search(rf"`{word}`|\b{word} =", PAGE)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ('"pack_current_a", type = "i16", scale', '"pack_current_a", type = "i16", scael'),
        ('command = 0x47\nrequest = "whom"', 'command = 0x47\nrequest = "who"'),
        ('\nfr = "le ventilateur ne tourne pas"', ""),
    ],
)
def test_the_sentences_on_the_page_are_those_that_people_get(tmp_path: Path, right: str, wrong: str) -> None:
    assert right in EXAMPLE
    file = tmp_path / "sunbox.toml"
    file.write_text(EXAMPLE.replace(right, wrong), encoding="utf-8")
    with pytest.raises(ProfileError) as error:
        load_profile(str(file))
    assert str(error.value) in PAGE

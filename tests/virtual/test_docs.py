"""The examples of docs/simulate.md and docs/peers.md are obeyed, and what the first promises is so."""

import re
import tomllib
from pathlib import Path

import pytest

from virtual.banks import MAKES, Rig
from wattstead.catalog.profile import load_profile
from wattstead.model.errors import UsageError
from wattstead.virtual.input_table import INPUTS
from wattstead.virtual.sense_table import SENSED
from wattstead.virtual.state_table import read_tables
from wattstead.virtual.surroundings import FAULTS, KEYS
from wattstead.virtual.values import ValuesDevice

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "simulate.md").read_text(encoding="utf-8")
PEERS = (DOCS / "peers.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```toml\n(.*?)```", PAGE + PEERS, re.DOTALL)


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_each_example_is_obeyed_by_some_make(number: int) -> None:
    refusals: list[str] = []
    tables = tomllib.loads(EXAMPLES[number])
    for make in MAKES:
        try:
            read_tables(tables, Rig(make, packs=2).bank)
        except UsageError as error:
            refusals.append(str(error))
    try:
        ValuesDevice(load_profile("aura"), now_ms=lambda: 0).obey(tables)
    except UsageError as error:
        refusals.append(str(error))
    assert len(refusals) <= len(MAKES), refusals


def test_there_are_examples_of_every_table() -> None:
    tables = {table for example in EXAMPLES for table in tomllib.loads(example)}
    assert tables == {"report", "sense", "input", "pack"}


def test_every_sensor_is_listed() -> None:
    for name in SENSED:
        assert f"`{name}`" in PAGE


def test_every_input_fault_and_key_is_listed() -> None:
    for name in (*INPUTS, *FAULTS, *KEYS):
        assert f"`{name}`" in PAGE


def test_the_sentence_is_the_one_that_is_said() -> None:
    with pytest.raises(UsageError) as caught:
        read_tables({"report": {"soc": 3}}, Rig().bank)
    assert f"wattstead: state.toml, {caught.value}; the last good state stays in force" in PAGE

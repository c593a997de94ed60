"""Inverters by brand: the brands that people ask for, each with a way that the program has, and the truth about it."""

import pytest

from wattstead.catalog.inverters import inverter, inverters
from wattstead.catalog.profile import load_profile
from wattstead.model.errors import UsageError

ASKED_FOR = (
    *(
        "sma",
        "victron",
        "pylontech",
        "deye",
        "sunsynk",
        "sol-ark",
        "luxpower",
        "eg4",
        "solis",
        "srne",
        "studer",
        "sofar",
    ),
    *("goodwe", "growatt", "schneider", "seplos", "megarevo", "voltronic", "sorotec", "amensolar", "aiswei", "must"),
)
NO_DOCUMENT = ("amensolar", "aiswei", "must", "invt", "kstar", "tbb")


def test_the_brands_that_people_ask_for_are_there() -> None:
    assert set(ASKED_FOR) <= set(inverters())
    assert len(inverters()) >= 20


@pytest.mark.parametrize("name", ASKED_FOR)
def test_each_brand_has_a_way_whose_profile_loads(name: str) -> None:
    ways = [way for way in inverter(name).ways if way.here]
    assert ways
    for way in ways:
        assert (load_profile(way.profile).link.framing == "can") is (way.bus == "can")


def test_every_way_names_a_profile_that_is_there() -> None:
    for one in inverters().values():
        for way in one.ways:
            assert way.here, (one.name, way.profile)
            load_profile(way.profile)


@pytest.mark.parametrize("name", NO_DOCUMENT)
def test_what_nobody_has_shown_is_called_unverified_and_says_why(name: str) -> None:
    ways = inverter(name).ways
    assert {way.confidence for way in ways} == {"unverified"}
    assert ways[0].en
    assert ways[0].fr


def test_a_brand_that_nobody_knows_has_the_nearest() -> None:
    assert inverter("Sol-Ark").name == "sol-ark"
    with pytest.raises(UsageError, match="there is no inverter 'growat'; did you mean 'growatt'"):
        inverter("growat")

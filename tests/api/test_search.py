"""The search over HTTP, and what a setting is."""

import pytest

from api.site import Site
from api.test_hot import get, refused


async def test_a_question_is_answered_with_the_makes_of_this_plant_first(site: Site) -> None:
    found = await get(site, "/api/v1/search?q=battery%20will%20not%20charge")
    assert found["say"].startswith("A battery that is full, cold or hot refuses charge on purpose")
    first = found["hits"][0]
    assert (first["kind"], first["name"]) == ("codes", "charge_undertemperature_protection")
    assert [one["profile"] for one in first["codes"][:2]] == ["seplos-v2", "pylontech"]
    assert found["near"] == []


async def test_kind_language_and_number_are_chosen(site: Site) -> None:
    found = await get(site, "/api/v1/search?q=seuil%20alarme%20soc&lang=fr&kind=settings&most=2")
    assert len(found["hits"]) == 2
    hit = next(one for one in found["hits"] if one["name"] == "soc_alarm_pct")
    assert (hit["title"], hit["route"]) == ("État de charge bas : alarme", "#/setting/soc_alarm_pct")


async def test_words_may_be_unfinished_and_codes_misprinted(site: Site) -> None:
    assert (await get(site, "/api/v1/search?q=cell%20overvol"))["hits"]
    assert (await get(site, "/api/v1/search?q=fl4"))["taken_for"] == "F14"
    nothing = await get(site, "/api/v1/search?q=F99")
    assert nothing["hits"] == []
    assert {"profile": "aura", "make": "AURA", "code": "F09", "label": "F09 bypass relay"} in nothing["near"]
    assert (await get(site, "/api/v1/search?q="))["hits"] == []


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("search", 422, "query.q: Field required"),
        ("search?q=a&kind=things", 422, "query.kind.0"),
        ("search?q=a&most=0", 422, "query.most"),
        (f"search?q={'a' * 201}", 422, "at most 200 characters"),
        ("settings/soc_alarm_pcs", 404, "there is no setting soc_alarm_pcs; did you mean soc_alarm_pct?"),
    ],
)
async def test_refusals_say_what_would_be_right(site: Site, path: str, status: int, said: str) -> None:
    assert said in await refused(site, f"/api/v1/{path}", status)


async def test_a_setting_is_told_with_the_devices_of_this_plant_that_have_it(site: Site) -> None:
    told = await get(site, "/api/v1/settings/cell_overvoltage_protection_v")
    assert told["label"] == "Cell overvoltage: protection"
    assert told["text"] == "Stops charging when the voltage of a cell rises to this."
    (here,) = [one for one in told["here"] if one["profile"] == "seplos-v2"]
    assert (here["unit"], here["default"]) == ("V", 3.65)

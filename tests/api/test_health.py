"""The health of a pack over HTTP."""

from api.site import Site
from api.test_hot import get, refused
from plant.health.lived import OHM, sound
from plant.health.test_past import START_MS, told
from plant.plants import silent
from wattstead.plant.health.past import DAY_MS


async def test_a_finding_comes_with_evidence_and_advice_in_the_language_asked_for(empty_site: Site) -> None:
    await empty_site.store.write_many(told(sound().but("ohm", 3, OHM + 0.001), "seplos-1", 5))
    empty_site.clock.now_ms = START_MS + 5 * DAY_MS
    english = await get(empty_site, "/api/v1/packs/seplos-1/health")
    (found,) = english["findings"]
    assert (found["kind"], found["weight"], found["place"], found["days"]) == ("resistance", "fault", 3, 5)
    assert found["cause_names"] == ["connection", "cell_resistance"]
    assert found["figures"]["excess_mohm"] > 0.9
    assert (found["who"], found["urgency"]) == ("installer", "in the next days")
    assert (english["days"], english["say"]) == (5, None)
    french = await get(empty_site, "/api/v1/packs/seplos-1/health?lang=fr")
    assert french["findings"][0]["title"] == "Résistance élevée à la cellule 3"
    assert french["findings"][0]["figures"] == found["figures"]


async def test_a_pack_without_a_past_says_so_and_an_unknown_one_is_refused(empty_site: Site) -> None:
    await empty_site.watch.take([silent(START_MS)])
    answer = await get(empty_site, "/api/v1/packs/seplos-1/health")
    assert (answer["findings"], answer["say"]) == ([], "Too few readings yet: 0 of 4 days.")
    problem = await refused(empty_site, "/api/v1/packs/nobody/health", 404)
    assert "there is no pack nobody" in problem

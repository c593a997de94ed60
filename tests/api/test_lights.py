"""What the lights on a device mean, over HTTP."""

import pytest

from api.site import Site


async def test_all_tables_come_with_their_words(site: Site) -> None:
    panels = (await site.client.get("/api/v1/panels")).json()["panels"]
    assert [one["name"] for one in panels] == ["aura", "ps-20016s", "wall-6k5", "aura-inverter", "stick-logger"]
    for panel in panels:
        lamps = {lamp["name"] for lamp in panel["lamps"]}
        for state in panel["states"]:
            assert set(state["calls"]) <= set(panel["calls"])
            for look in state["looks"]:
                assert set(look["lights"]) <= lamps
                assert set(look["lights"].values()) <= set(panel["patterns"])


async def test_lights_are_looked_up(site: Site) -> None:
    answer = await site.client.get(
        "/api/v1/lights", params={"panel": "growatt-can", "run": "on", "alm": "blink", "1": "slow"}
    )
    (found,) = answer.json()["panels"]
    assert (found["panel"], found["seen"]) == ("wall-6k5", {"run": "on", "alm": "blink", "1": "slow"})
    assert [state["title"]["fr"] for state in found["states"] if state["exact"]] == [
        "en décharge ou au repos, niveau 0–13 %",
        "en charge, niveau 0–25 %, voyant d'alarme clignotant",
    ]
    everywhere = (await site.client.get("/api/v1/lights?net=on&com=on&ready=slow")).json()["panels"]
    assert [(one["panel"], one["states"][0]["name"]) for one in everywhere] == [("stick-logger", "healthy")]
    assert everywhere[0]["lamps"][0]["says"]["en"] == "connected to the server"


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("", "say what the lamps do, by their names: ?run=blink&alm=on"),
        ("panel=aura", "say what the lamps do"),
        ("run=bright", "a lamp cannot be 'bright'"),
        ("run=on&lang=fr", "; every parameter but panel names a lamp"),
        ("rnu=on&panel=wall-6k5", "panel wall-6k5 has no lamp 'rnu'; did you mean run?"),
        ("run=on&panel=toaster", "no document tells the lamps of 'toaster'"),
    ],
)
async def test_what_cannot_be_read_is_told(site: Site, query: str, says: str) -> None:
    answer = await site.client.get(f"/api/v1/lights?{query}")
    assert answer.status_code == 400
    assert says in answer.json()["detail"]

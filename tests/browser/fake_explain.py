"""What the made-up server explains: the real words for made-up values, and the real search."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from browser.fake_plant import Json
from wattstead.api.explain import in_language
from wattstead.catalog.explained import explain_reading
from wattstead.catalog.explained_plain import case_plain
from wattstead.catalog.profile import load_profile
from wattstead.model.errors import UsageError
from wattstead.model.reading import Snapshot
from wattstead.plant.explaining_plain import code_plain
from wattstead.plant.searching import Searching

CAME = "2026-03-14T13:02:10.000Z"


def pack_codes(pack: str, profile: str, latest: Json) -> Json:
    """What is active on a pack with its evidence; it came at CAME, with the same values."""
    known = load_profile(profile)
    values = {name: tuple(one) if isinstance(one, list) else one for name, one in latest["values"].items()}
    active = tuple(one["code"] for one in latest["active"] if one["code"] in known.codes)
    found = explain_reading(known, Snapshot(pack, 0, values, active))
    codes = []
    for case in found.cases:
        plain = case_plain(case)
        span = {"from": CAME, "to": None, "earlier": False}
        earlier = {"from": "2026-03-13T12:00:00.000Z", "to": "2026-03-13T12:10:00.000Z", "earlier": False}
        codes.append(
            plain
            | {
                "bit": case.evidence.code,
                "active": True,
                "history": {"looked_from": "2026-03-07T13:20:00.000Z", "spans": [span, earlier], "times": 2},
                "came": {"at": CAME, "evidence": plain["evidence"]},
            }
        )
    told = {"told": found.told, "active": codes, "states": []}
    return {"pack": pack, "at": latest["at"], "age_s": 1.0, "fresh": True, "silent_since": None, **told}


def explain_routes(plant: Any) -> list[Route]:
    """Give the routes. plant: whose packs are explained."""
    searching = Searching({name: load_profile(name) for name in ("seplos-v2", "pylontech")})
    searching.find("")  # the index is there before a browser waits for it
    profiles = {pack["id"]: pack["profile"] for pack in plant.packs()}

    def told(request: Request, plain: Any) -> Response:
        return JSONResponse(in_language(plain, "fr" if request.query_params.get("lang") == "fr" else "en"))

    def codes(request: Request) -> Response:
        pack = request.path_params["pack"]
        return told(request, pack_codes(pack, profiles[pack], plant.latest[pack]))

    def code(request: Request) -> Response:
        try:
            return told(request, code_plain(request.path_params["dialect"], request.path_params["code"]))
        except UsageError as error:
            return JSONResponse({"title": "Not Found", "status": 404, "detail": str(error)}, 404)

    return [
        Route("/api/v1/packs/{pack}/codes", codes),
        Route("/api/v1/codes/{dialect}/{code}", code),
        Route("/api/v1/search", lambda asked: told(asked, searching.find(asked.query_params["q"]))),
        Route("/api/v1/settings/{name}", lambda asked: told(asked, searching.setting(asked.path_params["name"]))),
    ]

"""The health of the packs of the made-up plant: one of them has a joint that is loose, the others nothing."""

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from wattstead.model.health import Cause, Finding, Kind, Weight
from wattstead.plant.health.past import Judged
from wattstead.plant.health.plain import judged_plain

LOOSE_PACK = "seplos-2"
DAY_MS = 86_400_000
_FIGURES = {"excess_mohm": 1.08, "median_mohm": 0.83, "share_pct": 130.0, "drop_mv": 54.0, "at_current_a": 50.0}
LOOSE = Finding(Kind.RESISTANCE, Weight.FAULT, 0.95, (Cause.CONNECTION, Cause.CELL_RESISTANCE), 30, 5, _FIGURES)


def health(request: Request) -> JSONResponse:
    """Answer as ``/api/v1/packs/{pack}/health`` does."""
    pack = request.path_params["pack"]
    judged = Judged(pack, (LOOSE,) if pack == LOOSE_PACK else (), 30, DAY_MS, 31 * DAY_MS, told=True)
    return JSONResponse(judged_plain(judged, "fr" if request.query_params.get("lang") == "fr" else "en"))


HEALTH_ROUTES = [Route("/api/v1/packs/{pack}/health", health)]

"""The HTTP side of a plant, put together."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from wattstead.api.cold import PlantInfo, cold_routes
from wattstead.api.demo import Tryout, demo_routes
from wattstead.api.explain import explain_routes
from wattstead.api.guard import Guard
from wattstead.api.guides import guide_routes
from wattstead.api.health import health_routes
from wattstead.api.hot import Hot
from wattstead.api.lights import lights_routes
from wattstead.api.live import Live
from wattstead.api.openapi import describe
from wattstead.api.pages import Pages
from wattstead.api.problems import answer_problems
from wattstead.api.search import search_routes
from wattstead.plant.explaining import Explaining
from wattstead.plant.history import History, Store
from wattstead.plant.searching import Searching
from wattstead.plant.watch import Watch

STATIC = Path(__file__).parent / "static"

__all__ = ["STATIC", "PlantInfo", "create_app"]


def create_app(
    watch: Watch,
    store: Store,
    plant_info: PlantInfo,
    quantities_labels: Mapping[str, Mapping[str, str]],
    buses: Callable[[], Sequence[Mapping[str, Any]]],
    static_dir: Path = STATIC,
    tryout: Tryout | None = None,
    explaining: Explaining | None = None,
) -> FastAPI:
    """Make the application of one plant; ``api.server`` serves it.

    quantities_labels: words by quantity and language ("en", "fr"). buses: gives the counters of every bus as of now,
    in the shape of ``cold.BusInfo``. static_dir: the built page. tryout: the virtual packs of a demo. explaining: says
    what codes mean; with it there is the search, too.
    """
    app = FastAPI(openapi_url="/api/openapi.json", docs_url=None, redoc_url=None, redirect_slashes=False)
    live = Live(watch)
    app.state.live = live
    app.include_router(cold_routes(watch, plant_info, quantities_labels, buses))
    app.include_router(guide_routes())
    app.include_router(health_routes(watch, store))
    if tryout is not None:
        app.include_router(demo_routes(tryout))
    if explaining is not None:
        app.include_router(explain_routes(watch, explaining))
        app.include_router(search_routes(Searching(explaining.profiles)))
    app.include_router(lights_routes())
    app.router.routes.extend(Hot(watch, History(store, watch.packs)).routes())
    app.router.routes.extend(live.routes())
    app.mount("/", Pages(static_dir))
    app.add_middleware(Guard)
    answer_problems(app)
    describe(app, plant_info.version)
    return app

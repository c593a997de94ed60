"""The endpoints that are asked all the time: plain routes, encoded by msgspec. Described in ``openapi.py``."""

from datetime import UTC, datetime

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from wattstead.api.answers import PacksAnswer, encode, latest_answer, pack_answer, series_answer
from wattstead.model.errors import UsageError
from wattstead.plant.history import LAST_MS, History, Resolution
from wattstead.plant.watch import Watch

DAY_MS = 86_400_000
POINTS = 600
MOST_POINTS = 10_000
SERIES_QUERY = ("quantity", "from", "to", "resolution", "points")


class Hot:
    """Answers packs, latest and series."""

    def __init__(self, watch: Watch, history: History) -> None:
        self._watch = watch
        self._history = history

    def routes(self) -> list[Route]:
        """Give the routes."""
        return [
            Route("/api/v1/packs", self.packs),
            Route("/api/v1/packs/{pack}/latest", self.latest),
            Route("/api/v1/packs/{pack}/series", self.series),
        ]

    async def packs(self, _: Request) -> Response:
        """Give all packs with their latest values."""
        return _json(all_packs(self._watch))

    async def latest(self, request: Request) -> Response:
        """Give the latest values of a pack."""
        pack = self._pack(request)
        latest = self._watch.latest(pack)
        if latest is None:
            silence = self._watch.silence(pack)
            because = "" if silence is None else f": {silence.why}"
            raise HTTPException(404, f"pack {pack} has not said anything yet, there is no data yet{because}")
        return _json(latest_answer(latest, self._watch.now_ms()))

    async def series(self, request: Request) -> Response:
        """Give quantities over time."""
        pack, query = self._pack(request), request.query_params
        for name in query:
            if name not in SERIES_QUERY:
                raise UsageError(f"{name} is no parameter here; say {', '.join(SERIES_QUERY)}")
        to_ms = time_ms("to", query.get("to"), self._watch.now_ms())
        series = await self._history.series(
            pack,
            query.getlist("quantity"),
            time_ms("from", query.get("from"), max(to_ms - DAY_MS, 0)),
            to_ms,
            _resolution(query.get("resolution", Resolution.AUTO)),
            _points(query.get("points", str(POINTS))),
        )
        return _json(series_answer(series))

    def _pack(self, request: Request) -> str:
        pack = str(request.path_params["pack"])
        if pack not in self._watch.packs:
            known = ", ".join(self._watch.packs) or "none"
            raise HTTPException(404, f"there is no pack {pack}; this plant has {known}")
        return pack


def all_packs(watch: Watch) -> PacksAnswer:
    """Give all packs with their latest values."""
    now_ms = watch.now_ms()
    return PacksAnswer(
        [pack_answer(one, watch.latest(one.id), watch.silence(one.id), now_ms) for one in watch.packs.values()]
    )


def time_ms(name: str, text: str | None, default_ms: int) -> int:
    """Read a time as UTC milliseconds or ISO 8601, which without a zone means UTC. Raises UsageError."""
    if text is None:
        return default_ms
    if text.isascii() and text.isdigit() and len(text) <= len(str(LAST_MS)):
        return int(text)
    try:
        time = datetime.fromisoformat(text)
        return round((time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp() * 1000)
    except (ValueError, OverflowError):
        raise UsageError(
            f"{name}={text} is no time; say UTC milliseconds or ISO 8601, such as 2026-01-01T12:00:00Z"
        ) from None


def _resolution(text: str) -> Resolution:
    if text not in set(Resolution):
        raise UsageError(f"resolution={text} does not exist; say one of {', '.join(Resolution)}")
    return Resolution(text)


def _points(text: str) -> int:
    points = int(text) if text.isascii() and text.isdigit() and len(text) <= len(str(MOST_POINTS)) else 0
    if not 1 <= points <= MOST_POINTS:
        raise UsageError(f"points={text} is out of range; say a whole number from 1 to {MOST_POINTS}")
    return points


def _json(answer: object) -> Response:
    return Response(encode(answer), media_type="application/json")

"""What stored readings say of the health of a pack."""

from functools import cache
from typing import TYPE_CHECKING, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from wattstead.model.health import Cause, Kind, Weight
from wattstead.plant.history import Store
from wattstead.plant.watch import Watch

if TYPE_CHECKING:
    from wattstead.plant.health.past import Health


class HealthFinding(BaseModel):
    """One thing that was found out. Its words are in the language that was asked for."""

    kind: Kind
    weight: Weight = Field(description="fault: somebody should act; note: worth knowing, the pack works as it should")
    place: int | None = Field(description="number of the cell or probe, from 1; null for the whole pack")
    confidence: float = Field(description="0 to 1: how far beyond its limit, and on how many days")
    days: int = Field(description="days of readings that it rests on")
    cause_names: list[Cause] = Field(description="the likeliest first; nobody can tell them apart from outside")
    figures: dict[str, float] = Field(description="its evidence, by name with unit")
    title: str
    evidence: str
    causes: list[str] = Field(description="in words, in the order of cause_names")
    advice: str
    who: str = Field(description="who acts")
    urgency: str
    sure: str = Field(description="confidence and days, in words")


class PackHealth(BaseModel):
    """The health of a pack by its stored readings. say: one sentence where there is no finding, else null."""

    model_config = ConfigDict(populate_by_name=True)

    pack: str
    days: int = Field(description="with readings")
    needed_days: int = Field(description="before which nothing is said")
    from_: str | None = Field(alias="from", description="first reading looked at; null where there is none")
    to: str | None
    findings: list[HealthFinding]
    say: str | None


def health_routes(watch: Watch, store: Store) -> APIRouter:
    """Make the route. Arrays are loaded once somebody asks: a platform without visitors stays small."""
    router = APIRouter(prefix="/api/v1")

    @cache
    def health() -> "Health":
        from wattstead.plant.health.past import Health

        return Health(store)

    @router.get(
        "/packs/{pack}/health",
        summary="What stored readings say of cells, joints and probes of a pack, with evidence and advice",
        operation_id="packHealth",
        responses={404: {}},
    )
    async def pack_health(pack: str, lang: Literal["en", "fr"] = "en") -> PackHealth:
        if pack not in watch.packs:
            raise HTTPException(404, f"there is no pack {pack}; this plant has {', '.join(watch.packs) or 'none'}")
        from wattstead.plant.health.plain import judged_plain

        return PackHealth.model_validate(judged_plain(await health().judged(pack, watch.now_ms()), lang))

    return router

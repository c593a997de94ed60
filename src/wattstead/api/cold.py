"""The endpoints that are asked now and then, by FastAPI."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from wattstead.model.quantity import QUANTITIES, Kind, Per
from wattstead.plant.watch import Watch


class PlantInfo(BaseModel):
    """The plant that this program watches. time_zone: IANA name, in which its people live.

    tryout: its packs are virtual and of this very program: /api/v1/demo says what one can do to them.
    """

    name: str
    time_zone: str
    simulated: bool
    version: str
    tryout: bool = False


class Label(BaseModel):
    """What a person reads."""

    en: str
    fr: str


class QuantityInfo(BaseModel):
    """One thing that can be measured. digits: decimals worth showing."""

    name: str
    unit: str
    kind: Kind
    per: Per
    digits: int
    label: Label


class Quantities(BaseModel):
    """The closed list of what can be measured."""

    quantities: list[QuantityInfo]


class BusInfo(BaseModel):
    """One cable with its packs, and how well it works. noise: pieces by reason."""

    name: str
    url: str
    profile: str
    baud: int | None
    packs: list[str]
    open: bool = Field(description="whether the port is open; nothing is asked while it is not")
    trouble: str | None = Field(description="why the port is not open, one English sentence; null while it is")
    requests: int
    answers: int
    silences: int
    retries: int
    noise: dict[str, int]
    busy_pct: float = Field(description="share of the time that bytes are on the line, 0 to 100")


class Buses(BaseModel):
    """All cables."""

    buses: list[BusInfo]


class Health(BaseModel):
    """Readings are being stored. stored_ms: UTC, of the round that was stored last; null before the first."""

    status: str
    stored_ms: int | None


def cold_routes(
    watch: Watch,
    plant_info: PlantInfo,
    labels: Mapping[str, Mapping[str, str]],
    buses: Callable[[], Sequence[Mapping[str, Any]]],
) -> APIRouter:
    """Make the routes. labels: words for quantities by name and language. buses: gives their counters as of now."""
    router = APIRouter(prefix="/api/v1")
    quantities = Quantities(quantities=[_quantity(name, labels[name]) for name in QUANTITIES])

    @router.get("/plant", summary="The plant", operation_id="plant")
    async def plant() -> PlantInfo:
        return plant_info

    @router.get("/quantities", summary="What can be measured", operation_id="quantities")
    async def all_quantities() -> Quantities:
        return quantities

    @router.get("/buses", summary="Cables and how well they work", operation_id="buses")
    async def all_buses() -> Buses:
        return Buses(buses=[BusInfo.model_validate(bus) for bus in buses()])

    @router.get(
        "/health", summary="Whether readings are being stored: 503 with the reason when not", operation_id="health"
    )
    async def health() -> Health:
        if watch.trouble is not None:
            raise HTTPException(503, watch.trouble)
        return Health(status="ok", stored_ms=watch.stored_ms)

    return router


def _quantity(name: str, label: Mapping[str, str]) -> QuantityInfo:
    one = QUANTITIES[name]
    return QuantityInfo(
        name=name, unit=one.unit, kind=one.kind, per=one.per, digits=one.digits, label=Label.model_validate(label)
    )

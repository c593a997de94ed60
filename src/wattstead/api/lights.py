"""What the lights on a device mean: all tables, and what fits that a person saw."""

from typing import Any, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from wattstead.api.cold import Label
from wattstead.model.errors import UsageError
from wattstead.plant.lights import lights_plain, panels_plain

Blinking = Literal["off", "blink", "on"]


class PatternAnswer(BaseModel):
    """What one lamp does. period_s: null where nobody says how fast. flashes: in each period. times: 0 for no end."""

    light: Blinking
    period_s: float | None
    flashes: int
    times: int
    then: Literal["off", "on"]
    lit_pct: float


class LegendAnswer(BaseModel):
    """What one lamp says by itself."""

    pattern: str
    text: Label


class PanelLampAnswer(BaseModel):
    """One lamp. colour: as CSS names it. printed: what stands beside it; lamps with the same share a window."""

    name: str
    colour: str
    printed: str
    label: Label
    says: list[LegendAnswer]


class LookAnswer(BaseModel):
    """One way in which a state looks: patterns by lamp, a lamp that is not named may do anything."""

    lights: dict[str, str]
    ours: bool = Field(description="no document says that it looks so")


class StateAnswer(BaseModel):
    """One state. calls: what it asks, by name, the gravest first."""

    name: str
    title: Label
    looks: list[LookAnswer]
    calls: list[str]


class CodeNameAnswer(BaseModel):
    """A code that may be behind an alarm lamp."""

    name: str
    label: Label


class CallAnswer(BaseModel):
    """What a state means and asks."""

    name: str
    topic: str | None = Field(description="of the advice on codes that it shares; null: it has its own")
    meaning: Label
    causes: list[Label] = Field(description="the likeliest first")
    check: list[Label]
    do: list[Label]
    who: Literal["owner", "installer", "electrician", "maker"]
    risk: Literal["none", "possible", "serious"]
    urgency: Literal["none", "soon", "today", "now"]
    codes: list[CodeNameAnswer]


class PressAnswer(BaseModel):
    """What pressing something does."""

    press: Label
    does: Label


class DeviceLampsAnswer(BaseModel):
    """The lamps of one device with all its states. patterns: by their text. dialects: profiles and other names."""

    name: str
    kind: Literal["battery", "inverter", "logger"]
    title: Label
    source: str
    dialects: list[str]
    lamps: list[PanelLampAnswer]
    patterns: dict[str, PatternAnswer]
    states: list[StateAnswer]
    calls: dict[str, CallAnswer]
    keys: list[PressAnswer]
    notes: list[Label] = Field(description="what is not certain")


class PanelsAnswer(BaseModel):
    """Every device whose lamps a document tells."""

    panels: list[DeviceLampsAnswer]


class FoundStateAnswer(BaseModel):
    """A state that a person may be looking at. differs: seen otherwise. unsaid: would be lit, but were not named."""

    name: str
    title: Label
    exact: bool
    differs: list[str]
    unsaid: list[str]
    ours: bool
    lights: dict[str, str]
    calls: list[CallAnswer]


class LampSaysAnswer(BaseModel):
    """What one of the lamps says by itself."""

    name: str
    says: Label


class SeenAnswer(BaseModel):
    """What was seen, as understood, and what it may mean on one device; the likeliest first."""

    panel: str
    title: Label
    seen: dict[str, str]
    states: list[FoundStateAnswer]
    lamps: list[LampSaysAnswer]


class LightsAnswer(BaseModel):
    """Devices that have such lamps, the likeliest first."""

    panels: list[SeenAnswer]


_LAMPS: dict[str, Any] = {
    "name": "lamps",
    "in": "query",
    "description": "what each lamp does, by its name: run=blink&alm=on; off, slow, fast, blink, on, blink@2s or ?",
    "required": False,
    "style": "form",
    "explode": True,
    "schema": {"type": "object", "additionalProperties": {"type": "string"}},
}


def lights_routes() -> APIRouter:
    """Make the routes. They run beside the feed: loading the tables takes a moment."""
    router = APIRouter(prefix="/api/v1")

    @router.get("/panels", summary="The lamps of all devices, and all that they can show", operation_id="panels")
    def panels() -> PanelsAnswer:
        return PanelsAnswer.model_validate(panels_plain())

    @router.get(
        "/lights",
        summary="What lights may mean: the states that fit, the likeliest first",
        operation_id="lights",
        responses={400: {}},
        openapi_extra={"parameters": [_LAMPS]},
    )
    def lights(
        request: Request,
        panel: str | None = Query(None, description="a name of /api/v1/panels or a profile; all without it"),
    ) -> LightsAnswer:
        lamps = {name: light for name, light in request.query_params.items() if name != "panel"}
        if not lamps:
            raise HTTPException(400, "say what the lamps do, by their names: ?run=blink&alm=on")
        try:
            return LightsAnswer.model_validate(lights_plain(lamps, panel))
        except UsageError as error:
            raise HTTPException(400, f"{error}; every parameter but panel names a lamp") from None

    return router

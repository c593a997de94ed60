"""Guides: checklists for the person at the battery. The ticks are kept by whoever asks: the page keeps its own."""

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from wattstead.model.errors import UsageError
from wattstead.plant.guides import guide_in_full, guide_list

Lang = Literal["en", "fr"]
Kind = Literal[
    "emergency",
    "wiring",
    "topology",
    "start",
    "parallel",
    "panel",
    "cells",
    "storage",
    "firmware",
    "replacement",
    "transport",
]


class ProductAnswer(BaseModel):
    """What a guide is for; "all" is any battery."""

    name: str
    title: str


class GuideHead(BaseModel):
    """A guide in a list. needed: steps that everybody has to do; the others are for some cases."""

    name: str
    title: str
    summary: str
    kind: Kind
    products: list[ProductAnswer]
    who: Literal["owner", "installer", "electrician", "maker"]
    steps: int
    needed: int


class GuidesAnswer(BaseModel):
    """All guides, those for emergencies first."""

    guides: list[GuideHead]


class GuideMeasured(BaseModel):
    """A value to be measured; both limits are still right, null is none."""

    unit: str
    min: float | None
    max: float | None


class GuideStep(BaseModel):
    """One thing to do. when: the case in which it is to be done. wait_s: to wait once it is done."""

    id: str
    text: str
    why: str | None
    when: str | None
    danger: bool
    measured: GuideMeasured | None
    wait_s: int


class GuideDrawing(BaseModel):
    """A drawing in the colours of the text around it."""

    name: str
    svg: str = Field(description="a whole SVG, without script and style")


class GuideTable(BaseModel):
    """Rows of cells below their headings."""

    columns: list[str]
    rows: list[list[str]]


class GuidePart(BaseModel):
    """Steps that belong together."""

    title: str
    text: str | None
    drawing: GuideDrawing | None
    table: GuideTable | None
    steps: list[GuideStep]


class GuideRemind(BaseModel):
    """Due again so many months after the step was done."""

    months: int
    step: str


class GuideAnswer(GuideHead):
    """A guide in full."""

    lang: Lang
    requirements: list[str]
    source: str
    see: list[str] = Field(description="guides that go with it")
    remind: GuideRemind | None
    parts: list[GuidePart]


def guide_routes() -> APIRouter:
    """Make the routes."""
    router = APIRouter(prefix="/api/v1")

    @router.get("/guides", summary="Checklists: what there is", operation_id="guides")
    def guides(lang: Lang = "en") -> GuidesAnswer:
        return GuidesAnswer.model_validate({"guides": guide_list(lang)})

    @router.get("/guides/{name}", summary="One checklist with its drawings", operation_id="guide", responses={404: {}})
    def guide(name: str, lang: Lang = "en") -> GuideAnswer:
        try:
            return GuideAnswer.model_validate(guide_in_full(name, lang))
        except UsageError as error:
            raise HTTPException(404, str(error)) from None

    return router

"""One search over codes, settings, guides, pages and commands; and what a setting is."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from wattstead.api.explain import ElsewhereAnswer, Lang, in_language
from wattstead.model.errors import UsageError
from wattstead.plant.searching import KINDS, LONGEST, Searching

Kind = Literal["codes", "settings", "guides", "pages"]
_MOST = 50


class HitAnswer(BaseModel):
    """Something that was found. text: one line of context. codes: in each make that has it, this plant's first."""

    kind: Kind
    name: str
    title: str
    text: str
    score: float
    route: str | None = Field(description="its page in the browser")
    command: str | None = Field(description="what tells it on the command line")
    codes: list[ElsewhereAnswer]


class NearAnswer(ElsewhereAnswer):
    """A code that may have been meant."""

    label: str


class SearchAnswer(BaseModel):
    """What was found, the best first. near: codes that may have been meant, where nothing was found."""

    query: str
    say: str | None = Field(description="what a colleague would say first, where it is a usual question")
    taken_for: str | None = Field(description="the code that was meant, where it was typed otherwise")
    hits: list[HitAnswer]
    near: list[NearAnswer]


class SettingHereAnswer(BaseModel):
    """A setting in a device of this plant. default: as shipped."""

    profile: str
    make: str
    unit: str
    vendor_name: str
    default: bool | float | str | None


class SettingAnswer(BaseModel):
    """What a setting is."""

    name: str
    label: str
    text: str
    here: list[SettingHereAnswer]


def search_routes(searching: Searching) -> APIRouter:
    """Make the routes."""
    router = APIRouter(prefix="/api/v1")

    # Plain functions: they reckon for some milliseconds, so that FastAPI calls them in a thread.
    @router.get("/search", summary="Search codes, settings, guides, pages and commands", operation_id="search")
    def search(
        q: Annotated[str, Query(max_length=LONGEST, description="words, a question or a code, in English or French")],
        lang: Lang = "en",
        kind: Annotated[list[Kind] | None, Query(description="only these kinds")] = None,
        most: Annotated[int, Query(ge=1, le=_MOST, description="at most so many of each kind")] = 10,
    ) -> SearchAnswer:
        return SearchAnswer.model_validate(in_language(searching.find(q, kind or KINDS, most), lang))

    @router.get("/settings/{name}", summary="What a setting is", operation_id="setting", responses={404: {}})
    def setting(name: str, lang: Lang = "en") -> SettingAnswer:
        try:
            plain = searching.setting(name)
        except UsageError as error:
            raise HTTPException(404, str(error)) from None
        return SettingAnswer.model_validate(in_language(plain, lang))

    return router

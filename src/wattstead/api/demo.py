"""What a person may do to the virtual packs of a demo. These routes exist there alone, for this machine alone."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Protocol

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from wattstead.api.cold import Label

Words = dict[str, Any]


class Tryout(Protocol):
    """The virtual packs of a demo."""

    @property
    def packs(self) -> Sequence[str]:
        """Give their names."""
        ...

    def look(self, pack: str) -> Mapping[str, Any]:
        """Give what is done to a pack, what can be, and what it shows."""
        ...

    def do(self, pack: str, given: Mapping[str, Any], sense: Mapping[str, Any]) -> Mapping[str, Any]:
        """Do something in place of all that was done before. Raises UsageError for what cannot be."""
        ...


class Done(BaseModel):
    """All that is done to a pack, in place of what was; what is left out is simulated."""

    model_config = ConfigDict(extra="forbid")

    input: Words = Field(default={}, description="what a person and the surroundings do, as in [input] of a state file")
    sense: Words = Field(default={}, description="what the sensors see, as in [sense] of a state file")


class LampAnswer(BaseModel):
    """One lamp and what it does. period_s: null where nobody says how fast; a flash is then drawn with a second."""

    name: str
    colour: str
    printed: str
    label: Label
    light: Literal["off", "blink", "on"]
    period_s: float | None
    flashes: int
    times: int
    then: Literal["off", "on"]
    lit_pct: float
    text: str = Field(description="the pattern in the words of docs/models/panels.md")


class PanelAnswer(BaseModel):
    """The lamps on the front of a pack. own: they are those of its make, not borrowed from a like one."""

    title: Label
    own: bool
    lamps: list[LampAnswer]


class TryAnswer(BaseModel):
    """A virtual pack as it stands. controls: names of what can be done to it."""

    pack: str
    on: bool
    input: Words
    sense: Words
    controls: list[str]
    probes: int
    hold_to_turn_off_s: float | None = Field(
        description="how long its button is held; null: it cannot be turned off so"
    )
    panel: PanelAnswer | None


def demo_routes(tryout: Tryout) -> APIRouter:
    """Make the routes."""
    router = APIRouter(prefix="/api/v1/demo")
    refusals: dict[int | str, dict[str, Any]] = {404: {}}

    @router.get("/packs/{pack}", summary="What is done to a virtual pack", operation_id="try_look", responses=refusals)
    async def look(pack: str) -> TryAnswer:
        return TryAnswer.model_validate(tryout.look(_known(tryout, pack)))

    @router.put(
        "/packs/{pack}",
        summary="Do something to a virtual pack: press its button, take its charger away, warm the air …",
        operation_id="try_do",
        responses={400: {}, **refusals},
    )
    async def do(pack: str, done: Done) -> TryAnswer:
        return TryAnswer.model_validate(tryout.do(_known(tryout, pack), done.input, done.sense))

    return router


def _known(tryout: Tryout, pack: str) -> str:
    if pack not in tryout.packs:
        raise HTTPException(404, f"there is no virtual pack {pack}; this demo has {', '.join(tryout.packs)}")
    return pack

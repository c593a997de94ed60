"""What codes mean: of the packs of this plant with the values behind them, and of any dialect by itself."""

from typing import Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from wattstead.model.errors import UsageError
from wattstead.plant.explaining import Explaining
from wattstead.plant.explaining_plain import code_plain, pack_plain, told_plain
from wattstead.plant.watch import Watch

Lang = Literal["en", "fr"]
Severity = Literal["information", "alarm", "protection", "fault"]


class MeasuredAnswer(BaseModel):
    """The value that a code is about. place: number of the cell or probe, from 1."""

    channel: str
    value: float
    place: int | None


class FindingAnswer(BaseModel):
    """What the figures point to."""

    key: str
    text: str


class EvidenceAnswer(BaseModel):
    """What was read: the value, its limit, and what goes with it. Positive current charges the battery."""

    measured: MeasuredAnswer | None = Field(description="null: the device does not tell the value behind this code")
    beyond: bool | None = Field(description="whether it is at or past the limit; null where nobody can tell")
    around: dict[str, float] = Field(description="what helps to judge it, by quantity")
    since_s: float | None = Field(description="for how long it is active without a break; null where not known")
    since_at_least: bool = Field(description="it was active in the first reading that is stored; it may be longer")
    times: int | None
    worst: str | None
    text: str = Field(description="all of it as one line for a person")
    findings: list[FindingAnswer]


class LimitAnswer(BaseModel):
    """One limit that raises a code. assumed: figures that no document states and no device told."""

    row: str
    channel: str
    unit: str
    trip: float
    recover: float
    above: bool
    delay_s: float
    ends: str
    assumed: list[str]
    lamp: str
    enabled: bool
    text: str
    ends_text: str = Field(description="what ends it")


class EntryAnswer(BaseModel):
    """A code: what it means, why it comes, what to check and do, who acts, how soon."""

    code: str
    bit: str = Field(description="its name in `active` of the live values")
    name: str = Field(description="of what it means, the same in all makes")
    profile: str
    make: str
    severity: Severity
    category: str
    label: str
    meaning: str
    causes: list[str] = Field(description="the likeliest first")
    check: list[str]
    do: list[str]
    note: str | None
    who: Literal["owner", "installer", "electrician", "maker"]
    risk: Literal["none", "possible", "serious"]
    urgency: Literal["none", "soon", "today", "now"]


class CodeAnswer(EntryAnswer):
    """A code with its limits. limits_read: from the device; else those as shipped, or of a usual pack."""

    limits: list[LimitAnswer]
    limits_read: bool
    limits_typical: bool
    printed: list[str]


class ElsewhereAnswer(BaseModel):
    """The code of another make that means the same."""

    profile: str
    make: str
    code: str


class DialectCodeAnswer(CodeAnswer):
    """A code without a battery."""

    elsewhere: list[ElsewhereAnswer]


class SpanAnswer(BaseModel):
    """A time in which the code was active. earlier: perhaps before `from`, too: nothing older is stored."""

    model_config = ConfigDict(populate_by_name=True)

    from_: str = Field(alias="from")
    to: str | None = Field(description="null: it still is")
    earlier: bool


class HistoryAnswer(BaseModel):
    """When the code was active, the newest first; only the newest are listed, times counts all."""

    looked_from: str
    spans: list[SpanAnswer]
    times: int


class CameAnswer(BaseModel):
    """The moment in which it came. evidence: null where the readings of that moment are not stored."""

    at: str
    evidence: EvidenceAnswer | None


class PackCodeAnswer(CodeAnswer):
    """A code of a pack with its evidence: as of the last answer, and when it came."""

    active: bool
    evidence: EvidenceAnswer
    history: HistoryAnswer
    came: CameAnswer | None = Field(description="null: not active in the stored readings")


class PackCodesAnswer(BaseModel):
    """All that is active on a pack, the most urgent first. states: no alerts. told: whether it tells its codes."""

    pack: str
    profile: str
    at: str
    age_s: float
    fresh: bool
    silent_since: str | None
    told: bool
    active: list[PackCodeAnswer]
    states: list[EntryAnswer]


def explain_routes(watch: Watch, explaining: Explaining) -> APIRouter:
    """Make the routes."""
    router = APIRouter(prefix="/api/v1")

    @router.get(
        "/packs/{pack}/codes",
        summary="What is active on a pack, with the values, limits and history behind it",
        operation_id="packCodes",
        responses={404: {}},
    )
    async def pack_codes(pack: str, lang: Lang = "en") -> PackCodesAnswer:
        _there(watch, pack)
        told = await explaining.pack(pack)
        if told is None:
            raise _unheard(pack)
        return PackCodesAnswer.model_validate(in_language(pack_plain(told, watch.now_ms()), lang))

    @router.get(
        "/packs/{pack}/codes/{code}",
        summary="One code of a pack, active or not, with its evidence and history",
        operation_id="packCode",
        responses={404: {}},
    )
    async def pack_code(pack: str, code: str, lang: Lang = "en") -> PackCodeAnswer:
        _there(watch, pack)
        try:
            told = await explaining.code(pack, code)
        except UsageError as error:
            raise HTTPException(404, str(error)) from None
        if told is None:
            raise _unheard(pack)
        return PackCodeAnswer.model_validate(in_language(told_plain(told), lang))

    @router.get(
        "/codes/{dialect}/{code}",
        summary="What a code of a dialect means; dialects are named like profiles",
        operation_id="code",
        responses={404: {}},
    )
    async def code_alone(dialect: str, code: str, lang: Lang = "en") -> DialectCodeAnswer:
        try:
            plain = code_plain(dialect, code)
        except UsageError as error:
            raise HTTPException(404, str(error)) from None
        return DialectCodeAnswer.model_validate(in_language(plain, lang))

    return router


def _there(watch: Watch, pack: str) -> None:
    if pack not in watch.packs:
        raise HTTPException(404, f"there is no pack {pack}; this plant has {', '.join(watch.packs) or 'none'}")


def _unheard(pack: str) -> HTTPException:
    return HTTPException(404, f"pack {pack} has not said anything yet, so that nothing of it can be explained")


def in_language(plain: Any, lang: Lang) -> Any:
    """Give texts in one language; all else stays as it is."""
    if isinstance(plain, dict):
        if plain.keys() == {"en", "fr"}:
            return plain[lang]
        return {name: in_language(value, lang) for name, value in plain.items()}
    return [in_language(one, lang) for one in plain] if isinstance(plain, list | tuple) else plain

"""What crosses the border as telemetry: the shapes of the hot answers, and the way from the watch to them.

The OpenAPI document is made of these same shapes (``openapi.py``). Positive current and power charge the battery.
"""

from datetime import UTC, datetime
from math import isfinite
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from wattstead.model.code import Code
from wattstead.model.reading import Silence, Value
from wattstead.plant.feed import News, Trouble
from wattstead.plant.history import Curve, Series
from wattstead.plant.latest import Latest, PackInfo

Number = float | None
One = bool | int | float | str | None
Time = Annotated[str, Meta(description="ISO 8601, UTC", examples=["2026-01-01T12:00:00.000Z"])]
Since = Annotated[Time | None, Meta(description="when it first failed to answer; null while it answers")]
Why = Annotated[str | None, Meta(description="why it does not answer, one English sentence; null while it does")]
Ill = Annotated[
    str | None, Meta(description="why readings cannot be stored, so that nothing new is shown; null: they are")
]
State = Literal["charging", "discharging", "idle", "cut", "silent", "unknown"]
Origin = Literal["measured", "counter", "integrated", "estimated", "filled", "simulated"]


class Words(Struct, frozen=True):
    """What a person reads."""

    en: str
    fr: str


class ActiveAnswer(Struct, frozen=True):
    """A code that is active. An alarm warns, a protection has cut, a fault is broken."""

    code: str
    severity: Literal["information", "alarm", "protection", "fault"]
    label: Words


class LatestAnswer(Struct, frozen=True):
    """The newest known values of a pack, each in the unit that its name ends in; positive charges the battery."""

    at: Time
    age_s: Annotated[float, Meta(ge=0, description="age of the values when this was sent")]
    fresh: Annotated[bool, Meta(description="false once three polls were missed")]
    origin: Origin
    state: Annotated[
        State,
        Meta(description="cut: a protection is active and nothing flows; unknown: it told no current lately"),
    ]
    values: Annotated[
        dict[str, One | list[One]], Meta(description="by quantity name; a list has one value per cell or probe")
    ]
    active: Annotated[
        list[ActiveAnswer] | None, Meta(description="null: no message has carried codes lately, which is not 'none'")
    ]
    silent_since: Since
    silent_why: Why


class PackAnswer(Struct, frozen=True):
    """One pack. latest is null until it has said anything; since when and why it is silent is known even then."""

    id: str
    name: str
    make: str
    profile: str
    bus: str
    address: int
    latest: LatestAnswer | None
    silent_since: Since
    silent_why: Why


class PacksAnswer(Struct, frozen=True):
    """All packs of the plant."""

    packs: list[PackAnswer]


class ChannelAnswer(Struct, frozen=True):
    """One channel along the times of its series; null where nothing was said."""

    mean: list[Number]
    min: list[Number]
    max: list[Number]


class SeriesAnswer(Struct, frozen=True):
    """Channels of one pack over time; a quantity with a number per cell or probe gives ``name.1`` and so on."""

    pack: str
    from_ms: int
    to_ms: int
    resolution: Literal["raw", "5min", "1h", "1d"]
    times_ms: Annotated[list[int], Meta(description="UTC; when a value was read, or where its bucket starts")]
    series: dict[str, ChannelAnswer]


class HelloMessage(Struct, frozen=True, tag_field="type", tag="hello"):
    """The first message of the live feed."""

    packs: list[PackAnswer]
    trouble: Ill


class LatestMessage(Struct, frozen=True, tag_field="type", tag="latest"):
    """New values of a pack, stored before they are sent, or its change to silence."""

    pack: str
    latest: LatestAnswer


class SilentMessage(Struct, frozen=True, tag_field="type", tag="silent"):
    """A pack that has never said anything did not answer, or does not for another reason than before."""

    pack: str
    silent_since: Since
    silent_why: Why


class TroubleMessage(Struct, frozen=True, tag_field="type", tag="trouble"):
    """Readings can no longer be stored, or can be again."""

    text: Ill


Message = LatestMessage | SilentMessage | TroubleMessage
encode = msgspec.json.Encoder().encode


def iso(at_ms: int) -> str:
    """Give a time as the API writes it."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def latest_answer(latest: Latest, now_ms: int) -> LatestAnswer:
    """Give the latest values, with their age at this moment."""
    return LatestAnswer(
        at=iso(latest.at_ms),
        age_s=latest.age_s(now_ms),
        fresh=latest.fresh(now_ms),
        origin=latest.origin.value,
        state=latest.state(now_ms).value,
        values={name: _value(value) for name, value in latest.values.items()},
        active=None if latest.active is None else [_active(code) for code in latest.active],
        silent_since=None if latest.silent_since_ms is None else iso(latest.silent_since_ms),
        silent_why=latest.silent_why,
    )


def pack_answer(pack: PackInfo, latest: Latest | None, silence: Silence | None, now_ms: int) -> PackAnswer:
    """Give a pack with its latest values."""
    return PackAnswer(
        id=pack.id,
        name=pack.name,
        make=pack.make,
        profile=pack.profile,
        bus=pack.bus,
        address=pack.address,
        latest=None if latest is None else latest_answer(latest, now_ms),
        silent_since=None if silence is None else iso(silence.at_ms),
        silent_why=None if silence is None else silence.why,
    )


def message(news: News, now_ms: int) -> Message:
    """Give what the live feed says of a piece of news."""
    match news:
        case Latest():
            return LatestMessage(news.pack.id, latest_answer(news, now_ms))
        case Silence():
            return SilentMessage(news.pack, iso(news.at_ms), news.why)
        case Trouble():
            return TroubleMessage(news.text)


def series_answer(series: Series) -> SeriesAnswer:
    """Give a series."""
    return SeriesAnswer(
        pack=series.pack,
        from_ms=series.from_ms,
        to_ms=series.to_ms,
        resolution=series.resolution.value,  # type: ignore[arg-type]  # a series is never "auto"
        times_ms=series.times_ms,
        series={name: _channel(curve) for name, curve in series.channels.items()},
    )


def _channel(curve: Curve) -> ChannelAnswer:
    return ChannelAnswer(curve.mean, curve.minimum, curve.maximum)


def _active(code: Code) -> ActiveAnswer:
    return ActiveAnswer(code.name, code.severity.value, Words(code.label["en"], code.label["fr"]))


def _value(value: Value) -> One | list[One]:
    return [_one(one) for one in value] if isinstance(value, tuple) else _one(value)


def _one(value: object) -> One:
    if isinstance(value, datetime):
        # A device's clock knows no zone; it is given as the device shows it, without Z.
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, float) and not isfinite(value):
        return None
    return value  # type: ignore[return-value]  # what is left of model.reading.Scalar

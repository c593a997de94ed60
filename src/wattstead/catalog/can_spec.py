"""``[link.can]``: what a DBC does not say of a protocol on a CAN bus, and its switches."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from wattstead.catalog.spec_base import Name, Sentence, Spec


def _sender(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


Names = Annotated[tuple[Name, ...], BeforeValidator(_sender)]
Length = Annotated[int, Field(ge=0, le=8)]


class CanSignalSpec(Spec):
    """What a signal of the DBC tells, where its name does not say so.

    sign: -1 where the maker counts the other way round than we do. first: it is believed where another signal of the
    message tells the same. pad: what a shorter text is filled up with.
    """

    quantity: Name | Literal[""] | None = None
    sign: Literal[1, -1] = 1
    first: bool = False
    pad: Annotated[str, Field(min_length=1, max_length=1)] = " "


class CanJoinSpec(Spec):
    """Signals that make one value together, by a rule of ``wire/can_join.py``."""

    quantity: Name
    rule: Literal["text", "list", "clock", "hex_version", "version"]
    signals: Names


class CanOptionSpec(Spec):
    """A switch: what is otherwise while it is on. Its name is written behind the profile's: ``pylontech-can+v1.3``."""

    en: Sentence
    fr: Sentence
    send: Names | None = None
    needs: Names | None = None
    lengths: dict[Name, Length] = {}
    padded: bool | None = None
    scales: dict[Name, float] = {}
    cycle_ms: Annotated[int, Field(ge=10, le=60_000)] | None = None
    says: dict[Name, Any] = {}
    replies: dict[Name, Names] = {}


class CanSpec(Spec):
    """What is said of the bus beside the DBC.

    dbc: the file beside the profile. send: what a battery sends, in this order. needs: without them a host does not
    believe that it has read the battery. alive: what tells the battery that the inverter is there. asks: on these the
    battery sends its set, and never by itself. inverter_send: what an inverter sends. spacing_ms: between two frames of
    a set. lost_s: after so long without a word the other side is gone. lengths: bytes that are sent where the DBC says
    otherwise. padded: all frames have eight bytes. pack_shift: the bit of a 29-bit identifier from which on it carries
    the number of the pack. either: what is taken with 11 and with 29 bits. fixed: what signals hold that tell nothing.
    replies: to a question of the inverter, the one of these messages whose number, from 0, its first signal says.
    """

    dbc: Sentence
    send: Names
    needs: Names
    alive: Names = ()
    asks: Names = ()
    inverter_send: Names = ()
    spacing_ms: Annotated[int, Field(ge=0, le=1000)] = 10
    lost_s: Annotated[float, Field(gt=0)] = 5.0
    lengths: dict[Name, Length] = {}
    padded: bool = False
    pack_shift: Annotated[int, Field(ge=0, le=28)] = 0
    either: Names = ()
    signals: dict[Name, CanSignalSpec] = {}
    joins: tuple[CanJoinSpec, ...] = ()
    fixed: dict[Name, Any] = {}
    options: dict[str, CanOptionSpec] = {}
    scales: dict[Name, float] = {}
    cycle_ms: Annotated[int, Field(ge=10, le=60_000)] | None = None
    replies: dict[Name, Names] = {}


def switched(spec: CanSpec, option: CanOptionSpec) -> CanSpec:
    """Give what holds while a switch is on."""
    plain = ("send", "needs", "padded", "cycle_ms")
    given = {name: value for name in plain if (value := getattr(option, name)) is not None}
    tables = ("lengths", "scales", "replies")
    merged = {name: {**getattr(spec, name), **getattr(option, name)} for name in tables}
    return spec.model_copy(update={**given, **merged})

"""What may stand in a file of ``panels/named``: lamps, and the states of a device by their names."""

from typing import Annotated

from pydantic import Field

from wattstead.catalog.panels import LampName, LampSpec
from wattstead.catalog.spec_base import Bilingual, Name, Sentence, Spec
from wattstead.model.front import Kind

FrontName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]


class FrontHeadSpec(Spec):
    """Which device it is, and where its table stands. dialects: other names by which people ask for it."""

    name: FrontName
    kind: Annotated[Kind, Field(strict=False)]
    title: Bilingual
    source: Sentence
    dialects: tuple[FrontName, ...] = ()


class SpeakingLampSpec(LampSpec):
    """One lamp. says: what it tells by itself, by pattern."""

    says: dict[Sentence, Bilingual] = {}


class LookSpec(Spec):
    """One way in which a state looks. ours: no document says so."""

    lights: dict[LampName, Sentence] = Field(min_length=1)
    ours: bool = False


class StateSpec(Spec):
    """One state. call: what it asks, a table of words/explain/lights.toml."""

    name: Name
    call: Name
    looks: tuple[LookSpec, ...] = Field(min_length=1)


class KeySpec(Spec):
    """One button."""

    press: Bilingual
    does: Bilingual


class FrontSpec(Spec):
    """The whole file."""

    panel: FrontHeadSpec
    lamps: dict[LampName, SpeakingLampSpec] = Field(min_length=1)
    states: tuple[StateSpec, ...] = Field(min_length=1)
    keys: tuple[KeySpec, ...] = ()
    notes: tuple[Bilingual, ...] = ()

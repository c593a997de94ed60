"""What a profile file may say: the tables and keys of the TOML, checked before anything is built from them."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Byte = Annotated[int, Field(ge=0, le=0xFF)]


class Spec(BaseModel):
    """No unknown keys: a typing slip in a profile must not pass in silence."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Bilingual(Spec):
    """One text for people, in both languages."""

    en: str
    fr: str


class CountSpec(Spec):
    """``{ count = "cell_count", less = 0, times = 1 }``."""

    count: Name
    less: int = 0
    times: int = Field(default=1, ge=1)


class WhenSpec(Spec):
    """``{ field = "item_count", equals = 4 }`` or with at_least, at_most."""

    field: Name
    equals: int | None = None
    at_least: int = 0
    at_most: int = 0xFFFF_FFFF


class TypeSpec(Spec):
    """How bytes become a value; which keys count depends on ``type``."""

    type: str
    scale: float = 1.0
    offset: float = 0.0
    absent: int | None = None
    order: Literal["big", "little"] = "big"
    size: int = Field(default=0, ge=0)
    pad: str = Field(default=" ", min_length=1, max_length=1)
    names: dict[str, str] = {}
    bits: tuple[str, ...] = ()
    first: int = 1


class PartSpec(TypeSpec):
    """A field, or a group when it has ``parts``."""

    name: Name
    type: str = ""
    quantity: str | None = None
    repeat: CountSpec | Literal["rest"] | int | None = None
    when: WhenSpec | None = None
    absent_when: WhenSpec | None = None
    optional: bool = False
    fill: str = ""
    default: int | float | str | list[int] | None = None
    parts: tuple["PartSpec", ...] = ()
    length: CountSpec | None = None
    packs: bool = False


class MessageSpec(Spec):
    """One command. request, reply: parts, or the name of a layout."""

    name: Name
    command: Byte
    aliases: tuple[str, ...] = ()
    poll: Literal["values", "alarms", "identity", "asked", "never"] = "asked"
    version_in_header: bool = False
    answered: bool = True
    request: tuple[PartSpec, ...] | str = ()
    reply: tuple[PartSpec, ...] | str = ()


class HeadSpec(Spec):
    """Who the device is. source: where the facts come from."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
    make: str
    title: Bilingual
    source: str


class AddressSpec(Spec):
    """first, last: what the protocol allows. usual: where a search looks first. master: what a bank counts up from."""

    first: Byte
    last: Byte
    usual: tuple[Byte, ...]
    master: Byte


class LinkSpec(Spec):
    """How the line is driven. baud: the usual speed first."""

    framing: Literal["ascii_hex"]
    baud: tuple[int, ...] = Field(min_length=1)
    version: Byte
    kind: Byte
    addresses: AddressSpec
    probe: Name
    deadline_ms: int = Field(gt=0)
    turnaround_ms: int = Field(ge=0)
    refuse_noise: bool
    zero_answers: tuple[Name, ...] = ()


class SettingSpec(Spec):
    """One row of the device's table of parameters and switches."""

    name: Name
    unit: str = ""
    number: int | None = None
    vendor_name: str = ""
    default: bool | int | float | str | None = None


class LimitSpec(Spec):
    """One limit that the virtual device runs. trip, recover: a figure, or the setting that holds it."""

    trip: str | float
    recover: str | float
    delay_s: float = Field(ge=0)


class VirtualSpec(Spec):
    """The pack that a virtual device of this make has behind it, and what it says of itself."""

    cells: int = Field(gt=0)
    probes: int = Field(gt=0)
    capacity_ah: float = Field(gt=0)
    limits: dict[str, LimitSpec] = {}
    says: dict[str, str | int | float | bool] = {}


class NoteSpec(Spec):
    """Something that is not certain about this device, and what we do about it."""

    about: str
    en: str
    fr: str


class ProfileSpec(Spec):
    """The whole file."""

    profile: HeadSpec
    link: LinkSpec
    status: dict[Name, Byte]
    types: dict[Name, TypeSpec] = {}
    layouts: dict[Name, tuple[PartSpec, ...]] = {}
    message: tuple[MessageSpec, ...] = Field(min_length=1)
    setting: tuple[SettingSpec, ...] = ()
    virtual: VirtualSpec
    note: tuple[NoteSpec, ...] = ()

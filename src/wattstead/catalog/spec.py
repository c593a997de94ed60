"""What a profile file may say: the tables and keys of the TOML, checked before anything is built from them.

Where a key may hold one of several kinds, the kind of what stands there decides which rules apply: a person who makes
one slip gets one finding about it, not one for each thing that could have stood in its place.
"""

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Discriminator, Field, Tag, model_validator
from pydantic_core import PydanticCustomError

from wattstead.catalog.calibration_spec import CalibrationSpec
from wattstead.catalog.can_spec import CanSpec
from wattstead.catalog.exceptions_spec import ExceptionsSpec
from wattstead.catalog.family_spec import AsciiHexSpec, ConsoleSpec, Framing, JkSpec, ModbusBlockSpec, ModbusSpec
from wattstead.catalog.journal_spec import JournalSpec
from wattstead.catalog.private_spec import PrivateSpec
from wattstead.catalog.records_spec import RecordsSpec
from wattstead.catalog.spec_base import Bilingual as Bilingual
from wattstead.catalog.spec_base import Byte, Name, Plain, Sentence, Spec, plain
from wattstead.catalog.upgrade_spec import UpgradeSpec
from wattstead.catalog.wake_spec import WakeSpec
from wattstead.catalog.writing_spec import WritingSpec


def _default(value: object) -> object:
    if isinstance(value, tuple) and all(isinstance(one, int) for one in value):
        return value
    return plain(value)


Default = Annotated[Any, BeforeValidator(_default)]
"""The same, or a list of cell numbers."""


class CountSpec(Spec):
    """``{ count = "cell_count", less = 0, times = 1 }``: that field's value x times - less."""

    count: Name
    less: int = 0
    times: int = Field(default=1, ge=1)


class WhenSpec(Spec):
    """``{ field = "item_count", equals = 4 }`` or with at_least, at_most."""

    field: Name
    equals: int | None = None
    at_least: int | None = None
    at_most: int | None = None

    @model_validator(mode="after")
    def _one_condition(self) -> Self:
        if self.equals is None and self.at_least is None and self.at_most is None:
            raise PydanticCustomError("when", "a condition with equals, or with at_least and at_most", {})
        if self.equals is not None and (self.at_least, self.at_most) != (None, None):
            raise PydanticCustomError("when", "a condition with either equals, or at_least and at_most", {})
        return self


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
    also: dict[str, str] = {}
    words: dict[str, str] = {}
    bits: tuple[str, ...] = ()
    first: int = 1
    counted: bool = False


def _repeat(value: object) -> str:
    return "<count>" if isinstance(value, dict) else "<rest>" if isinstance(value, str) else "<number>"


def _rest(value: object) -> object:
    if value != "rest":
        raise PydanticCustomError("repeat", "a number, 'rest', or the field that counts", {})
    return value


RepeatSpec = Annotated[
    Annotated[CountSpec, Tag("<count>")]
    | Annotated[Any, BeforeValidator(_rest), Tag("<rest>")]
    | Annotated[Annotated[int, Field(ge=1)], Tag("<number>")],
    Discriminator(_repeat),
]


class FieldSpec(TypeSpec):
    """A value. quantity: what it tells, where its name does not say so; "" for nothing.

    width: how many bits it has of a register that it shares with the fields beside it, the lowest bits first.
    padded: places behind the last of its values are zero.
    """

    name: Name
    quantity: Name | Literal[""] | None = None
    repeat: RepeatSpec | None = None
    when: WhenSpec | None = None
    absent_when: WhenSpec | None = None
    optional: bool = False
    width: Annotated[int, Field(ge=1, le=15)] | None = None
    padded: bool = False
    fill: str = ""
    default: Default | None = None


class GroupSpec(Spec):
    """Parts that belong together."""

    name: Name
    parts: tuple["PartSpec", ...] = Field(min_length=1)
    repeat: RepeatSpec | None = None
    length: CountSpec | None = None
    when: WhenSpec | None = None
    optional: bool = False
    packs: bool = False
    spare: Annotated[int, Field(ge=0, le=16)] = 0
    tail: tuple[FieldSpec, ...] = ()
    tail_when: WhenSpec | None = None


PartSpec = Annotated[
    Annotated[FieldSpec, Tag("<field>")] | Annotated[GroupSpec, Tag("<group>")],
    Discriminator(lambda value: "<group>" if isinstance(value, dict) and "parts" in value else "<field>"),
]

Command = Annotated[int, Field(ge=0, lt=1 << 32)]

Parts = Annotated[
    Annotated[tuple[PartSpec, ...], Tag("<parts>")] | Annotated[str, Tag("<layout>")],
    Discriminator(lambda value: "<layout>" if isinstance(value, str) else "<parts>"),
]
"""Fields and groups, or the name of a layout."""


class ActSpec(Spec):
    """What a write makes a virtual device do; see ``wire.message.Act``."""

    when: dict[Name, Plain] = {}
    does: str = ""
    sets: dict[Name, bool] = {}
    unless: Name | Literal[""] = ""
    refuses: Name | Literal[""] = ""
    says: dict[Name, str] = {}


class MessageSpec(Spec):
    """One command. A family's own keys of a message stand in a table with the family's name.

    behind: it tells of the pack that many places behind the one that is asked. order: of the bytes of all its values
    that say no other.
    """

    name: Name
    command: Command | None = None
    modbus: ModbusBlockSpec | None = None
    console: ConsoleSpec | None = None
    aliases: tuple[Name, ...] = ()
    poll: Literal["values", "alarms", "identity", "asked", "never"] = "asked"
    version_in_header: bool = False
    answered: bool = True
    command_in_reply: bool = False
    acts: tuple[ActSpec, ...] = ()
    bank: bool = False
    behind: Annotated[int, Field(ge=0, le=15)] = 0
    order: Literal["big", "little"] = "big"
    request: Parts = ()
    reply: Parts = ()


class HeadSpec(Spec):
    """Who the device is. source: where the facts come from."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
    make: Sentence
    title: Bilingual
    source: Sentence


class AddressSpec(Spec):
    """first, last: what the protocol allows. usual: where a search looks first. master: what a bank counts up from.

    group: lowest and highest lower hex digit of a pack's address, where the upper one is the number of its group: a
    bank is one group.
    """

    first: Byte
    last: Byte
    usual: tuple[Byte, ...]
    master: Byte
    group: tuple[Byte, Byte] | None = None


class LinkSpec(Spec):
    """How the line is driven. framing: the protocol family; its own keys stand in the table with its name.

    baud: the usual speed first. broadcast: addresses at which the master answers, with its own. master_speaks: asked
    for another pack's ``module``, the master tells what that one says. wake: how a port is woken that may sleep.
    """

    framing: Framing
    can: CanSpec | None = None
    ascii_hex: AsciiHexSpec | None = None
    modbus: ModbusSpec | None = None
    jk: JkSpec | None = None
    baud: tuple[Annotated[int, Field(gt=0)], ...] = Field(min_length=1)
    addresses: AddressSpec
    probe: Name
    deadline_ms: int = Field(gt=0)
    turnaround_ms: int = Field(ge=0)
    refuse_noise: bool
    wake: WakeSpec | None = None
    zero_answers: tuple[Name, ...] = ()
    broadcast: tuple[Byte, ...] = ()
    master_speaks: bool = False


class SettingSpec(Spec):
    """One row of the device's table of parameters and switches. range: what it takes, where the wire carries more.

    step: of what it takes, from 0. values: all that it takes, where those are few.
    """

    name: Name
    unit: str = ""
    number: int | None = None
    vendor_name: str = ""
    default: Plain | None = None
    range: tuple[float, float] | None = None
    step: Annotated[float, Field(gt=0)] | None = None
    values: tuple[Plain, ...] = ()


class LockSpec(Spec):
    """While the setting is what ``value`` says, a virtual device refuses every write with this reason."""

    setting: Name
    value: Plain
    reason: Name


class DeskSpec(Spec):
    """Settings of a virtual device take effect when they are programmed, and only for who has unlocked them.

    unlock_s: so long it stays unlocked. program_s: so long programming takes. free: messages that need no unlocking.
    """

    unlock_s: float = Field(gt=0)
    program_s: float = Field(ge=0)
    free: tuple[Name, ...] = ()


class VirtualSpec(Spec):
    """The pack that a virtual device of this make has behind it, and what it says of itself.

    preset: a pack of ``presets/``, or a file of one's own beside the profile; none for a device that is no battery,
    whose values stand still until somebody says others. panel: the lamps that it shows where the preset has none.
    screen: whether one with keys is fitted. lock: when it takes no writes. desk: how settings are programmed,
    where that is not at once. journal: what its log says, where it keeps one in words.
    implies: rows of the pack that have no bit of their own, and the bit or bits by which this wire tells them.
    """

    preset: Annotated[str, Field(pattern=r"^([a-z][a-z0-9-]*|.+\.toml)$")] = ""
    panel: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")] | None = None
    screen: bool = False
    says: dict[Name, Plain] = {}
    lock: LockSpec | None = None
    desk: DeskSpec | None = None
    journal: JournalSpec | None = None
    implies: dict[Name, Name | tuple[Name, ...]] = {}


class CodeSpec(Bilingual):
    """A code of a profile that does not come with the program; ours stand in ``words/codes/``."""

    severity: Literal["information", "alarm", "protection", "fault"]


class NoteSpec(Spec):
    """Something that is not certain about this device, and what we do about it."""

    about: Sentence
    en: Sentence
    fr: Sentence


class SwitchSpec(Bilingual):
    """A switch of the profile: what is otherwise while it is on. Its name is written behind the profile's, with a +.

    types: those that are others. messages: keys of a message that are others, by its name. without: messages that are
    not there then. link: keys of the link that are others, and of its tables.
    """

    types: dict[Name, TypeSpec] = {}
    messages: dict[Name, dict[Name, Any]] = {}
    without: tuple[Name, ...] = ()
    link: dict[Name, Any] = {}


class ProfileSpec(Spec):
    """The whole file."""

    profile: HeadSpec
    link: LinkSpec
    status: dict[Name, Byte] = {}
    types: dict[Name, TypeSpec] = {}
    layouts: dict[Name, tuple[PartSpec, ...]] = {}
    message: tuple[MessageSpec, ...] = ()
    setting: tuple[SettingSpec, ...] = ()
    writing: WritingSpec = WritingSpec()
    upgrade: UpgradeSpec | None = None
    records: RecordsSpec = RecordsSpec()
    calibration: CalibrationSpec | None = None
    private: PrivateSpec = PrivateSpec()
    codes: dict[Name, CodeSpec] = {}
    virtual: VirtualSpec
    exceptions: ExceptionsSpec = ExceptionsSpec()
    note: tuple[NoteSpec, ...] = ()
    switch: dict[str, SwitchSpec] = {}

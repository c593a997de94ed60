"""What a profile says of a device's own records: ``[records]``, and the check that what it names is there."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from pydantic import Field

from wattstead.catalog.spec_base import Name, Spec
from wattstead.catalog.where import Where, nearest
from wattstead.catalog.words import record_words
from wattstead.model.code import Code
from wattstead.wire.layout import Group, fields_of, names_of
from wattstead.wire.message import Message

_Values = dict[Name, bool | int | float | str]


class EventSpec(Spec):
    """What one word of the device means. code: one of the profile's. word: one of ``words/records.toml``.

    value: what the field of that name tells with this event; scale: what one of it is worth.
    """

    code: Name | Literal[""] = ""
    word: Name | Literal[""] = ""
    value: Name | Literal[""] = ""
    scale: float = 1.0


class StepSpec(Spec):
    """A question for one record, and what it carries."""

    message: Name
    values: _Values = {}


class RecordsSpec(Spec):
    """How a host reads the records, and what their fields are.

    windows: messages whose group holds records, the newest first. first, next: where each is asked for alone; refused
    with one of ``ends`` once there are no more. summary: tells how many there are (``held``) and the number of the
    newest (``newest``). capacity: as many does the device keep. clock: the message that tells its time.

    Of a record: number, which begins anew at 2 to the ``number_bits``. at: its time by the device's clock. event: the
    word for what happened; ``empty`` are those of a place without a record. raised: whether it began. value: the number
    whose meaning the event gives. text: the device's own words. raw: bytes that nobody knows. keeps: other fields that
    are kept as they are. values: fields that are a quantity.
    """

    windows: tuple[Name, ...] = ()
    first: StepSpec | None = None
    next: StepSpec | None = None
    ends: tuple[Name, ...] = ("no_data",)
    summary: Name | Literal[""] = ""
    held: Name | Literal[""] = ""
    newest: Name | Literal[""] = ""
    capacity: Annotated[int, Field(gt=0)] | None = None
    clock: Name | Literal[""] = ""
    number: Name | Literal[""] = ""
    number_bits: Annotated[int, Field(ge=8, le=32)] = 16
    at: Name | Literal[""] = ""
    event: Name | Literal[""] = ""
    empty: tuple[str, ...] = ()
    raised: Name | Literal[""] = ""
    value: Name | Literal[""] = ""
    text: Name | Literal[""] = ""
    raw: Name | Literal[""] = ""
    keeps: tuple[Name, ...] = ()
    values: dict[Name, Name] = {}
    events: dict[str, EventSpec] = {}

    @property
    def there(self) -> bool:
        """Whether this device has records that can be read."""
        return bool(self.windows) or self.first is not None

    @property
    def steps(self) -> tuple[StepSpec, ...]:
        return tuple(one for one in (self.first, self.next) if one is not None)

    def fields(self) -> Iterator[str]:
        """Name the fields of a record that are used."""
        named = (self.number, self.at, self.event, self.raised, self.value, self.text, self.raw)
        yield from (name for name in (*named, *self.keeps, *self.values) if name)


def check_records(where: Where, spec: RecordsSpec, messages: Mapping[str, Message], codes: Mapping[str, Code]) -> None:
    """Hold the names against the rest of the file. Raises ProfileError."""
    if not spec.there:
        return
    if (spec.windows and spec.steps) or (spec.first is None) != (spec.next is None):
        raise where.wrong("records are read either by windows, or by first and next", "name one of both ways whole")
    carried: set[str] = set()
    for name in spec.windows:
        message = _message(where.inside("windows"), name, messages)
        if not isinstance(message.reply[0], Group):
            raise where.inside("windows").wrong(
                f"{name} has no group that repeats", "name a message that lists records"
            )
        carried |= {one.name for one in fields_of(message.reply)}
    for step in spec.steps:
        message = _message(where.inside("first"), step.message, messages)
        carried |= {one.name for one in fields_of(message.reply)}
        for name in step.values:
            if name not in names_of(message.request):
                remedy = nearest(name, sorted(names_of(message.request)), "name one of its fields")
                raise where.inside("first").wrong(f"{step.message} carries no {name!r}", remedy)
    for name in spec.fields():
        if name not in carried:
            raise where.wrong(
                f"no record has a field {name!r}", nearest(name, sorted(carried), "name one of its fields")
            )
    for key, name in (("summary", spec.summary), ("clock", spec.clock)):
        if name:
            _message(where.inside(key), name, messages)
    for name in (spec.held, spec.newest):
        told = names_of(messages[spec.summary].reply) if spec.summary else set()
        if name and name not in told:
            raise where.inside("summary").wrong(f"it tells no {name!r}", nearest(name, sorted(told), "name its fields"))
    _check_events(where.inside("events"), spec, codes)


def _check_events(where: Where, spec: RecordsSpec, codes: Mapping[str, Code]) -> None:
    for said, event in spec.events.items():
        here = where.inside(said)
        if bool(event.code) == bool(event.word):
            raise here.wrong("an event has either a code or a word", "name one of both")
        if event.code and event.code not in codes:
            raise here.wrong(
                f"there is no code {event.code!r}", nearest(event.code, list(codes), "name one of its codes")
            )
        if event.word and event.word not in record_words():
            known = list(record_words())
            raise here.wrong(f"there is no word {event.word!r}", nearest(event.word, known, "add it to records.toml"))


def _message(where: Where, name: str, messages: Mapping[str, Message]) -> Message:
    if name not in messages:
        raise where.wrong(f"there is no message {name!r}", nearest(name, list(messages), "name a message of this file"))
    if messages[name].writes:
        raise where.wrong(f"{name!r} writes", "name a message that only reads")
    return messages[name]

"""What a profile says of writing settings: ``[writing]``, and the check that what it names is there."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Literal

from pydantic import Field

from wattstead.catalog.spec_base import Name, Spec
from wattstead.catalog.where import Where, nearest
from wattstead.wire.layout import names_of
from wattstead.wire.message import Message


class OrderSpec(Spec):
    """A write that is sent beside the settings: a message and what it carries."""

    message: Name
    values: dict[Name, bool | int | float | str] = {}


class WaitSpec(Spec):
    """Where a device says that it is still at work. busy: words of the field meanwhile; done: once all went well."""

    message: Name
    field: Name
    busy: tuple[str, ...]
    done: tuple[str, ...] = Field(min_length=1)


class WritingSpec(Spec):
    """What a host has to know to write settings.

    before, after: orders around them, such as unlocking and programming. undo: orders that drop what was not
    programmed. wait: asked again and again after ``after``. cycles: so often the memory can be programmed, where that
    is seldom. address: the setting that holds the address of the device. link: settings that change how the device is
    reached or whether it takes writes. hardware: switches that do nothing unless a part is fitted.
    """

    before: tuple[OrderSpec, ...] = ()
    after: tuple[OrderSpec, ...] = ()
    undo: tuple[OrderSpec, ...] = ()
    wait: WaitSpec | None = None
    cycles: Annotated[int, Field(gt=0)] | None = None
    address: Name | Literal[""] = ""
    link: tuple[Name, ...] = ()
    hardware: tuple[Name, ...] = ()

    def settings(self) -> Iterator[tuple[str, str]]:
        """Give each setting that is named, with the key that names it."""
        yield from (("address", name) for name in ((self.address,) if self.address else ()))
        yield from (("link", name) for name in self.link)
        yield from (("hardware", name) for name in self.hardware)


def check_writing(where: Where, spec: WritingSpec, settings: Iterable[str], messages: Mapping[str, Message]) -> None:
    """Hold the names against the rest of the file. Raises ProfileError."""
    known = list(settings)
    for key, name in spec.settings():
        if name not in known:
            remedy = nearest(name, known, "name a setting of this file")
            raise where.inside(key).wrong(f"there is no setting {name!r}", remedy)
    for key in ("before", "after", "undo"):
        for order in getattr(spec, key):
            check_order(where.inside(key), order, messages)
    if (wait := spec.wait) is not None:
        message = _message(where.inside("wait"), wait.message, messages)
        if wait.field not in names_of(message.reply):
            remedy = nearest(wait.field, sorted(names_of(message.reply)), "name one of its fields")
            raise where.inside("wait").wrong(f"{wait.message} tells no {wait.field!r}", remedy)


def check_order(where: Where, order: OrderSpec, messages: Mapping[str, Message]) -> None:
    """Hold an order against the messages. Raises ProfileError."""
    message = _message(where, order.message, messages)
    if not message.writes:
        raise where.wrong(f"{order.message!r} only reads", "name a message that writes")
    for name in order.values:
        if name not in names_of(message.request):
            remedy = nearest(name, sorted(names_of(message.request)), "name one of its fields")
            raise where.wrong(f"{order.message} carries no {name!r}", remedy)


def _message(where: Where, name: str, messages: Mapping[str, Message]) -> Message:
    if name not in messages:
        raise where.wrong(f"there is no message {name!r}", nearest(name, list(messages), "name a message of this file"))
    return messages[name]

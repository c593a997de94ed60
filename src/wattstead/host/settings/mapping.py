"""Which messages tell the settings of a device and which ones write them, and what surrounds a value on its way back.

Some devices take a value alone (registers), others a whole page or all they have; then everything else goes back as it
was read: reserved bytes, unnamed bits, and what a newer firmware has more than we know.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from wattstead.catalog.profile import Profile
from wattstead.model.errors import EncodeError
from wattstead.model.setting import SettingValue
from wattstead.wire.field import Bits
from wattstead.wire.layout import LEFT_OVER, Field, Group, Part, Record, fields_of, names_of
from wattstead.wire.message import Message, Poll
from wattstead.wire.registers import Block

Records = Mapping[str, Record]
"""What was read, by the name of the message."""


@dataclass(frozen=True, slots=True)
class Page:
    """Settings that one message writes. whole: they go all together, whatever changes."""

    message: Message
    names: tuple[str, ...]

    @property
    def whole(self) -> bool:
        return len(self.names) > 1 and not isinstance(self.message, Block)


def named_in(profile: Profile, parts: Sequence[Part]) -> tuple[str, ...]:
    """Name the settings that these parts carry, in the order of the wire."""
    found: dict[str, None] = {}
    for field in fields_of(parts):
        for name in names_in(field):
            if name in profile.settings:
                found[name] = None
    return tuple(found)


def names_in(field: Field) -> Iterator[str]:
    """Give the names by which a field, or each of its bits, is known."""
    yield field.name
    yield field.quantity
    if isinstance(field.type, Bits):
        yield from (field.type.name_of(bit, field.name) for bit in range(8 * field.type.size))


def pages(profile: Profile) -> tuple[Page, ...]:
    """Give the messages that write settings; each setting belongs to the first that carries it."""
    found: list[Page] = []
    taken: set[str] = set()
    for message in profile.dialect.messages:
        if not message.writes or not message.answered or message.acts or message.of_bank:
            continue
        names = tuple(name for name in named_in(profile, message.request) if name not in taken)
        if names:
            found.append(Page(message, names))
            taken.update(names)
    return tuple(found)


def writable(profile: Profile) -> tuple[str, ...]:
    """Name the settings that can be written; none where no message is known that does."""
    return tuple(name for page in pages(profile) for name in page.names)


def readers(profile: Profile, wanted: Iterable[str] | None = None) -> tuple[Message, ...]:
    """Give the messages to ask for these settings, all where None: those that tell nothing else come first."""
    left = set(profile.settings if wanted is None else wanted)
    order = (Poll.ASKED, Poll.VALUES, Poll.ALARMS, Poll.IDENTITY)
    plain = [one for one in profile.dialect.messages if one.answered and not one.of_bank and not one.behind]
    found = []
    for message in sorted((one for one in plain if one.poll in order), key=lambda one: order.index(one.poll)):
        told = left.intersection(named_in(profile, message.reply))
        if told:
            found.append(message)
            left -= told
    return tuple(found)


def on_wire(profile: Profile, name: str, value: SettingValue) -> SettingValue:
    """Give a value as the wire carries it, rounded to its steps. Raises EncodeError for one that does not fit."""
    for page in pages(profile):
        if name not in page.names:
            continue
        for field in fields_of(page.message.request):
            if name in (field.name, field.quantity):
                carried = field.type.read(field.type.write(value))
                if not isinstance(carried, bool | int | float | str):
                    raise EncodeError(f"{value!r} is no value of a setting")
                return carried
            if name in names_in(field):
                return bool(value)
    raise EncodeError("no message is known that writes it")


def request_values(
    profile: Profile, page: Page, records: Records, wanted: Mapping[str, SettingValue]
) -> dict[str, Any]:
    """Give what a request carries that writes these settings of a page. Raises EncodeError.

    What lies around them goes back as it was read.
    """
    near = _nearest(profile, page.message, records)
    known: dict[str, Any] = {}
    for name, record in records.items():
        known |= _loose(profile.dialect.message(name).reply, record)
    if near:
        known |= _loose(profile.dialect.message(near).reply, records[near])
    message = profile.dialect.family.asking(page.message, wanted)
    if isinstance(message, Block) and message.of_bits:
        bits = [field.type.names for field in fields_of(message.request) if isinstance(field.type, Bits)]
        return {name: bool(wanted.get(name, known.get(name))) for names in bits for name in names if name}
    return _rebuilt(message.request, known, wanted, records.get(near, {}))


def _nearest(profile: Profile, message: Message, records: Records) -> str:
    """Find what was read that looks most like the request."""
    wanted = names_of(message.request)
    shared = {name: len(wanted & names_of(profile.dialect.message(name).reply)) for name in records}
    best = max(shared, key=lambda name: shared[name], default="")
    return best if best and shared[best] else ""


def _loose(parts: Sequence[Part], record: Mapping[str, Any]) -> dict[str, Any]:
    """Give every value of a record by the names it has, bits too."""
    found: dict[str, Any] = {}
    for part in parts:
        held = record.get(part.name)
        if held is None:
            continue
        if isinstance(part, Group):
            if isinstance(held, dict):
                found |= _loose((*part.parts, *part.tail), held)
            continue
        found[part.name] = held
        if isinstance(part.type, Bits) and isinstance(held, int):
            bits = range(8 * part.type.size)
            found |= {part.type.name_of(bit, part.name): bool(held >> bit & 1) for bit in bits}
        elif part.quantity:
            found.setdefault(part.quantity, held)
    return found


def _rebuilt(
    parts: Sequence[Part], known: Mapping[str, Any], wanted: Mapping[str, Any], record: Mapping[str, Any]
) -> dict[str, Any]:
    built: dict[str, Any] = {}
    for part in parts:
        if isinstance(part, Group):
            held = record.get(part.name)
            if part.repeat is not None:
                built |= {} if held is None else {part.name: held}
                continue
            inner = held if isinstance(held, dict) else {}
            built[part.name] = _rebuilt(part.parts, known, wanted, inner)
            if LEFT_OVER in inner:
                built[part.name][LEFT_OVER] = inner[LEFT_OVER]
        elif isinstance(part.type, Bits):
            named = {name: wanted.get(name, known.get(name)) for name in names_in(part)}
            built[part.name] = part.type.join(named, part.name)
        else:
            values = [table[name] for table in (wanted, known) for name in (part.name, part.quantity) if name in table]
            if values:
                built[part.name] = values[0]
    return built

"""One record of a device, as it was read and as it is kept."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from wattstead.catalog.profile import Profile
from wattstead.model.reading import Value
from wattstead.wire.field import Bits
from wattstead.wire.layout import Part, Record, fields_of


@dataclass(frozen=True, slots=True)
class Entry:
    """number: the device's own, None where it has none. at: by the device's own clock, None where it was never set.

    event: the device's word for what happened, "" where codes tell it. raised: whether it began, None where the device
    does not say. active: codes that were set. values: by quantity. raw: bytes that nobody knows, as hex text.
    """

    number: int | None = None
    at: datetime | None = None
    event: str = ""
    raised: bool | None = None
    active: tuple[str, ...] = ()
    values: Mapping[str, Value] = field(default_factory=dict)
    raw: str = ""

    @property
    def key(self) -> tuple[object, ...]:
        """What tells it from others: two that agree in all this are the same record."""
        return self.number, self.at, self.event, self.raised, self.active, self.raw


def entry_of(profile: Profile, parts: tuple[Part, ...], row: Record) -> Entry | None:
    """Understand one record; None for a place that holds none. parts: its fields."""
    spec = profile.records
    said = str(row.get(spec.event, "")).strip() if spec.event else ""
    if spec.event and (said in spec.empty or (not said and not spec.text)):
        return None
    number, raised, raw = row.get(spec.number), row.get(spec.raised), row.get(spec.raw)
    return Entry(
        int(number) if number is not None else None,
        _time(row.get(spec.at)),
        said,
        None if raised is None else bool(raised),
        _active(profile, parts, row),
        _values(profile, said, row),
        str(raw or ""),
    )


def _values(profile: Profile, said: str, row: Record) -> dict[str, Value]:
    spec, found = profile.records, {}
    event = spec.events.get(said)
    if event is not None and event.value and isinstance(row.get(spec.value), int | float):
        found[event.value] = round(row[spec.value] * event.scale, 6)
    for name in spec.keeps:
        if row.get(name) not in (None, ""):
            found[name] = row[name]
    for name, quantity in spec.values.items():
        if row.get(name) is not None:
            found[quantity] = row[name]
    return found


def _active(profile: Profile, parts: tuple[Part, ...], row: Record) -> tuple[str, ...]:
    """Name the codes whose bits are set; bits of fields that are kept as they are tell no code."""
    spec = profile.records
    found: dict[str, None] = {}
    for one in fields_of(parts):
        held = row.get(one.name)
        if not isinstance(one.type, Bits) or not isinstance(held, int) or one.name in spec.keeps:
            continue
        names = (one.type.name_of(bit, one.name) for bit in range(8 * one.type.size) if held >> bit & 1)
        found |= {name: None for name in names if name not in profile.dialect.told}
    return tuple(found)


def _time(value: object) -> datetime | None:
    """Give a time; some devices say it as a text whose year has two digits."""
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str):
        return None
    text = value.strip()
    try:
        return datetime.fromisoformat(f"20{text}" if len(text.partition("-")[0]) == 2 else text)
    except ValueError:
        return None


def to_plain(one: Entry) -> dict[str, Any]:
    """Give it as JSON has it, without what is not there."""
    full = {
        "number": one.number,
        "at": one.at.isoformat() if one.at else None,
        "event": one.event,
        "raised": one.raised,
        "active": list(one.active),
        "values": dict(one.values),
        "raw": one.raw,
    }
    return {name: value for name, value in full.items() if value not in (None, "", [], {})}


def from_plain(plain: Mapping[str, Any]) -> Entry:
    """Read what ``to_plain`` gave. Raises ValueError, TypeError or AttributeError for what cannot be one."""
    at = plain.get("at")
    values = {name: tuple(one) if isinstance(one, list) else one for name, one in dict(plain.get("values", {})).items()}
    return Entry(
        plain.get("number"),
        datetime.fromisoformat(at) if at else None,
        str(plain.get("event", "")),
        plain.get("raised"),
        tuple(plain.get("active", ())),
        values,
        str(plain.get("raw", "")),
    )

"""How readings of one shape lie in a row.

Packs differ (15 or 16 cells, 4 to 8 temperatures) and polls differ (telemetry, alarms), so a row has no fixed columns:
its layout is a list of channels, stored once in the table ``schema``. A row then holds, little-endian:

    u32  word of the active codes (0: no message carried any), or of why there is silence
    i32  per number: the value times 10**digits, or the number itself
    u8   per flag        u32  per word: its row in the table ``word``        i64  per time

A number that does not fit (too large, or with more decimals than its channel has) leaves the mark ODD in its place, and
all such numbers follow as JSON. So whatever comes in goes out again, and what usually comes in takes four bytes.
"""

import json
import struct
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any, Self

from wattstead.model.quantity import QUANTITIES, Kind, Per
from wattstead.model.reading import Origin, Scalar, Silence, Snapshot, Value
from wattstead.store.base import Reading, StoreError
from wattstead.store.columns import Column
from wattstead.store.fit import ODD, fixed, from_ticks, to_ticks, whole

_CODES = {"f": "i", "i": "i", "b": "?", "w": "I", "t": "q"}  # kinds, in the order of a row
_SPARE_DIGITS = 1  # derived values carry a decimal more than is worth showing

WordOf = Callable[[int], Any]
"""Gives a word by its number."""


@dataclass(frozen=True, slots=True)
class Channel:
    """One place in a row. position: 0 for a single value, from 1 for one of a list. kind: a key of _CODES."""

    quantity: str
    position: int
    kind: str
    digits: int = 0

    @property
    def name(self) -> str:
        """The channel's name in a series."""
        return f"{self.quantity}.{self.position}" if self.position else self.quantity


@dataclass(frozen=True, slots=True)
class Slot:
    """One value of a snapshot: its quantity and where its channels lie in a row. lists: the value is a tuple."""

    quantity: str
    fields: tuple[int, ...]
    lists: bool


class Layout:
    """The channels of readings of one shape. origin: None for silence."""

    def __init__(self, origin: Origin | None, channels: Sequence[Channel]) -> None:
        self.origin = origin
        self.channels = tuple(channels)
        order = sorted(range(len(channels)), key=lambda at: list(_CODES).index(channels[at].kind))
        self.fields = tuple(channels[at] for at in order)
        self.struct = struct.Struct("<I" + "".join(_CODES[field.kind] for field in self.fields))
        self._order = {kind: [at for at in order if channels[at].kind == kind] for kind in _CODES}
        self._scales = [10**field.digits for field in self.fields if field.kind == "f"]
        self.slots = _slots(self.channels, order)
        self.spread = tuple(slot.lists for slot in self.slots)
        self.number_fields = {f.name: at for at, f in enumerate(self.fields) if f.kind in "fi"}
        self.fields_by_name = self._by_name()

    @classmethod
    def of(cls, reading: Reading) -> Self:
        """Make the layout of a reading. Raises StoreError for a value that cannot be kept."""
        if isinstance(reading, Silence):
            return cls(None, ())
        return cls(reading.origin, [one for name, value in reading.values.items() for one in _channels(name, value)])

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Read what ``to_text`` wrote."""
        table = json.loads(text)
        origin = table["origin"]
        return cls(None if origin is None else Origin(origin), [Channel(*row) for row in table["channels"]])

    def to_text(self) -> str:
        """Give the layout as it stands in the table ``schema``."""
        rows = [[one.quantity, one.position, one.kind, one.digits] for one in self.channels]
        return json.dumps({"origin": self.origin, "channels": rows}, separators=(",", ":"))

    def pack(self, reading: Reading, word: Callable[[Any], int]) -> bytes:
        """Give the row of a reading of this shape. word: gives the number of a word."""
        if isinstance(reading, Silence):
            return self.struct.pack(word(reading.why))
        flat = _flat(reading.values.values(), self.spread)
        kinds = self._order
        row = [0 if reading.active is None else word(reading.active)]
        floats = [flat[at] for at in kinds["f"]]
        integers = [flat[at] for at in kinds["i"]]
        odd: list[float] = []
        row += fixed(floats, self._scales, odd)
        row += whole(integers, odd)
        row += [flat[at] for at in kinds["b"]]
        row += [word(flat[at]) for at in kinds["w"]]
        row += [to_ticks(flat[at]) for at in kinds["t"]]
        packed = self.struct.pack(*row)
        return packed + json.dumps(odd, separators=(",", ":")).encode() if odd else packed

    def columns(self, payloads: Sequence[bytes], fields: Sequence[int]) -> list[Column]:
        """Give some fields of many rows; the first field has number 0, the word before it -1."""
        rows = [self.struct.unpack_from(payload) for payload in payloads]
        columns = [Column([row[at + 1] for row in rows], self.fields[at].digits if at >= 0 else 0) for at in fields]
        long = [at for at, payload in enumerate(payloads) if len(payload) > self.struct.size]
        return self._with_odd(columns, payloads, rows, long, fields) if long else columns

    def _with_odd(
        self,
        columns: list[Column],
        payloads: Sequence[bytes],
        rows: Sequence[tuple[Any, ...]],
        long: Sequence[int],
        fields: Sequence[int],
    ) -> list[Column]:
        """Put the numbers that did not fit back into their columns, which then hold plain values."""
        plain: dict[int, list[Any]] = {}
        places = {field: at for at, field in enumerate(fields)}
        for at in long:
            odd = iter(json.loads(payloads[at][self.struct.size :]))
            marked = [field for field in self.number_fields.values() if rows[at][field + 1] == ODD]
            for place, value in ((places.get(field), next(odd)) for field in marked):
                if place is not None and place not in plain:
                    plain[place] = self._plain(columns[place], fields[place])
                if place is not None:
                    plain[place][at] = value
        return [Column(plain[at], None) if at in plain else column for at, column in enumerate(columns)]

    def _plain(self, column: Column, field: int) -> list[Any]:
        return list(column.numbers) if self.fields[field].kind == "i" else column.values()

    def values(self, field: int, column: Column, word: WordOf) -> list[Any]:
        """Give a field's column as the values that were written."""
        match self.fields[field].kind if field >= 0 else "w":
            case "f":
                return column.values()
            case "b":
                return list(map(bool, column.numbers))
            case "w":
                return list(map(word, column.numbers))
            case "t":
                return list(map(from_ticks, column.numbers))
            case _:
                return list(column.numbers)

    def readings(self, pack: str, times_ms: Sequence[int], columns: Sequence[Column], word: WordOf) -> list[Reading]:
        """Give whole readings. columns: of the fields -1, 0, 1 …, as in a sealed chunk."""
        heads = [word(number) for number in columns[0].numbers]
        if self.origin is None:
            return [Silence(pack, at, why) for at, why in zip(times_ms, heads, strict=True)]
        fields = [self.values(field, column, word) for field, column in enumerate(columns[1:])]
        rows = zip(*fields, strict=True) if fields else iter([()] * len(heads))
        return [
            Snapshot(pack, at, self._whole_values(row), active, self.origin)
            for at, active, row in zip(times_ms, heads, rows, strict=True)
        ]

    def _whole_values(self, row: Sequence[Any]) -> Mapping[str, Value]:
        return {
            slot.quantity: tuple(row[at] for at in slot.fields) if slot.lists else row[slot.fields[0]]
            for slot in self.slots
        }

    def _by_name(self) -> dict[str, list[int]]:
        """Fields by the names that one can ask for: of a channel, or of a quantity with all its channels."""
        found: dict[str, list[int]] = {}
        for slot in self.slots:
            found[slot.quantity] = list(slot.fields)
            if slot.lists:
                found |= {self.fields[at].name: [at] for at in slot.fields}
        return found


def shape(reading: Reading) -> tuple[Any, ...]:
    """Give something equal for readings of one layout and, but for other lengths of words, different for others."""
    if isinstance(reading, Silence):
        return ()
    values = reading.values
    types = [tuple(map(type, value)) if type(value) is tuple else type(value) for value in values.values()]
    return (reading.origin, tuple(values), tuple(types))


def _channels(name: str, value: Value) -> list[Channel]:
    """Give the channels of one value: a list of numbers has one each, everything else just one."""
    if "." in name:
        raise StoreError(f"{name} cannot be stored; the name of a quantity has no dot, which marks channels")
    if not isinstance(value, tuple):
        return [Channel(name, 0, _kind(name, value), _digits(name, value))]
    kinds = [_kind(name, one) for one in value]
    quantity = QUANTITIES.get(name)
    listed = quantity is not None and quantity.kind is Kind.NUMBER and quantity.per is not Per.PACK
    # Lists of words and of cell numbers seldom change: all of such a list is one word.
    if not value or not listed or any(kind not in "fi" for kind in kinds):
        return [Channel(name, 0, "w")]
    return [Channel(name, at, _kind(name, one), _digits(name, one)) for at, one in enumerate(value, 1)]


def _kind(name: str, value: Scalar) -> str:
    match value:
        case bool():
            return "b"
        case float():
            return "f"
        case int():
            return "i"
        case str():
            return "w"
        case datetime():
            return "t"
    raise StoreError(
        f"{name} holds a {type(value).__name__}, which cannot be stored; a value is a number, flag, text or time"
    )


def _digits(name: str, value: Scalar) -> int:
    if not isinstance(value, float):
        return 0
    quantity = QUANTITIES.get(name)
    return (quantity.digits if quantity else 2) + _SPARE_DIGITS


def _slots(channels: Sequence[Channel], order: Sequence[int]) -> tuple[Slot, ...]:
    field_of = {at: field for field, at in enumerate(order)}
    slots = []
    for quantity, group in groupby(range(len(channels)), key=lambda at: channels[at].quantity):
        members = list(group)
        slots.append(Slot(quantity, tuple(field_of[at] for at in members), channels[members[0]].position > 0))
    return tuple(slots)


def _flat(values: Iterable[Value], spread: Iterable[bool]) -> list[Any]:
    flat: list[Any] = []
    for value, spreads in zip(values, spread, strict=True):
        if spreads:
            flat.extend(value)  # type: ignore[arg-type]  # the layout spreads tuples alone
        else:
            flat.append(value)
    return flat

"""Frames of a CAN bus written in one step: what a field takes is worked out once a message, not with every frame.

It gives the bytes that ``fill``, ``encode`` and ``gather`` give. Where a value is not as it should be, it gives None:
they find the words for it.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Final

from wattstead.model.errors import EncodeError
from wattstead.wire.can_signal import CanMessage, CanNumber, Pairs, Slot
from wattstead.wire.field import Bits, Text, Word
from wattstead.wire.layout import Field

Raw = Callable[[Mapping[str, Any], Collection[str]], int]
"""Gives the bits of a field from values and active codes. Raises one of ``_UNUSUAL`` where it cannot."""

_UNUSUAL: Final = (EncodeError, KeyError, TypeError, ValueError, OverflowError)
_WHOLE: Final = 8
_EXACT: Final = 4  # bytes: limits of wider numbers are no longer exact as floats


class Writer:
    """Writes one message, as many bytes of it as the message has."""

    def __init__(self, message: CanMessage) -> None:
        placed = zip(message.fields, message.slots, strict=True)
        here = [(field, slot) for field, slot in placed if slot.end <= message.length]
        self.names: frozenset[str] = frozenset(field.name for field in message.fields)
        self._end = here[-1][1].end if here else 0
        self._little = _steps([one for one in here if one[1].order == "little"])
        self._big = _steps([one for one in here if one[1].order == "big"])

    def payload(self, values: Mapping[str, Any], active: Collection[str]) -> bytes | None:
        """Give the payload, None where the long way has to be gone. values: by quantity or field name."""
        try:
            little = sum([raw(values, active) << shift for raw, shift in self._little])
            big = sum([raw(values, active) << shift for raw, shift in self._big])
        except _UNUSUAL:
            return None
        if not big:
            return little.to_bytes(_WHOLE, "little")[: self._end]
        return (int.from_bytes(little.to_bytes(_WHOLE, "little")) | big).to_bytes(_WHOLE)[: self._end]


def _steps(placed: Sequence[tuple[Field, Slot]]) -> list[tuple[Raw, int]]:
    """Give how each field is made, and where it stands. Few whole bytes can take all that a type gives."""
    whole = [slot.size <= _EXACT and slot.mask == (1 << 8 * field.type.size) - 1 for field, slot in placed]
    return [
        (_raw(field) if fits else _within(_raw(field), slot.mask), slot.shift)
        for (field, slot), fits in zip(placed, whole, strict=True)
    ]


def _within(raw: Raw, mask: int) -> Raw:
    """Refuse what has more bits than its field."""

    def checked(values: Mapping[str, Any], active: Collection[str]) -> int:
        bits = raw(values, active)
        if bits & ~mask:
            raise EncodeError("too many bits")
        return bits

    return checked


def _raw(field: Field) -> Raw:
    kind = field.type
    if isinstance(kind, CanNumber):
        return _number(field, kind)
    if isinstance(kind, Bits):
        return _bits(field, kind)
    if isinstance(kind, Word):
        known = {name: raw for raw, name in reversed(list(kind.names.items()))}  # the first of two counts
        return _given(field, lambda value: known[value])
    size = kind.size if isinstance(kind, Text) else None
    return _given(field, lambda value: int.from_bytes(kind.write(value[:size])))


def _given(field: Field, bits: Callable[[Any], int]) -> Raw:
    """Find what is given by field or quantity name, else by default. bits: makes the field's bits of it."""
    name, quantity = field.name, field.quantity or field.name

    def raw(values: Mapping[str, Any], _: Collection[str]) -> int:
        value = values.get(name)
        if value is None:
            value = values.get(quantity)
        return bits(value) if value is not None else bits(field.default)

    return raw


def _number(field: Field, kind: CanNumber) -> Raw:
    low, high = kind.limits
    scale, offset, whole, absent = kind.scale, kind.offset, kind.whole, kind.absent
    mask = (1 << 8 * kind.size) - 1 if kind.signed else -1  # without a sign limits keep it above zero

    def bits(value: Any) -> int:
        if value is None and absent is not None:
            return absent
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise EncodeError("no number")
        held = min(max(value, low), high)
        raw = held if whole and isinstance(held, int) else round((held - offset) / scale)
        if raw & mask == absent:
            raise EncodeError("the sign for 'not known'")
        return int(raw & mask)

    return _given(field, bits)


def _bits(field: Field, kind: Bits) -> Raw:
    """Set the bits whose names are true among the values, or active."""
    name = field.name
    if isinstance(kind, Pairs):
        named = [(2 * pair, kind.name_of(2 * pair, name)) for pair in range(4)]
        on, off = 1, kind.rest
    else:
        named = [(bit, kind.name_of(bit, name)) for bit in range(8 * kind.size)]
        on, off = 1, 0

    names = frozenset(one for _, one in named)
    none = sum(off << bit for bit, _ in named)
    whole = {name, field.quantity} - {""}

    def raw(values: Mapping[str, Any], active: Collection[str]) -> int:
        given = values.keys()
        if not given.isdisjoint(whole):
            raise EncodeError("given as a whole")
        if given.isdisjoint(names) and names.isdisjoint(active):  # nearly always
            return none
        found = 0
        for bit, one in named:
            found |= (on if values.get(one, one in active) else off) << bit
        return found

    return raw

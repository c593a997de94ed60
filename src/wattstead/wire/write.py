"""From a record to the bytes of its payload: the mirror of ``wire/read.py``."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from wattstead.model.errors import EncodeError
from wattstead.wire.field import Hex
from wattstead.wire.layout import LEFT_OVER, REGISTER, Count, Field, Group, Part, Record

_HEX = Hex()


def encode(parts: Sequence[Part], record: Mapping[str, Any], outer: Mapping[str, Any] | None = None) -> bytes:
    """Write a record. Counts that it does not hold are found from what they count.

    outer: what the groups around it hold. Raises EncodeError: something is missing or does not fit.
    """
    outer = outer or {}
    here = {part.name for part in parts}
    counts = _counts(parts, record, outer)
    # A count that a group around this one says beats what we find here: the two must agree.
    own = {name: number for name, number in counts.items() if name in here or name not in outer} | dict(record)
    full = {**outer, **own}
    data: list[bytes] = []
    ended, register = "", 0
    for part in parts:
        if part.when and not part.when.holds(full.get(part.when.field)):
            continue
        if part.name in own:
            if ended:
                raise EncodeError(f"{part.name} cannot follow: {ended} is missing before it")
            if isinstance(part, Field) and part.lane:
                register |= _bits(part, full) << part.lane.shift
                if part.lane.last:
                    data.append(register.to_bytes(REGISTER, part.lane.order))
                    register = 0
                continue
            data.append(_field(part, full) if isinstance(part, Field) else _group(part, full))
        elif part.optional:
            ended = ended or part.name
        elif not ended:
            raise EncodeError(f"{part.name} is missing")
    return b"".join(data)


def _counts(parts: Sequence[Part], record: Mapping[str, Any], outer: Mapping[str, Any]) -> Record:
    """Find the counts that these parts need, those inside groups included, and that the record does not hold."""
    found: Record = {}
    for part in parts:
        held = record.get(part.name)
        if isinstance(part.repeat, Count) and isinstance(held, list | tuple):
            found[part.repeat.field] = part.repeat.back(len(held))
        if isinstance(part, Group) and held is not None:
            around = {**outer, **found, **record}
            found |= _counts_inside(part, held, around)
            if part.length is not None and part.length.field not in record:
                found[part.length.field] = part.length.back(len(_round(part, held, around)))
    return found


def _counts_inside(group: Group, held: object, around: Mapping[str, Any]) -> Record:
    """Find the counts that stand before a group and say how often something in it repeats."""
    own = {part.name for part in group.parts}
    found: Record = {}
    for one in held if isinstance(held, list | tuple) else [held]:
        if isinstance(one, Mapping):
            found |= _counts(group.parts, one, around)
    return {name: number for name, number in found.items() if name not in own}


def _field(field: Field, record: Mapping[str, Any]) -> bytes:
    held = record[field.name]
    try:  # not ``with``: fields are many
        if field.repeat is None:
            return field.type.write(held)
        if field.padded and isinstance(field.repeat, int):
            return _padded(field, held, field.repeat)
        return b"".join([field.type.write(one) for one in _list(held, field.repeat, record)])
    except EncodeError as error:
        raise EncodeError(f"{field.name}: {error}") from None


def _padded(field: Field, held: object, most: int) -> bytes:
    """Write the values that there are, with zeros in the places behind them."""
    if not isinstance(held, list | tuple) or len(held) > most:
        raise EncodeError(f"{held!r} is no list of up to {most} values")
    return b"".join([field.type.write(one) for one in held]).ljust(most * field.type.size, b"\0")


def _bits(field: Field, record: Mapping[str, Any]) -> int:
    """Give the bits of a field that shares a register with others."""
    value, width = int.from_bytes(_field(field, record)), field.lane.width if field.lane else 0
    if value >> width:
        raise EncodeError(f"{field.name}: {record[field.name]!r} does not fit {width} bits")
    return value


def _group(group: Group, record: Mapping[str, Any]) -> bytes:
    held = record[group.name]
    with _inside(group.name):
        rounds = [held] if group.repeat is None else _list(held, group.repeat, record)
        data = b"".join([_round(group, one, record) for one in rounds])
        if group.length is not None and len(data) != (wanted := _counted(group.length, record)):
            raise EncodeError(f"it has {len(data)} bytes, but {group.length.field} says {wanted}")
    return data


def _round(group: Group, held: object, outer: Mapping[str, Any]) -> bytes:
    if not isinstance(held, Mapping):
        raise EncodeError(f"{held!r} is no record of {', '.join(part.name for part in group.parts)}")
    return encode(group.parts, held, outer) + encode(group.tail, held, outer) + left_over(held)


def left_over(record: Mapping[str, Any]) -> bytes:
    """Give the bytes that stood beyond the parts when the record was read. Raises EncodeError."""
    return _HEX.write(record.get(LEFT_OVER, ""))


def _list(held: object, rule: Count | int | str, record: Mapping[str, Any]) -> Sequence[Any]:
    """Give a list whose count says the same. Raises EncodeError."""
    if not isinstance(held, list | tuple):
        raise EncodeError(f"{held!r} is no list")
    wanted = _counted(rule, record) if isinstance(rule, Count) else rule
    if isinstance(wanted, int) and len(held) != wanted:
        raise EncodeError(f"it has {len(held)} values, but {wanted} are wanted")
    return held


def _counted(rule: Count, record: Mapping[str, Any]) -> int:
    value = record.get(rule.field)
    if not isinstance(value, int):
        raise EncodeError(f"{rule.field} is {value!r}, a whole number is wanted")
    return rule.of(value)


@contextmanager
def _inside(name: str) -> Iterator[None]:
    try:
        yield
    except EncodeError as error:
        raise EncodeError(f"{name}: {error}") from None

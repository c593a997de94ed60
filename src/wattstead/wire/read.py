"""From the bytes of a payload to its record: one walk over its layout."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

from wattstead.model.errors import DecodeError
from wattstead.wire.field import Hex
from wattstead.wire.layout import LEFT_OVER, REGISTER, Count, Field, Group, Lane, Part, Record, Repeat
from wattstead.wire.quick import Read, quick_of
from wattstead.wire.quick_keep import Keeper

_HEX = Hex()
_READERS: Final[Keeper[Read]] = Keeper(lambda parts, _: quick_of(parts))

_FEW = 2  # bytes that may always be left over where longer payloads are taken


def decode(parts: Sequence[Part], payload: bytes, *, longer: bool = False) -> Record:
    """Read a whole payload. Raises DecodeError: too short, too long, or a value that its type refuses.

    longer: keep bytes that are left over, as a newer device may send more than we know; never more than those we know.
    """
    read = _READERS.of(parts)
    if read is not None and (quick := read(payload)) is not None:
        return quick
    reader = _Reader(payload)
    record = reader.parts(parts, {})
    if reader.left and longer and reader.left <= max(_FEW, reader.at):
        record[LEFT_OVER] = _HEX.read(payload[reader.at :])
    elif reader.left:
        raise DecodeError(f"{reader.left} bytes too many: the payload of {len(payload)} should end at {reader.at}")
    return record


class _Reader:
    def __init__(self, payload: bytes) -> None:
        self.payload = payload
        self.at = 0

    @property
    def left(self) -> int:
        return len(self.payload) - self.at

    def parts(self, parts: Sequence[Part], outer: Record) -> Record:
        """Read parts in their order. outer: what the groups around them read before."""
        record: Record = {}
        seen = dict(outer)
        for part in parts:
            if part.optional and not self.left:
                break
            if part.when and not part.when.holds(seen.get(part.when.field)):
                continue
            value = self._field(part, seen) if isinstance(part, Field) else self._group(part, seen)
            record[part.name] = seen[part.name] = value
        return record

    def _field(self, field: Field, seen: Record) -> Any:
        size = field.type.size or self.left
        try:
            if field.lane is not None:
                return field.type.read(self._bits(field.lane).to_bytes(size))
            if field.repeat is None:
                return field.type.read(self._take(size))
            number = self.left // size if field.repeat == "rest" else _number(field.repeat, seen)
            data = self._take(size * number)
            if field.padded:
                data = data[: -(-len(data.rstrip(b"\0")) // size) * size]
            return tuple([field.type.read(data[at : at + size]) for at in range(0, len(data), size)])
        except DecodeError as error:
            raise DecodeError(f"{field.name}: {error}") from None

    def _bits(self, lane: Lane) -> int:
        """Take some bits of a register; the last of them takes the register away."""
        register = int.from_bytes(self._take(REGISTER), lane.order)
        if not lane.last:
            self.at -= REGISTER
        return register >> lane.shift & (1 << lane.width) - 1

    def _group(self, group: Group, seen: Record) -> Record | list[Record]:
        if group.length is not None:
            with _inside(group.name):
                return self._sized(group, group.length, seen)
        if group.repeat is None:
            return self.parts(group.parts, seen)
        if group.repeat == "rest":
            return self._rest(group, seen)
        with _inside(group.name):
            number = _number(group.repeat, seen)
        return [self._round(group, at, seen) for at in range(number)]

    def _rest(self, group: Group, seen: Record) -> list[Record]:
        """Read repeats to the end; where they do not come out even, each may have the same few bytes more.

        Spare bytes may look like the next repeat: then those count by which all repeats are of one size.
        """
        start, uneven = self.at, None
        try:
            return self._rounds(group, seen, 0)[0]
        except DecodeError as error:
            refused = error
        for spare in range(1, group.spare + 1):
            self.at = start
            try:
                rounds, sizes = self._rounds(group, seen, spare)
            except DecodeError:
                continue
            if len(sizes) == 1:
                return rounds
            uneven = uneven or rounds
        if uneven is None:
            raise refused
        self.at = len(self.payload)
        return uneven

    def _rounds(self, group: Group, seen: Record, spare: int) -> tuple[list[Record], set[int]]:
        """Give the repeats, and the sizes that they have."""
        rounds: list[Record] = []
        sizes: set[int] = set()
        while self.left:
            before = self.at
            rounds.append(self._round(group, len(rounds), seen, spare))
            sizes.add(self.at - before)
        return rounds, sizes

    def _round(self, group: Group, number: int, seen: Record, spare: int = 0) -> Record:
        before = self.at
        with _inside(f"{group.name} {number + 1}"):
            record = self.parts(group.parts, seen)
            if spare:
                record |= self._tail(group, {**seen, **record}, spare)
            if self.at == before:  # a count of thousands must not cost time for nothing
                raise DecodeError(f"takes none of the {self.left} bytes that are left")
        return record

    def _tail(self, group: Group, seen: Record, spare: int) -> Record:
        """Read what is known of the spare bytes of a repeat; a value that is not there whole is kept with the rest."""
        data = self._take(spare)
        inner = _Reader(data)
        record: Record = {}
        for part in group.tail:
            size = part.type.size * (part.repeat if isinstance(part.repeat, int) else 1)
            if inner.left < size:
                break
            record |= inner.parts([part], seen)
        if inner.left:
            record[LEFT_OVER] = _HEX.read(data[inner.at :])
        return record

    def _sized(self, group: Group, length: Count, seen: Record) -> Record:
        inner = _Reader(self._take(_number(length, seen)))
        record = inner.parts(group.parts, seen)
        if inner.left:
            record[LEFT_OVER] = _HEX.read(inner.payload[inner.at :])
        return record

    def _take(self, size: int) -> bytes:
        start, self.at = self.at, self.at + size
        if self.at <= len(self.payload):
            return self.payload[start : self.at]
        self.at = start
        raise DecodeError(f"wants {size} bytes at {start}, but {len(self.payload)} bytes leave {self.left} for it")


@contextmanager
def _inside(name: str) -> Iterator[None]:
    try:
        yield
    except DecodeError as error:
        raise DecodeError(f"{name}: {error}") from None


def _number(rule: Repeat, seen: Mapping[str, Any]) -> int:
    if isinstance(rule, int):
        return rule
    if not isinstance(rule, Count):
        raise DecodeError("no rule says how often it stands there")
    value = seen.get(rule.field)
    if not isinstance(value, int) or (number := rule.of(value)) < 0:
        raise DecodeError(f"{rule.field} is {value}, at least {rule.back(0)} expected")
    return number

"""What a state file may name for a make, and what the wire can carry of it."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from math import isfinite
from typing import Any, TypeGuard

from wattstead.model.errors import EncodeError, UsageError
from wattstead.model.quantity import QUANTITIES
from wattstead.wire.dialect import Dialect
from wattstead.wire.field import Bits, Number
from wattstead.wire.layout import Count, Field, Group, Part, fields_of
from wattstead.wire.message import Message

_LISTED, _SHOWN = 40, 6  # so many names are listed in full; else so many of those that are like it


@dataclass(frozen=True)
class Vocabulary:
    """Names of one dialect. fields: by the name of a field and by what it tells. flags: bits that tell a quantity.

    codes: all other bits, those without a name as ``event_7_bit_6``. following: of each message, the counts that follow
    from how many values there are. ranges: lowest and highest number that the wire carries, by quantity. of_bank:
    fields that only messages of a whole bank carry; bank_ranges: as ``ranges``, of those messages. tails: names that
    only the tail of a message tells.
    """

    dialect: Dialect
    fields: Mapping[str, tuple[Field, ...]]
    flags: frozenset[str]
    codes: frozenset[str]
    following: Mapping[str, frozenset[str]] = field(default_factory=dict)
    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    of_bank: Mapping[str, tuple[Field, ...]] = field(default_factory=dict)
    bank_ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    tails: frozenset[str] = frozenset()

    @classmethod
    def of(cls, dialect: Dialect) -> "Vocabulary":
        """Collect what the readable messages of a dialect tell."""
        messages, banks = readable(dialect), readable(dialect, of_bank=True)
        fields, of_bank = _fields(messages), _fields(banks)
        bits = {bit for message in (*messages, *banks) for bit in _bits(message)}
        following = {message.name: _following(message.reply) for message in messages}
        flags, codes = frozenset(bits & dialect.told), frozenset(bits - dialect.told)
        alone = {name: these for name, these in of_bank.items() if name not in fields}
        tails = frozenset(name for name, these in fields.items() if all(one in _tails(messages) for one in these))
        return cls(dialect, fields, flags, codes, following, _ranges(fields), alone, _ranges(of_bank), tails)

    def saturated(self, values: dict[str, Any], *, of_bank: bool = False) -> dict[str, Any]:
        """Hold numbers within what the wire carries, as counters and converters of a real device do."""
        for name, (low, high) in (self.bank_ranges if of_bank else self.ranges).items():
            value = values.get(name)
            if isinstance(value, int | float) and not low <= value <= high:
                values[name] = min(max(value, low), high)
            elif isinstance(value, tuple) and not all(low <= one <= high for one in value):
                values[name] = tuple(min(max(one, low), high) for one in value)
        return values

    def carried(self, name: str, value: object, simulated: Mapping[str, Any]) -> Any:
        """Give the value as a report holds it: one for each cell where the device has one for each.

        simulated: what the pack says by itself; a list must be as long as there. Raises UsageError: unknown, of the
        wrong kind or length, or beyond what the wire carries.
        """
        if name in self.flags:
            return self._flag(value)
        if name == "soc_pct" and self.soc_by_capacity:
            return _share_pct(value)
        if name not in self.fields and name not in self.of_bank:
            raise UsageError(self._unknown(name))
        fields = self.fields.get(name) or self.of_bank[name]
        if fields[0].repeat is None:
            return _fitting(fields, value)
        return tuple(_fitting(fields, one) for one in one_each(value, len(simulated[fields[0].quantity or name])))

    @property
    def soc_by_capacity(self) -> bool:
        """Whether the wire tells the state of charge as remaining and full capacity alone."""
        return (
            "soc_pct" not in self.fields.keys() - self.tails
            and {"remaining_capacity_ah", "full_capacity_ah"} <= self.fields.keys()
        )

    def active(self, codes: object) -> tuple[str, ...]:
        """Check a list of codes. Raises UsageError."""
        if not isinstance(codes, list) or not all(isinstance(code, str) for code in codes):
            raise UsageError(f'{codes!r} is no list of codes; write active = ["{min(self.codes)}"], or [] for none')
        for code in codes:
            if code not in self.codes:
                raise UsageError(self._unknown_code(code))
        return tuple(codes)

    def _unknown_code(self, code: str) -> str:
        """Some codes stand in messages that the host reads and the virtual device refuses."""
        instead = nearest(code, self.codes, "its codes are")
        carriers = [message.name for message in self.dialect.messages if code in _bits(message)]
        if carriers and code not in self.flags:
            return f"a virtual {self.dialect.name} does not answer {carriers[0]}, which carries {code!r}; {instead}"
        return f"{self.dialect.name} has no code {code!r}; {instead}"

    def _flag(self, value: object) -> bool:
        if not isinstance(value, bool):
            raise UsageError(f"{value!r} is neither true nor false")
        return value

    def _unknown(self, name: str) -> str:
        if name in self.codes:
            return f'this is a code; write active = ["{name}"]'
        if any(name in counts for counts in self.following.values()):
            return "this count follows from how many values there are; leave it out"
        if name in QUANTITIES:
            return f"the wire of {self.dialect.name} does not carry it; {self._nearest(name)}"
        return f"there is no such quantity or field; {self._nearest(name)}"

    def _nearest(self, name: str) -> str:
        """Look among all names; list the quantities alone, for settings are many."""
        known = {*self.fields, *self.flags, *(("soc_pct",) if self.soc_by_capacity else ())}
        found = nearest(name, known, "")
        return found if found.startswith("did") else nearest(name, known & QUANTITIES.keys(), "this wire carries")


def one_each(value: object, wanted: int) -> list[object]:
    """Give a list of so many values; a single value stands for all. Raises UsageError for a list of another length."""
    values = value if isinstance(value, list) else [value] * wanted
    if len(values) != wanted:
        raise UsageError(f"a list of {len(values)} does not match; give a list of {wanted}, or one value for all")
    return values


def readable(dialect: Dialect, *, of_bank: bool = False) -> list[Message]:
    """Messages that a virtual device answers with values: of a pack, or of the whole bank."""
    answered = [message for message in dialect.messages if message.answered and not message.writes]
    return [message for message in answered if message.of_bank is of_bank]


def _fields(messages: Iterable[Message]) -> dict[str, tuple[Field, ...]]:
    """Collect what these messages tell, by the name of a field and by what it tells."""
    fields: dict[str, tuple[Field, ...]] = {}
    for message in messages:
        follow = _following(message.reply)
        for one in fields_of(message.reply):
            for name in {one.name, one.quantity} - {""} - follow:
                fields[name] = (*fields.get(name, ()), one)
    return fields


def _tails(messages: Iterable[Message]) -> list[Field]:
    """Fields of tails: not every device sends them."""
    return [one for message in messages for part in message.reply if isinstance(part, Group) for one in part.tail]


def _bits(message: Message) -> set[str]:
    """Names of all bits of a reply; of a code and of a flag alike."""
    fields = fields_of(message.reply)
    return {
        one.type.name_of(bit, one.name)
        for one in fields
        if isinstance(one.type, Bits)
        for bit in range(8 * one.type.size)
    }


def nearest(name: str, known: Collection[str], otherwise: str) -> str:
    """Ask whether the nearest known name is meant, else list them after ``otherwise``."""
    begun = sorted((one for one in known if one.startswith(name)), key=len)
    near = begun or get_close_matches(name, known, n=1, cutoff=0.6)
    if near:
        return f"did you mean {near[0]}?"
    if len(known) <= _LISTED:
        return f"{otherwise} {', '.join(sorted(known))}"
    words = [word for word in name.lower().split("_") if len(word) > 2]
    like = [one for one in sorted(known) if any(word in one for word in words)]
    some = (like or sorted(known))[:_SHOWN]
    return f"{otherwise} {', '.join(some)} … {len(known)} in all"


def is_number(value: object) -> TypeGuard[float]:
    """Whether this is a finite number; true and false are none."""
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)


def _share_pct(value: object) -> float:
    if not is_number(value) or not 0.0 <= value <= 100.0:
        raise UsageError(f"{value!r} is no number from 0 to 100")
    return float(value)


def _fitting(fields: Sequence[Field], value: object) -> object:
    """Give the value if one of the fields can carry it: some say the same in a short and in a long form."""
    refusals: list[str] = []
    for one in fields:
        if isinstance(one.type, Number) and not is_number(value):
            refusals.append(f"{value!r} is no number")
            continue
        try:
            one.type.write(value)
        except EncodeError as error:
            refusals.append(str(error))
            continue
        return value if not isinstance(value, list) else tuple(value)
    raise UsageError(refusals[0])


def _ranges(fields: Mapping[str, Sequence[Field]]) -> dict[str, tuple[float, float]]:
    """Find the widest range of each quantity: some stand in a short and in a long form."""
    limits = {
        name: [one.type.limits for one in these if isinstance(one.type, Number)]
        for name, these in fields.items()
        if name in QUANTITIES
    }
    return {name: (min(low for low, _ in each), max(high for _, high in each)) for name, each in limits.items() if each}


def _following(parts: Sequence[Part]) -> frozenset[str]:
    """Find the counts that no default and no rule gives: they follow from what they count."""
    counts = set(_counts(parts))
    free = {one.name for one in fields_of(parts) if one.default is not None or one.fill}
    return frozenset(counts - free)


def _counts(parts: Sequence[Part]) -> Iterator[str]:
    for part in parts:
        rules = [part.repeat, part.length] if isinstance(part, Group) else [part.repeat]
        yield from (rule.field for rule in rules if isinstance(rule, Count))
        if isinstance(part, Group):
            yield from _counts(part.parts)

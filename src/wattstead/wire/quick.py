"""A quick way through layouts: for each a function is written that does what the walk does, with its places put in.

``wire/read.py`` can read everything; what is written here reads most of it in a fraction of the time, and gives None
wherever that one must look: bytes that run out or are left over, values that a type refuses, what only few layouts
have. Of a profile only whole numbers and quoted names go into the text of a function: docs/decisions/quick-readers.md.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from wattstead.model.errors import DecodeError
from wattstead.wire.layout import LEFT_OVER, REGISTER, Count, Field, Group, Part, Record, Repeat, When
from wattstead.wire.quick_spare import spared_rounds
from wattstead.wire.quick_text import Text
from wattstead.wire.quick_value import Place, Unpackers, is_whole, value_of

Read = Callable[[bytes], Record | None]
"""Payload to record; None where it has to be walked."""

_Around = tuple[dict[str, tuple[str, bool]], ...]
"""Names of the fields that were read, the innermost level first: the variable, and whether it is a whole number."""


class _NoWay(Exception):
    """Only the walk can read such a layout."""


def quick_of(parts: Sequence[Part]) -> Read | None:
    """Write the function of a layout; None where it has to be walked."""
    text = _Reader()
    try:
        text.whole(parts)
    except _NoWay:
        return None
    read = text.made("read")

    def guarded(payload: bytes) -> Record | None:
        try:
            found: Record | None = read(payload)
        except DecodeError:
            return None  # the walk says it with its place
        return found

    return guarded


class _Reader(Text):
    """Writes functions. ``at`` is always where to go on, but for what a row has already passed."""

    def __init__(self) -> None:
        super().__init__()
        self._passed = 0
        self._kept: dict[str, list[str]] = {}
        self._begun: set[str] = set()

    def whole(self, parts: Sequence[Part]) -> None:
        """Write the function for a whole payload."""
        with self.inside("def read(payload):"):
            self.line("at, end = 0, len(payload)")
            record = self._level(parts, "end", ())
            self._arrive()
            self.line(f"return {record} if at == end else None")

    # Where we are.

    def _here(self, more: int = 0) -> str:
        passed = self._passed + more
        return f"at + {passed}" if passed else "at"

    def _arrive(self) -> None:
        """Put what was passed into ``at``: before a branch or a loop, and at its end."""
        if self._passed:
            self.line(f"at += {self._passed}")
            self._passed = 0

    @contextmanager
    def _branch(self, head: str, record: str) -> Iterator[None]:
        """Write a block that may be left out: what stands before is kept first. record: of this level."""
        self._arrive()
        self._write(record)
        with self.inside(head):
            self.line("pass")
            yield
            self._arrive()
            self._write(record)

    # What is kept.

    def _keep(self, record: str, name: str, value: str) -> None:
        """Put a variable into a record; written with its neighbours."""
        self._kept.setdefault(record, []).append(f"{name!r}: {value}")

    def _write(self, record: str) -> None:
        """Write what is to be kept: the first of it makes the record."""
        kept = self._kept.pop(record, [])
        if record not in self._begun:
            self.line(f"{record} = {{{', '.join(kept)}}}")
            self._begun.add(record)
        elif kept:
            self.line(f"{record} |= {{{', '.join(kept)}}}")

    def _variable(self, value: str) -> str:
        """Give a variable that has this value."""
        if value.isidentifier():
            return value
        variable = self.fresh("v")
        self.line(f"{variable} = {value}")
        return variable

    # Parts in a row.

    def _level(self, parts: Sequence[Part], end: str, around: _Around) -> str:
        """Read parts; give the name of their record."""
        record = self.fresh("record")
        self._row(list(parts), end, record, ({}, *around))
        self._write(record)
        return record

    def _row(self, parts: list[Part], end: str, record: str, around: _Around) -> None:
        while parts:
            plain = _plain(parts)
            if plain:
                self._fixed(plain, end, record, around)
                del parts[: len(plain)]
                continue
            if parts[0].optional:
                self._optional(parts, end, record, around)
                return
            self._one(parts.pop(0), end, record, around)

    def _optional(self, parts: list[Part], end: str, record: str, around: _Around) -> None:
        """Read parts that may be missing, with all behind them: mostly they are all there, and unpacked at once."""
        self._not_outside(parts, around)
        run = _optional_run(parts)
        if len(run) > 1:
            size = _placed(run)[1]
            with self._branch(f"if at + {size} <= {end}:", record):
                self._fixed(run, end, record, around, checked=True)
                self._row(parts[len(run) :], end, record, around)
            with self._branch("else:", record):
                self._one_by_one(list(run), end, record, around)
        else:
            self._one_by_one(parts, end, record, around)

    def _one_by_one(self, parts: list[Part], end: str, record: str, around: _Around) -> None:
        with self._branch("while True:", record):  # left where the bytes end
            while parts and parts[0].optional:
                self._arrive()
                self._write(record)
                self.line(f"if at >= {end}: break")
                self._one(parts.pop(0), end, record, around)
            self._row(parts, end, record, around)
            self._arrive()
            self._write(record)
            self.line("break")

    def _not_outside(self, parts: Sequence[Part], around: _Around) -> None:
        """What may be missing must not stand for a field of the same name around it."""
        for part in parts:
            if any(part.name in level for level in around):
                raise _NoWay

    def _one(self, part: Part, end: str, record: str, around: _Around) -> None:
        if part.when is None:
            self._read(part, end, record, around)
            return
        self._not_outside((part,), around)
        holds = self._holds(part.when, around)
        maybe = self.fresh("maybe")
        self.line(f"{maybe} = None")
        with self._branch(f"if {holds}:", record):
            self._read(part, end, record, around)
            if part.name in around[0]:
                self.line(f"{maybe} = {around[0][part.name][0]}")
        around[0][part.name] = maybe, False

    def _read(self, part: Part, end: str, record: str, around: _Around) -> None:
        if not isinstance(part, Field):
            self._group(part, end, record, around)
        elif _is_fixed(part) and part.lane is None:
            self._fixed((part,), end, record, around)
        else:
            self._many(part, end, record, around)

    # Fields of fixed sizes.

    def _fixed(self, fields: Sequence[Field], end: str, record: str, around: _Around, *, checked: bool = False) -> None:
        """Unpack fields that stand in a row: at once, but for those that repeat. checked: they are there for sure."""
        places, size = _placed(fields)
        if not checked:
            self.line(f"if {self._here(size)} > {end}: return None")
        raws = self._unpacked([one for one in places if one.field.repeat is None])
        for place in places:
            field = place.field
            if field.repeat is None:
                raw = raws[place.at, place.order]
                self._tell(field, value_of(field, raw, self.given), record, around)
            elif isinstance(field.repeat, int):
                self._repeated(field, place, str(field.repeat), record)
        self._passed += size

    def _unpacked(self, places: Sequence[Place]) -> dict[tuple[int, str], str]:
        """Unpack what does not repeat; give the variables by place and order: fields may share a register."""
        names: dict[tuple[int, str], str] = {}
        for order in (">", "<"):
            text, variables, stopped = order, [], 0
            start = min((one.at for one in places if one.order == order), default=0)
            stopped = start
            for one in places:
                if one.order != order or (one.at, order) in names:
                    continue
                text += f"{one.at - stopped}x" if one.at > stopped else ""
                text += one.code
                stopped = one.at + (REGISTER if one.field.lane is not None else one.field.type.size)
                names[one.at, order] = variable = self.fresh("v")
                variables.append(variable)
            if variables:
                unpack = self.unpacker(text)
                self.line(f"{', '.join(variables)}, = {unpack}(payload, {self._here(start)})")
        return names

    def _repeated(self, field: Field, place: Place, count: str, record: str) -> None:
        """Read a field that repeats. count: how often, a number or a variable."""
        many = self.given("many", Unpackers(place.order, place.code))
        raw = f"{many}[{count}](payload, {self._here(place.at)})"
        one = value_of(field, "one", self.given)
        self._keep(record, field.name, self._variable(raw if one == "one" else f"tuple([{one} for one in {raw}])"))

    def _tell(self, field: Field, value: str, record: str, around: _Around) -> None:
        variable = self._variable(value)
        around[0][field.name] = variable, is_whole(field.type)
        self._keep(record, field.name, variable)

    # Fields whose size earlier ones say.

    def _many(self, field: Field, end: str, record: str, around: _Around) -> None:
        if field.lane is not None:
            raise _NoWay
        if field.repeat is None:
            self._rest(field, end, record, around)
            return
        size = field.type.size
        if not size:
            raise _NoWay
        place = Place(field, 0)
        count = self._count(field.repeat, end, around, size)
        self.line(f"if {self._here()} + {count} * {size} > {end}: return None")
        if field.padded:
            stop, last = self.fresh("stop"), f"{self._here()} + {count} * {size}"
            self.line(f"{stop} = len(payload[{self._here()}:{last}].rstrip({bytes(1)!r}))")
            filled = self.fresh("count")
            self.line(f"{filled} = -(-{stop} // {size})")
            self._repeated(field, place, filled, record)
        else:
            self._repeated(field, place, count, record)
        self._arrive()
        self.line(f"at += {count} * {size}")

    def _rest(self, field: Field, end: str, record: str, around: _Around) -> None:
        """Read a value that is all that is left."""
        left = self._variable(f"payload[{self._here()}:{end}]")
        self._tell(field, value_of(field, left, self.given), record, around)
        self._passed = 0
        self.line(f"at = {end}")

    def _count(self, rule: Repeat, end: str, around: _Around, size: int) -> str:
        if isinstance(rule, int):
            return str(rule)
        count = self.fresh("count")
        if rule == "rest":
            self.line(f"{count} = ({end} - ({self._here()})) // {size}")
            return count
        if not isinstance(rule, Count):
            raise _NoWay
        variable, whole = self._seen(rule.field, around)
        if not whole:
            self.line(f"if not isinstance({variable}, int): return None")
        times = f" * {rule.times}" if rule.times != 1 else ""
        self.line(f"{count} = {variable}{times}{f' - {rule.less}' if rule.less else ''}")
        self.line(f"if {count} < 0: return None")
        return count

    def _holds(self, when: When, around: _Around) -> str:
        variable, whole = self._seen(when.field, around)
        inside = f"{when.at_least} <= {variable} <= {when.at_most}"
        return inside if whole else f"isinstance({variable}, int) and {inside}"

    def _seen(self, name: str, around: _Around) -> tuple[str, bool]:
        for level in around:
            if name in level and level[name][0]:
                return level[name]
        raise _NoWay  # nobody said it, or outside of the function that is being written

    # Groups.

    def _group(self, group: Group, end: str, record: str, around: _Around) -> None:
        if group.length is not None and group.repeat is not None:
            raise _NoWay
        if group.length is not None:
            self._sized(group, group.length, end, record, around)
        elif group.repeat is None:
            self._keep(record, group.name, self._level(group.parts, end, around))
        elif group.repeat == "rest" and group.spare:
            self._spared(group, end, record, around)
        else:
            self._rounds(group, end, record, around)

    def _sized(self, group: Group, length: Count, end: str, record: str, around: _Around) -> None:
        """Read a group that fills so many bytes; what its parts leave over is kept."""
        size, last = self._count(length, end, around, 1), self.fresh("last")
        self.line(f"{last} = {self._here()} + {size}")
        self.line(f"if {last} > {end}: return None")
        inner = self._level(group.parts, last, around)
        self._arrive()
        self.line(f"if at < {last}: {inner}[{LEFT_OVER!r}] = payload[at:{last}].hex(' ').upper()")
        self.line(f"at = {last}")
        self._keep(record, group.name, inner)

    def _rounds(self, group: Group, end: str, record: str, around: _Around) -> None:
        """Read a group that repeats. A count of thousands must not cost time for nothing."""
        rounds, before = self.fresh("rounds"), self.fresh("before")
        rest = group.repeat == "rest"
        head = f"while at < {end}:" if rest else f"for _ in range({self._count(group.repeat, end, around, 1)}):"
        self._arrive()
        self.line(f"{rounds} = []")
        with self._branch(head, record):
            self.line(f"{before} = at")
            inner = self._level(group.parts, end, around)
            self._arrive()
            self.line(f"if at == {before}: return None")
            self.line(f"{rounds}.append({inner})")
        self._keep(record, group.name, rounds)

    def _spared(self, group: Group, end: str, record: str, around: _Around) -> None:
        """Read repeats to the end that may have spare bytes each: one of them is a function of its own."""
        if not all(one.when is None and one.lane is None and _is_fixed(one) for one in group.tail):
            raise _NoWay
        outer = tuple(dict.fromkeys(level, ("", False)) for level in around)
        one, tail = self.fresh("one"), self.fresh("tail")
        self._arrive()
        with self.apart(f"def {one}(payload, at, end):"):
            inner = self._level(group.parts, "end", outer)
            self._arrive()
            self.line(f"return {inner}, at")
        with self.apart(f"def {tail}(payload, at, end, record):"):
            self._tail(group, outer)
        rounds = self.given("rounds", spared_rounds)
        found = self.fresh("rounds")
        self.line(f"{found} = {rounds}({one}, {tail}, {group.spare}, payload, at, {end})")
        self.line(f"if {found} is None: return None")
        self._keep(record, group.name, found)
        self.line(f"at = {end}")

    def _tail(self, group: Group, around: _Around) -> None:
        """Read what is known of the spare bytes; what is not there whole is kept with the rest."""
        self._begun.add("record")
        with self._branch(f"if at + {_placed(group.tail)[1]} <= end:", "record"):
            self._fixed(group.tail, "end", "record", around, checked=True)
        with self._branch("else:", "record"), self._branch("while True:", "record"):
            for field in group.tail:
                self._arrive()
                self._write("record")
                self.line(f"if at + {_placed((field,))[1]} > end: break")
                self._fixed((field,), "end", "record", around, checked=True)
            self._arrive()
            self._write("record")
            self.line("break")
        self.line(f"if at < end: record[{LEFT_OVER!r}] = payload[at:end].hex(' ').upper()")
        self.line("return True")


def _plain(parts: Sequence[Part]) -> list[Field]:
    """Give the fields in front that are always there and have always as many bytes; whole registers of them."""
    found: list[Field] = []
    for part in parts:
        if not isinstance(part, Field) or part.optional or part.when or not _is_fixed(part):
            break
        found.append(part)
    while found and found[-1].lane is not None and not found[-1].lane.last:
        found.pop()
    return found


def _optional_run(parts: Sequence[Part]) -> list[Field]:
    """Give the fields of one value each in front that may be missing, one after the other."""
    found: list[Field] = []
    for part in parts:
        if not isinstance(part, Field) or not part.optional or part.when or part.lane is not None:
            break
        if part.repeat is not None or not part.type.size:
            break
        found.append(part)
    return found


def _is_fixed(field: Field) -> bool:
    """Whether it has always as many bytes."""
    many = field.repeat is None or (isinstance(field.repeat, int) and not field.padded)
    return bool(field.type.size) and many


def _placed(fields: Sequence[Field]) -> tuple[list[Place], int]:
    """Give the places of fields in a row, and the bytes that they fill."""
    places, at = [], 0
    for field in fields:
        places.append(Place(field, at, field.lane is not None))
        if field.lane is not None:
            at += REGISTER if field.lane.last else 0
        else:
            at += field.type.size * (field.repeat if isinstance(field.repeat, int) else 1)
    return places, at

"""A quick way from records to what they tell: a function for each layout that does what ``fill.told_of`` does."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Final

from wattstead.wire.field import Bits
from wattstead.wire.layout import Field, Group, Part
from wattstead.wire.quick_text import Text

_MOST: Final = 256  # values of one field of bits whose meaning is kept

Tell = Callable[[Mapping[str, Any]], tuple[dict[str, Any], tuple[str, ...] | None, list[Any]]]
"""A record to values by quantity, active codes (None where it has none), and what each pack told."""


class Said(dict[int, tuple[Mapping[str, bool], tuple[str, ...] | None]]):
    """What each value of a field of bits says: flags, and codes that are active; None where it has none at all."""

    def __init__(self, kind: Bits, field: str, told: Collection[str]) -> None:
        super().__init__()
        self._kind, self._field, self._told = kind, field, told

    def __missing__(self, raw: int) -> tuple[Mapping[str, bool], tuple[str, ...] | None]:
        if len(self) >= _MOST:
            self.clear()
        kind = self._kind
        bits = kind.split(raw, self._field) if raw else dict.fromkeys(filter(None, kind.names), False)
        flags = {name: on for name, on in bits.items() if name in self._told}
        codes = [name for name in bits if name not in self._told]
        said = self[raw] = (flags, tuple(name for name in codes if bits[name]) if codes else None)
        return said


def teller(parts: Sequence[Part], told: frozenset[str], make: Callable[[dict[str, Any], Any], Any]) -> Tell:
    """Write the function of a layout. told: names of quantities and settings. make: makes what one pack tells."""
    text = _Teller(told, make)
    text.whole(parts, "tell")
    made: Tell = text.made("tell")
    return made


class _Teller(Text):
    def __init__(self, told: frozenset[str], make: Callable[[dict[str, Any], Any], Any]) -> None:
        super().__init__()
        self._told = told
        self._make = self.given("make", make)
        self._may_be: set[str] = set()
        self._in_loop = False

    def whole(self, parts: Sequence[Part], name: str) -> None:
        """Write a function for a record of these parts."""
        before = self._may_be, self._in_loop
        self._may_be, self._in_loop = set(), False
        with self.apart(f"def {name}(record):"):
            self.line("values, active, packs = {}, None, []")
            self._parts(parts, "record")
            self.line("return values, active, packs")
        self._may_be, self._in_loop = before

    def _parts(self, parts: Sequence[Part], record: str) -> None:
        for part in parts:
            held = self.fresh("held")
            if isinstance(part, Group):
                self.line(f"{held} = {record}.get({part.name!r})")
                self._group(part, held)
            elif isinstance(part.type, Bits) or part.quantity:
                self.line(f"{held} = {record}.get({part.name!r})")
                self._field(part, held)

    def _field(self, field: Field, held: str) -> None:
        if isinstance(field.type, Bits):
            said = self.given("said", Said(field.type, field.name, self._told))
            self._may_be |= set(field.type.names)
            with self.inside(f"if {held} is not None:"):
                self.line(f"flags, codes = {said}[{held}]")
                self.line("if flags: values.update(flags)")
                self.line("if codes is not None:")
                self.line(
                    "    active = codes if not active else (*active, *[one for one in codes if one not in active])"
                )
            return
        again = self._in_loop or field.quantity in self._may_be
        self._may_be.add(field.quantity)
        first = f" and {field.quantity!r} not in values" if again else ""
        self.line(f"if {held} is not None{first}: values[{field.quantity!r}] = {held}")

    def _group(self, group: Group, held: str) -> None:
        one = self.fresh("one")
        with self.inside(f"if {held} is not None:"):
            if group.packs:
                name = self.fresh("pack")
                self.whole((*group.parts, *group.tail), name)
                with self.inside(f"for {one} in {held} if isinstance({held}, list) else ({held},):"):
                    self.line(f"packs.append({self._make}(*{name}({one})[:2]))")
                return
            before, self._in_loop = self._in_loop, True
            with self.inside(f"for {one} in {held} if isinstance({held}, list) else ({held},):"):
                self.line("pass")
                self._parts(group.parts, one)
            self._in_loop = before

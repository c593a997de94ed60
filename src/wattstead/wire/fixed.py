"""A quick way through layouts whose fields all stand at fixed places, as register maps and most records have them.

``wire/read.py`` can read everything; this reads a part of it in less time, and gives None wherever that one must look.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from struct import Struct
from typing import Any, Final

from wattstead.model.errors import DecodeError
from wattstead.wire.field import Number, Type
from wattstead.wire.layout import Field, Lane, Part, Record

_CODES: Final = {(1, False): "B", (1, True): "b", (2, False): "H", (2, True): "h", (4, False): "I", (4, True): "i"}
_MOST: Final = 1024  # layouts that are kept: those of all profiles, and windows that somebody asks for again and again

_FEW: Final = 256  # values of a few bits that are worked out beforehand

_EXACT: Final = 1e-9

_Make = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class _Step:
    """name: of the field. at, to: its places in what was unpacked. many: it repeats. make: None where that is it."""

    name: str
    at: int
    to: int
    many: bool
    make: _Make | None


@dataclass(frozen=True, slots=True)
class Plan:
    """Reads one layout."""

    parts: Sequence[Part]
    struct: Struct
    steps: tuple[_Step, ...]

    def read(self, payload: bytes) -> Record | None:
        """Read a payload of the right size; None for any other, and where a type refuses its value."""
        if len(payload) != self.struct.size:
            return None
        raw, record = self.struct.unpack(payload), {}
        try:
            for step in self.steps:
                make = step.make
                if step.many:
                    held = raw[step.at : step.to]
                    record[step.name] = held if make is None else tuple([make(one) for one in held])
                else:
                    record[step.name] = raw[step.at] if make is None else make(raw[step.at])
        except DecodeError:
            return None  # the walk says it with its place
        return record


_plans: dict[int, tuple[Sequence[Part], Plan | None]] = {}


def plan_of(parts: Sequence[Part]) -> Plan | None:
    """Give the plan of a layout; None where it has to be walked."""
    known = _plans.get(id(parts))
    if known is None or known[0] is not parts:
        if len(_plans) >= _MOST:
            _plans.clear()
        known = _plans[id(parts)] = (parts, _made(parts))
    return known[1]


def _made(parts: Sequence[Part]) -> Plan | None:
    text, steps, at = ">", [], 0
    for part in parts:
        if not isinstance(part, Field) or part.optional or part.when or part.padded or not part.type.size:
            return None
        if part.lane is not None:
            steps.append(_Step(part.name, at, at + 1, many=False, make=_shared(part.type, part.lane)))
            if part.lane.last:
                text, at = text + ("H" if part.lane.order == "big" else "2s"), at + 1
            continue
        count = 1 if part.repeat is None else part.repeat
        if not isinstance(count, int):
            return None
        code, make = unpacking(part)
        text += code * count
        steps.append(_Step(part.name, at, at + count, part.repeat is not None, make))
        at += count
    return Plan(parts, Struct(text), tuple(steps))


def _shared(kind: Type, lane: Lane) -> _Make:
    """Make a value of its bits of a register."""
    shift, mask, size, read = lane.shift, (1 << lane.width) - 1, kind.size, kind.read
    known = [read(one.to_bytes(size)) for one in range(mask + 1)] if mask < _FEW else None

    def make(register: int) -> Any:
        value = register >> shift & mask
        return read(value.to_bytes(size)) if known is None else known[value]

    return make if lane.order == "big" else lambda data: make(int.from_bytes(data, "little"))


def unpacking(field: Field) -> tuple[str, _Make | None]:
    """Give how a value is unpacked, and what makes it of that; usual numbers need no call of their type."""
    kind = field.type
    if type(kind) is not Number or kind.absent is not None or kind.order != "big":
        return f"{kind.size}s", kind.read
    code = _CODES.get((kind.size, kind.signed))
    if code is None:
        return f"{kind.size}s", kind.read
    return code, None if kind.whole else _scaled(kind)


def _scaled(kind: Number) -> _Make:
    """Give what scales. Whole numbers divided once are as exact as rounding, in a fifth of the time."""
    scale, offset, digits = kind.scale, kind.offset, kind.digits
    unit = 10**digits
    step, start = round(scale * unit), round(offset * unit)
    if abs(step - scale * unit) > _EXACT or abs(start - offset * unit) > _EXACT:
        return lambda raw: round(raw * scale + offset, digits) + 0.0  # + 0.0: never -0.0
    if start:
        return lambda raw: (raw * step + start) / unit
    return (lambda raw: raw / unit) if step == 1 else lambda raw: raw * step / unit

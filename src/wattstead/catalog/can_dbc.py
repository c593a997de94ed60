"""From a DBC and the table beside it to the messages of a CAN bus: cantools reads the file, once."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from importlib.resources.abc import Traversable
from typing import Any, Final

from wattstead.catalog.can_spec import CanSignalSpec, CanSpec
from wattstead.catalog.where import Where, nearest
from wattstead.model.errors import UsageError
from wattstead.model.quantity import QUANTITIES, Kind
from wattstead.wire.can_signal import CanMessage, CanNumber, Pairs, Sender, Slot, byte, run, stretch
from wattstead.wire.field import Bits, Hex, Text, Type, Word
from wattstead.wire.layout import Field
from wattstead.wire.message import Poll

MISSING: Final = "CAN needs two more packages; install them by: pip install 'wattstead[can]'"
NOT_KNOWN: Final = "not_known"
_NODE: Final = "Battery"  # whoever else sends is the inverter
_RAISED: Final = "raised"
_PLAIN: Final = CanSignalSpec()


class DbcReader:
    """Builds the messages of one profile. Raises ProfileError with the place in the file and what would be right.

    bits: names that a single bit may have: codes, flags and switches.
    """

    def __init__(self, where: Where, spec: CanSpec, bits: Collection[str]) -> None:
        self._where = where.inside("link").inside("can")
        self._spec = spec
        self._bits = bits

    def messages(self, folder: Traversable) -> tuple[CanMessage, ...]:
        """Read the DBC that lies in this folder."""
        database = self._database(folder / self._spec.dbc)
        self._check(database)
        return tuple(self._message(one) for one in database.messages)

    def _database(self, file: Traversable) -> Any:
        if not file.is_file():
            raise self._where.inside("dbc").wrong(f"there is no file {self._spec.dbc}", "put it beside the profile")
        try:
            return _read(file.read_text(encoding="utf-8"))
        except ImportError as error:
            raise UsageError(f"{self._where.file}: {MISSING}") from error
        except ValueError as error:  # bytes that are no text, too
            raise self._where.inside("dbc").wrong(f"cantools cannot read {file.name} ({error})", "correct it") from None

    def _check(self, database: Any) -> None:
        """Hold the names in the table to those of the DBC."""
        spec = self._spec
        messages = {one.name for one in database.messages}
        signals = {signal.name for one in database.messages for signal in one.signals}
        lists = ("send", "needs", "alive", "asks", "inverter_send", "either")
        for key, names, known in (
            *((key, getattr(spec, key), messages) for key in lists),
            ("lengths", spec.lengths, messages),
            ("signals", spec.signals, signals),
            ("fixed", spec.fixed, signals),
            ("scales", spec.scales, signals),
            *(("joins", join.signals, signals) for join in spec.joins),
            ("replies", spec.replies, messages),
            *(("replies", names, messages) for names in spec.replies.values()),
        ):
            for name in names:
                if name not in known:
                    remedy = nearest(name, sorted(known), f"the DBC has {', '.join(sorted(known))}")
                    raise self._where.inside(key).wrong(f"the DBC has no {name!r}", remedy)

    def _message(self, dbc: Any) -> CanMessage:
        where = self._where.inside(f"message {dbc.name!r}")
        pairs = list(self._placed(dbc, where))
        sender: Sender = "battery" if _NODE in dbc.senders else "inverter"
        pairs.sort(key=lambda one: one[1].end)  # by where fields end, so that a short frame holds the first of them
        fields, slots = tuple(field for field, _ in pairs), tuple(slot for _, slot in pairs)
        codes = any(isinstance(field.type, Bits) and any(field.type.names) for field in fields)
        spec = self._spec
        poll = Poll.ALARMS if codes and dbc.name in spec.send else Poll.ASKED
        if sender == "inverter" and dbc.name not in (*spec.inverter_send, *spec.alive, *spec.asks):
            poll = Poll.NEVER  # what an inverter orders
        return CanMessage(
            dbc.name,
            dbc.frame_id,
            () if sender == "battery" else fields,
            fields if sender == "battery" else (),
            poll=Poll.VALUES if dbc.name in spec.needs else poll,
            answered=dbc.name in (*spec.send, *spec.inverter_send, *spec.alive, *spec.asks),
            command_in_reply=sender == "battery",
            slots=slots,
            sender=sender,
            length=self._spec.lengths.get(dbc.name, dbc.length),
            extended=dbc.is_extended_frame,
            cycle_ms=self._cycle_ms(dbc),
            note=dbc.comment or "",
        )

    def _cycle_ms(self, dbc: Any) -> int:
        usual = dbc.cycle_time or 0
        return self._spec.cycle_ms if usual and self._spec.cycle_ms and _NODE in dbc.senders else usual

    def _placed(self, dbc: Any, where: Where) -> Iterator[tuple[Field, Slot]]:
        singles: dict[int, dict[int, str]] = defaultdict(dict)
        paired: dict[int, dict[int, str]] = defaultdict(dict)
        taken: dict[int, int] = defaultdict(int)
        for signal in dbc.signals:
            here = where.inside(f"signal {signal.name!r}")
            if signal.is_multiplexer or signal.multiplexer_ids:
                raise here.wrong("it is multiplexed", "give each layout a message of its own: this is not supported")
            bits = _bits(signal)
            for number, bit in bits:
                taken[number] |= 1 << bit
            if _is_pair(signal):
                paired[bits[0][0]][min(bit for _, bit in bits)] = self._named(signal.name, here)
            elif signal.length == 1:
                singles[bits[0][0]][bits[0][1]] = self._named(signal.name, here)
            else:
                yield self._field(signal, here), self._slot(signal)
        for number, names in paired.items():
            yield self._pairs(dbc.name, number, names), byte(number)
            taken[number] = 0xFF
        for number, known in singles.items():
            others = taken[number] & ~sum(1 << bit for bit in known)
            bits_of = tuple(known.get(bit, "") for bit in range(8))
            yield Field(f"{dbc.name}_{number}", Bits(bits_of), optional=True), byte(number, 0xFF & ~others)
            taken[number] = 0xFF
        yield from _gaps(dbc, taken)

    def _named(self, name: str, where: Where) -> str:
        if name not in self._bits:
            raise where.wrong(
                "a single bit is a flag or a code", nearest(name, sorted(self._bits), "add it to the codes")
            )
        return name

    def _pairs(self, message: str, number: int, names: Mapping[int, str]) -> Field:
        return Field(f"{message}_{number}", Pairs(tuple(names.get(2 * pair, "") for pair in range(4))), optional=True)

    def _slot(self, signal: Any) -> Slot:
        if _is_text(signal):
            return stretch(signal.start // 8, signal.length // 8)
        return run(signal.start, signal.length, "little" if signal.byte_order == "little_endian" else "big")

    def _field(self, signal: Any, where: Where) -> Field:
        said = self._spec.signals.get(signal.name, _PLAIN)
        kind = self._type(signal, said, where)
        quantity = signal.name if said.quantity is None else said.quantity
        wanted = QUANTITIES[quantity].kind if quantity in QUANTITIES else None
        if said.quantity and wanted is None:
            known = sorted(name for name, one in QUANTITIES.items() if one.kind in (Kind.NUMBER, Kind.STATE, Kind.TEXT))
            raise where.wrong(
                f"there is no quantity {quantity!r}", nearest(quantity, known, "see wattstead quantities")
            )
        default = self._spec.fixed.get(signal.name)
        if default is None:
            default = _nothing(kind)
        return Field(signal.name, kind, quantity if wanted else "", optional=True, default=default)

    def _type(self, signal: Any, said: CanSignalSpec, where: Where) -> Type:
        if _is_text(signal):
            return Text(signal.length // 8, said.pad)
        size = -(-signal.length // 8)
        words = {int(raw): str(word) for raw, word in (signal.choices or {}).items()}
        unknowns = tuple(raw & (1 << signal.length) - 1 for raw, word in words.items() if word == NOT_KNOWN)
        if len(unknowns) < len(words):
            return Word({raw: word for raw, word in words.items() if word != NOT_KNOWN}, size)
        if signal.is_signed and signal.length % 8:
            raise where.wrong(f"a signed value of {signal.length} bits", "whole bytes only, where there is a sign")
        scale = float(self._spec.scales.get(signal.name, signal.scale)) * said.sign
        offset = float(signal.offset) * said.sign
        digits = _digits(scale, offset)
        absent = unknowns[0] if unknowns else None  # the first is the one that is written
        return CanNumber(size, signal.is_signed, scale, offset, digits, absent, bits=signal.length, unknowns=unknowns)


@lru_cache(maxsize=64)
def _read(text: str) -> Any:
    import cantools
    from cantools.database import errors

    try:
        return cantools.database.load_string(text, "dbc", strict=True)
    except (errors.Error, errors.UnsupportedDatabaseFormatError) as error:
        raise ValueError(str(error)) from error


def _bits(signal: Any) -> Sequence[tuple[int, int]]:
    """Give byte and bit of each bit of a signal."""
    if signal.byte_order == "little_endian":
        return [divmod(signal.start + k, 8) for k in range(signal.length)]
    first = 8 * (signal.start // 8) + 7 - signal.start % 8
    return [((first + k) // 8, 7 - (first + k) % 8) for k in range(signal.length)]


def _is_pair(signal: Any) -> bool:
    return signal.length == 2 and _RAISED in {str(word) for word in (signal.choices or {}).values()}


def _is_text(signal: Any) -> bool:
    attribute = (signal.dbc.attributes if signal.dbc else {}).get("Text")
    return attribute is not None and attribute.value in (1, "yes")


def _gaps(dbc: Any, taken: Mapping[int, int]) -> Iterator[tuple[Field, Slot]]:
    """Give the bytes that no signal touches, one field a stretch, and the bits left over in the others."""
    for number in range(dbc.length):
        mask = taken.get(number, 0)
        if mask and mask != 0xFF:
            yield Field(f"{dbc.name}_{number}", Bits(("",) * 8), optional=True), byte(number, 0xFF & ~mask)
        elif not mask:  # byte by byte: many devices send fewer than the document has
            yield Field(f"reserved_{number}", Hex(1), optional=True, default="00"), byte(number)


def _nothing(kind: Type) -> object:
    """Give what a device sends where it has nothing to tell: its word for that, else zero."""
    match kind:
        case CanNumber():
            return None if kind.absent is not None else min(max(0.0, kind.limits[0]), kind.limits[1])
        case Text():
            return ""
        case Word():
            return kind.names.get(0, "0x" + "00" * kind.size)
    return None


def _digits(*numbers: float) -> int:
    exponents = [Decimal(str(one)).normalize().as_tuple().exponent for one in numbers]
    return max(0, *(-one for one in exponents if isinstance(one, int)))

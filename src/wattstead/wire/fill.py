"""From what a device has to tell to a record of one message, and back.

A *report* names quantities, settings and codes; a record names the fields of a payload. What the wire needs beyond the
report (an echo of the address, which of two forms is used) is found by rules with a name: a profile's ``fill = "…"``.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

from wattstead.model.light import light
from wattstead.model.reading import Value
from wattstead.wire.field import Bits, Number
from wattstead.wire.fill_sides import SIDES
from wattstead.wire.layout import Field, Group, Part, Record
from wattstead.wire.quick_keep import Keeper
from wattstead.wire.quick_tell import Tell, teller
from wattstead.wire.sh367309.fills import eeprom_registers, front_end_registers


@dataclass(frozen=True, slots=True)
class Report:
    """What one pack has to tell: values by quantity, setting or field name, and the codes that are active."""

    values: Mapping[str, Any]
    active: Collection[str] = ()


_ALL = 0xFF  # in a request to the master: all modules


@dataclass(frozen=True, slots=True)
class Context:
    """What a fill rule may look at: whom the request named, what it asked, the packs that answer."""

    address: int
    asked: Mapping[str, Any] = field(default_factory=dict)
    packs: Sequence[Report] = ()


Rule = Callable[[Context, Report, str], object]
"""Gives what a field carries. The text is the name of the field."""


def _group_or_address(context: Context, *_: object) -> int:
    """Boards at address 0 answer with the group that was asked, 00 or 01; all others with their address."""
    group = context.asked.get("group")
    return group if context.address == 0 and group in (0, 1) else context.address


def _modules_or_address(context: Context, *_: object) -> int:
    """The number of modules that follow when all were asked (FF), else the address."""
    return len(context.packs) if context.asked.get("module") == _ALL else context.address


def _modules_or_asked(context: Context, *_: object) -> int:
    """The number of modules that follow when all were asked (FF), else the number that was asked, else the address."""
    asked = context.asked.get("module", context.address)
    return len(context.packs) if asked == _ALL else asked


def _capacity_form(_: Context, report: Report, *__: object) -> int:
    """Two user-defined items up to 65 Ah, four above: there 16 bits of mAh no longer suffice."""
    return 2 if float(report.values.get("full_capacity_ah", 0.0)) <= 65.0 else 4


def _unread_changes(context: Context, report: Report, _: str) -> int:
    """INFOFLAG: what has changed in one of the packs that answer since somebody read its alarms."""
    flags = 0
    for pack in context.packs or (report,):
        flags |= int(pack.values.get("unread_changes", 0))
    return flags


def _extreme(name: str, pick: Callable[[Sequence[float]], float], *, place: bool = False) -> Rule:
    """Make a rule for the highest or the lowest of a list of values, or for its place, counted from 1."""

    def rule(_: Context, report: Report, *__: object) -> object:
        values = report.values.get(name)
        if not values:
            return None
        found = pick(values)
        return values.index(found) + 1 if place else found

    return rule


def _count(name: str) -> Rule:
    """Make a rule for how many values there are."""
    return lambda _, report, *__: len(report.values.get(name, ()))


def _mean(name: str) -> Rule:
    """Make a rule for the mean of a list of values."""

    def rule(_: Context, report: Report, *__: object) -> object:
        values = report.values.get(name)
        return sum(values) / len(values) if values else None

    return rule


def _said(name: str, word: str) -> Rule:
    """Make a rule for the places, counted from 1, at which a list of words says this one."""
    return lambda _, report, *__: tuple(
        place for place, said in enumerate(report.values.get(name, ()), 1) if said == word
    )


_NOMINAL_V = 3.2  # of an LFP cell
_USUAL_CELLS = 16


def _discharged_capacity(_: Context, report: Report, *__: object) -> float:
    """All that was drawn, Ah: from the energy, at the nominal voltage, for engines count energy."""
    cells = len(report.values.get("cell_voltage_v", ())) or _USUAL_CELLS
    return 1000.0 * float(report.values.get("discharged_energy_kwh", 0.0)) / (cells * _NOMINAL_V)


_FLOWING_A = 0.1


def _state(_: Context, report: Report, *__: object) -> str:
    """What a bank does, by its current: packs say it themselves."""
    current_a = float(report.values.get("pack_current_a", 0.0))
    return "standby" if abs(current_a) < _FLOWING_A else "charging" if current_a > 0 else "discharging"


_MASKED = 32


def _modules_mask(_: Context, report: Report, *__: object) -> int:
    """A bit for each module that is there, for 32 at most."""
    return (1 << min(_MASKED, int(report.values.get("module_count", 1)))) - 1


def _for_each_cell(name: str, otherwise: object = None) -> Rule:
    """Make a rule that says the value of the pack once for each cell."""
    return lambda _, report, *__: (report.values.get(name, otherwise),) * len(report.values.get("cell_voltage_v", ()))


def _minutes_to_empty(_: Context, report: Report, *__: object) -> float:
    """How long what is left lasts at the present current; 0 while nothing is drawn."""
    current_a = float(report.values.get("pack_current_a", 0.0))
    left_ah = float(report.values.get("remaining_capacity_ah", 0.0))
    return 60.0 * left_ah / -current_a if current_a <= -_FLOWING_A else 0


def _of_one_module(name: str) -> Rule:
    """Make a rule for the share of one module of what the whole bank asks."""

    def rule(_: Context, report: Report, *__: object) -> object:
        asked, modules = report.values.get(name), report.values.get("module_count")
        return asked / modules if asked is not None and modules else asked

    return rule


def _probe(number: int) -> Rule:
    """Make a rule for one probe at the cells, counted from 1; 0 where there is none."""

    def rule(_: Context, report: Report, *__: object) -> float:
        probes = report.values.get("cell_temperature_degc", ())
        return float(probes[number - 1]) if number <= len(probes) else 0.0

    return rule


def _power_size(_: Context, report: Report, *__: object) -> float:
    """Voltage x current without its sign."""
    volts, amperes = (float(report.values.get(name, 0.0)) for name in ("pack_voltage_v", "pack_current_a"))
    return abs(volts * amperes)


def _charged_capacity(context: Context, report: Report, name: str) -> float:
    """All that was put in, Ah: as ``_discharged_capacity``."""
    energy_kwh = report.values.get("charged_energy_kwh", 0.0)
    return _discharged_capacity(context, Report({**report.values, "discharged_energy_kwh": energy_kwh}), name)


def _spread(_: Context, report: Report, *__: object) -> object:
    """How far the highest cell lies above the lowest one."""
    cells = report.values.get("cell_voltage_v")
    return max(cells) - min(cells) if cells else None


def _protection_holds(_: Context, report: Report, *__: object) -> str:
    return "yes" if any(code.endswith(("_protection", "_fault")) for code in report.active) else "no"


def _in_parallel(_: Context, report: Report, *__: object) -> bool:
    """Whether this pack is the master of others."""
    return int(report.values.get("pack_count", 1)) > 1


def _main_switch(_: Context, report: Report, *__: object) -> str:
    """Relays: the path is closed while current can flow either way."""
    return "closed" if report.values.get("charge_mos_on") or report.values.get("discharge_mos_on") else "open"


FILLS: dict[str, Rule] = {
    **SIDES,
    "minutes_to_empty": _minutes_to_empty,
    "charge_current_limit_of_one": _of_one_module("charge_current_limit_a"),
    "discharge_current_limit_of_one": _of_one_module("discharge_current_limit_a"),
    **{f"probe_{number}": _probe(number) for number in (1, 2, 3, 4)},
    "power_size": _power_size,
    "pack_voltage": lambda _, report, *__: report.values.get("pack_voltage_v"),
    "mos_temperature": lambda _, report, *__: report.values.get("mos_temperature_degc"),
    "no_values": lambda *_: (),
    "charged_capacity": _charged_capacity,
    "cell_voltage_spread": _spread,
    "protection_holds": _protection_holds,
    "box_mode": lambda *given: "parallel" if _in_parallel(*given) else "stand_alone",
    "box_present": lambda *given: int(_in_parallel(*given)),
    "main_switch": _main_switch,
    "modules_mask": _modules_mask,
    "state_by_current": _state,
    "discharged_capacity": _discharged_capacity,
    "cell_voltage_mean": _mean("cell_voltage_v"),
    "cell_temperature_mean": _mean("cell_temperature_degc"),
    "low_cells": _said("cell_voltage_status", "low"),
    "high_cells": _said("cell_voltage_status", "high"),
    "cold_probes": _said("cell_temperature_status", "low"),
    "hot_probes": _said("cell_temperature_status", "high"),
    "address": lambda context, *_: context.address,
    "asked": lambda context, _, name: context.asked.get(name),
    "group_or_address": _group_or_address,
    "modules_or_address": _modules_or_address,
    "modules_or_asked": _modules_or_asked,
    "capacity_form": _capacity_form,
    "unread_changes": _unread_changes,
    "cell_count": _count("cell_voltage_v"),
    "probe_count": _count("cell_temperature_degc"),
    "current_of_each_cell": _for_each_cell("pack_current_a"),
    "state_of_each_cell": _for_each_cell("operating_state"),
    "soc_of_each_cell": _for_each_cell("soc_pct"),
    "charge_of_each_cell": _for_each_cell("remaining_capacity_ah"),
    "normal_for_each_cell": _for_each_cell("", "normal"),
    "zero_for_each_cell": _for_each_cell("", 0),
    "number_of_each_cell": lambda _, report, *__: tuple(range(len(report.values.get("cell_voltage_v", ())))),
    "slot": lambda *_: None,  # the writer of a table numbers its rows
    "cell_voltage_max": _extreme("cell_voltage_v", max),
    "cell_voltage_max_cell": _extreme("cell_voltage_v", max, place=True),
    "cell_voltage_min": _extreme("cell_voltage_v", min),
    "cell_voltage_min_cell": _extreme("cell_voltage_v", min, place=True),
    "cell_temperature_max": _extreme("cell_temperature_degc", max),
    "cell_temperature_max_probe": _extreme("cell_temperature_degc", max, place=True),
    "cell_temperature_min": _extreme("cell_temperature_degc", min),
    "cell_temperature_min_probe": _extreme("cell_temperature_degc", min, place=True),
    "sh367309_eeprom": eeprom_registers,
    "sh367309_registers": front_end_registers,
}


def fill(parts: Sequence[Part], report: Report, context: Context) -> Record:
    """Make the record of a payload. What nothing gives is left out: ``encode`` finds counts and names the missing."""
    record: Record = {}
    for part in parts:
        if isinstance(part, Group):
            if part.packs:
                record[part.name] = [_round(part, pack, context) for pack in context.packs]
            elif part.repeat is None or part.name in report.values:
                record[part.name] = report.values.get(part.name) or fill(part.parts, report, context)
            elif isinstance(part.repeat, int):
                record[part.name] = [fill(part.parts, report, context)] * part.repeat
            continue
        value = _given(part, report, context)
        if value is not None or _not_known(part, report):
            record[part.name] = value
    for part in parts:
        if isinstance(part, Field) and part.absent_when and part.absent_when.holds(record.get(part.absent_when.field)):
            record[part.name] = None
    return record


def _round(group: Group, pack: Report, context: Context) -> Record:
    """Make the record of one pack, with its tail where the device sends one."""
    record = fill(group.parts, pack, context)
    if group.tail_when and group.tail_when.holds(record.get(group.tail_when.field)):
        record |= fill(group.tail, pack, context)
    return record


def _not_known(part: Field, report: Report) -> bool:
    """Whether the report names the value and says that nobody knows it; the type may have a sign for that."""
    return part.name in report.values or part.quantity in report.values


def _given(part: Field, report: Report, context: Context) -> Any:
    for name in (part.name, part.quantity):
        if report.values.get(name) is not None:
            return report.values[name]
    if isinstance(part.type, Bits):
        return part.type.join({**dict.fromkeys(report.active, True), **report.values}, part.name)
    if part.fill:
        filled = FILLS[part.fill](context, report, part.name)
        return part.default if filled is None else _held(part, filled)
    return part.default


def _held(part: Field, value: Any) -> Any:
    """Hold a number within what the wire carries, as counters and converters of a real device do."""
    if not isinstance(part.type, Number) or not isinstance(value, int | float):
        return value
    low, high = part.type.limits
    return min(max(value, low), high)


@light
@dataclass(frozen=True, slots=True)
class Told:
    """What one pack said in one message. active: None where the message carries no codes."""

    values: dict[str, Value]
    active: tuple[str, ...] | None = None


def tell(parts: Sequence[Part], record: Mapping[str, Any], told: frozenset[str]) -> tuple[Told, tuple[Told, ...]]:
    """Give what a record says in our words: what stands outside of packs, then each pack.

    told: names of quantities and settings of the dialect; other names of bits are codes.
    """
    quick = _TELLERS.of(parts, told)
    if quick is None:
        return told_of(parts, record, told)
    values, active, packs = quick(record)
    return Told(values, active), tuple(packs)


def told_of(parts: Sequence[Part], record: Mapping[str, Any], told: frozenset[str]) -> tuple[Told, tuple[Told, ...]]:
    """Do what ``tell`` does, part by part: for layouts that are seldom needed no function is written."""
    telling = _Telling(told)
    telling.parts(parts, record)
    return telling.result(), tuple(telling.packs)


_TELLERS: Final[Keeper[Tell]] = Keeper(lambda parts, told: teller(parts, told, Told))


@lru_cache(maxsize=1024)
def _quiet(names: tuple[str, ...], told: frozenset[str]) -> tuple[Mapping[str, bool], bool]:
    """Give the flags among the names of bits, all off, and whether there are codes among them, too."""
    named = [name for name in names if name]
    return {name: False for name in named if name in told}, any(name not in told for name in named)


class _Telling:
    def __init__(self, told: frozenset[str]) -> None:
        self._told = told
        self._values: dict[str, Value] = {}
        self._active: list[str] | None = None
        self.packs: list[Told] = []

    def result(self) -> Told:
        return Told(self._values, None if self._active is None else tuple(self._active))

    def parts(self, parts: Sequence[Part], record: Mapping[str, Any]) -> None:
        for part in parts:
            held = record.get(part.name)
            if held is None:
                continue
            if isinstance(part, Group):
                self._group(part, held)
            elif isinstance(part.type, Bits):
                if held:
                    self._bits(part.type.split(held, part.name))
                else:
                    self._no_bits(part.type)
            elif part.quantity and part.quantity not in self._values:
                self._values[part.quantity] = held

    def _group(self, group: Group, held: Any) -> None:
        for one in held if isinstance(held, list) else [held]:
            if group.packs:
                self.packs.append(told_of((*group.parts, *group.tail), one, self._told)[0])
            else:
                self.parts(group.parts, one)

    def _no_bits(self, kind: Bits) -> None:
        """Nearly always no bit is set."""
        flags, codes = _quiet(kind.names, self._told)
        self._values.update(flags)
        if codes and self._active is None:
            self._active = []

    def _bits(self, flags: Mapping[str, bool]) -> None:
        for name, on in flags.items():
            if name in self._told:
                self._values[name] = on
                continue
            if self._active is None:
                self._active = []  # the message carries codes, though none may be active
            if on and name not in self._active:  # some devices tell it twice
                self._active.append(name)

"""From the tables of a state file to what they put in place of the simulation.

``[report]``, ``[sense]`` and ``[input]`` hold for all packs, ``[pack.2.report]`` for the second alone; what a pack's
own table names goes before what the common one names. A sentence says where, what is wrong and what would be right.
"""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from wattstead.model.errors import EncodeError, UsageError
from wattstead.model.quantity import QUANTITIES, Per
from wattstead.virtual.bank import Bank
from wattstead.virtual.given import Given, Input, Writes
from wattstead.virtual.vocabulary import is_number, nearest, one_each, readable
from wattstead.wire.codec import Question

_TABLES = ("report", "sense", "input")
SENSED = (
    "cell_voltage_v",
    "pack_voltage_v",
    "port_voltage_v",
    "pack_current_a",
    "cell_temperature_degc",
    "ambient_temperature_degc",
    "mos_temperature_degc",
    "bms_temperature_degc",
)
_INPUTS = tuple(one.name for one in fields(Input))
_LIMITS = {"current_a": (-1e4, 1e4), "load_w": (0.0, 1e6), "ambient_temperature_degc": (-60.0, 100.0)}

Tables = Mapping[str, Any]


def read_tables(tables: Tables, bank: Bank) -> tuple[Input, tuple[Given, ...]]:
    """Read a whole file for a bank: the surroundings of all, then what is given for each pack.

    Raises UsageError for the first thing that is wrong; nothing has changed then.
    """
    _check_names(tables, (*_TABLES, "pack"), "")
    own = _own_tables(tables, len(bank.packs))
    common = _input("input", _table(tables, "input", "input"))
    packs = tuple(_given(tables, own[place], bank, place) for place in range(len(bank.packs)))
    _check_carried(bank, packs)
    return common, packs


def _own_tables(tables: Tables, packs: int) -> list[Tables]:
    own: list[Tables] = [{} for _ in range(packs)]
    for number, table in _table(tables, "pack", "pack").items():
        if not number.isdecimal() or not 1 <= int(number) <= packs:
            known = "[pack.1]" if packs == 1 else f"[pack.1] to [pack.{packs}]"
            raise UsageError(f"[pack.{number}]: there is no such pack; packs are counted from 1, here {known}")
        if not isinstance(table, dict):
            raise UsageError(f"[pack.{number}]: this is no table; write [pack.{number}.report]")
        _check_names(table, _TABLES, f"pack.{number}.")
        own[int(number) - 1] = table
    return own


def _given(tables: Tables, own: Tables, bank: Bank, place: int) -> Given:
    vocabulary = bank.vocabulary
    simulated = bank.simulated(place).values
    report: dict[str, Any] = {}
    sense: dict[str, Any] = {}
    active, writes = None, Writes.ACCEPT
    for prefix, source in (("", tables), (f"pack.{place + 1}.", own)):
        said = dict(_table(source, "report", f"{prefix}report"))
        where = f"[{prefix}report]"
        if "active" in said:
            active = _at(f"{where} active", vocabulary.active, said.pop("active"))
        if "writes" in said:
            writes = _at(f"{where} writes", _writes, said.pop("writes"))
        for name, value in said.items():
            report[name] = _at(f"{where} {name}", vocabulary.carried, name, value, simulated)
        where = f"[{prefix}sense]"
        for name, value in _table(source, "sense", f"{prefix}sense").items():
            sense[name] = _at(f"{where} {name}", _sensed, name, value, simulated)
    if "cell_voltage_v" in sense:
        sense = {"pack_voltage_v": sum(sense["cell_voltage_v"]), **sense}
    own_input = _input(f"pack.{place + 1}.input", _table(own, "input", f"pack.{place + 1}.input"))
    return Given(report, active, writes, sense, own_input, vocabulary.soc_by_capacity)


def _input(where: str, table: Tables) -> Input:
    for name, value in table.items():
        if name not in _INPUTS:
            known = ", ".join(_INPUTS)
            raise UsageError(f"[{where}] {name}: nothing acts on a battery by this name; {known} do")
        if name == "charger":
            if not isinstance(value, bool):
                raise UsageError(f"[{where}] {name}: {value!r} is neither true nor false")
            continue
        low, high = _LIMITS[name]
        if not low <= _number(f"[{where}] {name}", value) <= high:
            raise UsageError(f"[{where}] {name}: {value:g} cannot be; give {low:g} to {high:g}")
    return Input(**table)


def _sensed(name: str, value: object, simulated: Tables) -> Any:
    if name not in SENSED:
        raise UsageError(f"no sensor sees this; {nearest(name, SENSED, 'sensors see')}")
    if QUANTITIES[name].per is Per.PACK:
        return _number("", value)
    return tuple(_number("", one) for one in one_each(value, len(simulated[name])))


def _writes(value: object) -> Writes:
    if value not in set(Writes):
        raise UsageError(f"{value!r} is no way to take a write; give one of {', '.join(Writes)}")
    return Writes(str(value))


def _number(where: str, value: object) -> float:
    if not is_number(value):
        raise UsageError(f"{where}: {value!r} is no number".removeprefix(": "))
    return float(value)


def _table(tables: Tables, name: str, where: str) -> Tables:
    table = tables.get(name, {})
    if not isinstance(table, dict):
        raise UsageError(f"{where}: {table!r} is no table; write [{where}] and its values below")
    return table


def _check_names(table: Tables, known: Sequence[str], prefix: str) -> None:
    for name in table:
        if name not in known:
            remedy = nearest(prefix + name, [prefix + one for one in known], "tables here are")
            raise UsageError(f"[{prefix}{name}]: there is no such table; {remedy}")


def _at(where: str, check: Any, *arguments: object) -> Any:
    try:
        return check(*arguments)
    except UsageError as error:
        raise UsageError(f"{where}: {error}") from None


def _check_carried(bank: Bank, packs: Sequence[Given]) -> None:
    """Try every message of every pack, so that what does not fit together is said now and not refused on the line."""
    codec = bank.profile.codec()
    for place, given in enumerate(packs):
        for message in readable(bank.profile.dialect):
            report = bank.report(place, message, given)
            try:
                codec.answer(Question(message, bank.addresses[place]), [report])
            except EncodeError as error:
                raise UsageError(f"pack {place + 1}, message {message.name}: {error}") from None

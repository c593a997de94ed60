"""From the tables of a state file to what they put in place of the simulation.

``[report]``, ``[sense]`` and ``[input]`` hold for all packs, ``[pack.2.report]`` for the second alone; what a pack's
own table names goes before what the common one names. A sentence says where, what is wrong and what would be right.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from wattstead.model.errors import EncodeError, UsageError
from wattstead.virtual.bank import Bank
from wattstead.virtual.given import Given, Input, Writes
from wattstead.virtual.input_table import read_input
from wattstead.virtual.sense_table import SenseReading
from wattstead.virtual.vocabulary import nearest, readable
from wattstead.wire.codec import Question
from wattstead.wire.dialect import Dialect
from wattstead.wire.layout import takes_anything

_TABLES = ("report", "sense", "input")
Tables = Mapping[str, Any]


def read_tables(tables: Tables, bank: Bank) -> tuple[Input, tuple[Given, ...]]:
    """Read a whole file for a bank: the surroundings of all, then what is given for each pack.

    Raises UsageError for the first thing that is wrong; nothing has changed then.
    """
    _check_names(tables, (*_TABLES, "pack"), "")
    own = _own_tables(tables, len(bank.packs))
    common = read_input("input", _table(tables, "input", "input"), bank.profile)
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
    reading = SenseReading(simulated, bank.packs[place].given.frozen)
    report: dict[str, Any] = {}
    sensed: dict[str, Any] = {}
    active, writes = None, Writes.ACCEPT
    knows: dict[str, bool] = {}
    for prefix, source in (("", tables), (f"pack.{place + 1}.", own)):
        said = dict(_table(source, "report", f"{prefix}report"))
        where = f"[{prefix}report]"
        if "active" in said:
            active = _at(f"{where} active", vocabulary.active, said.pop("active"))
        if "writes" in said:
            writes = _at(f"{where} writes", _writes, said.pop("writes"))
        for key, known in (("refuses", False), ("answers", True)):
            if key in said:
                names = _at(f"{where} {key}", _messages, said.pop(key), bank.profile.dialect, known)
                knows |= dict.fromkeys(names, known)
        for name, value in said.items():
            report[name] = _at(f"{where} {name}", vocabulary.carried, name, value, simulated)
        where = f"[{prefix}sense]"
        for name, value in _table(source, "sense", f"{prefix}sense").items():
            sensed[name] = _at(f"{where} {name}", reading.read, name, value)
    where = f"pack.{place + 1}.input"
    own_input = read_input(where, _table(own, "input", where), bank.profile)
    return Given(report, active, writes, knows, sensed, reading.frozen, own_input, vocabulary.soc_by_capacity)


def _writes(value: object) -> Writes:
    if value not in set(Writes):
        raise UsageError(f"{value!r} is no way to take a write; give one of {', '.join(Writes)}")
    return Writes(str(value))


def _messages(value: object, dialect: Dialect, known: bool) -> tuple[str, ...]:  # noqa: FBT001 - from a table
    """Check names of messages that a firmware knows or not."""
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise UsageError(f'{value!r} is no list of messages; write ["{dialect.messages[0].name}"]')
    found = [dialect.message(one) for one in value]
    for message in found:
        if known and not message.answered and takes_anything(message.reply):
            raise UsageError(f"nobody knows what stands in the answer of {message.name}")
    return tuple(message.name for message in found)


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

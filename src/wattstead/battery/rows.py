"""Protections as columns of numbers, as the kernels read them."""

from collections.abc import Sequence
from math import ceil

import numpy as np

from wattstead.battery.check import require
from wattstead.battery.kernel import layout as at
from wattstead.battery.kernel.layout import Rows
from wattstead.model.errors import UsageError
from wattstead.model.protection import Action, Atom, Channel, Gate, Protection, Source

MOST_ROWS = 62
"""The rows of a pack are bits of one word."""

_CHANNEL = {one: number for number, one in enumerate(Channel)}
_GATE = {
    Gate.ANY: at.GATE_ANY,
    Gate.CHARGING: at.GATE_CHARGING,
    Gate.DISCHARGING: at.GATE_DISCHARGING,
    Gate.IDLE: at.GATE_IDLE,
    Gate.LOADED: at.GATE_LOADED,
    Gate.CHARGER: at.GATE_CHARGER,
}
_ATOM = {one: 1 << number for number, one in enumerate(Atom)}
_ACTION = {one: 1 << number for number, one in enumerate(Action)}
_DIRECTION = {Channel.CHARGE_CURRENT: 1, Channel.DISCHARGE_CURRENT: -1}
_EMPTIED = {Channel.CELL_VOLTAGE_MIN, Channel.PACK_VOLTAGE, Channel.SOC}


def ticks(seconds: float) -> int:
    """Give a time in ticks of 0.1 ms; one beyond some 55 hours never passes."""
    return min(round(seconds * at.TICKS_PER_S), at.MOST_TICKS + 1) if seconds < 1e9 else at.MOST_TICKS + 1


def check_rows(rows: Sequence[Protection]) -> None:
    """Refuse what the engine cannot run. Raises UsageError with the row and the rule."""
    require(len(rows) <= MOST_ROWS, "protections", len(rows), f"be {MOST_ROWS} rows or fewer")
    seen: set[str] = set()
    for row in rows:
        require(row.name not in seen, "protection", row.name, "stand once: the name is the word of a report")
        seen.add(row.name)
        for name in ("trip", "recover", "delay_s"):
            value = getattr(row.threshold, name)
            require(bool(np.isfinite(value)), f"{row.name} {name}", value, "be a finite number")
        if len(row.recovery) > at.CLAUSES:
            raise UsageError(f"{row.name}: a recovery may have {at.CLAUSES} clauses, here {len(row.recovery)}")
        both = row.recover_delay_s > 0.0 and row.elapsed_s > 0.0
        require(not both, row.name, "with elapsed_s and recover_delay_s", "have one of them: there is one timer")
    families = {row.lock.family for row in rows if row.lock}
    require(len(families) <= at.FAMILIES, "lock families", len(families), f"be {at.FAMILIES} or fewer")


def row_table(rows: tuple[Protection, ...]) -> Rows:
    """Turn checked rows into an array of ``kernel.layout.ROW``."""
    families = _families(rows)
    table = np.zeros(len(rows), dtype=at.ROW)
    for place, row in enumerate(rows):
        sign = 1.0 if row.threshold.above else -1.0
        one = table[place]
        one["sign"], one["trip"], one["recover"] = sign, sign * row.threshold.trip, sign * row.threshold.recover
        one["soc"], one["channel"], one["gate"] = row.soc_at_most_pct, _CHANNEL[row.channel], _GATE[row.gate]
        one["delay"], one["delay_s"] = _whole(row.threshold.delay_s), row.threshold.delay_s
        one["elapsed"], one["back"] = ticks(row.elapsed_s), ticks(row.recover_delay_s)
        for j, clause in enumerate(row.recovery):
            one["clauses"][j] = sum(_ATOM[atom] for atom in clause)
        one["actions"] = sum(_ACTION[action] for action in row.actions)
        one["family"] = families.index(row.lock.family) if row.lock else -1
        one["after"], one["unlock"] = row.lock.after if row.lock else 0, _unlock(row)
        one["front"], one["activates"] = row.source is Source.FRONT_END, _activates(row)
        one["only"] = not row.recovery or frozenset({Atom.SERVICE}) in row.recovery
    return table


def _whole(delay_s: float) -> int:
    """Give the first tick at which a delay is over: 320 µs are no whole number of ticks."""
    return min(ceil(delay_s * at.TICKS_PER_S - 1e-6), at.MOST_TICKS + 1)


def activating(rows: tuple[Protection, ...]) -> int:
    """Give the rows that a forced output overrides, as bits."""
    return sum(1 << place for place, row in enumerate(rows) if _activates(row))


def family_charges(rows: tuple[Protection, ...]) -> list[int]:
    """Give for each family of locks the direction of its current: 1 charges, -1 discharges, 0 either."""
    families, charges = _families(rows), [0] * at.FAMILIES
    for row in rows:
        if row.lock and row.channel in _DIRECTION:
            charges[families.index(row.lock.family)] = _DIRECTION[row.channel]
    return charges


def _families(rows: tuple[Protection, ...]) -> list[str]:
    return list(dict.fromkeys(row.lock.family for row in rows if row.lock))


def _activates(row: Protection) -> bool:
    """Whether a forced output overrides the row: protections of an empty battery (SEP-17)."""
    return Action.STOP_DISCHARGE in row.actions and row.channel in _EMPTIED and not row.threshold.above


def _unlock(row: Protection) -> int:
    if row.lock is None:
        return 0
    atoms = _ATOM[Atom.BUTTON] | _ATOM[Atom.POWER_CYCLE] | _ATOM[Atom.SERVICE]
    return atoms | (_ATOM[Atom.CHARGER] if row.lock.charger_unlocks else 0)


def channels_of(rows: tuple[Protection, ...]) -> int:
    """Give the channels that rows go by, as bits."""
    return sum(1 << channel for channel in {_CHANNEL[row.channel] for row in rows})

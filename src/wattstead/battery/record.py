"""What a BMS remembers: one row for each alarm and protection, and one every so often, in a memory of fixed size.

docs/models/records.md says which rows each make keeps. Time is an argument; nothing here knows a clock.
"""

import math
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

import numpy as np

from wattstead.battery.check import between, number, require, whole
from wattstead.model.errors import UsageError

_FORM: Final = 1  # of what ``save`` gives; raise it when that changes
_TICK_S: Final = 1e-4  # the engine counts time in ticks of 0.1 ms: two times that are nearer are the same
_LONGEST_S: Final = 1e9
_TIMES: Final = ("time_s", "since_s", "last_s")

Value = float | int | str | bool | tuple[float | int | None, ...] | None
"""What one column of a row may hold: JSON keeps it. None: not measured."""


class Kind(StrEnum):
    """Why a row was written."""

    PERIODIC = "periodic"
    BEGAN = "began"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class RecordRules:
    """Which rows a BMS keeps.

    capacity: rows; the oldest goes first. moving_every_s, standby_every_s: between two periodic rows while charging or
    discharging, and at rest; 0 for none. ends: whether the end of an alarm is a row, too. enabled: nothing is written
    without.
    """

    capacity: int = 50
    moving_every_s: float = 0.0
    standby_every_s: float = 0.0
    ends: bool = True
    enabled: bool = True

    def __post_init__(self) -> None:
        whole("capacity of the records", self.capacity, 1, "a memory without a row keeps nothing; use enabled")
        require(self.capacity <= 10**6, "capacity of the records", self.capacity, "be at most 1000000 rows")
        for name in ("moving_every_s", "standby_every_s"):
            between(name, getattr(self, name), 0.0, _LONGEST_S, "0 for no periodic rows")
            every_s = getattr(self, name)
            require(every_s == 0.0 or every_s >= 1.0, name, every_s, "be 1 s or more, or 0 for no periodic rows")


@dataclass(frozen=True, slots=True)
class Record:
    """One row. number: counts on from 1 and is never used again. name: of the event, "" for a periodic row.

    code: what the device writes for it (``Protection.record``). values: as the caller gave them, units in their names.
    """

    number: int
    time_s: float
    kind: Kind
    name: str = ""
    code: str = ""
    values: Mapping[str, Value] = field(default_factory=dict)


class RecordLog:
    """The memory of one pack. Events of a step are told in the order of time, then ``tick`` ends the step."""

    def __init__(self, rules: RecordRules, since_s: float = 0.0) -> None:
        number("since_s", since_s)
        self._rules = rules
        self._rows: deque[Record] = deque(maxlen=rules.capacity)
        self._written = 0
        self._time_s = float(since_s)  # up to which the log has been told
        self._moving: bool | None = None  # None while the pack is off
        self._since_s = float(since_s)  # since when it has been so
        self._last_s = float(since_s)  # of the last periodic row, or of the start

    @property
    def rules(self) -> RecordRules:
        return self._rules

    @property
    def written(self) -> int:
        """Rows ever written, also those that are gone."""
        return self._written

    def __len__(self) -> int:
        return len(self._rows)

    def rows(self, *, newest_first: bool = False) -> tuple[Record, ...]:
        return tuple(reversed(self._rows)) if newest_first else tuple(self._rows)

    def follow(self, rules: RecordRules) -> None:
        """Go on by other rules, as after a setting was written; a smaller memory drops its oldest rows."""
        self._rules, self._since_s = rules, self._time_s
        self._rows = deque(self._rows, maxlen=rules.capacity)

    def tick(self, time_s: float, values: Mapping[str, Value], *, moving: bool) -> None:
        """End a step: the pack charged or discharged (moving), or was at rest, since the last call.

        Writes each periodic row that fell due in the step, with the time at which it did. Raises UsageError where time
        runs backwards.
        """
        self._check_time(time_s)
        if bool(moving) is not self._moving:
            self._moving, self._since_s = bool(moving), self._time_s
        self._periodic(time_s, values)
        self._time_s = max(self._time_s, float(time_s))

    def event(
        self, time_s: float, name: str, *, began: bool, code: str = "", values: Mapping[str, Value] | None = None
    ) -> None:
        """Write that an alarm or protection began or ended. time_s: the exact time, within the present step."""
        self._check_time(time_s)
        if not name:
            raise UsageError("an event must have a name")
        values = values or {}
        if self._moving is not None:
            self._periodic(time_s, values)  # so that rows stand in the order of time
        if began or self._rules.ends:
            self._write(time_s, Kind.BEGAN if began else Kind.ENDED, values, name, code)
        self._time_s = max(self._time_s, float(time_s))

    def off(self, time_s: float) -> None:
        """End a step in which the pack was off: time runs on, nothing is written."""
        self._check_time(time_s)
        self._moving, self._time_s = None, max(self._time_s, float(time_s))

    def _check_time(self, time_s: float) -> None:
        number("time_s of a record", time_s)
        require(time_s >= self._time_s - _TICK_S, "time_s of a record", time_s, f"not lie before {self._time_s:g}")

    def _periodic(self, time_s: float, values: Mapping[str, Value]) -> None:
        """Write what fell due up to time_s; after a change of interval never before that change."""
        every_s = self._rules.moving_every_s if self._moving else self._rules.standby_every_s
        if every_s == 0.0:
            return
        due_s = max(self._last_s + every_s, self._since_s)
        while due_s <= time_s + _TICK_S / 2:
            ahead = int((time_s - due_s) // every_s) - self._rules.capacity
            if ahead > 0:  # rows that this very step would push out again are only counted
                self._written += ahead if self._rules.enabled else 0
                due_s += ahead * every_s
            self._write(due_s, Kind.PERIODIC, values)
            self._last_s = due_s
            due_s += every_s

    def _write(self, time_s: float, kind: Kind, values: Mapping[str, Value], name: str = "", code: str = "") -> None:
        if not self._rules.enabled:
            return
        if self._rows:  # times within one tick of each other may come the wrong way round
            time_s = max(time_s, self._rows[-1].time_s)
        self._rows.append(Record(self._written + 1, float(time_s), kind, name, code, _kept(values)))
        self._written += 1

    def save(self) -> dict[str, Any]:
        """Give everything but the rules as lists and numbers that JSON keeps."""
        return {
            "form": _FORM,
            "written": self._written,
            "time_s": self._time_s,
            "moving": self._moving,
            "since_s": self._since_s,
            "last_s": self._last_s,
            "rows": [
                [row.number, row.time_s, row.kind.value, row.name, row.code, dict(row.values)] for row in self._rows
            ],
        }

    @classmethod
    def restore(cls, rules: RecordRules, saved: Mapping[str, Any]) -> "RecordLog":
        """Go on from what ``save`` gave. Raises UsageError for another form, a missing part, and what no log can hold.

        Of more rows than the memory of ``rules`` holds, the newest stay.
        """
        require(saved.get("form") == _FORM, "saved form of the records", saved.get("form"), f"be {_FORM}: start empty")
        missing = [name for name in ("written", "moving", "rows", *_TIMES) if name not in saved]
        require(not missing, "saved records", f"without {', '.join(missing)}", "hold every part")
        for name in _TIMES:
            number(f"saved {name} of the records", saved[name])
        latest_s = max(saved["since_s"], saved["last_s"])
        require(latest_s <= saved["time_s"] + _TICK_S, "saved time_s", saved["time_s"], f"not lie before {latest_s:g}")
        is_flag = saved["moving"] is None or isinstance(saved["moving"], bool)
        require(is_flag, "saved moving", saved["moving"], "be true, false or null")
        whole("saved number of records written", saved["written"], 0, "it counts from 0")
        rows = _rows(saved["rows"], saved["written"], saved["time_s"])
        log = cls(rules, saved["since_s"])
        log._rows.extend(rows)
        log._written, log._moving = saved["written"], saved["moving"]
        log._time_s, log._last_s = float(saved["time_s"]), float(saved["last_s"])
        return log


def _rows(saved: Any, written: int, time_s: float) -> list[Record]:
    require(isinstance(saved, list | tuple), "saved rows", "of the records", "be a list")
    rows = [_row(place, one) for place, one in enumerate(saved, 1)]
    numbers = [row.number for row in rows]
    require(
        numbers == list(range(written - len(rows) + 1, written + 1)) and len(rows) <= written,
        "saved numbers of the rows",
        numbers[:3],
        f"count up one by one to the {written} written",
    )
    times = [row.time_s for row in rows]
    require(times == sorted(times), "saved rows", "of the records", "stand in the order of time")
    latest_s = max(times, default=time_s)
    require(latest_s <= time_s + _TICK_S, "saved row at", f"{latest_s:g} s", f"not be after {time_s:g} s")
    return rows


def _row(place: int, saved: Any) -> Record:
    what = f"saved row {place} of the records"
    whole_row = isinstance(saved, list | tuple) and len(saved) == len(Record.__slots__)
    require(whole_row, what, "", f"be a list of {', '.join(Record.__slots__)}")
    count, time_s, kind, name, code, values = saved
    whole(f"number of {what}", count, 1, "rows count from 1")
    number(f"time_s of {what}", time_s)
    require(kind in tuple(Kind), f"kind of {what}", repr(kind), f"be one of {', '.join(Kind)}")
    words = isinstance(name, str) and isinstance(code, str) and (bool(name) is (kind != Kind.PERIODIC))
    require(words, f"name and code of {what}", (name, code), "be texts; a periodic row has no name, an event has one")
    require(isinstance(values, Mapping), f"values of {what}", "", "be a table")
    return Record(count, float(time_s), Kind(kind), name, code, _kept(values))


def _kept(values: Mapping[str, Any]) -> dict[str, Value]:
    """Copy the values of a row as plain numbers, words and tuples. Raises UsageError for what JSON cannot keep."""
    return {column: _plain(column, value) for column, value in values.items()}


def _plain(column: str, value: Any) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, list | tuple | np.ndarray):
        return tuple(_plain(column, one) for one in value)
    plain = value is None or isinstance(value, str | bool | int) or (isinstance(value, float) and math.isfinite(value))
    require(
        plain, f"{column} of a record", value, "be a finite number, a text, a flag or None where nothing is measured"
    )
    return value

"""The Parquet files of one block: written beside their places, moved there once whole and on disk.

A block is done when its file of rows is there: that one is moved last, and carries the block's totals. So an
interruption at any instant leaves whole blocks, and what else is left is swept away by the next run.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from wattstead.batch.columns import KEPT
from wattstead.batch.plan import Block, Plan
from wattstead.batch.totals import Totals
from wattstead.battery.preset import PackPreset
from wattstead.battery.step import EventKind, Log

ROWS, EVENTS = "rows", "events"
_TOTALS: Final = "wattstead.totals"
_ROWS_AT_ONCE = 1 << 17  # of kept rows in a row group, some 15 MB
_EVENTS_AT_ONCE = 1 << 16
_WORD = pa.dictionary(pa.int8(), pa.string())

_KEPT = pa.schema(
    [pa.field("pack", pa.int32()), pa.field("start_s", pa.int64())]
    + [pa.field(column.name, pa.float32()) for column in KEPT]
)
_HAPPENED = pa.schema(
    [pa.field("pack", pa.int32()), pa.field("at_s", pa.float64())]
    + [pa.field(name, _WORD) for name in ("name", "level", "kind")]
)
# Rounded figures repeat, so a dictionary packs them best; keys run on, so differences do (docs/decisions/parquet.md).
_KEPT_AS = {"pack": "DELTA_BINARY_PACKED", "start_s": "DELTA_BINARY_PACKED"}
_KEPT_WORDS = [column.name for column in KEPT]
_HAPPENED_AS = {"pack": "DELTA_BINARY_PACKED", "at_s": "BYTE_STREAM_SPLIT"}
_HAPPENED_WORDS = ["name", "level", "kind"]


def rows_file(folder: Path, block: Block) -> Path:
    """Where the kept rows of a block stand."""
    return folder / ROWS / f"block-{block.number:06}.parquet"


def events_file(folder: Path, block: Block) -> Path:
    """Where its events stand."""
    return folder / EVENTS / f"block-{block.number:06}.parquet"


def done(folder: Path, block: Block) -> Totals | None:
    """Give the totals of a block that has been written as a whole, else None."""
    if not events_file(folder, block).exists():
        return None
    try:
        kept = pq.read_metadata(rows_file(folder, block)).metadata or {}
    except (FileNotFoundError, pa.ArrowInvalid):
        return None
    return Totals(**json.loads(kept[_TOTALS.encode()])) if _TOTALS.encode() in kept else None


def sweep(folder: Path) -> None:
    """Remove what an interrupted run left half written."""
    for kind in (ROWS, EVENTS):
        for left in (folder / kind).glob("*.part"):
            left.unlink(missing_ok=True)


class Rows:
    """Kept rows of one block. A row group holds its packs one after the other, each in order of time."""

    def __init__(self, plan: Plan, block: Block, writer: Any) -> None:
        self._plan, self._block, self._writer = plan, block, writer
        room = min(plan.periods, max(1, _ROWS_AT_ONCE // block.count))
        self._held = np.empty((len(KEPT), block.count, room), dtype=np.float32)
        self._from = self._count = 0

    def add(self, row: NDArray[np.float32]) -> None:
        """Take the next period, ``[column, pack]``."""
        self._held[:, :, self._count] = row
        self._count += 1
        if self._count == self._held.shape[2]:
            self.flush()

    def flush(self) -> None:
        """Write what is held as a row group."""
        if not self._count:
            return
        n, first = self._block.count, self._block.first
        starts = np.arange(self._from, self._from + self._count, dtype=np.int64) * self._plan.keep_s
        numbers = np.arange(first, first + n, dtype=np.int32)
        columns = [pa.array(np.repeat(numbers, self._count)), pa.array(np.tile(starts, n))]
        columns += [pa.array(np.ascontiguousarray(one[:, : self._count]).reshape(-1)) for one in self._held]
        # A table, not a record batch: batches are held back until a million rows make a row group.
        self._writer.write_table(pa.table(columns, schema=_KEPT))
        self._from, self._count = self._from + self._count, 0


class Happened:
    """Events of one block, in each row group by pack and time."""

    def __init__(self, preset: PackPreset, block: Block, writer: Any) -> None:
        self._first, self._writer = block.first, writer
        self._logs: list[tuple[NDArray[Any], ...]] = []  # time, pack, row, kind
        self._count = 0
        rows = preset.protections
        self._names = pa.array([row.name for row in rows], pa.string())
        self._levels = list(dict.fromkeys(row.level.value for row in rows))
        self._level_of = np.array([self._levels.index(row.level.value) for row in rows], dtype=np.int8)
        self._kinds = pa.array([kind.name.lower() for kind in sorted(EventKind, key=lambda one: one.value)])

    def add(self, log: Log) -> None:
        """Take what has happened."""
        if len(log.at_s):
            # Copied: a log is a view of a buffer with room for far more.
            self._logs.append((log.at_s.copy(), log.pack.copy(), log.row.copy(), log.kind.copy()))
            self._count += len(log.at_s)
            if self._count >= _EVENTS_AT_ONCE:
                self.flush()

    def flush(self) -> None:
        """Write what is held as a row group."""
        if not self._logs:
            return
        at_s, pack, row, kind = (np.concatenate(parts) for parts in zip(*self._logs, strict=True))
        order = np.lexsort((at_s, pack))  # stable: what happened at one time stays in its order
        row = row[order]
        columns = [
            pa.array((pack[order] + self._first).astype(np.int32)),
            pa.array(at_s[order]),
            pa.DictionaryArray.from_arrays(row.astype(np.int8), self._names),
            pa.DictionaryArray.from_arrays(self._level_of[row], pa.array(self._levels, pa.string())),
            pa.DictionaryArray.from_arrays(kind[order].astype(np.int8), self._kinds),
        ]
        self._writer.write_table(pa.table(columns, schema=_HAPPENED))
        self._logs, self._count = [], 0


@contextmanager
def written(folder: Path, plan: Plan, block: Block, totals: Totals) -> Iterator[tuple[Rows, Happened]]:
    """Open both files of a block; where the work within ends well they appear, else nothing is left of them.

    totals: as they are at the end of the work.
    """
    rows, events = rows_file(folder, block), events_file(folder, block)
    halves = [one.with_name(f"{one.name}.{os.getpid()}.part") for one in (rows, events)]
    try:
        with (
            _writer(halves[0], _KEPT, _KEPT_AS, _KEPT_WORDS) as kept,
            _writer(halves[1], _HAPPENED, _HAPPENED_AS, _HAPPENED_WORDS) as happened,
        ):
            both = Rows(plan, block, kept), Happened(plan.pack, block, happened)
            yield both
            for one in both:
                one.flush()
            kept.add_key_value_metadata({_TOTALS: json.dumps(asdict(totals), sort_keys=True)})
        for half in halves:
            _on_disk(half)
        halves[1].replace(events)
        halves[0].replace(rows)
    finally:
        for half in halves:
            half.unlink(missing_ok=True)


def _writer(path: Path, schema: Any, encoding: dict[str, str], words: list[str]) -> Any:
    return pq.ParquetWriter(
        path,
        schema,
        compression="zstd",
        use_dictionary=words,
        column_encoding=encoding,
        data_page_version="2.0",
    )


def _on_disk(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())

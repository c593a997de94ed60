"""Repeats to the end of a payload that may have spare bytes each, by the rule of the walk (``_Reader._rest``)."""

from collections.abc import Callable

from wattstead.model.errors import DecodeError
from wattstead.wire.layout import Record

_One = Callable[[bytes, int, int], tuple[Record, int] | None]
_Tail = Callable[[bytes, int, int, Record], bool | None]


def spared_rounds(one: _One, tail: _Tail, most: int, payload: bytes, at: int, end: int) -> list[Record] | None:
    """Read repeats to the end by the rule of the walk: spare bytes may look like the next repeat."""
    known: dict[int, tuple[Record, int] | None] = {}
    uneven: list[Record] | None = None
    for spare in range(most + 1):
        found = _rounds_with(one, spare, payload, at, end, known)
        if found is None:
            continue
        rounds, sizes = found
        if not spare:
            return [record for record, _ in rounds]
        if sizes == 1 or uneven is None:
            told = _with_tails(tail, spare, payload, rounds)
            if sizes == 1 or told is None:
                return told  # None: only the walk can say
            uneven = told
    return uneven


def _rounds_with(
    one: _One, spare: int, payload: bytes, at: int, end: int, known: dict[int, tuple[Record, int] | None]
) -> tuple[list[tuple[Record, int]], int] | None:
    """Give the repeats with their ends, and how many sizes they have. known: what was read, by where it begins."""
    rounds: list[tuple[Record, int]] = []
    sizes = set()
    while at < end:
        if at not in known:
            known[at] = _tried(one, payload, at, end)
        read = known[at]
        if read is None or (stop := read[1] + spare) > end or stop == at:
            return None
        rounds.append(read)
        sizes.add(stop - at)
        at = stop
    return rounds, len(sizes)


def _with_tails(tail: _Tail, spare: int, payload: bytes, rounds: list[tuple[Record, int]]) -> list[Record] | None:
    """Add what is known of the spare bytes of each repeat."""
    told = []
    for record, stop in rounds:
        whole = dict(record)
        if not tail(payload, stop, stop + spare, whole):
            return None
        told.append(whole)
    return told


def _tried(one: _One, payload: bytes, at: int, end: int) -> tuple[Record, int] | None:
    try:
        return one(payload, at, end)
    except DecodeError:
        return None

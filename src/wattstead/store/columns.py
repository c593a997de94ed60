"""Columns of numbers as bytes: a first value, then differences, squeezed by zlib.

A *segment* holds one or more columns of the same length; a *shelf* holds segments behind a table of their places, so
that one channel is read without unpacking the others. The standard library's zlib over plain differences beats the
usual compressors here (docs/decisions/storage-layout.md).

shelf    version u8, number of segments u16, places u32 each and one for the end, segments
segment  length u32, columns u8, squeezed u8; per column: form, digits i8, first i64; then the bodies, one after another
form     0 all equal, h i q differences of 2, 4, 8 bytes, d floats of 8 bytes, j JSON behind its length (u32)

All little-endian.
"""

import json
import struct
import sys
import zlib
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from operator import sub
from typing import Any

VERSION = 1
_SHELF = struct.Struct("<BH")
_SEGMENT = struct.Struct("<IBB")
_COLUMN = struct.Struct("<cbq")
_LENGTH = struct.Struct("<I")
_RANGES = ((b"h", 2**15), (b"i", 2**31), (b"q", 2**63))
_FIXED_DIGITS = 6
_FIXED_LIMIT = 1e9  # times 10**6 still exact in a float
_PLAIN = -1  # stands for "no digits" in the one byte that a column has for them


class Damage(Exception):
    """Stored bytes make no sense; becomes a StoreError with the name of the file."""


@dataclass(frozen=True, slots=True)
class Column:
    """Numbers of one channel, one per row.

    digits: the numbers are whole and stand for number / 10**digits; None: they are the values themselves.
    """

    numbers: Sequence[Any]
    digits: int | None = 0

    def values(self) -> list[Any]:
        """Give what the numbers stand for, as floats where there are digits."""
        if self.digits is None:
            return list(self.numbers)
        scale = 10**self.digits
        return [number / scale for number in self.numbers]


def tightened(column: Column) -> Column:
    """Write a column with as few decimals as it needs; plain floats become whole numbers where that is exact."""
    if column.digits is None:
        return _fixed(column)
    numbers, digits = column.numbers, column.digits
    while digits and not any(number % 10 for number in numbers):
        numbers, digits = [number // 10 for number in numbers], digits - 1
    return Column(numbers, digits)


def _fixed(column: Column) -> Column:
    values = column.numbers
    if not all(type(value) is float and abs(value) < _FIXED_LIMIT for value in values):
        return column
    for digits in range(1, _FIXED_DIGITS + 1):
        scale = 10**digits
        numbers = [round(value * scale) for value in values]
        if all(number / scale == value for number, value in zip(numbers, values, strict=True)):
            return Column(numbers, digits)
    return column


def common_digits(digits: Sequence[int | None]) -> int | None:
    """Give the decimals in which numbers of all these can be written as whole numbers, None where some cannot."""
    return None if None in digits else max(one for one in digits if one is not None)


def in_digits(numbers: Sequence[Any], have: int | None, want: int | None) -> list[Any]:
    """Write numbers that have some decimals with others, which ``common_digits`` gave."""
    if have == want or have is None:
        return list(numbers)
    if want is None:
        return [number / 10**have for number in numbers]
    return [number * 10 ** (want - have) for number in numbers]


def to_segment(columns: Sequence[Column]) -> bytes:
    """Give columns of equal length as bytes."""
    parts = [_encode(column) for column in columns]
    body = b"".join(body for _, body in parts)
    squeezed = zlib.compress(body, 6)
    smaller = len(squeezed) < len(body)
    head = _SEGMENT.pack(len(columns[0].numbers), len(columns), smaller)
    return b"".join((head, *(head for head, _ in parts), squeezed if smaller else body))


def from_segment(data: bytes) -> list[Column]:
    """Give the columns of a segment. Raises Damage."""
    try:
        length, number, squeezed = _SEGMENT.unpack_from(data)
        heads = [_COLUMN.unpack_from(data, _SEGMENT.size + _COLUMN.size * index) for index in range(number)]
        body = data[_SEGMENT.size + _COLUMN.size * number :]
        return _bodies(heads, zlib.decompress(body) if squeezed else body, length)
    except (struct.error, zlib.error, ValueError) as error:
        raise Damage(f"a stored chunk is damaged ({error}): restore a copy") from error


def to_shelf(segments: Sequence[bytes]) -> bytes:
    """Put segments behind a table of their places."""
    head = _SHELF.size + _LENGTH.size * (len(segments) + 1)
    places = accumulate((len(segment) for segment in segments), initial=head)
    return b"".join((_SHELF.pack(VERSION, len(segments)), *map(_LENGTH.pack, places), *segments))


def from_shelf(shelf: bytes, index: int) -> list[Column]:
    """Give the columns of one segment. Raises Damage, also for a version from the future."""
    try:
        version, _ = _SHELF.unpack_from(shelf)
        if version != VERSION:
            raise Damage(f"a stored chunk has version {version}, this program knows {VERSION}: update Wattstead")
        start, end = struct.unpack_from("<II", shelf, _SHELF.size + _LENGTH.size * index)
    except struct.error as error:
        raise Damage(f"a stored chunk is damaged ({error}): restore a copy") from error
    return from_segment(shelf[start:end])


def _encode(column: Column) -> tuple[bytes, bytes]:
    """Give head and body of one column."""
    if column.digits is None:
        return _encode_plain(column.numbers)
    numbers = column.numbers
    if not numbers:
        return _COLUMN.pack(b"0", column.digits, 0), b""
    if max(numbers) >= 2**63 or min(numbers) < -(2**63):
        return _json(numbers, column.digits)
    steps = list(map(sub, numbers[1:], numbers))
    low, high = min(steps, default=0), max(steps, default=0)
    if low == high == 0:
        return _COLUMN.pack(b"0", column.digits, numbers[0]), b""
    for form, limit in _RANGES:
        if -limit <= low and high < limit:
            return _COLUMN.pack(form, column.digits, numbers[0]), _bytes(form, steps)
    return _json(numbers, column.digits)


def _encode_plain(values: Sequence[Any]) -> tuple[bytes, bytes]:
    if all(type(value) is float for value in values):
        return _COLUMN.pack(b"d", _PLAIN, 0), _bytes(b"d", values)
    return _json(values, _PLAIN)


def _json(values: Sequence[Any], digits: int) -> tuple[bytes, bytes]:
    text = json.dumps(list(values), separators=(",", ":")).encode()
    return _COLUMN.pack(b"j", digits, 0), _LENGTH.pack(len(text)) + text


def _bodies(heads: Sequence[tuple[bytes, int, int]], body: bytes, length: int) -> list[Column]:
    columns, at = [], 0
    for form, digits, first in heads:
        numbers, at = _decode(form, first, body, at, length)
        columns.append(Column(numbers, None if digits == _PLAIN else digits))
    if at != len(body):
        raise ValueError(f"{len(body) - at} bytes too many")
    return columns


def _decode(form: bytes, first: int, body: bytes, at: int, length: int) -> tuple[list[Any], int]:
    """Give the numbers of the column whose body starts at ``at``, and where the next one starts."""
    if form == b"0":
        return [first] * length, at
    if form == b"j":
        (size,) = _LENGTH.unpack_from(body, at)
        start = at + _LENGTH.size
        return json.loads(body[start : start + size]), start + size
    steps = array(form.decode("ascii"))
    end = at + steps.itemsize * (length if form == b"d" else length - 1)
    steps.frombytes(body[at:end])
    _native(steps)
    return steps.tolist() if form == b"d" else list(accumulate(steps, initial=first)), end


def _bytes(form: bytes, numbers: Sequence[Any]) -> bytes:
    cells = array(form.decode("ascii"), numbers)
    _native(cells)
    return cells.tobytes()


def _native(cells: "array[Any]") -> None:
    if sys.byteorder == "big":
        cells.byteswap()

"""Inputs for ``tools/fuzz.py``: bytes at random, and bytes of real devices with something changed."""

from collections.abc import Sequence
from itertools import pairwise
from random import Random
from typing import Final

EDGES: Final = (0x00, 0x01, 0x0D, 0x20, 0x7E, 0x7F, 0x80, 0xA5, 0xDD, 0xFE, 0xFF)
"""Bytes at which readers stumble: marks, signs, ends, "not known"."""
LONGEST: Final = 4096


def noise(rng: Random, longest: int = 300) -> bytes:
    """Give bytes without any order, or the same byte again and again."""
    size = rng.randrange(longest)
    return bytes((rng.choice(EDGES),)) * size if rng.random() < 0.2 else rng.randbytes(size)


def spoilt(rng: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """Change one to four things. others: what a piece may be taken from."""
    changed = bytearray(data)
    for _ in range(rng.randint(1, 4)):
        rng.choice(_CHANGES)(rng, changed, others)
    return bytes(changed[:LONGEST])


def refilled(rng: Random, data: bytes) -> bytes:
    """Change bytes and keep the size, as a payload does whose counts are right."""
    changed = bytearray(data)
    if not changed:
        return b""
    kind = rng.random()
    if kind < 0.2:
        return rng.randbytes(len(changed))
    if kind < 0.3:
        return bytes((rng.choice(EDGES),)) * len(changed)
    for _ in range(rng.randint(1, 6)):
        _replace(rng, changed, ())
    return bytes(changed)


def pieces(rng: Random, data: bytes) -> list[bytes]:
    """Cut bytes as a line does: mostly whole, now and then in pieces, at times each byte alone."""
    kind = rng.random()
    if kind < 0.6 or len(data) < 2:
        return [data]
    if kind < 0.65 and len(data) < 64:
        return [data[k : k + 1] for k in range(len(data))]
    places = sorted({0, len(data), *(rng.randrange(len(data)) for _ in range(rng.randint(1, 4)))})
    return [data[a:b] for a, b in pairwise(places)]


def _flip(rng: Random, data: bytearray, _: Sequence[bytes]) -> None:
    if data:
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)


def _replace(rng: Random, data: bytearray, _: Sequence[bytes]) -> None:
    if data:
        at = rng.randrange(len(data))
        data[at] = rng.choice(EDGES) if rng.random() < 0.5 else rng.randrange(256)


def _step(rng: Random, data: bytearray, _: Sequence[bytes]) -> None:
    """Counts and sizes are wrong by a little, mostly."""
    if data:
        at = rng.randrange(min(len(data), 16))
        data[at] = (data[at] + rng.choice((-2, -1, 1, 2))) & 0xFF


def _cut(rng: Random, data: bytearray, _: Sequence[bytes]) -> None:
    if data:
        del data[rng.randrange(len(data)) :]


def _lose(rng: Random, data: bytearray, _: Sequence[bytes]) -> None:
    if data:
        at = rng.randrange(len(data))
        del data[at : at + rng.randint(1, 8)]


def _add(rng: Random, data: bytearray, _: Sequence[bytes]) -> None:
    at = rng.randint(0, len(data))
    data[at:at] = noise(rng, 16)


def _double(rng: Random, data: bytearray, _: Sequence[bytes]) -> None:
    if data:
        at = rng.randrange(len(data))
        data[at:at] = data[at : at + rng.randint(1, 32)] * rng.randint(1, 8)


def _graft(rng: Random, data: bytearray, others: Sequence[bytes]) -> None:
    if others:
        other = rng.choice(others)
        at, start = rng.randint(0, len(data)), rng.randint(0, len(other))
        data[at : at + rng.randint(0, 16)] = other[start : start + rng.randint(1, 200)]


_CHANGES: Final = (_flip, _replace, _replace, _step, _step, _cut, _lose, _add, _double, _graft)

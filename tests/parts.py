"""Which cases belong to the quick part of the tests, that of ``make check``; ``make test`` runs them all."""

from collections.abc import Iterable
from typing import Any

import pytest


def one_quick(values: Iterable[Any], quick: Any) -> list[Any]:
    """Give cases, tuples where a test takes several arguments, of which all but one are marked as slow."""
    cases = [(value, value if isinstance(value, tuple) else (value,)) for value in values]
    return [value if value == quick else pytest.param(*given, marks=pytest.mark.slow) for value, given in cases]


def each_once_quick(rows: Iterable[Any], columns: Iterable[Any]) -> list[Any]:
    """Give all pairs; the pairs without the mark hold each row and each column at least once."""
    rows, columns = list(rows), list(columns)
    return [
        (row, column) if j % len(rows) == i % len(columns) else pytest.param(row, column, marks=pytest.mark.slow)
        for i, row in enumerate(rows)
        for j, column in enumerate(columns)
    ]

"""Tables of hundreds of cases in one test each: what pytest does around a test costs more than a case of a millisecond.

``@each`` is written and reads like ``pytest.mark.parametrize``. All cases are tried; those that fail are named, the
first ones with what was wrong.
"""

import functools
import inspect
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar

import pytest

MOST_CASES = 12
"""Of one table in ``make check``."""
SHOWN = 3
"""Cases that failed and are shown in full."""

_Case = TypeVar("_Case")
_Failure = (Exception, pytest.fail.Exception)


def some_of(cases: Sequence[_Case]) -> Sequence[_Case]:
    """Give all cases; in ``make check`` as many as are quick, evenly from the first to the last."""
    if os.environ.get("WATTSTEAD_EXAMPLES") != "quick" or len(cases) <= MOST_CASES:
        return cases
    return [cases[place * len(cases) // MOST_CASES] for place in range(MOST_CASES)]


def each(names: str | Sequence[str], cases: Iterable[Any], ids: Callable[[Any], str] = str) -> Callable[..., Any]:
    """Run a test function for each case. names: of its arguments. ids: name a case that is no ``pytest.param``."""
    wanted = [names] if isinstance(names, str) else list(names)
    table = [_case(case, single=isinstance(names, str), ids=ids) for case in cases]

    def fold(function: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(function)
        def folded(**fixtures: Any) -> None:
            assert table, "a table without cases proves nothing"
            failed = list(_failures(function, wanted, fixtures, some_of(table)))
            if failed:
                raise BaseExceptionGroup(f"{len(failed)} of {len(table)} cases: {_names(failed)}", failed[:SHOWN])

        signature = inspect.signature(function)
        others = [one for one in signature.parameters.values() if one.name not in wanted]
        vars(folded)["__signature__"] = signature.replace(parameters=others)
        return folded

    return fold


def _failures(
    function: Callable[..., None],
    wanted: Sequence[str],
    fixtures: dict[str, Any],
    table: Sequence[tuple[str, Sequence[Any]]],
) -> Iterator[BaseException]:
    for name, values in table:
        try:
            function(**dict(zip(wanted, values, strict=True)), **fixtures)
        except _Failure as error:
            error.add_note(f"case: {name}")
            yield error


def _case(case: Any, *, single: bool, ids: Callable[[Any], str]) -> tuple[str, Sequence[Any]]:
    """Give the name and the values of one."""
    given = getattr(case, "values", None)  # of a pytest.param
    if isinstance(given, tuple):
        return case.id or str(given), given
    return (ids(case), (case,)) if single else ("-".join(map(ids, case)), case)


def _names(failed: Sequence[BaseException]) -> str:
    return ", ".join(note.removeprefix("case: ") for one in failed for note in one.__notes__[-1:])

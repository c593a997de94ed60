import pytest

import conftest
from folding import MOST_CASES, each, some_of


def test_all_cases_are_tried_and_those_that_fail_are_named() -> None:
    tried: list[int] = []

    @each("number", range(10))
    def odd_ones_fail(number: int) -> None:
        tried.append(number)
        if number == 7:
            pytest.fail("seven")
        assert number % 4 != 1, number

    with pytest.raises(BaseExceptionGroup, match="4 of 10 cases: 1, 5, 7, 9") as failed:
        odd_ones_fail()
    assert tried == list(range(10))
    assert [one.__notes__ for one in failed.value.exceptions] == [["case: 1"], ["case: 5"], ["case: 7"]]


@each(("first", "second"), [pytest.param(1, "a", id="one"), (2, "b")])
def test_several_arguments_and_fixtures(first: int, second: str, request: pytest.FixtureRequest) -> None:
    assert (first, second) in ((1, "a"), (2, "b"))
    assert request.node.name == "test_several_arguments_and_fixtures"


def test_a_table_without_cases_fails() -> None:
    @each("number", [])
    def nothing(number: int) -> None: ...

    with pytest.raises(AssertionError, match="proves nothing"):
        nothing()


def test_make_check_tries_some_evenly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATTSTEAD_EXAMPLES", "quick")
    assert list(some_of(range(5))) == [0, 1, 2, 3, 4]
    some = some_of(range(1000))
    assert (len(some), some[0], some[-1] > 900) == (MOST_CASES, 0, True)
    monkeypatch.setenv("WATTSTEAD_EXAMPLES", "house")
    assert len(some_of(range(1000))) == 1000


def test_the_long_files_are_there() -> None:
    assert [name for name in conftest.LONG if not (conftest.HERE / name).is_file()] == []

"""A person who waits for the compiler is told why, once; nobody else hears of it."""

import pytest

from wattstead.battery import jit
from wattstead.cli import prepare


@pytest.mark.parametrize(("ready", "said"), [(True, ""), (False, f"{prepare.TEXT}\n")])
def test_one_line_says_what_is_waited_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *, ready: bool, said: str
) -> None:
    loaded: list[str] = []
    monkeypatch.setattr(jit, "ready", lambda: ready)
    monkeypatch.setattr(prepare, "load", lambda: loaded.append("once"))
    monkeypatch.setenv("COLUMNS", "200")
    prepare.prepare()
    told = capsys.readouterr()
    assert (told.out, told.err) == ("", said)
    assert loaded == ["once"]


def test_after_it_the_engine_is_ready() -> None:
    prepare.load()
    assert jit.ready()

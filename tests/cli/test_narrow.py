"""What settings look like on a terminal that is no wider than a person's window: no word is broken."""

import io
from pathlib import Path

import pytest
from rich.console import Console
from rich.text import Text

from wattstead.catalog.profile import load_profile, profile_names
from wattstead.catalog.setting_words import setting_label
from wattstead.cli import settings_show
from wattstead.cli.rows import Rows
from wattstead.cli.setting_source import Loaded, Wish
from wattstead.host.settings.sets import Difference, defaults


def printed(what: object, width: int) -> str:
    console = Console(width=width, record=True, file=io.StringIO())
    console.print(what)
    return console.export_text()


@pytest.mark.parametrize(("width", "lang"), [(60, "fr"), (80, "en")])
def test_every_profile_shows_whole_words(width: int, lang: str, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = 0
    for name in profile_names():
        profile = load_profile(name)
        if not profile.settings:
            continue
        console = Console(width=width, file=io.StringIO(), highlight=False)
        monkeypatch.setattr(settings_show, "console", lambda console=console: console)
        wish = Wish(profile, None, None, Path(), lang)
        held = defaults(profile)
        if not held.values:
            continue
        settings_show.show_set(Loaded(profile, held), (), wish)
        rows = [Difference(one, value, value) for one, value in [*held.values.items()][:3]]
        settings_show.show_differences(Loaded(profile, held), held, rows, wish)
        text = console.file.getvalue()  # type: ignore[attr-defined]
        assert max(map(len, text.splitlines())) <= width
        words = set(text.split())
        for one in held.values:
            assert one in words, f"{name}: {one} is broken at {width} columns"
            for word in setting_label(one, lang).split():
                assert word in words, f"{name}: {word} of {one} is broken at {width} columns"
        shown += 1
    assert shown > 4


def test_a_table_where_there_is_room_and_a_list_where_there_is_none() -> None:
    rows = Rows(("name", "value", "range"))
    rows.add("cell_overvoltage_protection_v", Text("3.65 V", "yellow"), "")
    rows.add("capacity", "100 Ah", "1 … 100")
    assert printed(rows, 50).splitlines()[0].split() == ["name", "value", "range"]
    assert printed(rows, 30).splitlines() == [
        "cell_overvoltage_protection_v",
        "  value: 3.65 V",
        "capacity",
        "  value: 100 Ah",
        "  range: 1 … 100",
    ]
    assert printed(Rows(("name",)), 30).split() == ["name"]


def test_a_cell_of_many_words_is_wrapped_between_them() -> None:
    rows = Rows(("name", "about"))
    rows.add("a", "one two three four")
    assert [line.rstrip() for line in printed(rows, 16).splitlines()] == [
        "name  about",
        "a     one two",
        "      three",
        "      four",
    ]

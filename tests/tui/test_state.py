"""What the screen remembers of a pack, and the drawing of lines, without a terminal."""

from hypothesis import given
from hypothesis import strategies as st
from rich.text import Text

from wattstead.catalog.profile import load_profile
from wattstead.catalog.setting_words import setting_label
from wattstead.host.turns import PolledPack
from wattstead.model.bank import Standing
from wattstead.model.reading import Silence, Snapshot
from wattstead.model.setting import Setting
from wattstead.tui.look import age, bar, beside, columns, cut, middle, newspaper, row, wrapped
from wattstead.tui.pages.settings import called
from wattstead.tui.state import PackNow


def pack() -> PackNow:
    return PackNow(PolledPack("a", 1))


def test_nothing_is_known_before_the_first_answer() -> None:
    one = pack()
    assert (one.age_s(5000), one.is_stale(5000), one.silent_s(5000)) == (None, False, None)
    assert one.member(5000).standing is Standing.UNREAD
    one.take(Silence("a", 1000, "no answer"))
    assert (one.silent_s(5000), list(one.events)) == (4.0, [])


def test_values_are_old_after_three_rounds_and_at_once_when_the_pack_is_silent() -> None:
    one = pack()
    one.take(Snapshot("a", 0, {"pack_voltage_v": 50.0}))
    one.take(Snapshot("a", 4000, {"pack_voltage_v": 51.0}))
    assert not one.is_stale(4000 + 12_000)
    assert one.is_stale(4000 + 12_001)
    assert one.member(4000).standing is Standing.CONNECTED
    one.take(Silence("a", 5000, "why"))
    assert one.is_stale(5000)
    assert (one.values["pack_voltage_v"], one.why, one.silent_s(9000)) == (51.0, "why", 5.0)
    assert one.member(5000).standing is Standing.STALE


def test_a_value_that_is_told_no_more_grows_old_while_the_others_live() -> None:
    one = pack()
    one.take(Snapshot("a", 0, {"soh_pct": 99.0, "rated_capacity_ah": 100.0, "pack_voltage_v": 50.0}))
    for second in range(1, 20):
        one.take(Snapshot("a", 1000 * second, {"pack_voltage_v": 50.0}))
    assert one.is_old("soh_pct", 19_000)
    assert not one.is_old("pack_voltage_v", 19_000)
    assert not one.is_old("rated_capacity_ah", 19_000)


def test_codes_come_and_go_once() -> None:
    one = pack()
    for at_ms, active in ((0, ("x",)), (1, ("x", "y")), (2, None), (3, ("y",)), (4, ())):
        one.take(Snapshot("a", at_ms, {}, active))
    assert [(event.at_ms, event.code, event.came) for event in one.events] == [
        (0, "x", True),
        (1, "y", True),
        (3, "x", False),
        (4, "y", False),
    ]


def test_ages_and_bars() -> None:
    assert [age(ms) for ms in (-5, 999, 119_999, 120_000, 7_200_000, 200_000_000)] == [
        "0 s",
        "0 s",
        "119 s",
        "2 min",
        "2 h",
        "2 d",
    ]
    assert [bar(share, 4) for share in (-1.0, 0.5, 2.0)] == ["░░░░", "██░░", "████"]


def test_long_names_are_shortened_in_the_middle_and_sentences_at_the_end() -> None:
    assert middle("cell overvoltage protection", 12) == "cell o…ction"
    assert cut("cell overvoltage", 6) == "cell …"
    assert row("a long label", "12 V", 12).plain == "a l…bel 12 V"


def test_a_setting_of_a_profile_of_ones_own_is_called_by_the_words_of_its_name() -> None:
    own = Setting("cell_frost_alarm_degc", unit="°C")
    assert called(own, "fr") == "cell frost alarm"
    assert called(load_profile("seplos-v2").settings["soc_alarm_pct"], "fr") == setting_label("soc_alarm_pct", "fr")


@given(st.text(alphabet="ab é°→ ", max_size=60), st.integers(3, 20), st.sampled_from(["", "  "]))
def test_no_line_is_wider_than_the_page_and_no_word_is_lost(text: str, width: int, indent: str) -> None:
    lines = wrapped(text, width, indent=indent)
    assert all(line.cell_len <= width for line in lines)
    assert "".join(line.plain.replace(" ", "") for line in lines) == "".join(text.split())


@given(st.integers(20, 250), st.integers(0, 40))
def test_columns_stay_on_the_page(width: int, count: int) -> None:
    _, each = columns(width)
    rows = [Text("x" * each) for _ in range(count)]
    assert all(line.cell_len <= width for line in newspaper(rows, width))
    assert all(line.cell_len <= width for line in beside([rows[:3], rows[3:9]], width))
    assert sum(line.plain.count("x") for line in newspaper(rows, width)) == count * each

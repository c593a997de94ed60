"""The first page: the bank, a card for each pack, the chart, all of it live."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from browser.conftest import Visit, set_clock
from browser.fake_api import FakeServer
from browser.fake_plant import SILENT_SINCE_MS, iso

pytestmark = pytest.mark.browser

DRAWN = """canvas => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const tones = new Set();
  for (let at = 0; at < data.length; at += 4) if (data[at + 3] > 200) tones.add(data.slice(at, at + 3).join());
  return [...tones];
}"""


def card(page: Page, name: str) -> Locator:
    return page.get_by_role("article", name=name, exact=True)


def plain(locator: Locator) -> str:
    """What a person reads there, with blanks of all widths as one."""
    return re.sub(r"\s+", " ", locator.inner_text())


def strip(page: Page, name: str) -> Locator:
    return page.get_by_role("slider").locator("section").filter(has=page.get_by_role("heading", name=name))


def test_every_pack_has_a_card_with_its_values(visit: Visit, server: FakeServer) -> None:
    page = visit(server)
    for name in ("Pack 1", "Pack 2", "Pack 3", "Pack 4"):
        expect(card(page, name)).to_be_visible()
    latest = server.plant.latest["seplos-1"]
    assert latest is not None
    values, text = latest["values"], plain(card(page, "Pack 1"))
    probes = values["cell_temperature_degc"]
    assert f"{values['soc_pct']:.1f}%" in text
    assert f"{values['pack_voltage_v']:.2f} V" in text
    assert f"{values['pack_current_a']:+.2f} A" in text
    assert f"{values['pack_power_w'] / 1000:+.2f} kW" in text
    assert f"{min(probes):.0f}–{max(probes):.0f} °C" in text
    assert "Seplos V2, seplos bus, address 0" in text
    assert "Charging" in text
    assert "1 s ago, simulated" in text


def test_the_cells_name_the_lowest_and_the_highest_and_state_their_scale(visit: Visit, server: FakeServer) -> None:
    page = visit(server)
    latest = server.plant.latest["seplos-2"]
    assert latest is not None
    cells = latest["values"]["cell_voltage_v"]
    low, high = min(cells), max(cells)
    text = plain(card(page, "Pack 2"))
    assert f"▼ Cell {cells.index(low) + 1} {low:.3f} V" in text
    assert f"▲ Cell {cells.index(high) + 1} {high:.3f} V" in text
    assert f"Spread {(high - low) * 1000:.0f} mV" in text
    assert "Balancing: 9" in text
    scale = re.search(r"Bars from (\d\.\d\d) V to (\d\.\d\d) V", text)
    assert scale is not None
    assert float(scale[1]) <= low < high <= float(scale[2])
    assert float(scale[2]) - float(scale[1]) >= 0.05
    expect(card(page, "Pack 2").locator(".bars .cell")).to_have_count(16)
    expect(card(page, "Pack 3").locator(".bars .cell")).to_have_count(15)


def test_the_bank_sums_what_answers(visit: Visit, serve: Callable[..., FakeServer]) -> None:
    server = serve(calm=True)
    page = visit(server)
    held = [latest["values"] for latest in server.plant.latest.values() if latest is not None]
    power = sum(values["pack_power_w"] for values in held)
    full = sum(values["full_capacity_ah"] for values in held)
    soc = sum(values["soc_pct"] * values["full_capacity_ah"] for values in held) / full
    bank = page.get_by_role("region", name="All batteries")
    expect(bank).to_contain_text("All 4 packs answer")
    text = plain(bank)
    assert f"{power / 1000:.2f} kW" in text
    assert f"{soc:.0f} %" in text
    assert f"of {full:.0f} Ah" in text
    assert "None active" in text


def test_an_alarm_is_told_by_word_and_icon(visit: Visit, server: FakeServer) -> None:
    page = visit(server)
    alarm = card(page, "Pack 2").get_by_role("listitem").filter(has_text="Cell voltage high")
    expect(alarm).to_contain_text("Alarm")
    expect(alarm.locator("svg")).to_be_visible()
    expect(page.get_by_role("region", name="All batteries")).to_contain_text("Cell voltage high")


def test_a_value_that_comes_live_is_shown_at_once(visit: Visit, server: FakeServer) -> None:
    page = visit(server)
    expect(card(page, "Pack 1")).not_to_contain_text("−12.34")
    server.publish("seplos-1", pack_current_a=-12.34, pack_power_w=-656.2, soc_pct=42.4)
    expect(card(page, "Pack 1")).to_contain_text("−12.34")
    expect(card(page, "Pack 1")).to_contain_text("−656")
    expect(card(page, "Pack 1")).to_contain_text("42.4")
    expect(page.get_by_role("region", name="All batteries").get_by_role("link", name="Pack 1")).to_contain_text("42")


def test_the_chart_goes_on_with_live_values(visit: Visit, serve: Callable[..., FakeServer]) -> None:
    server = serve(calm=True)
    page = visit(server)
    expect(strip(page, "Power").locator("b")).to_contain_text("W")
    for pack in ("seplos-1", "seplos-2", "pylontech-1", "pylontech-2"):
        server.publish(pack, pack_power_w=-111.0)
    expect(strip(page, "Power").locator("b")).to_contain_text("−444")
    assert server.series_asked == 4, "a live value is no reason to fetch the past again"


def test_a_silent_pack_shows_since_when_and_its_last_values_as_old(visit: Visit, server: FakeServer) -> None:
    page = visit(server)
    silent = card(page, "Pack 3")
    expect(silent).to_contain_text("No answer since 12:45")
    expect(silent).to_contain_text("95 min ago")
    expect(silent).to_have_class(re.compile("stale"))
    expect(silent.locator(".chip")).to_have_text("Silent")
    expect(page.get_by_role("region", name="All batteries")).to_contain_text("2 of 4 packs answer")


def test_a_pack_never_heard_is_waiting_and_not_empty(visit: Visit, server: FakeServer) -> None:
    page = visit(server)
    waiting = card(page, "Pack 4")
    expect(waiting).to_contain_text("Waiting")
    expect(waiting).to_contain_text("is its address 3")
    expect(waiting.get_by_role("img", name="State of charge not known")).to_be_visible()
    assert not re.search(r"\d\s*%", plain(waiting))


def test_first_data_fills_the_waiting_card(visit: Visit, server: FakeServer) -> None:
    page = visit(server)
    expect(card(page, "Pack 4")).to_contain_text("Waiting")
    server.publish("pylontech-2", soc_pct=51.7)
    expect(card(page, "Pack 4")).to_contain_text("51.7")
    expect(page.get_by_role("region", name="All batteries")).to_contain_text("3 of 4 packs answer")


def test_a_pack_that_falls_silent_leaves_the_sums(visit: Visit, server: FakeServer) -> None:
    page = visit(server)
    expect(page.get_by_role("region", name="All batteries")).to_contain_text("2 of 4")
    server.say("seplos-1", state="silent", fresh=False, silent_since=iso(SILENT_SINCE_MS + 60_000))
    expect(card(page, "Pack 1")).to_contain_text("No answer since 12:46")
    expect(page.get_by_role("region", name="All batteries")).to_contain_text("1 of 4")


def test_values_grow_old_when_nothing_comes(visit: Visit, server: FakeServer) -> None:
    page = visit(server)
    expect(card(page, "Pack 1")).not_to_have_class(re.compile("stale"))
    set_clock(page, server.plant.now_ms + 100_000)
    expect(card(page, "Pack 1")).to_contain_text("1 min ago")
    expect(card(page, "Pack 1")).to_have_class(re.compile("stale"))
    expect(page.get_by_role("region", name="All batteries")).to_contain_text("No pack answers now")


def test_the_chart_is_drawn_in_the_colours_of_charge_and_discharge(visit: Visit, server: FakeServer) -> None:
    page = visit(server)
    canvas = strip(page, "Power").locator("canvas")
    expect(canvas).to_be_visible()
    tones = set(canvas.evaluate(DRAWN))
    assert "10,111,75" in tones, "no line in the colour of charging"
    assert "36,83,196" in tones, "no line in the colour of discharging"


def test_strips_lines_and_period_can_be_chosen(visit: Visit, server: FakeServer) -> None:
    page = visit(server)
    strips = page.get_by_role("slider").locator("section")
    expect(strips).to_have_count(2)
    for name in ("Voltage", "Temperature", "Cell spread"):
        page.get_by_role("button", name=name).click()
        expect(strip(page, name).locator("canvas")).to_be_visible()
    expect(strips).to_have_count(5)
    page.get_by_role("button", name="State of charge").click()
    expect(strips).to_have_count(4)
    page.get_by_text("Each pack").click()
    expect(strip(page, "Power").locator("li")).to_have_count(3)
    expect(strip(page, "Power").locator("li").first).to_contain_text("Pack 1")
    slider = page.get_by_role("slider")
    for text, hours in (("7 d", 168), ("1 h", 1), ("24 h", 24)):
        page.get_by_text(text, exact=True).click()
        expect(slider).to_have_attribute("data-hours", str(hours))
        first = float(slider.get_attribute("aria-valuemin") or 0)
        assert float(slider.get_attribute("aria-valuemax") or 0) - first == hours * 3_600_000


def test_the_cursor_reads_exact_values_in_the_plants_time(visit: Visit, server: FakeServer) -> None:
    page = visit(server)
    slider = page.get_by_role("slider")
    expect(slider.locator("time")).to_contain_text("14:19")
    before = plain(strip(page, "State of charge").locator("b"))
    box = strip(page, "Power").locator("canvas").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 40)
    expect(slider.locator("time")).to_contain_text(re.compile("0[12]:"))
    value = plain(strip(page, "State of charge").locator("b"))
    assert re.fullmatch(r"\d+\.\d %", value)
    assert value != before
    page.mouse.move(2, 2)
    expect(slider.locator("time")).to_contain_text("14:19")


def test_the_chart_can_be_read_with_the_keyboard(visit: Visit, server: FakeServer) -> None:
    page = visit(server)
    slider = page.get_by_role("slider")
    expect(slider).to_have_attribute("aria-valuetext", re.compile(r"14:19.*Power.*W.*State of charge.*%"))
    slider.focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect(slider).to_have_attribute("aria-valuetext", re.compile("14:1[0-8]"))
    page.keyboard.press("Home")
    expect(slider).to_have_attribute("aria-valuetext", re.compile("Fri 13 Mar, 14:2"))
    page.keyboard.press("Escape")
    expect(slider).to_have_attribute("aria-valuetext", re.compile("14:19"))


def test_a_plant_without_packs_says_how_to_get_one(visit: Visit, server: FakeServer) -> None:
    server.plant.latest.clear()
    server.plant.packs = list  # type: ignore[method-assign]
    page = visit(server)
    expect(page.get_by_role("heading", name="No battery is set up")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("wattstead discover")

"""The page of one pack: everything that it says."""

import re

import pytest
from playwright.sync_api import Page, expect

from browser.conftest import Visit, set_clock
from browser.fake_api import FakeServer

pytestmark = pytest.mark.browser

# Columns of the row of times that hold ink, counted from the right edge.
INKED = """canvas => {
  const row = 22;
  const { data } = canvas.getContext("2d").getImageData(0, canvas.height - row, canvas.width, row);
  const columns = new Set();
  for (let at = 0; at < data.length; at += 4) if (data[at + 3] > 60) columns.add((at / 4) % canvas.width);
  return [...columns].map(column => canvas.width - 1 - column);
}"""


def rows(page: Page, heading: str) -> dict[str, str]:
    """Labels and texts of one list of values."""
    section = page.get_by_role("region", name=heading, exact=True)
    expect(section).to_be_visible()
    pairs = section.locator("dl > div").evaluate_all(
        "all => all.map(one => [one.querySelector('dt').innerText, one.querySelector('dd').innerText])"
    )
    return {label: re.sub(r"\s+", " ", text).strip() for label, text in pairs}


def test_a_card_leads_to_its_pack_and_back(visit: Visit, server: FakeServer) -> None:
    page = visit(server)
    page.get_by_role("article", name="Pack 2").click()
    expect(page.get_by_role("heading", name="Pack 2", level=1)).to_be_visible()
    assert page.url.endswith("#/pack/seplos-2")
    page.get_by_role("link", name="All batteries").click()
    expect(page.get_by_role("article", name="Pack 2")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", name="Pack 2", level=1)).to_be_visible()


def test_every_cell_has_its_number_and_its_marks(visit: Visit, server: FakeServer) -> None:
    page = visit(server, "#/pack/seplos-2")
    latest = server.plant.latest["seplos-2"]
    assert latest is not None
    cells = latest["values"]["cell_voltage_v"]
    table = page.get_by_role("table", name="Cells").get_by_role("row")
    expect(table).to_have_count(len(cells) + 1)
    for at, volts in enumerate(cells, start=1):
        expect(table.nth(at)).to_contain_text(re.compile(rf"{volts:.3f}\sV"))
    expect(table.nth(cells.index(max(cells)) + 1)).to_contain_text("highest, balancing")
    expect(table.nth(cells.index(min(cells)) + 1)).to_contain_text("lowest")


def test_values_are_grouped_with_the_servers_labels(visit: Visit, server: FakeServer) -> None:
    page = visit(server, "#/pack/seplos-1")
    latest = server.plant.latest["seplos-1"]
    assert latest is not None
    values = latest["values"]
    charge = rows(page, "Charge and health")
    assert charge["State of health"] == "99.0 %"
    assert charge["Remaining capacity"] == f"{values['remaining_capacity_ah']:.2f} Ah"
    assert charge["Cycles"] == "214"
    assert rows(page, "Voltage, current, power")["Pack current"] == f"{values['pack_current_a']:+.2f} A"
    limits = rows(page, "What it asks of the inverter")
    assert limits["Discharge current limit"] == "−100.0 A"
    assert limits["Charging allowed"] == "Yes"
    assert rows(page, "Switches") == {
        "Charge switch on": "Yes",
        "Discharge switch on": "Yes",
        "Heater on": "No",
        "Buzzer on": "No",
    }
    identity = rows(page, "Identity")
    assert identity["Serial number"] == "DEMO00007731"
    assert identity["Clock of the device"] == "2026-03-14 13:19:52"
    assert identity["Address"] == "0"
    temperatures = rows(page, "Temperatures")
    assert temperatures["Probe 1"] == f"{values['cell_temperature_degc'][0]:.1f} °C"
    assert temperatures["MOSFET temperature"] == "33.1 °C"


def test_nothing_that_the_server_sends_is_hidden(visit: Visit, server: FakeServer) -> None:
    latest = server.plant.latest["seplos-1"]
    assert latest is not None
    latest["values"]["brand_new_quantity_v"] = 12.5
    page = visit(server, "#/pack/seplos-1")
    labels = rows(page, "Voltage, current, power")
    assert labels["brand_new_quantity_v"] == "12.50"


def test_alerts_and_states_are_two_things(visit: Visit, server: FakeServer) -> None:
    page = visit(server, "#/pack/seplos-2")
    codes = page.get_by_role("region", name="Active codes").get_by_role("listitem")
    expect(codes).to_have_count(1)
    expect(codes.first).to_contain_text(re.compile("Cell voltage is high.*Alarm"))
    states = page.get_by_role("region", name="States")  # RUNNING or a wish to be charged is no alert (PYL-5)
    expect(states).to_contain_text("Full charge requested")


def test_the_chart_shows_every_cell_and_names_the_ends(visit: Visit, server: FakeServer) -> None:
    page = visit(server, "#/pack/seplos-2")
    names = page.get_by_role("slider").locator("section").first.locator("li")
    expect(names).to_have_text([re.compile("Cell 13"), re.compile("Cell 9")])
    expect(page.get_by_role("slider").locator("canvas")).to_have_count(3)


def test_a_pack_never_heard_says_what_to_check(visit: Visit, server: FakeServer) -> None:
    page = visit(server, "#/pack/pylontech-2")
    expect(page.get_by_role("main")).to_contain_text("Waiting for the first data")
    expect(page.get_by_role("main")).to_contain_text("is its address 3")
    expect(page.get_by_role("table")).to_have_count(0)


@pytest.mark.parametrize(
    ("route", "words"), [("#/pack/nobody", "There is no pack “nobody” here."), ("#/nonsense", "There is no such page.")]
)
def test_a_wrong_address_is_told(visit: Visit, server: FakeServer, route: str, words: str) -> None:
    expect(visit(server, route).get_by_role("main")).to_contain_text(words)


@pytest.mark.parametrize("language", ["en-GB", "fr-FR"])
def test_a_time_at_the_very_end_of_the_axis_is_written_in_full(visit: Visit, server: FakeServer, language: str) -> None:
    page = visit(server, "#/pack/seplos-1", language=language)
    expect(page.locator("canvas").last).to_be_visible()
    hour_ms = 3_600_000
    server.plant.now_ms += 3 * hour_ms + 40 * 60_000 - 1000  # the chart then ends at 18:00 in Paris
    set_clock(page, server.plant.now_ms + 1000)
    server.publish("seplos-1", soc_pct=50.0)
    end_ms = server.plant.now_ms + (-server.plant.now_ms) % 60_000
    expect(page.get_by_role("slider")).to_have_attribute("aria-valuemax", str(end_ms))
    inked = set(page.locator("canvas").last.evaluate(INKED))
    assert inked & set(range(4, 24)), "no word below the end of the axis"
    assert not inked & {0, 1}, "the last word is cut off"

"""The lines to the batteries, and the line between the page and the server."""

import re

import pytest
from playwright.sync_api import expect

from browser.conftest import Visit, set_clock
from browser.fake_api import FakeServer

pytestmark = pytest.mark.browser

# The browser itself writes these when the server refuses, as the tests want it to.
REFUSALS = ("WebSocket connection", "Failed to load resource", "503")


def test_every_line_tells_how_well_it_answers(visit: Visit, server: FakeServer) -> None:
    page = visit(server, "#/connection")
    good = page.get_by_role("article", name="seplos bus")
    expect(good).to_contain_text("Answers well")
    expect(good).to_contain_text("19,200 baud")
    expect(good).to_contain_text("8,410")
    expect(good).to_contain_text("99.9")
    poor = page.get_by_role("article", name="pylontech bus")
    expect(poor).to_contain_text("Some answers are missing")
    expect(poor.get_by_role("listitem").filter(has_text="Wrong checksums")).to_contain_text("12")
    expect(poor.get_by_role("link", name="Pack 3")).to_be_visible()
    expect(page.get_by_role("region", name="This page and Wattstead")).to_contain_text("WebSocket")


def test_a_lost_link_is_told_and_values_become_old(visit: Visit, server: FakeServer) -> None:
    page = visit(server)
    expect(page.locator("canvas").first).to_be_visible()
    expect(page.get_by_role("status").first).to_have_text("Live")
    # From here on the page tries no more by itself: only the button can bring the link back.
    page.evaluate("window.setTimeout = () => 0")
    server.drop()
    expect(page.get_by_role("status").first).to_have_text("Offline")
    set_clock(page, server.plant.now_ms + 40_000)
    expect(page.get_by_role("alert")).to_contain_text("No connection to Wattstead")
    expect(page.get_by_text("Last heard 40")).to_be_visible()
    expect(page.get_by_role("article", name="Pack 1")).to_have_class(re.compile("stale"))
    expect(page.get_by_role("region", name="All batteries")).to_contain_text("As of 14:19")
    with page.expect_response(re.compile("/series")):  # what was missed meanwhile is asked for again
        page.get_by_role("button", name="Try now").click()
    expect(page.get_by_role("status").first).to_have_text("Live")
    expect(page.get_by_role("alert")).to_have_count(0)


def test_a_link_that_breaks_comes_back_by_itself(visit: Visit, server: FakeServer) -> None:
    page = visit(server)
    expect(page.get_by_role("status").first).to_have_text("Live")
    server.drop()
    expect(page.get_by_role("status").first).not_to_have_text("Live")
    expect(page.get_by_role("status").first).to_have_text("Live")
    server.publish("seplos-1", soc_pct=33.3)
    expect(page.get_by_role("article", name="Pack 1")).to_contain_text("33.3")
    assert server.opened == ["websocket", "websocket"]


def test_where_no_socket_passes_events_do(visit: Visit, server: FakeServer) -> None:
    server.refuse_websockets = True
    page = visit(server, "#/connection", allowed=REFUSALS)
    expect(page.get_by_role("region", name="This page and Wattstead")).to_contain_text("Server-sent events")
    expect(page.get_by_role("status").first).to_have_text("Live")
    assert set(server.opened) == {"events"}
    page.get_by_role("link", name="Batteries", exact=True).click()
    server.publish("seplos-1", soc_pct=33.3)
    expect(page.get_by_role("article", name="Pack 1")).to_contain_text("33.3")


def test_a_history_that_fails_says_why(visit: Visit, server: FakeServer) -> None:
    server.broken_series = "the store is being repaired"
    page = visit(server, allowed=REFUSALS)
    expect(page.get_by_role("alert")).to_contain_text("the store is being repaired")
    expect(page.get_by_role("article", name="Pack 1")).to_be_visible()

"""What goes wrong behind the page is told on it: a port that is not there, a disk that is full, no data at all."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from browser.conftest import Visit, set_clock
from browser.fake_api import NO_WORD, FakeServer
from browser.fake_plant import PACKS

pytestmark = pytest.mark.browser

NO_PORT = "serial:///dev/ttyUSB9: there is no such port; plug the adapter in, or name another one"
FULL = "store history.db: the disk is full: free some space; what was stored before is safe"


def card(page: Page, name: str) -> Locator:
    return page.get_by_role("article", name=name, exact=True)


def bank(page: Page) -> Locator:
    return page.get_by_role("region", name="All batteries")


def forget_all(server: FakeServer) -> None:
    """As on the first day: no pack has said anything, and none was asked."""
    server.plant.latest = dict.fromkeys(server.plant.latest)
    server.plant.unheard = {}


def test_a_pack_that_was_asked_in_vain_says_why(visit: Visit, server: FakeServer) -> None:
    page = visit(server)
    for name in ("Pack 3", "Pack 4"):  # silent, and never heard
        expect(card(page, name)).to_contain_text(f"Detail: {NO_WORD}")
        expect(card(page, name).locator("[lang=en]")).to_have_text(NO_WORD)
    expect(card(page, "Pack 4")).to_contain_text("has been asked and has not answered yet")


def test_a_port_that_is_not_there_is_not_blamed_on_the_battery(visit: Visit, server: FakeServer) -> None:
    forget_all(server)
    page = visit(server)
    expect(card(page, "Pack 4")).to_contain_text("Nothing has come from this pack yet")
    for bus in ("seplos bus", "pylontech bus"):
        server.shut(bus, NO_PORT)
    for facts in PACKS:
        server.fall_silent(facts.id, NO_PORT)
    expect(card(page, "Pack 4")).to_contain_text("The line to this pack is not open.")
    expect(card(page, "Pack 4")).to_contain_text("Is the adapter or serial server plugged in")
    expect(card(page, "Pack 4")).to_contain_text(NO_PORT)
    expect(card(page, "Pack 4")).not_to_contain_text("has been asked")
    expect(card(page, "Pack 4")).not_to_contain_text("switched on")
    expect(bank(page)).to_contain_text("No line to the batteries is open")
    bank(page).get_by_role("link", name="The connection page says why.").click()
    line = card(page, "pylontech bus")
    expect(line).to_contain_text("The line is not open")
    expect(line).to_contain_text(f"Detail: {NO_PORT}")
    line.get_by_role("link", name="Pack 4").click()
    expect(page.get_by_role("main")).to_contain_text("The line to this pack is not open.")
    expect(page.get_by_role("main")).to_contain_text(NO_PORT)


def test_an_adapter_that_was_pulled_out_is_told_beside_the_last_values(visit: Visit, server: FakeServer) -> None:
    page = visit(server)
    expect(card(page, "Pack 3")).not_to_contain_text("is not open")
    server.shut("pylontech bus", NO_PORT)
    server.say("pylontech-1", silent_why=NO_PORT)
    expect(card(page, "Pack 3")).to_contain_text("No answer since 12:45. The line to this pack is not open.")
    expect(card(page, "Pack 3")).to_contain_text(NO_PORT)
    expect(card(page, "Pack 1")).not_to_contain_text("is not open")
    server.shut("pylontech bus", None)
    server.say("pylontech-1", silent_since=None, silent_why=None, state="idle", fresh=True, age_s=0.1)
    expect(card(page, "Pack 3")).not_to_contain_text("is not open")
    expect(card(page, "Pack 3")).not_to_contain_text("Detail")


def test_a_line_that_opens_by_itself_is_noticed(visit: Visit, server: FakeServer) -> None:
    """Nothing is sent then: the page looks while a pack is silent."""
    server.shut("pylontech bus", NO_PORT)
    page = visit(server)
    expect(card(page, "Pack 4")).to_contain_text("The line to this pack is not open.")
    server.shut("pylontech bus", None)
    expect(card(page, "Pack 4")).to_contain_text("has been asked and has not answered yet", timeout=10_000)


def test_a_line_before_its_first_try_is_being_opened(visit: Visit, server: FakeServer) -> None:
    server.plant.buses[0] |= {"open": False, "trouble": None}
    page = visit(server, "#/connection")
    expect(card(page, "seplos bus")).to_contain_text("The line is being opened")


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en-GB", "Readings cannot be stored, so nothing new is shown."),
        ("fr-FR", "Les mesures ne peuvent pas être enregistrées"),
    ],
)
def test_a_full_disk_is_no_silent_battery(visit: Visit, server: FakeServer, language: str, words: str) -> None:
    page = visit(server, language=language)
    expect(page.get_by_role("alert")).to_have_count(0)
    server.complain(FULL)
    expect(page.get_by_role("alert")).to_contain_text(words)
    expect(page.get_by_role("alert").locator("[lang=en]")).to_have_text(FULL)
    expect(card(page, "Pack 1")).to_have_class(re.compile("stale"))
    set_clock(page, server.plant.now_ms + 200_000)
    expect(page.get_by_role("main")).not_to_contain_text(re.compile("No pack answers|Aucun pack ne répond"))
    expect(page.locator("section", has=page.locator("h1"))).to_contain_text(re.compile("As of 14:19|État à 14:19"))
    server.complain(None)
    expect(page.get_by_role("alert")).to_have_count(0)
    server.publish("seplos-1", soc_pct=50.0)
    expect(card(page, "Pack 1")).not_to_have_class(re.compile("stale"))


def test_whoever_comes_while_the_disk_is_full_is_told_at_once(visit: Visit, server: FakeServer) -> None:
    forget_all(server)
    server.plant.trouble = FULL
    page = visit(server)
    expect(page.get_by_role("alert")).to_contain_text(FULL)
    expect(bank(page)).to_contain_text("No new data")
    expect(bank(page)).not_to_contain_text("answer")


def test_a_server_lost_before_any_data_shows_no_time(visit: Visit, server: FakeServer) -> None:
    forget_all(server)
    page = visit(server)
    expect(bank(page)).to_contain_text("Waiting for the first data")
    page.evaluate("window.setTimeout = () => 0")  # it tries no more by itself
    server.drop()
    expect(page.get_by_role("status").first).to_have_text("Offline")
    set_clock(page, server.plant.now_ms + 40_000)
    expect(bank(page)).to_contain_text("lost before the first data came")
    expect(page.get_by_role("main")).not_to_contain_text(re.compile("As of|1 Jan|1970"))


def test_a_time_zone_that_the_browser_does_not_know_gives_way_to_utc(visit: Visit, server: FakeServer) -> None:
    server.plant.time_zone = "Mars/Olympus_Mons"
    page = visit(server)
    expect(page.locator("canvas").first).to_be_visible()
    expect(card(page, "Pack 3")).to_contain_text("No answer since 11:45")  # Paris has 12:45
    footer = page.get_by_role("contentinfo")
    expect(footer).to_contain_text("UTC")
    expect(footer).to_contain_text("does not know the zone “Mars/Olympus_Mons”")


def test_a_padded_maker_is_shown_without_its_padding(visit: Visit, server: FakeServer) -> None:
    latest = server.plant.latest["seplos-1"]
    assert latest is not None
    latest["values"] |= {"maker": "Pylon---------------", "serial_number": "A-1--"}
    page = visit(server, "#/pack/seplos-1")
    identity = page.get_by_role("region", name="Identity", exact=True)
    expect(identity.get_by_text("Pylon", exact=True)).to_be_visible()
    expect(identity.get_by_text("A-1--", exact=True)).to_be_visible()


def test_a_protection_beside_a_current_is_a_badge_and_not_the_state(visit: Visit, server: FakeServer) -> None:
    code = {"code": "COVP", "severity": "protection", "label": {"en": "charging stopped", "fr": "charge arrêtée"}}
    page = visit(server)
    server.say("seplos-1", state="discharging", active=[code])
    expect(card(page, "Pack 1").locator(".chip")).to_have_text("Discharging")
    expect(card(page, "Pack 1").get_by_role("listitem").filter(has_text="Charging stopped")).to_contain_text(
        "Protection"
    )

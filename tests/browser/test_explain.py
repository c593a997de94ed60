"""Active codes that open, pages of codes and settings, and the search, as a person uses them."""

import re

import pytest
from playwright.sync_api import Page, expect

from browser.conftest import DESKTOP, PHONE, Visit
from browser.fake_api import FakeServer

CODE = "cell_high_voltage_alarm"


def too_wide(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))


@pytest.mark.browser
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_an_active_code_opens_with_its_values_limits_and_history(
    visit: Visit, server: FakeServer, size: tuple[int, int]
) -> None:
    page = visit(server, "#/pack/seplos-2", size=size)
    codes = page.get_by_role("region", name="Active codes")
    summary = codes.locator("summary").first
    expect(summary).to_contain_text(re.compile(r"Cell 9 at 3\.\d{3}.V, limit 3\.55.V"))
    summary.click()
    expect(codes).to_contain_text("Who acts: installer")
    expect(codes).to_contain_text("What it says now")
    expect(codes).to_contain_text("14 Mar 2026, 14:02:10, with these values:")
    expect(codes).to_contain_text("2 times since")
    expect(codes.get_by_role("heading", name="What to do")).to_be_visible()
    expect(codes.get_by_role("heading", name="Limits, and what ends it")).to_be_visible()
    expect(codes).to_contain_text("Limits as shipped; this device’s own were not read.")
    assert not too_wide(page)
    expect(page.get_by_role("region", name="States")).to_contain_text("Full charge requested")


@pytest.mark.browser
def test_an_open_code_follows_the_language_and_a_silent_pack_says_of_when_it_is(
    visit: Visit, server: FakeServer
) -> None:
    page = visit(server, "#/pack/seplos-2")
    codes = page.get_by_role("region", name="Active codes")
    codes.locator("summary").first.click()
    page.get_by_title("French").click()
    french = page.get_by_role("region", name="Codes actifs")
    expect(french).to_contain_text("Qui agit : installateur".replace(" :", "\u202f:"))
    expect(french).to_contain_text(re.compile(r"Cellule 9 à 3,\d{3}.V, limite 3,55.V"))
    server.say("seplos-2", state="silent", fresh=False, silent_since="2026-03-14T13:20:01.000Z", silent_why="no answer")
    expect(french).to_contain_text("il n’y en a pas de plus récentes")


@pytest.mark.browser
def test_the_slash_begins_a_search_and_the_answer_leads_to_a_code(visit: Visit, server: FakeServer) -> None:
    page = visit(server)
    expect(page.get_by_role("heading", name="Pack 1")).to_be_visible()
    page.keyboard.press("/")
    box = page.get_by_role("searchbox")
    expect(box).to_be_focused()
    box.fill("battery will not charge")
    box.press("Enter")
    expect(page.locator("main")).to_contain_text("A battery that is full, cold or hot refuses charge on purpose")
    hit = page.get_by_role("link", name=re.compile("Cells too cold to charge"))
    expect(hit).to_contain_text("Seplos, Pylontech")
    hit.click()
    expect(page).to_have_url(re.compile(r"#/explain/seplos-v2/charge_undertemperature_protection$"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Cells too cold to charge: charging is cut")
    expect(page.locator("main")).to_contain_text("Other makes that say the same")
    page.go_back()
    expect(page.get_by_role("searchbox")).to_have_value("battery will not charge")


@pytest.mark.browser
def test_a_search_answers_while_it_is_typed_on_a_phone(visit: Visit, server: FakeServer) -> None:
    page = visit(server, "#/search", size=PHONE, language="fr-FR")
    box = page.get_by_role("searchbox")
    expect(box).to_be_focused()
    box.press_sequentially("seuil alarme so", delay=5)
    hit = page.get_by_role("link", name=re.compile("État de charge bas.*alarme.*Avertit"))
    expect(hit.first).to_be_visible()
    expect(box).to_be_focused()
    assert not too_wide(page)
    page.get_by_role("link", name=re.compile("Avertit quand il reste aussi peu")).click()
    expect(page.locator("main")).to_contain_text("Dans les batteries de cette installation")
    assert not too_wide(page)


@pytest.mark.browser
def test_what_is_not_there_is_said_with_what_is_near(visit: Visit, server: FakeServer) -> None:
    page = visit(server, "#/search?q=F99", size=PHONE)
    expect(page.locator("main")).to_contain_text("Nothing was found for “F99”.")
    page.get_by_role("link", name="F09 · AURA").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("F09 bypass relay")
    assert not too_wide(page)
    broken = visit(server, "#/explain/aura/F99", allowed=("404",))
    expect(broken.get_by_role("alert")).to_contain_text("aura has no code F99; near are aura/F09")

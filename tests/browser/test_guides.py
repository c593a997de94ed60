"""Guides on the page: ticks that stay, values that are checked, a phone, paper, and no network."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from browser.conftest import PHONE, Visit, set_clock
from browser.fake_api import FakeServer
from browser.fake_plant import NOW_MS
from wattstead.catalog.guides import guide_names, load_guide

pytestmark = pytest.mark.browser

PAIR = "#/guides/parallel-wall-6k5"
# Waits until the lists and the emergency page are kept, each in both languages.
KEPT = """async () => {
  for (let turn = 0; turn < 1000; turn += 1) {
    const kept = Object.keys(localStorage).filter(key => key.startsWith("wattstead.guide")).length;
    if (kept >= 4) return kept;
    await new Promise(done => setTimeout(done, 5));
  }
  return 0;
}"""

# Opens each guide and waits for its title: how many steps, how many drawings, how wide.
EACH = """async titles => {
  const found = {};
  const plain = text => text.replace(/[\\s\\u202f]+/g, "");
  const shown = () => plain(document.querySelector("main h1")?.innerText ?? "");
  for (const [name, title] of Object.entries(titles)) {
    location.hash = `#/guides/${name}`;
    for (let turn = 0; turn < 1000 && shown() !== plain(title); turn += 1)
      await new Promise(done => setTimeout(done, 5));
    const count = selector => document.querySelectorAll(selector).length;
    found[name] = [count("main ol > li"), count("main .drawing svg"), document.documentElement.scrollWidth];
  }
  return found;
}"""


def go(page: Page, route: str) -> None:
    page.evaluate("route => { location.hash = route }", route)


def test_ticks_stay_for_each_battery(visit: Visit, server: FakeServer) -> None:
    """AUR-2: a step with a wait counts down from its tick."""
    page = visit(server, "#/guides/stop-aura")
    page.get_by_label("Which battery").fill("cellar")
    page.get_by_label("Which battery").blur()
    page.get_by_role("checkbox", name="Step 1").check()
    expect(page.get_by_role("main")).to_contain_text("1 of 2 done")
    expect(page.get_by_role("main")).to_contain_text(re.compile(r"Wait 30\W*s more"))
    set_clock(page, NOW_MS + 21_000)
    expect(page.get_by_role("main")).to_contain_text(re.compile(r"Wait 9\W*s more"))
    set_clock(page, NOW_MS + 31_000)
    expect(page.get_by_role("main")).not_to_contain_text("more")
    page.reload()
    expect(page.get_by_role("checkbox", name="Step 1")).to_be_checked()
    page.get_by_label("Which battery").fill("barn")
    page.get_by_label("Which battery").blur()
    expect(page.get_by_role("checkbox", name="Step 1")).not_to_be_checked()
    go(page, "#/guides")
    expect(page.get_by_role("link", name="Stop an AURA")).not_to_contain_text("1/")
    page.get_by_label("Which battery").fill("cellar")
    page.get_by_label("Which battery").blur()
    expect(page.get_by_role("link", name="Stop an AURA")).to_contain_text("1/")
    go(page, "#/guides/stop-aura")
    page.get_by_role("button", name="Clear ticks").click()
    page.get_by_role("button", name="Really clear").click()
    expect(page.get_by_role("main")).to_contain_text("0 of 2 done")


def test_a_value_ticks_its_step_only_if_it_is_right(visit: Visit, server: FakeServer) -> None:
    """GRW-7: the voltages of a pair, the difference at most 1 V; a comma will do."""
    page = visit(server, PAIR)
    step = page.get_by_role("listitem").filter(has_text="Work out the difference")
    step.get_by_role("checkbox").click()  # asks for the value
    expect(step.get_by_role("textbox")).to_be_focused()
    for typed, told in (("1.01", "1.01 V is not right: it must be 0 to 1 V."), ("x", "Write a figure.")):
        step.get_by_role("textbox").fill(typed)
        step.get_by_role("textbox").blur()
        expect(step.get_by_role("alert")).to_have_text(told)
        expect(step.get_by_role("checkbox")).not_to_be_checked()
    step.get_by_role("textbox").fill("1,0")
    step.get_by_role("textbox").blur()
    expect(step.get_by_role("checkbox")).to_be_checked()
    expect(step.get_by_role("alert")).to_have_count(0)
    page.reload()
    expect(step.get_by_role("textbox")).to_have_value("1")
    step.get_by_role("textbox").fill("2")
    step.get_by_role("textbox").blur()
    expect(step.get_by_role("checkbox")).not_to_be_checked()


def test_every_guide_fits_a_phone(visit: Visit, server: FakeServer) -> None:
    """GRW-8, AUR-4: 360 pixels in French, the longer language, drawings and tables included; every step is there."""
    page = visit(server, "#/guides", size=PHONE, language="fr-FR")
    titles = {name: load_guide(name).title["fr"] for name in guide_names()}
    for name, (steps, drawings, width) in page.evaluate(EACH, titles).items():
        guide = load_guide(name)
        drawn = sum(part.drawing is not None for part in guide.parts)
        assert (steps, drawings, width) == (len(guide.steps), drawn, PHONE[0]), name


def test_the_emergency_page_is_one_tap_away_and_needs_no_network(
    visit: Visit, serve: Callable[..., FakeServer]
) -> None:
    """GRW-11: from every page, in both languages, though nobody looked at it while there was a network."""
    server = serve()
    page = visit(server, service_workers="allow", size=PHONE, allowed=("net::ERR", "WebSocket", "Failed to load"))
    page.evaluate("navigator.serviceWorker.ready.then(() => undefined)")
    assert page.evaluate(KEPT) >= 4
    page.context.set_offline(True)
    server.drop()
    page.reload()
    for route in ("#/", "#/connection", "#/guides", "#/no-such-page"):
        go(page, route)
        expect(page.get_by_role("banner").get_by_role("link", name="Emergency")).to_be_visible()
    page.get_by_role("banner").get_by_role("link", name="Emergency").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Battery emergency: what to do")
    expect(page.get_by_role("main")).to_contain_text("Do NOT make the person vomit")
    expect(page.get_by_role("checkbox")).to_have_count(0)
    page.get_by_role("button", name="Passer au français").click()
    expect(page.get_by_role("main")).to_contain_text("Ne faites PAS vomir")


@pytest.mark.parametrize(("name", "most"), [("emergency", 2), ("parallel-wall-6k5", 4), ("storage-wall-6k5", 1)])
def test_paper_has_every_step_and_nothing_of_the_screen(visit: Visit, server: FakeServer, name: str, most: int) -> None:
    """GRW-11, GRW-7, GRW-9: A4, black on white though the screen is dark; boxes to tick."""
    page = visit(server, f"#/guides/{name}", theme="dark")
    expect(page.locator("main ol > li")).to_have_count(len(load_guide(name).steps))
    paper = page.pdf(prefer_css_page_size=True)
    assert 1 <= len(re.findall(rb"/Type /Page\b", paper)) <= most
    assert re.search(rb"/MediaBox \[0 0 59[45](\.\d+)? 84[12](\.\d+)?\]", paper)
    page.emulate_media(media="print")
    expect(page.get_by_role("banner")).to_be_hidden()
    expect(page.get_by_role("button")).to_have_count(0)
    for step in page.locator("main ol > li").all():
        assert step.is_visible()
    ink = page.evaluate("getComputedStyle(document.querySelector('main h1')).color")
    assert sum(map(int, re.findall(r"\d+", ink)[:3])) < 3 * 60


def test_a_guide_that_there_is_not_is_told(visit: Visit, server: FakeServer) -> None:
    page = visit(server, "#/guides/parallel-wal", allowed=("404",))
    expect(page.get_by_role("alert")).to_contain_text("did you mean parallel-wall-6k5")

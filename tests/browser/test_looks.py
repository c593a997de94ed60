"""How it looks and who can use it: phone, desktop, light, dark, two languages, keyboard, screen reader, offline."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from browser.conftest import DESKTOP, PHONE, Visit, set_clock
from browser.fake_api import FakeServer

pytestmark = pytest.mark.browser

# Every page, and something on it that is there once it is drawn.
ROUTES = {
    "#/": "canvas",
    "#/pack/seplos-2": "canvas",
    "#/connection": "main article",
    "#/search?q=battery": "main section a",
    "#/explain/pylontech/OTC": "main article h3",
    "#/setting/soc_alarm_pct": "main article h1",
    "#/gallery": "main canvas",
    "#/lights/wall-6k5": "main [role=group] button",
    "#/guides": "main section",
    "#/guides/parallel-wall-6k5": "main progress",
}
COLOURS = """names => {
  const probe = document.body.appendChild(document.createElement("span"));
  const found = Object.fromEntries(names.map(name => {
    probe.style.color = `var(--${name})`;
    return [name, getComputedStyle(probe).color.match(/[\\d.]+/g).slice(0, 3).map(Number)];
  }));
  probe.remove();
  return found;
}"""
NAMELESS = """() => [...document.querySelectorAll(
    "button, a, input, meter, fieldset, [role=slider], [role=img], [role=table]")]
  .filter(one => one.offsetParent !== null)
  .filter(one => !(one.getAttribute("aria-label") || one.innerText?.trim() || one.closest("label")?.innerText.trim()
    || document.getElementById(one.getAttribute("aria-labelledby"))?.textContent.trim()
    || one.querySelector("legend")?.innerText.trim()))
  .map(one => one.outerHTML.slice(0, 120))"""
SMALL = """() => [...document.querySelectorAll("button, a, label")]
  .map(one => [one, one.getBoundingClientRect()])
  .filter(([one, box]) => box.width > 0 && (box.width < 24 || box.height < 24) && !one.className.includes("skip")
    && !one.closest("article h3"))
  .map(([one, box]) => `${one.outerHTML.slice(0, 80)} ${box.width}x${box.height}`)"""
FOCUSED = """() => {
  const one = document.activeElement;
  const lit = getComputedStyle(one).outlineStyle !== "none" || one.closest("label, h3") || one.className === "skip";
  const name = one.getAttribute("aria-label") || one.innerText || one.closest("label")?.innerText || "";
  return name.trim() + (lit ? "" : " UNLIT");
}"""
TEXT = ("ink", "ink-2", "ink-3", "charging", "discharging", "idle", "alarm", "grave")
GROUNDS = ("ground", "surface")
SOFT = (
    ("charging", "charging-soft"),
    ("discharging", "discharging-soft"),
    ("idle", "idle-soft"),
    ("alarm", "alarm-soft"),
    ("grave", "grave-soft"),
    ("ink", "alarm-soft"),
    ("ink", "grave-soft"),
    ("ink-2", "idle-soft"),
    ("ink-2", "sunken"),
    ("on-brand", "brand"),
)
MARKS = ("line-strong", "cell", "focus", *(f"track-{tone}" for tone in range(8)))


def luminance(colour: list[float]) -> float:
    parts = [part / 255 for part in colour]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: list[float], other: list[float]) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def settled(page: Page) -> Page:
    expect(page.get_by_role("status").first).to_have_text(re.compile("Live|En direct"))
    expect(page.get_by_role("main")).to_contain_text(re.compile(r"\w{3}"))
    return page


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_every_page_fits_the_screen_and_names_its_controls(
    visit: Visit, server: FakeServer, size: tuple[int, int], theme: str
) -> None:
    page = settled(visit(server, size=size, theme=theme))
    assert (sum(page.evaluate(COLOURS, ["ground"])["ground"]) < 3 * 60) == (theme == "dark")
    for route, landmark in ROUTES.items():
        page.evaluate("route => { location.hash = route }", route)
        expect(page.locator(landmark).first).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") == size[0], route
        assert page.evaluate(NAMELESS) == [], route
        if size == PHONE:
            assert page.evaluate(SMALL) == [], f"{route}: a finger needs 24 pixels"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_colours_keep_their_contrast(visit: Visit, server: FakeServer, theme: str) -> None:
    names = sorted({*TEXT, *GROUNDS, *MARKS, *(name for pair in SOFT for name in pair)})
    colours = visit(server, "#/connection", theme=theme).evaluate(COLOURS, names)
    text = [(one, ground) for one in TEXT for ground in GROUNDS] + list(SOFT)
    weak = [f"{one} on {ground}" for one, ground in text if contrast(colours[one], colours[ground]) < 4.5]
    weak += [f"{one} on {ground}" for one in MARKS for ground in GROUNDS if contrast(colours[one], colours[ground]) < 3]
    assert weak == []


def test_the_language_follows_the_browser_and_can_be_changed(visit: Visit, server: FakeServer) -> None:
    page = settled(visit(server, language="fr-FR"))
    expect(page.get_by_role("article", name="Pack 1")).to_contain_text("En charge")
    expect(page.get_by_role("article", name="Pack 2")).to_contain_text("Tension de cellule haute")
    latest = server.plant.latest["seplos-1"]
    assert latest is not None
    soc = f"{latest['values']['soc_pct']:.1f}"
    expect(page.get_by_role("article", name="Pack 1")).to_contain_text(soc.replace(".", ","))
    assert page.evaluate("document.documentElement.lang") == "fr"
    page.get_by_title("Anglais").click()
    expect(page.get_by_role("article", name="Pack 1")).to_contain_text("Charging")
    assert page.evaluate("document.documentElement.lang") == "en"
    page.reload()
    expect(page.get_by_role("article", name="Pack 1")).to_contain_text("Charging")


def test_the_theme_can_be_chosen_and_is_kept(visit: Visit, server: FakeServer) -> None:
    page = settled(visit(server, theme="light"))
    expect(page.locator("canvas").first).to_be_visible()
    page.get_by_title("Dark").click()
    dark = page.evaluate(COLOURS, ["ground"])["ground"]
    assert sum(dark) < 3 * 60
    page.reload()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert page.evaluate(COLOURS, ["ground"])["ground"] == dark


def test_a_phone_has_its_pages_and_switches_under_the_thumb(visit: Visit, server: FakeServer) -> None:
    page = settled(visit(server, size=PHONE))
    for name in ("Batteries", "Connection"):
        box = page.get_by_role("navigation").get_by_role("link", name=name).bounding_box()
        assert box is not None
        assert box["y"] > PHONE[1] * 0.85
        assert box["height"] >= 44
    page.get_by_role("button", name="Passer au français").click()
    expect(page.get_by_role("article", name="Pack 1")).to_contain_text("En charge")
    page.get_by_role("button", name="Apparence").click()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_a_finger_reads_the_chart(visit: Visit, server: FakeServer) -> None:
    page = settled(visit(server, size=PHONE))
    canvas = page.locator("canvas").first
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + 30)
    expect(page.get_by_role("slider").locator("time")).to_contain_text(re.compile("0[0-3]:"))


def test_everything_is_reached_with_the_tab_key(visit: Visit, server: FakeServer) -> None:
    page = settled(visit(server))
    expect(page.locator("canvas").first).to_be_visible()
    reached = []
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement === document.body"):
            break
        reached.append(page.evaluate(FOCUSED))
    for name in ("Skip to", "Batteries", "Connection", "Chart cursor", "Temperature", "Pack 4", "Parts gallery"):
        assert any(one.startswith(name) for one in reached), f"{name} is not among {reached}"
    assert not [one for one in reached if one.endswith("UNLIT")]


def test_the_keyboard_opens_a_pack_and_starts_at_its_top(visit: Visit, server: FakeServer) -> None:
    page = settled(visit(server))
    page.get_by_role("article", name="Pack 1").get_by_role("link").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Pack 1", level=1)).to_be_visible()
    assert page.evaluate("document.activeElement.id") == "main"


def test_the_page_has_landmarks_and_one_first_heading(visit: Visit, server: FakeServer) -> None:
    page = settled(visit(server))
    for element in ("#app > header", "nav", "main", "#app > footer"):
        expect(page.locator(element)).to_have_count(1)
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    expect(page.get_by_role("img", name=re.compile("16 cells. Lowest: cell 7"))).to_be_visible()
    assert page.title() == "Maison Demo · Wattstead"


def test_what_moves_stands_still_for_those_who_ask(visit: Visit, server: FakeServer) -> None:
    page = settled(visit(server))
    moving = "() => document.getAnimations().filter(one => one.playState === 'running').length"
    assert page.evaluate(moving) == 0
    lively = settled(visit(server, reduced_motion="no-preference"))
    assert lively.evaluate(moving) > 0


def test_nothing_is_asked_of_another_server(visit: Visit, server: FakeServer) -> None:
    page = visit(server)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.reload()
    settled(page)
    assert asked
    assert [url for url in asked if not url.startswith(server.url)] == []


def test_it_opens_without_the_server_and_says_so(visit: Visit, serve: Callable[..., FakeServer]) -> None:
    server = serve()
    page = settled(visit(server, service_workers="allow", allowed=("net::ERR", "WebSocket", "Failed to load")))
    page.evaluate("navigator.serviceWorker.ready.then(() => undefined)")
    page.context.set_offline(True)
    server.drop()
    page.reload()
    expect(page.get_by_role("status").first).not_to_have_text("Live")
    set_clock(page, server.plant.now_ms + 10_000)
    expect(page.get_by_role("alert")).to_contain_text("No connection to Wattstead")
    expect(page.get_by_role("article")).to_have_count(0)

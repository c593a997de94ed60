"""What do the lights say? A person taps what he sees."""

import pytest
from playwright.sync_api import Locator, Page, expect

from browser.conftest import PHONE, Visit
from browser.fake_api import FakeServer
from wattstead.catalog.fronts import fronts
from wattstead.model.front import Front
from wattstead.model.seen import parse_light

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

TAPS = {"?": 0, "off": 1, "slow": 2, "fast": 3, "on": 4}
# Ranked by the page and by the command line: the page has to find the same without a network.
LOOKS = {
    "wall-6k5": (
        "on slow slow off off off off",
        "on off on on on on on",
        "off off slow slow slow slow slow",
        "slow fast ? ? on off off",
    ),
    "ps-20016s": ("on on on on on on", "slow ? on on ? ?"),
    "aura": ("on off on fast off off", "on on off off off off"),
    "aura-inverter": ("slow off off", "? ? on", "off off off"),
    "stick-logger": ("off on slow", "fast ? ?", "off off off", "on fast on", "slow slow slow"),
}


def lamps(page: Page) -> Locator:
    return page.get_by_role("main").get_by_role("group").get_by_role("button")


# For each device tap each lamp so often, and read what is found. Hundreds of taps one by one would take long.
FOUND = """async devices => {
  const drawn = () => new Promise(done => setTimeout(done));
  const found = [];
  for (const [name, looks] of devices) {
    location.hash = `#/lights/${name}`;
    while (!document.querySelector(`main nav a[aria-current][href$="${name}"]`)) await drawn();
    for (const taps of looks) {
      const lamps = document.querySelectorAll("main [role=group] button");
      for (const [at, count] of taps.entries()) for (let n = 0; n < count; n++) lamps[at].click();
      await drawn();
      found.push([...document.querySelectorAll("main details h3")].map(one => one.textContent.toLowerCase()));
      [...document.querySelectorAll("main .acts button")].at(-1).click();
    }
  }
  return found;
}"""


def wanted(front: Front, lights: str) -> list[str]:
    seen = {lamp.name: parse_light(light) for lamp, light in zip(front.lamps, lights.split(), strict=True)}
    matches = front.rank(seen)
    exact = [match for match in matches if match.exact]
    near = [match for match in matches if not match.exact]
    shown = (exact or near)[:6] + (near[:6] if exact and len(exact) <= 6 else [])
    return [match.state.title["en"].lower() for match in shown]


def test_the_page_finds_what_the_command_line_finds(visit: Visit, server: FakeServer) -> None:
    page = visit(server, "#/lights")
    expect(lamps(page)).to_have_count(len(fronts()[0].lamps))
    looks = [(front, lights) for front in fronts() for lights in LOOKS[front.name]]
    taps = [[one.name, [[TAPS[light] for light in look.split()] for look in LOOKS[one.name]]] for one in fronts()]
    for (front, lights), found in zip(looks, page.evaluate(FOUND, taps), strict=True):
        assert found == wanted(front, lights), (front.name, lights)


def test_by_keyboard_on_a_phone_in_french_and_without_a_network(visit: Visit, server: FakeServer) -> None:
    page = visit(
        server,
        "#/lights/growatt-can",
        size=PHONE,
        language="fr-FR",
        theme="dark",
        allowed=("ERR_INTERNET_DISCONNECTED", "ERR_FAILED"),
    )
    expect(lamps(page)).to_have_count(7)
    page.context.set_offline(True)
    run = page.get_by_role("button", name="RUN/ALM Marche : non vu")
    run.press("ArrowLeft")  # the way back: on
    expect(run).to_have_count(0)
    alarm = page.get_by_role("button", name="RUN/ALM Alarme")
    alarm.press("Enter")
    alarm.press("Enter")
    page.get_by_role("button", name="LED1").press("ArrowUp")
    page.get_by_role("button", name="LED1").press("Space")
    expect(page.get_by_role("button", name="LED1")).to_have_accessible_name("LED1 Niveau 1 : clignote lentement")
    page.get_by_role("button", name="Tous les autres sont éteints").click()
    expect(page.get_by_role("main").get_by_role("status")).to_contain_text("2 états se montrent exactement ainsi")
    first = page.locator("details").first
    expect(first).to_contain_text("En décharge ou au repos, niveau 0–13 %")
    expect(first).to_contain_text("Rechargez, et consommez moins d'ici là.")
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE[0]
    small = "all => all.map(one => one.getBoundingClientRect()).filter(box => box.width < 44 || box.height < 44).length"
    assert lamps(page).evaluate_all(small) == 0
    # Opened once, the tables are there on the next visit, too, whatever the server says.
    page.context.set_offline(False)
    page.route("**/api/v1/panels", lambda route: route.abort())
    page.reload()
    expect(lamps(page)).to_have_count(7)


def test_a_pack_leads_to_its_lights(visit: Visit, server: FakeServer) -> None:
    page = visit(server, "#/pack/seplos-1")
    page.get_by_role("link", name="What do the lights on it say?").click()
    expect(page.get_by_role("main")).to_contain_text("No document tells what the lamps of “seplos-v2” mean.")
    page.get_by_role("link", name="Wi-Fi stick logger").click()
    expect(page.get_by_role("main").get_by_role("status")).to_have_text("Tap the lamps first.")

"""The page of the real demo in a real browser: what a newcomer sees."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from browser.conftest import DESKTOP, PHONE, Complaints
from program import Running, running

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PATIENCE_MS = 30_000  # a round of polling takes two seconds, and a machine may be busy
NAMES = ("Seplos 1", "Seplos 2", "Pylontech 1", "Pylontech 2")


@pytest.fixture(scope="module")
def demo(static: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A demo with one day behind it; ``static`` has built the page that it serves."""
    assert static.is_dir()
    with running("demo", "--days", "1", "--port", "0", "--data", str(tmp_path_factory.mktemp("demo"))) as one:
        yield one


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_four_packs_move_live(chromium: Browser, demo: Running, size: tuple[int, int]) -> None:
    page, heard = opened(chromium, demo, size)
    for name in NAMES:
        card = page.get_by_role("article", name=name, exact=True)
        expect(card).to_be_visible()
        expect(card).to_contain_text(re.compile(r"\d\s*%"))
        expect(card).to_contain_text(re.compile(r"(Charging|Discharging|Idle)"))
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "it scrolls sideways"
    before = demo.get("/api/v1/packs/seplos-v2-0/latest")["at"]
    page.wait_for_function(
        """async before => (await (await fetch("/api/v1/packs/seplos-v2-0/latest")).json()).at > before""", arg=before
    )
    expect(page.get_by_role("article", name="Seplos 1", exact=True)).to_contain_text(re.compile(r"(now|[0-5] s ago)"))
    page.context.close()
    assert heard.found == []


def test_a_pack_has_a_page_with_all_its_cells(chromium: Browser, demo: Running) -> None:
    page, heard = opened(chromium, demo, DESKTOP)
    page.get_by_role("link", name="Pylontech 1").first.click()
    expect(page.get_by_role("heading", name="Pylontech 1")).to_be_visible()
    cells = len(demo.get("/api/v1/packs/pylontech-2/latest")["values"]["cell_voltage_v"])
    expect(page.get_by_role("main")).to_contain_text(re.compile(r"3\.\d{3}"))
    assert len(re.findall(r"\b[23]\.\d{3}\b", page.get_by_role("main").inner_text())) >= cells
    page.context.close()
    assert heard.found == []


def test_a_short_circuit_is_cut_and_the_alarm_lamp_says_so(chromium: Browser, demo: Running) -> None:
    page, heard = opened(chromium, demo, PHONE, "#/pack/seplos-v2-0")
    sheet = page.get_by_role("region", name="Try it")
    lamps = sheet.get_by_role("img", name=re.compile("Lamps"))
    expect(lamps).to_have_attribute("aria-label", re.compile("Alarm: off"))
    sheet.get_by_role("button", name="Short circuit").click()
    expect(lamps).to_have_attribute("aria-label", re.compile("Alarm: on"))
    codes = page.get_by_role("region", name="Active codes")
    expect(codes).to_contain_text("short_circuit_protection", timeout=PATIENCE_MS)
    expect(page.get_by_role("main")).to_contain_text("Cut off")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "it scrolls sideways"
    sheet.get_by_role("button", name="Undo all").click()
    expect(sheet.get_by_role("button", name="Short circuit")).to_have_attribute("aria-pressed", "false")
    page.context.close()
    assert heard.found == []


def test_heat_around_a_pack_raises_an_alarm_and_goes_with_it(chromium: Browser, demo: Running) -> None:
    page, heard = opened(chromium, demo, DESKTOP, "#/pack/seplos-v2-1")
    slider = page.get_by_role("slider", name="Air around it")
    slider.focus()
    slider.fill("56")
    codes = page.get_by_role("region", name="Active codes")
    expect(codes).to_contain_text("ambient_high_temperature_alarm", timeout=PATIENCE_MS)
    page.get_by_role("button", name="Air around it: Let it follow the day again").click()
    expect(codes).to_have_count(0, timeout=PATIENCE_MS)
    page.context.close()
    assert heard.found == []


def test_a_pack_is_turned_off_by_its_button_falls_silent_and_wakes(chromium: Browser, demo: Running) -> None:
    page, heard = opened(chromium, demo, DESKTOP, "#/pack/pylontech-3")
    sheet = page.get_by_role("region", name="Try it")
    sheet.get_by_text("Unplugged").click()
    power = sheet.get_by_role("button", name="Power button")
    power.focus()
    page.keyboard.down("Enter")
    expect(sheet.get_by_role("status")).to_contain_text("it does not answer", timeout=PATIENCE_MS)
    page.keyboard.up("Enter")
    expect(page.get_by_role("main")).to_contain_text("No answer since", timeout=PATIENCE_MS)
    power.press("Enter", delay=300)
    expect(sheet.get_by_role("status")).to_have_text("On", timeout=PATIENCE_MS)
    expect(page.get_by_role("main")).not_to_contain_text("No answer since", timeout=PATIENCE_MS)
    page.context.close()
    assert heard.found == []


def opened(chromium: Browser, demo: Running, size: tuple[int, int], route: str = "") -> tuple[Page, Complaints]:
    context = chromium.new_context(
        viewport={"width": size[0], "height": size[1]}, locale="en-GB", service_workers="block"
    )
    heard = Complaints(allowed=("Service Worker registration blocked",))
    page = context.new_page()
    page.on("console", heard.hear)
    page.on("pageerror", lambda error: heard.add("exception", str(error)))
    page.goto(demo.url + route)
    return page, heard

"""Drawings as a real browser lays them out: no text leaves its sheet, lies on another, or is crossed by a line."""

import pytest
from playwright.sync_api import Browser

from wattstead.catalog.drawing import draw, drawing_names
from wattstead.catalog.words import LANGUAGES

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SLACK = 3.5
"""Boxes of lines below each other touch: a font's box is higher than its letters."""
FIND = """slack => [...document.querySelectorAll('svg')].flatMap(svg => {
  const name = svg.getAttribute('aria-labelledby') + ' ' + svg.getAttribute('lang'), sheet = svg.viewBox.baseVal;
  const found = [], texts = [...svg.querySelectorAll('text')].map(one => ({said: one.textContent, box: one.getBBox()}));
  const meet = (a, b) => [Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x),
                          Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y)];
  texts.forEach(({said, box}, k) => {
    if (box.x < 3 || box.x + box.width > sheet.width - 3 || box.y < 0 || box.y + box.height > sheet.height)
      found.push(`${name}: ${said} leaves the sheet`);
    for (const other of texts.slice(k + 1)) {
      const [wide, high] = meet(box, other.box);
      if (wide > 0.5 && high > slack) found.push(`${name}: ${said} lies on ${other.said}`);
    }
    for (const line of svg.querySelectorAll('polyline')) {
      const points = [...line.points];
      for (let i = 0; i + 1 < points.length; i++) {
        const [a, b] = [points[i], points[i + 1]];
        if (a.x !== b.x && a.y !== b.y) continue;
        const [wide, high] = meet(box, {x: Math.min(a.x, b.x), y: Math.min(a.y, b.y),
                                        width: Math.abs(a.x - b.x), height: Math.abs(a.y - b.y)});
        if (wide > (a.x === b.x ? -1 : 1) && high > (a.y === b.y ? -1 : 1)
            && Math.min(a.y, b.y) < box.y + box.height - slack && Math.max(a.y, b.y) > box.y + slack)
          found.push(`${name}: a line crosses ${said}`);
      }
    }
  });
  return found;
})"""


def found_in(chromium: Browser, pictures: list[str]) -> list[str]:
    page = chromium.new_page(viewport={"width": 360, "height": 740})
    try:
        page.set_content(f"<meta charset='utf-8'><body>{''.join(pictures)}")
        assert page.locator("svg").count() == len(pictures)
        return list(page.evaluate(FIND, SLACK))
    finally:
        page.close()


def test_texts_have_their_room(chromium: Browser) -> None:
    pictures = [draw(name, lang) for name in drawing_names() for lang in LANGUAGES]
    assert found_in(chromium, pictures) == []


def test_a_bad_drawing_is_found(chromium: Browser) -> None:
    """The judge sees each of the three slips."""
    bad = (
        "<svg viewBox='0 0 360 100' width='360' height='100' aria-labelledby='bad' lang='en'>"
        "<text x='300' y='20'>much too long to fit here</text>"
        "<text x='10' y='50'>one</text><text x='20' y='52'>two</text>"
        "<text x='10' y='90'>three</text><polyline points='0,86 100,86'/></svg>"
    )
    assert found_in(chromium, [bad]) == [
        "bad en: much too long to fit here leaves the sheet",
        "bad en: one lies on two",
        "bad en: a line crosses three",
    ]

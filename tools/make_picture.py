"""Take the picture of the page that the README shows: ``python tools/make_picture.py http://127.0.0.1:8470/``."""

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

PICTURE = Path(__file__).parents[1] / "docs" / "pictures" / "home.png"
SIZE = {"width": 1280, "height": 1240}
SETTLED_MS = 4_000


def main() -> int:
    """Open the page of a running demo in Debian's Chromium and keep what it shows."""
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport=SIZE, color_scheme="light", locale="en-GB")  # type: ignore[arg-type]
        page.goto(sys.argv[1])
        page.get_by_role("article").first.wait_for()
        page.wait_for_timeout(SETTLED_MS)  # the charts draw themselves once their past has come
        page.screenshot(path=PICTURE)
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())

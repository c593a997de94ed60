"""The first page names every device that there is, and its links lead somewhere."""

import re
from pathlib import Path

import pytest

from wattstead.catalog.profile import profile_names

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", profile_names())
def test_every_device_stands_on_the_first_page(name: str) -> None:
    assert f"`{name}`" in README, f"README.md, 'Which batteries': {name} is missing"


def test_links_of_the_first_page_lead_somewhere() -> None:
    links = [link for link in re.findall(r"\]\(([^)#]+)", README) if "://" not in link]
    assert [link for link in links if not (ROOT / link).exists()] == []
    assert links

"""The health of a pack on its page: what was found, its evidence and what to do."""

import pytest
from playwright.sync_api import expect

from browser.conftest import Visit
from browser.fake_api import FakeServer

pytestmark = pytest.mark.browser


def test_a_finding_opens_to_its_evidence_causes_and_advice(visit: Visit, server: FakeServer) -> None:
    page = visit(server)
    page.get_by_role("article", name="Pack 2").click()
    card = page.get_by_role("region", name="Health", exact=True)
    expect(card).to_contain_text("High resistance at cell 5")
    expect(card.get_by_text("1.08 mΩ more than the middle cell")).not_to_be_visible()
    card.get_by_text("High resistance at cell 5").click()
    expect(card.get_by_text("1.08 mΩ more than the middle cell")).to_be_visible()
    expect(card.get_by_text("A loose or corroded busbar")).to_be_visible()
    expect(card.get_by_text("Who acts: installer")).to_be_visible()


def test_a_pack_without_findings_says_so(visit: Visit, server: FakeServer) -> None:
    page = visit(server)
    page.get_by_role("article", name="Pack 1").click()
    card = page.get_by_role("region", name="Health", exact=True)
    expect(card).to_contain_text("Nothing found in 30 days of readings.")

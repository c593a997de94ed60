"""Guides over HTTP: every one of them, in both languages, with drawings that the page may show as they are."""

from api.site import Site
from wattstead.catalog.guides import guide_names, load_guide
from wattstead.model.guide import GuideKind


async def test_every_guide_is_served_in_both_languages(empty_site: Site) -> None:
    """GRW-8, GRW-11, GRW-12, AUR-2, PWS-16: all texts, steps in their order, drawings as SVG."""
    listed = (await empty_site.client.get("/api/v1/guides")).json()["guides"]
    assert [one["name"] for one in listed] == list(guide_names())
    assert listed[0]["kind"] == GuideKind.EMERGENCY
    for name in guide_names():
        guide = load_guide(name)
        for lang in ("en", "fr"):
            told = (await empty_site.client.get(f"/api/v1/guides/{name}", params={"lang": lang})).json()
            steps = [step for part in told["parts"] for step in part["steps"]]
            assert [step["text"] for step in steps] == [step.text[lang] for step in guide.steps]
            drawings = [part["drawing"] for part in told["parts"] if part["drawing"]]
            assert [one["name"] for one in drawings] == [part.drawing for part in guide.parts if part.drawing]
            assert all(one["svg"].startswith("<svg") for one in drawings)
            assert not any(word in one["svg"] for one in drawings for word in ("<script", "<style", " onload", "href="))


async def test_what_there_is_not_is_told_with_the_nearest(empty_site: Site) -> None:
    answer = await empty_site.client.get("/api/v1/guides/parallel-wal")
    assert answer.status_code == 404
    assert "did you mean parallel-wall-6k5" in answer.json()["detail"]
    assert (await empty_site.client.get("/api/v1/guides/emergency", params={"lang": "de"})).status_code in (400, 422)


async def test_the_network_reads_no_file(empty_site: Site) -> None:
    for name in ("pyproject.toml", "emergency.toml", "emergency.toml.toml", ".toml"):
        answer = await empty_site.client.get(f"/api/v1/guides/{name}")
        assert (answer.status_code, "there is no guide" in answer.json()["detail"]) == (404, True)

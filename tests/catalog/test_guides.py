"""Rules that every guide keeps, and what the loader says of broken ones."""

import re
from pathlib import Path

import pytest

from wattstead.catalog.drawing import draw, drawing_names
from wattstead.catalog.guides import ALL, guide_names, guide_products, load_guide, load_guide_file
from wattstead.catalog.packs import preset_names
from wattstead.catalog.profile import profile_names
from wattstead.catalog.words import LANGUAGES
from wattstead.model.errors import ProfileError, UsageError

ROOT = Path(__file__).parents[2]
OURS = {ALL, "stick-logger"}
"""Products of which there is neither a preset nor a profile."""

GOOD = """
[guide]
title = { en = "Try", fr = "Essai" }
summary = { en = "A try.", fr = "Un essai." }
kind = "start"
products = ["aura"]
who = "owner"
requirements = ["AUR-2"]
source = "made up"

[[part]]
title = { en = "One", fr = "Un" }

[[part.step]]
id = "first"
text = { en = "Do it.", fr = "Faites-le." }
value = { unit = "V", min = 1, max = 2 }
"""


def test_every_guide_keeps_the_rules() -> None:
    """GRW-8, AUR-2: both languages, ids that say something, requirements and other guides that exist."""
    requirements = set((ROOT / "tests" / "house" / "requirements.txt").read_text(encoding="utf-8").split())
    for name in guide_names():
        guide = load_guide(name)
        assert set(guide.requirements) <= requirements, name
        assert set(guide.see) <= set(guide_names()) - {name}, name
        ids = [step.id for step in guide.steps]
        assert len(ids) == len(set(ids)), name
        assert not any(id_.isdigit() for id_ in ids), name
        for text in guide.texts():
            assert set(text) == set(LANGUAGES), (name, text)
        for step in guide.steps:
            for text in step.texts:
                if text is not step.when:
                    assert all(one.rstrip("»”").endswith((".", "!", "?", ":")) for one in text.values()), (name, text)
                assert text["en"] != text["fr"], (name, text)


def test_drawings_exist_and_are_drawn_in_both_languages() -> None:
    """GRW-8, PWS-15, AUR-3, AUR-4: a part names a drawing that there is."""
    for name in guide_names():
        wanted = load_guide(name).drawings
        assert set(wanted) <= set(drawing_names()), name
        for drawing in wanted:
            english, french = (draw(drawing, lang) for lang in LANGUAGES)
            assert english.startswith("<svg")
            assert "<style" not in english + french, "the page's policy allows no style within it"
            assert " style=" not in english + french, drawing
            assert english != french, drawing


def test_french_is_written_as_elsewhere() -> None:
    """The curly apostrophe, and a blank before signs of two parts."""
    for name in guide_names():
        for text in load_guide(name).texts():
            assert "'" not in text["fr"], (name, text["fr"])
            assert not re.search(r"\w[;?!]|[a-zàâéèêîôû]:(?!//)", text["fr"]), (name, text["fr"])


def test_products_are_devices() -> None:
    """What guides are for is what we know."""
    assert set(guide_products()) - OURS <= set(preset_names()) | set(profile_names())


@pytest.mark.parametrize(
    ("old", "new", "place", "what"),
    [
        (', fr = "Essai" }', "}", "guide, title", "fr is missing"),
        ('"aura"', '"aurora"', "guide, products", "there is no product 'aurora'; did you mean 'aura'?"),
        ('"aura"', '"all", "aura"', "guide, products", "'all' stands beside others"),
        ('"start"', '"begin"', "guide, kind", "'begin' stands there; write 'emergency' or"),
        ('"AUR-2"', '"AUR 2"', "requirements", "'AUR 2' stands there"),
        ("min = 1, max = 2", "min = 3, max = 2", "part 'One', step 'first', value", "min 3 lies above max 2"),
        ("[[part.step]]", "[[part.stop]]", "part", "there is no key 'stop' here; did you mean 'step'?"),
        ('id = "first"', 'id = "1"', "part 'One', step '1', id", "'1' stands there"),
        ('"source"', '"source"', "", ""),
        (
            'text = { en = "Do it.", fr = "Faites-le." }',
            "",
            "part 'One', step 'first'",
            "text is missing; add it; docs/guides.md shows how",
        ),
    ],
)
def test_broken_guides_are_told_with_their_place(tmp_path: Path, old: str, new: str, place: str, what: str) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(GOOD.replace(old, new), encoding="utf-8")
    if not what:
        assert load_guide(str(file)).name == "mine"
        return
    with pytest.raises(ProfileError) as told:
        load_guide_file(file)
    assert place in told.value.place, told.value
    assert what in str(told.value)


def test_an_id_stands_once(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(GOOD + GOOD[GOOD.index("[[part]]") :].replace("One", "Two"), encoding="utf-8")
    with pytest.raises(ProfileError, match=r"part 'Two', step 'first': the id stands in part 'One', too"):
        load_guide_file(file)


def test_a_name_that_is_none_gets_the_nearest() -> None:
    with pytest.raises(UsageError, match="did you mean parallel-wall-6k5"):
        load_guide("paralel-wall")
    with pytest.raises(UsageError, match="`wattstead guides` lists them"):
        load_guide("zzz")

"""Each requirement on how a battery behaves has a test that names it; the page is checked with all pages."""

import importlib.util
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).parents[2]


def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("coverage_page", ROOT / "tools" / "coverage_page.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_each_behaviour_has_a_test() -> None:
    page = tool()
    assert not set(page.BEHAVIOUR) - set(page.citations()), "name the ID in the test that shows it, or write one"


def test_the_behaviours_are_requirements() -> None:
    known = set((ROOT / "tests" / "house" / "requirements.txt").read_text().split())
    wanted = {f"SEP-{n}" for n in range(6, 24)} | {f"PWS-{n}" for n in (*range(1, 10), 14)}
    wanted |= {f"GRW-{n}" for n in (1, 4, 5, 6, 7)} | {"PYL-4", "AUR-5"}
    assert set(tool().BEHAVIOUR) == wanted
    assert wanted <= known


def test_a_test_is_cut_out_with_what_stands_above_it() -> None:
    source = '"""SEP-1."""\n\n# SEP-2\n@mark("SEP-3")\ndef test_one():\n    pass  # SEP-4\n\n\nSEP-5\n'
    named, rest = tool().parts(source)
    assert named == ("test_one", '# SEP-2\n@mark("SEP-3")\ndef test_one():\n    pass  # SEP-4')
    assert rest[0] == ""
    assert "SEP-1" in rest[1]
    assert "SEP-5" in rest[1]
    assert "SEP-4" not in rest[1]

"""Rules of the house that a machine can check: each that we would say twice in a review stands here once."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from wattstead.cli import VERBS

ROOT = Path(__file__).parents[2]
REQUIREMENTS = ROOT / "tests" / "house" / "requirements.txt"
SPEC = ROOT.parent / "shared" / "spec"
PATH_OF_ONE_MACHINE = re.compile(r"(?:^|[^A-Za-z.<{$])/(?:work|root|farm|home/(?!me/)[a-z]+)/")
REGISTRY = re.compile(r"pypi\.org|pythonhosted|npmjs\.(?:org|com)|deb\.debian\.org", re.IGNORECASE)
ID = re.compile(r"\b(?:PYL|SEP|AUR|GRW|PWS)-\d+\b")


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    return [path for name in listed.decode().split("\0") if name and (path := ROOT / name).is_file()]


def texts() -> list[tuple[Path, str]]:
    found = []
    for path in tracked():
        data = path.read_bytes()
        if b"\0" not in data:
            found.append((path.relative_to(ROOT), data.decode("utf-8")))
    return found


def test_imports_point_down() -> None:
    linted = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert linted.returncode == 0, linted.stdout


@pytest.mark.parametrize("pattern", [PATH_OF_ONE_MACHINE, REGISTRY], ids=["paths of one machine", "registries"])
def test_no_file_names_one_machine(pattern: re.Pattern[str]) -> None:
    found = [
        f"{path}:{number}: {line.strip()[:100]}"
        for path, text in texts()
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line) and ROOT / path != Path(__file__)
    ]
    assert not found, "\n".join(found)


def test_every_verb_has_a_page_and_help_with_an_example() -> None:
    for verb in VERBS:
        page = ROOT / "docs" / "commands" / f"{verb}.md"
        assert page.is_file(), f"write docs/commands/{verb}.md: run `make docs`"
        assert "Example: `wattstead" in page.read_text() or "| wattstead" in page.read_text(), (
            f"{verb} shows no example"
        )


def test_generated_pages_are_current() -> None:
    checked = subprocess.run(
        [sys.executable, ROOT / "tools" / "make_docs.py", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_requirements_named_in_tests_exist() -> None:
    known = set(REQUIREMENTS.read_text().split())
    named = {
        name: path for path, text in texts() if path.suffix in {".py", ".toml", ".md"} for name in ID.findall(text)
    }
    assert not {name: str(path) for name, path in named.items() if name not in known}


def test_the_list_of_requirements_is_that_of_the_pages() -> None:
    if not SPEC.is_dir():
        pytest.skip(
            "the requirement pages are not beside this checkout; the list of their IDs in tests/house stands in"
        )
    stated = {
        name
        for page in SPEC.glob("*.md")
        for name in re.findall(r"\*\*((?:PYL|SEP|AUR|GRW|PWS)-\d+)\*\*", page.read_text())
    }
    assert set(REQUIREMENTS.read_text().split()) == stated

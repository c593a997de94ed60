"""What the pages of the first hour tell people to type can be typed, and the errors they show are said."""

import ast
import importlib
import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer

from wattstead.catalog.profile import load_profile, profile_names
from wattstead.cli import VERBS
from wattstead.model.errors import UsageError

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "first-hour"
PAGES = sorted(FOLDER.glob("*.md"))
SHELL = re.compile(r"```sh\n(.*?)```", re.DOTALL)
TEXT = re.compile(r"```text\n(.*?)```", re.DOTALL)
INLINE = re.compile(r"`wattstead ([^`\n|…]+)`")
SAID_IN = ("link", "host", "cli", "app", "catalog", "wire")
SHORTEST = 9  # characters of a piece of a message that say something


def typed() -> Iterator[tuple[str, list[str], bool]]:
    """Give each command: where it stands, its words, and whether it is whole, as in code, or named in a sentence."""
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        shown = [line.removeprefix("$ ").strip() for block in TEXT.findall(text) for line in block.splitlines()]
        code = [line for block in SHELL.findall(text) for line in block.splitlines()] + shown
        named = [f"wattstead {words}" for words in INLINE.findall(text) if " " in words]
        for line, whole in [*((line, True) for line in code), *((line, False) for line in named)]:
            if line.startswith("wattstead "):
                yield f"{page.name}: {line}", shlex.split(line, comments=True)[1:], whole


@cache
def command(verb: str) -> Any:
    app = typer.Typer(add_completion=False)
    app.command(name=verb)(getattr(importlib.import_module(f"wattstead.cli.{verb}"), verb))
    return typer.main.get_command(app)


def parsed(words: list[str]) -> dict[str, Any]:
    """Parse as the program does, without doing it."""
    verb, *rest = words
    given: dict[str, Any] = command(verb).make_context(verb, list(rest)).params
    return given


def check(words: list[str]) -> None:
    given = parsed(words)
    for key in ("profile", "dialect"):
        if given.get(key):
            load_profile(given[key])
    for word in given.get("what") or ():
        name, equals, _ = word.partition("=")
        if equals and "://" not in name:
            assert name in load_profile(given["profile"]).settings, f"{name} is no setting"


def test_every_command_can_be_typed() -> None:
    wrong, count = [], 0
    for where, words, whole in typed():
        count += 1
        if words[0] == "--version":
            continue
        try:
            assert words[0] in VERBS, "no such verb"
            check(words)
        except Exception as error:  # noqa: BLE001 - whatever typing it wrongly raises, told with its place
            if whole or type(error).__name__ != "MissingParameter":
                wrong.append(f"{where}: {getattr(error, 'message', None) or error}")
    assert not wrong, "\n".join(wrong)
    assert count > 100


@pytest.mark.parametrize("words", [["read", "/dev/x", "--waht"], ["settings", "shwo", "/dev/x"], ["read"]])
def test_a_slip_would_be_seen(words: list[str]) -> None:
    with pytest.raises(Exception, match=r"(?i)no such option|is not one of|missing"):
        parsed(words)
    with pytest.raises(UsageError):
        load_profile("seplos-v9")


def test_every_battery_with_a_serial_line_has_its_page() -> None:
    told = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    for name in profile_names():
        if load_profile(name).link.framing != "can" and name != "yada-meter":
            assert f"-p {name} " in told, f"no page says what to type for {name}"


def test_the_index_names_every_page_and_links_lead_somewhere() -> None:
    index = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert all(f"({page.name})" in index for page in PAGES if page.name != "README.md")
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (FOLDER / target).exists(), f"{page.name}: {target}"


@cache
def sentences() -> str:
    """Give all text of the program, with ``…`` where something is filled in."""
    said = []
    for file in (file for folder in SAID_IN for file in (ROOT / "src" / "wattstead" / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                said.append("".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                said.append(node.value)
    words = (ROOT / "src" / "wattstead" / "words" / "records.toml").read_text(encoding="utf-8")
    return "\n".join([*said, words])


def messages() -> list[str]:
    rows = [
        line.split(" | ")[0].removeprefix("| ")
        for line in (FOLDER / "errors.md").read_text(encoding="utf-8").splitlines()
        if line[:2] == "| "
    ]
    return [row for row in rows if row != "message" and not row.startswith("---")]


def pieces(message: str) -> list[str]:
    return [piece for piece in message.split("…") if len(piece.strip()) >= SHORTEST or piece == message]


def test_every_message_of_the_table_is_said_by_the_program() -> None:
    known = sentences()
    lost = [
        f"{message}: {piece!r}"
        for message in messages()
        for piece in pieces(message)
        if piece.strip(" ;(),") not in known
    ]
    assert not lost, "\n".join(lost)
    assert len(messages()) > 50


def test_every_error_that_a_page_shows_stands_in_the_table() -> None:
    shown = [
        line
        for page in PAGES
        for block in TEXT.findall(page.read_text(encoding="utf-8"))
        for line in block.splitlines()
    ]
    errors = [line for line in shown if line.startswith("wattstead: ")]
    table = [[piece.strip() for piece in pieces(message)] for message in messages()]
    assert len(errors) > 10
    for line in errors:
        assert any(all(piece in line for piece in row) for row in table if row), line

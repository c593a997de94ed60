"""The page docs/coverage.md: from each requirement ID to the tests that name it.

A test names an ID in its docstring, a comment within it or right above it, or its table of cases; what
the docstring or a table of a file names stands for the file.
"""

import ast
import re
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[1]
TESTS = ROOT / "tests"
ID = re.compile(r"\b(?:PYL|SEP|AUR|GRW|PWS)-\d+\b")
MADE = "<!-- Made by `make docs`; change the tests or tools/coverage_page.py, not this page. -->\n\n"

# What a battery does, in our words: each of these has a test, or the house says no.
BEHAVIOUR = {
    "SEP-6": "an alarm shows, a protection shows and cuts, recovery at its own value",
    "SEP-7": "voltages of cells, pack and charger",
    "SEP-8": "after overvoltage charging waits for the charge to fall too",
    "SEP-9": "temperatures of cells by direction, of the air and of the power stage",
    "SEP-10": "currents, retry after 60 s, lock at the fifth trip",
    "SEP-11": "soft start into an inverter's capacitors",
    "SEP-12": "low charge, and cycles by the rule of depth",
    "SEP-13": "difference of cells: shown, cuts nothing",
    "SEP-14": "balancing",
    "SEP-15": "limiting the charge current",
    "SEP-16": "heating",
    "SEP-17": "output forced on after an undervoltage",
    "SEP-18": "records by time and by event",
    "SEP-19": "off after 48 h of standby, and what wakes it",
    "SEP-20": "correction of cell voltages for busbars",
    "SEP-21": "faults of probes, button and connections; external switch",
    "SEP-22": "charge current that a single pack asks for",
    "SEP-23": "what the maker marks as unused changes nothing",
    "PWS-1": "cells in series and working ranges",
    "PWS-2": "what the sensors can do",
    "PWS-3": "voltages, with delays and releases",
    "PWS-4": "currents, short circuit, load release and lock, limiter board",
    "PWS-5": "temperatures of MOS and cells by direction",
    "PWS-6": "balancing: transfer and bleeding",
    "PWS-7": "pre-charge after the inverter has tripped the short circuit",
    "PWS-8": "on, off and standby; emergency stop",
    "PWS-9": "50 records, first in, first out",
    "PWS-14": "lamps of the PS-20016S",
    "GRW-1": "figures of the wall battery",
    "GRW-4": "lamps of the wall battery, both ways",
    "GRW-5": "three levels: warn, ask for less, cut",
    "GRW-6": "what turns the wall battery off and on",
    "GRW-7": "two in parallel: 1 V, 30 s, five blinks",
    "PYL-4": "alarm and protection of a quantity are two codes",
    "AUR-5": "lamps of the battery of the hybrid system",
}


def coverage() -> str:
    """Make the page."""
    known = (TESTS / "house" / "requirements.txt").read_text(encoding="utf-8").split()
    cited = citations()
    text = f"{MADE}# Requirements and their tests\n\n"
    text += "An ID is that of a requirement page. A test is listed where it names the ID; reading the test tells how "
    text += (
        "much of the requirement it shows.\n\n## What a battery does\n\n| ID | about | tests |\n| --- | --- | --- |\n"
    )
    text += "".join(f"| {one} | {about} | {_cell(cited.get(one, {}))} |\n" for one, about in BEHAVIOUR.items())
    others = [one for one in known if one not in BEHAVIOUR]
    text += "\n## All others\n\nMany of them are not built yet.\n\n| ID | tests |\n| --- | --- |\n"
    text += "".join(f"| {one} | {_cell(cited.get(one, {}))} |\n" for one in others)
    return text


def citations() -> dict[str, dict[str, list[str]]]:
    """Give for each ID the tests that name it, by file; no name of a test where the whole file does."""
    found: dict[str, dict[str, list[str]]] = defaultdict(dict)
    for path in sorted(TESTS.rglob("test_*.py")):
        if path.parent.name == "house":
            continue
        where = path.relative_to(TESTS).as_posix()
        for name, text in parts(path.read_text(encoding="utf-8")):
            for one in ID.findall(text):
                names = found[one].setdefault(where, [])
                if name and name not in names:
                    names.append(name)
    return found


def parts(source: str) -> list[tuple[str, str]]:
    """Cut a file into its tests, each with its decorators and the comment above it, and all else under no name."""
    lines, cut, rest = source.splitlines(), [], []
    at = 0
    for node in ast.parse(source).body:
        if not isinstance(node, ast.FunctionDef) or not node.name.startswith("test_"):
            continue
        start = min([node.lineno, *(one.lineno for one in node.decorator_list)]) - 1
        while start > at and lines[start - 1].startswith("#"):
            start -= 1
        rest += lines[at:start]
        at = node.end_lineno or start
        cut.append((node.name, "\n".join(lines[start:at])))
    return [*cut, ("", "\n".join(rest + lines[at:]))]


def _cell(files: dict[str, list[str]]) -> str:
    if not files:
        return "no test yet"
    return "; ".join(f"`{where}`" + _names(names) for where, names in files.items())


def _names(names: list[str]) -> str:
    shown = ", ".join(name.removeprefix("test_").replace("_", " ") for name in names)
    return f": {shown}" if shown else ""

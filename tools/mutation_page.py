"""docs/mutation.md from tools/mutation.json: which share of changed code the tests notice, and what they do not."""

import json
from pathlib import Path
from typing import Any

from mutants import FOLDERS

KEPT = Path(__file__).with_name("mutation.json")
MADE = "<!-- Made by `make docs` from tools/mutation.json; change tools/mutation_page.py, not this page. -->\n\n"

HEAD = """# Do the tests notice?

`tools/mutate.py` changes one thing at a time in a copy of the sources: `<` to `<=`, `+` to `-`, `and` to `or`, a number
by one, a statement to nothing. A change is noticed when a test fails. Changes are drawn at random over a folder, in
functions only; texts, annotations, names of rows and tables outside functions stay. The tests are the fast ones
nearest to the file: some cases of each long table first, then all.

| folder | tried | noticed | share |
| --- | --- | --- | --- |
"""

AGAIN = """
`python tools/mutate.py model battery --mutants 60` draws more (`--seed`), `python tools/mutate.py kernel --mutants 60`
those of the compiled kernels, each of which is compiled anew; `--again` tries the survivors once more after tests were
written. What was found is kept in `tools/mutation.json`, where a judgement is written beside each survivor.

## What nobody noticed

"""


def mutation() -> str:
    """Give the page."""
    rows: list[dict[str, Any]] = json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.exists() else []
    text = MADE + HEAD
    for folder in FOLDERS:
        noticed = [row["noticed"] for row in rows if str(Path(_parts(row)[0]).parent) == folder]
        share = f"{sum(noticed) / len(noticed):.0%}" if noticed else "not tried yet"
        text += f"| `{folder.removeprefix('src/wattstead/')}` | {len(noticed)} | {sum(noticed)} | {share} |\n"
    text += AGAIN
    left = [row for row in rows if not row["noticed"]]
    if not left:
        return text + "Nothing.\n"
    text += "| where | change | judgement |\n| --- | --- | --- |\n"
    return text + "".join(_survivor(row) for row in left)


def _survivor(row: dict[str, Any]) -> str:
    file, name, was, now, _ = _parts(row)
    where = file.removeprefix("src/wattstead/")
    return f"| `{where}`, `{name}` | `{_cell(was)}` → `{_cell(now)}` | {row.get('judgement', 'not judged yet')} |\n"


def _parts(row: dict[str, Any]) -> list[str]:
    file, name, *changed, nth = str(row["key"]).split(" | ")
    half = len(changed) // 2  # the change itself may hold a " | "
    return [file, name, " | ".join(changed[:half]), " | ".join(changed[half:]), nth]


def _cell(code: str) -> str:
    return " ".join(code.split()).replace("|", "\\|")

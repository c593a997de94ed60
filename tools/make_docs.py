"""Write the generated pages: commands, devices, quantities, codes, coverage, mutants. ``--check`` tells old ones."""

import importlib
import inspect
import sys
from pathlib import Path

import typer

from can_page import can_page, switches
from coverage_page import coverage
from exceptions_page import exceptions
from explain_page import explain_page
from guides_page import guides_page
from lights_page import lights_page
from mutation_page import mutation
from register_page import number, register_page, takes
from wattstead.catalog.profile import Profile, load_profile, profile_names
from wattstead.catalog.words import quantity_labels
from wattstead.cli import VERBS
from wattstead.model.quantity import QUANTITIES

DOCS = Path(__file__).parents[1] / "docs"
MADE = "<!-- Made by `make docs`; change the program, not this page. -->\n\n"


def main() -> int:
    """Write all pages, or with --check compare them."""
    pages = {
        **commands(),
        **devices(),
        "quantities.md": quantities(),
        "coverage.md": coverage(),
        "explain.md": explain_page(),
        "guides-list.md": guides_page(),
        "models/lights-ambiguity.md": lights_page(),
        "mutation.md": mutation(),
    }
    stale = [name for name, text in pages.items() if _read(DOCS / name) != text]
    if "--check" in sys.argv[1:]:
        for name in stale:
            print(f"docs/{name} is not current: run `make docs`")
        return 1 if stale else 0
    for name in stale:
        (DOCS / name).parent.mkdir(parents=True, exist_ok=True)
        (DOCS / name).write_text(pages[name], encoding="utf-8")
        print(f"wrote docs/{name}")
    return 0


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None


def commands() -> dict[str, str]:
    """One page a verb, from its help."""
    index = f"{MADE}# Commands\n\n| verb | what it does |\n| --- | --- |\n"
    pages = {}
    for verb, text in VERBS.items():
        index += f"| [{verb}](commands/{verb}.md) | {text} |\n"
        pages[f"commands/{verb}.md"] = _command(verb)
    return {**pages, "commands.md": f"{index}\n{STATUS}"}


STATUS = """Exit status of every verb:

| status | when |
| --- | --- |
| 0 | done |
| 1 | the device said no, or a check failed (nothing in the input of `decode` could be understood) |
| 2 | wrong usage: an unknown verb, profile, message or URL, a broken profile or state file |
| 3 | no answer: the port is absent, busy or not allowed, or the device stayed silent until the deadline |
| 130 | ended by Ctrl-C before it was done; what serves until then ends with 0 |

A file or folder that cannot be read or written gives 2 with every verb, also where it is one of our own or the disk is
full; so do answers that cannot be written. The battery has no part in that.

Answers go to standard output, everything else to standard error: pipes stay clean. `--lang fr` (or `LANG`) gives
labels and most errors in French.

Ports are URLs: `serial:///dev/ttyUSB0?baud=19200`, `serial://COM3`, `tcp://host:port`, `replay:///file`, and for
`simulate` and `replay` also `pty:///path`, a new pseudo-terminal. A bare `/dev/ttyUSB0` or `COM3` is a serial port.
"""


def _command(verb: str) -> str:
    function = getattr(importlib.import_module(f"wattstead.cli.{verb}"), verb)
    app = typer.Typer(add_completion=False)
    app.command(name=verb)(function)
    params = [one for one in typer.main.get_command(app).params if one.name != "help"]
    rows = "".join(f"| `{_spelled(one)}` | {getattr(one, 'help', '') or ''} |\n" for one in params)
    table = f"| argument or option | meaning |\n| --- | --- |\n{rows}" if rows else ""
    return f"{MADE}# wattstead {verb}\n\n{inspect.getdoc(function)}\n\n{table}"


def _spelled(param: object) -> str:
    names = getattr(param, "opts", [])
    if getattr(param, "param_type_name", "") == "argument":
        return str(getattr(param, "name", "")).upper()
    return ", ".join(names)


def devices() -> dict[str, str]:
    """One page a profile."""
    return {f"devices/{name}.md": _device(load_profile(name)) for name in profile_names()}


def _device(profile: Profile) -> str:
    if profile.link.framing == "can":
        return MADE + can_page(profile)
    speeds = " or ".join(map(str, profile.link.baud))
    first, last = profile.addresses.first, profile.addresses.last
    where = f"addresses {first} to {last}" if last > first else "no address: one device a line"
    text = f"{MADE}# {profile.name}\n\n{profile.title['en']}. {speeds} baud, {where}.\n\n"
    text += f"Source: {profile.source}.\n\n## Messages\n\n"
    text += "| message | command | polled |\n| --- | --- | --- |\n"
    text += "".join(
        f"| {one.name} | {profile.dialect.number(one)} | {one.poll.value} |\n" for one in profile.dialect.messages
    )
    text += register_page(profile)
    text += "\n## Codes\n\n| code | severity | meaning | signification |\n| --- | --- | --- | --- |\n"
    text += "".join(
        f"| {code.name} | {code.severity} | {code.label['en']} | {code.label['fr']} |\n"
        for code in profile.codes.values()
    )
    text += "\n## Settings\n\n| n | setting | default | unit | takes | the maker's name |\n"
    text += "| --- | --- | --- | --- | --- | --- |\n"
    text += "".join(
        f"| {number(profile, one)} | {one.name} | {one.default} | {one.unit} | {takes(one)} | {one.vendor_name} |\n"
        for one in profile.settings.values()
    )
    text += switches(profile)
    text += exceptions(profile)
    text += "\n## What is not certain\n\n" + "".join(f"- {note.en} (`{note.about}`)\n" for note in profile.notes)
    return text


def quantities() -> str:
    """The closed list."""
    labels = quantity_labels()
    text = f"{MADE}# Quantities\n\nPositive current and power charge the battery.\n\n"
    text += "| name | unit | kind | one per | meaning | signification |\n| --- | --- | --- | --- | --- | --- |\n"
    for one in QUANTITIES.values():
        label = labels[one.name]
        text += f"| {one.name} | {one.unit} | {one.kind} | {one.per} | {label['en']} | {label['fr']} |\n"
    return text


if __name__ == "__main__":
    sys.exit(main())

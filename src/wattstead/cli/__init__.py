"""The command line: one file per verb, loaded only when it is called; a missing extra costs one verb.

Exit status: 0 done, 1 the device said no or a check failed, 2 wrong usage, 3 no answer (docs/commands.md).
A file or folder that cannot be read or written gives 2, whichever verb wants it: the battery has no part in it.
"""

import importlib
import os
import sys
from difflib import get_close_matches
from io import TextIOWrapper
from typing import NoReturn, cast

from rich.console import Console
from rich.table import Table

from wattstead.cli.answers import Answers
from wattstead.cli.status import INTERRUPTED
from wattstead.model.errors import FileError, LinkLost, NoAnswer, ProfileError, UsageError, WattsteadError

VERBS = {
    "demo": "A virtual home with batteries of two makes, its history and its page: one command, no hardware",
    "serve": "The platform on real devices: poll them, store, show them on a page",
    "simulate": "A virtual battery that answers on a serial port, a pseudo-terminal or TCP",
    "batch": "Many virtual packs over many days, as fast as the machine can, into Parquet files",
    "discover": "Which device answers on a port, at which speed and address",
    "read": "Read a battery once, or again and again with --watch",
    "screen": "The pages of a battery's touch screen in the terminal: live, alarms, settings, all packs",
    "settings": "What a battery keeps: show, compare, check, write with a way back, export",
    "records": "What a battery has recorded itself: read, keep for ever, export, follow",
    "bridge": "Packs of any make as one battery for an inverter",
    "calibrate": "The current sensor of a battery: zero, gain, and the way back",
    "upgrade": "Firmware images for our own boot loaders: check, send, resume, the way back",
    "support": "All that a battery says in one file to send, without serial numbers, names and passwords",
    "ingest": "The cloud that stick loggers report to: what they say, as JSON lines",
    "decode": "Frames as text, hex or a capture, in plain words",
    "capture": "Record what a line says into a file",
    "replay": "Play a recording on a port, as the device that was recorded",
    "profiles": "The devices that we know, or one of them in full",
    "inverters": "Which profile an inverter of a brand is to be given, and how sure that is",
    "quantities": "Everything that can be measured: name, unit, meaning",
    "guides": "Checklists with ticks that are kept: wiring, start, storage, transport, emergencies",
    "explain": "What a code means and what to do: for a code, for words, or for all that is active on a battery",
    "health": "What stored readings say of cells, joints and probes: weak ones named, with evidence and advice",
    "search": "One search over codes, settings, guides, pages and commands, typing mistakes forgiven",
    "codes": "Alarms, protections and faults of a device, in words",
}
_STATUS = ((NoAnswer, 3), (LinkLost, 3), (UsageError, 2), (ProfileError, 2), (FileError, 2))


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run one verb and leave with its exit status."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without accents gets "?" in their place
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # looking for some costs a start 30 ms; we use none
    words = sys.argv[1:] if arguments is None else arguments
    try:
        sys.exit(_run(words))
    except WattsteadError as error:
        _complain(str(error), _tongue(words))
        sys.exit(status_of(error))
    except BrokenPipeError:
        # The reader of our pipe (head, less) went away: that is no fault, and Python must not flush into it again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except OSError as error:
        _complain(_unwritten(error), _tongue(words))
        sys.exit(status_of(FileError()))
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


def _tongue(words: list[str]) -> str:
    """Give the language of complaints: that of --lang, else that of the system; options may not have been read yet."""
    said = os.environ.get("LANG", "")
    for one, after in zip(words, [*words[1:], ""], strict=True):
        if one.partition("=")[0] == "--lang":
            said = one.partition("=")[2] or after
    return "fr" if said.lower().startswith("fr") else "en"


def _complain(text: str, lang: str) -> None:
    if lang != "en":
        from wattstead.catalog.complaints import complaint

        text = complaint(text, lang)
    Console(stderr=True, highlight=False, soft_wrap=True).print(f"wattstead: {text}", markup=False)


def _unwritten(error: OSError) -> str:
    if error.filename is not None:
        return f"{error.filename}: {error.strerror}; make room there, or name another file or folder"
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # Python must not flush what is left into it again
    return f"the answer cannot be written ({error.strerror}); make room, or send it elsewhere"


def status_of(error: WattsteadError) -> int:
    """Exit status for what went wrong."""
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 1)


def _run(words: list[str]) -> int:
    match words:
        case [] | ["--help" | "-h" | "help"]:
            _overview()
            return 0
        case ["--version" | "-V"]:
            from importlib.metadata import version

            print(f"wattstead {version('wattstead')}")
            return 0
        case [verb, *rest] if verb in VERBS:
            return _verb(verb, rest)
        case [unknown, *_]:
            near = get_close_matches(unknown, VERBS, n=1)
            hint = f"did you mean `wattstead {near[0]}`?" if near else "`wattstead --help` lists them"
            raise UsageError(f"there is no verb {unknown!r}; {hint}")
    raise AssertionError(words)


def _verb(verb: str, words: list[str]) -> int:
    try:
        module = importlib.import_module(f"wattstead.cli.{verb}")
    except ModuleNotFoundError as error:
        if error.name is None or error.name.startswith("wattstead"):
            raise
        raise UsageError(
            f"`wattstead {verb}` needs the package {error.name!r}, which is not installed; "
            "install Wattstead with all its extras (in its source folder: pip install '.[all]')"
        ) from None
    import typer

    app = typer.Typer(add_completion=False, rich_markup_mode="markdown")
    app.command(name=verb)(getattr(module, verb))
    misuse = cast(
        "type[Exception]", typer.BadParameter.__base__
    )  # the base of all complaints about options; typer does not name it
    try:
        result = typer.main.get_command(app).main(words, prog_name=f"wattstead {verb}", standalone_mode=False)
        sys.stdout.flush()
    except misuse as error:
        from wattstead.cli.misuse import in_plain_words

        what = in_plain_words(error.format_message())  # type: ignore[attr-defined]
        raise UsageError(f"{what}; `wattstead {verb} --help` shows what can be said") from None
    except typer.Abort:
        return INTERRUPTED
    return result if isinstance(result, int) else 0


def _overview() -> None:
    table = Table.grid(padding=(0, 2))
    for verb, text in VERBS.items():
        table.add_row(f"  [bold]{verb}[/]", text)
    console = Answers(highlight=False)
    console.print("Wattstead talks to home batteries in their makers' own protocols.\n")
    console.print("[bold]wattstead[/] VERB …      each verb has --help with an example\n")
    console.print(table)
    console.print("\nExit status: 0 done, 1 the device said no or a check failed, 2 wrong usage, 3 no answer.")

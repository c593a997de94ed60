"""Options that several verbs take, written once."""

import os
from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="Print JSON, one object a line.")]
Lang = Annotated[
    str,
    typer.Option("--lang", envvar="LANG", show_envvar=False, help="Language of labels: en or fr.", show_default="LANG"),
]
Profile = Annotated[
    str | None, typer.Option("--profile", "-p", help="The device: a name of `wattstead profiles`, or a .toml file.")
]
Address = Annotated[int | None, typer.Option("--address", "-a", help="Address on the bus.", min=0, max=255)]
Baud = Annotated[int | None, typer.Option("--baud", help="Speed of the line, bit/s.", min=300)]


def language(lang: str) -> str:
    """``fr`` for French in any spelling (fr, fr_FR.UTF-8), else ``en``."""
    return "fr" if lang.lower().startswith("fr") else "en"


def system_language() -> str:
    """Language of this session."""
    return language(os.environ.get("LANG", "en"))

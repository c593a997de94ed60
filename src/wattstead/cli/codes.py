"""``wattstead codes``: what the devices call their alarms, protections, faults and states."""

from typing import Annotated

import typer
from rich.table import Column, Table

from wattstead.catalog.profile import load_profile, profile_names
from wattstead.cli.options import Json, Lang, language
from wattstead.cli.show import as_json, console


def codes(
    dialect: Annotated[str | None, typer.Argument(help="Only those of this profile.")] = None,
    json: Json = False,
    lang: Lang = "en",
) -> None:
    """List the codes of the devices: the names that JSON and `active = [...]` of a state file use.

    Example: `wattstead codes seplos-v2`
    """
    chosen = [load_profile(name) for name in ([dialect] if dialect else profile_names())]
    found = [code for profile in chosen for code in profile.codes.values()]
    if json:
        for code in found:
            row = {"code": code.name, "dialect": code.dialect, "severity": code.severity, "label": code.label}
            print(as_json(row))
        return
    table = Table("device", "severity", Column("code", no_wrap=True), "meaning", box=None, pad_edge=False)
    for code in found:
        table.add_row(code.dialect, code.severity, code.name, code.label[language(lang)])
    console().print(table)

"""``wattstead quantities``: the closed list of what can be measured."""

from rich.table import Column, Table

from wattstead.catalog.words import quantity_labels
from wattstead.cli.options import Json, Lang, language
from wattstead.cli.show import as_json, console
from wattstead.model.quantity import QUANTITIES


def quantities(json: Json = False, lang: Lang = "en") -> None:
    """List everything that can be measured: the names that JSON, state files and the API use.

    Example: `wattstead quantities --lang fr`

    Positive current and power charge the battery.
    """
    labels = quantity_labels()
    if json:
        for one in QUANTITIES.values():
            row = {"name": one.name, "unit": one.unit, "kind": one.kind, "per": one.per, "label": labels[one.name]}
            print(as_json(row))
        return
    table = Table(Column("name", no_wrap=True), "unit", "kind", "one per", "meaning", box=None, pad_edge=False)
    for one in QUANTITIES.values():
        table.add_row(one.name, one.unit, one.kind, one.per, labels[one.name][language(lang)])
    console().print(table)

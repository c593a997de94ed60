"""The temperatures: of the cells, of the board, of the power stage, around the battery."""

from typing import Final

from rich.text import Text

from wattstead.catalog.shown import figure
from wattstead.model.quantity import QUANTITIES, Kind
from wattstead.model.reading import numbers
from wattstead.tui.look import OLD, Lines, View, bar, columns, head, newspaper, row, wrapped

_COLD, _HOT = -20.0, 70.0  # where bars begin and end, °C
_LISTS: Final = ("cold_probes", "hot_probes")
_NO_CHARGE_DEGC: Final = 0.0


def temperatures(view: View) -> Lines:
    """Draw it."""
    _, each = columns(view.width)
    probes = numbers(view.value("cell_temperature_degc"))
    others = [
        name
        for name, one in QUANTITIES.items()
        if one.unit == "°C" and one.kind is Kind.NUMBER and name in view.pack.values and name != "cell_temperature_degc"
    ]
    lines = [head(view.word("temperatures"), view.width)]
    if not probes and not others:
        reason = "temperatures_not_told" if view.pack.at_ms is not None else "no_data"
        return [*lines, *wrapped(view.word(reason), view.width, "dim")]
    rows = [_probe(view, place, degc, each) for place, degc in enumerate(probes, 1)]
    lines += [*newspaper(rows, view.width), Text()]
    summary = []
    if probes:
        old = OLD if view.stale else ""
        spread = figure("cell_temperature_mean_degc", max(probes) - min(probes), view.lang)
        summary = [row(view.word("spread"), Text(spread, old), each)]
    summary += [row(view.label(name), view.shown(name), each) for name in others]
    summary += [row(view.label(name), view.shown(name), each) for name in _LISTS if view.value(name)]
    if "heater_on" in view.pack.values:
        summary.append(row(view.label("heater_on"), view.shown("heater_on"), each))
    lines += newspaper(summary, view.width)
    legend = view.word("temperatures_legend").format(low=f"{_COLD:.0f}", high=f"{_HOT:.0f}")
    return [*lines, Text(), *wrapped(legend, view.width, "dim")]


def _probe(view: View, place: int, degc: float, width: int) -> Text:
    old = OLD if view.pack.is_old("cell_temperature_degc", view.now_ms) else ""
    colour = old or (
        "blue" if degc <= _NO_CHARGE_DEGC else "red" if degc >= 50 else "yellow" if degc >= 45 else "green"
    )
    status = view.value("cell_temperature_status")
    odd = isinstance(status, tuple) and place <= len(status) and status[place - 1] not in ("normal", None)
    name = f"{view.word('probe')} {place} "
    shown = f"{figure('cell_temperature_degc', degc, view.lang):>8} "
    tail = " !" if odd else ""
    room = max(4, width - len(name) - len(shown) - len(tail))
    lit = bar((degc - _COLD) / (_HOT - _COLD), room)
    return Text.assemble((name, "dim"), (shown, old), (lit, colour), (tail, "bold red"))

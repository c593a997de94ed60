"""The voltages of all cells: figures, bars, who is highest and lowest, who is being balanced."""

from typing import Final

from rich.text import Text

from wattstead.model.reading import Value, numbers
from wattstead.tui.look import NONE, OLD, Lines, View, bar, columns, head, newspaper, row, wrapped

_LEAST_SPAN_V: Final = 0.05  # so that cells which are almost equal look so
_MARGIN_V: Final = 0.005
_SUMMARY: Final = ("cell_voltage_max_v", "cell_voltage_min_v", "cell_voltage_spread_v")
_PLACES: Final = {"cell_voltage_max_v": "cell_voltage_max_place", "cell_voltage_min_v": "cell_voltage_min_place"}
_LISTS: Final = ("broken_wire_cells", "faulty_cells", "low_voltage_cells", "high_voltage_cells")


def cells(view: View) -> Lines:
    """Draw it."""
    _, each = columns(view.width)
    volts = numbers(view.value("cell_voltage_v"))
    lines = [head(view.word("cells"), view.width), *newspaper(_summary(view, volts, each), view.width), Text()]
    if not volts:
        reason = "cells_not_told" if view.pack.at_ms is not None else "no_data"
        return [*lines, *wrapped(view.word(reason), view.width, "dim")]
    low, high = scale(volts)
    lines += newspaper([_cell(view, place, volts, (low, high), each) for place in range(len(volts))], view.width)
    legend = view.word("cells_legend").format(low=f"{low:.3f}", high=f"{high:.3f}")
    return [*lines, Text(), *wrapped(legend, view.width, "dim")]


def scale(volts: tuple[float, ...]) -> tuple[float, float]:
    """Give the voltages at which bars begin and end."""
    low, high = min(volts), max(volts)
    span = max(_LEAST_SPAN_V, high - low + 2 * _MARGIN_V)
    middle = (low + high) / 2
    return middle - span / 2, middle + span / 2


def _summary(view: View, volts: tuple[float, ...], width: int) -> Lines:
    lines = []
    for name in _SUMMARY:
        shown = view.shown(name)
        place = _place(view, name, volts)
        lines.append(row(f"{view.word(name)}{place}", shown, width))
    balancing = _balancing(view)
    text = NONE if balancing is None else ", ".join(map(str, balancing)) or view.word("none")
    if view.value("balancing_on") is True and balancing is None:
        text = view.word("yes")
    lines.append(row(view.word("balancing"), Text(text, OLD if view.stale else ""), width))
    return lines + [row(view.label(name), view.shown(name), width) for name in _LISTS if view.value(name)]


def _place(view: View, name: str, volts: tuple[float, ...]) -> str:
    pick = {"cell_voltage_max_v": max, "cell_voltage_min_v": min}.get(name)
    if pick is None:
        return ""
    if volts:
        return f" · {view.word('cell')} {volts.index(pick(volts)) + 1}"
    said = view.value(_PLACES[name])
    return "" if said is None else f" · {view.word('cell')} {said}"


def _balancing(view: View) -> tuple[Value, ...] | None:
    found = view.value("balancing_cells")
    return found if isinstance(found, tuple) else None


def _cell(view: View, place: int, volts: tuple[float, ...], ends: tuple[float, float], width: int) -> Text:
    low, high = ends
    volt, number = volts[place], place + 1
    top = max(volts) > min(volts) and volt == max(volts)
    bottom = max(volts) > min(volts) and volt == min(volts)
    mark = "▲" if top else "▼" if bottom else " "
    status = view.value("cell_voltage_status")
    odd = isinstance(status, tuple) and place < len(status) and status[place] not in ("normal", None)
    balancing = number in (_balancing(view) or ())
    tail = f" {mark}{'B' if balancing else ' '}{'!' if odd else ' '}"
    room = max(4, width - 12 - len(tail))
    old = OLD if view.pack.is_old("cell_voltage_v", view.now_ms) else ""
    colour = old or ("red" if odd else "yellow" if top or bottom else "green")
    return Text.assemble(
        (f"{number:>2} ", "dim"),
        (f"{volt:.3f} V ", old),
        (bar((volt - low) / (high - low), room), colour),
        (tail, old or "bold"),
    )

"""The page of one preset in Markdown: what the pack is, its rows, its functions, and what the checker finds."""

from math import inf

from wattstead.model.pack import PackModel, PackRow, Table
from wattstead.model.preset_check import check_pack
from wattstead.model.protection import Action, Lock, recovery_text

_UNITS = {"degc": "°C", "pct": "%", "wh": "Wh", "ah": "Ah", "v": "V", "a": "A", "s": "s", "k": "K", "w": "W"}
_CHANNEL_UNITS = {"degC": "°C", "ohm": "Ω"}
_ACTIONS = {
    Action.STOP_CHARGE: "stops charge",
    Action.STOP_DISCHARGE: "stops discharge",
    Action.LIMIT_CHARGE: "limits charge",
    Action.ASK_LESS_CHARGE: "asks for less charge",
    Action.ASK_LESS_DISCHARGE: "asks for less discharge",
    Action.NO_BALANCING: "no balancing",
    Action.POWER_OFF: "turns off",
    Action.TRIP_BREAKER: "trips the breaker",
}
_HEAD = """| row | level | watches | trips | ends | after | does | lock | record | lamp |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
"""


def pack_page(pack: PackModel) -> str:
    """Give the page, from its heading on."""
    return "\n".join(
        (
            f"# {pack.name}\n",
            f"{pack.title['en']}. Source: {pack.source}.\n",
            _facts(pack),
            "## Rows\n",
            "What has a † is ours: no document states it. *off*: not watched with these settings.\n",
            _HEAD + "".join(_row(row) for row in pack.rows),
            "## Functions\n",
            _functions(pack),
            "## Findings of the checker\n",
            _findings(pack),
            *_unused(pack),
        )
    )


def _facts(pack: PackModel) -> str:
    cells = f"{pack.series} in series" + (
        f", {pack.cells_in_parallel} in parallel" if pack.cells_in_parallel > 1 else ""
    )
    usable = f", {pack.capacity_ah * pack.usable_share:g} Ah of them usable" if pack.usable_share < 1.0 else ""
    facts = [
        ("cells", cells),
        ("capacity", f"{pack.capacity_ah:g} Ah{usable}"),
        ("temperature probes", f"{pack.probes}"),
    ]
    if pack.working_v:
        facts.append(("working range", "{:g} to {:g} V".format(*pack.working_v)))
    facts.append(("standby up to", f"{pack.dead_band_a:g} A"))
    facts.append(("LED panel", f"`{pack.panel}`" if pack.panel else "none known"))
    lines = "".join(f"| {name} | {value} |\n" for name, value in facts)
    return f"| | |\n| --- | --- |\n{lines}"


def _row(row: PackRow) -> str:
    name = f"`{row.name}`" + ("" if row.enabled else " *off*")
    gate = "" if row.gate.value == "any" else f", {row.gate.value}"
    columns = (
        name,
        row.level.value,
        f"{row.channel.label.replace('_', ' ')}{gate}",
        _trip(row),
        _end(row),
        _seconds(row.delay_s) + _ours(row, "delay_s"),
        (", ".join(text for action, text in _ACTIONS.items() if action in row.actions) or "-") + _ours(row, "actions"),
        _lock(row.lock),
        row.record if row.record != row.name else "by name",
        row.led.value,
    )
    return f"| {' | '.join(column or '-' for column in columns)} |\n"


def _ours(row: PackRow, *figures: str) -> str:
    return "†" if row.ours.intersection(figures) else ""


def _figure(row: PackRow, figure: float) -> str:
    return f"{figure:g} {_CHANNEL_UNITS.get(row.channel.unit, row.channel.unit)}".rstrip()


def _trip(row: PackRow) -> str:
    if not row.channel.unit and (row.trip, row.recover) == (1.0, 0.0):
        return "when true"
    side = "from {} up" if row.above else "from {} down"
    return side.format(_figure(row, row.trip) + _ours(row, "trip"))


def _end(row: PackRow) -> str:
    """Say what ends it, with the figures in place of the words for them."""
    words = {
        "value": f"at {_figure(row, row.recover)}{_ours(row, 'recover')}",
        "elapsed": f"{_seconds(row.elapsed_s)}{_ours(row, 'elapsed_s')} after",
        "soc": f"SOC at most {row.soc_at_most_pct:g} %",
        "load_removed": "load removed",
        "power_cycle": "off and on",
    }
    if row.channel.unit == "" and row.recover == 0.0:
        words["value"] = "when no longer true"
    text = recovery_text(row.recovery)
    for word, shown in words.items():
        text = text.replace(word, shown)
    return text + _ours(row, "recovery")


def _seconds(value: float) -> str:
    if value == inf:
        return "never"
    if 0.0 < value < 0.1:
        return f"{value * 1e6:g} µs" if value < 0.001 else f"{value * 1e3:g} ms"
    if value >= 7200.0 and value % 3600.0 == 0.0:
        return f"{value / 3600.0:g} h"
    return f"{value / 60.0:g} min" if value >= 120.0 and value % 60.0 == 0.0 else f"{value:g} s"


def _lock(lock: Lock | None) -> str:
    if lock is None:
        return "-"
    return f"after {lock.after} ({lock.family.replace('_', ' ')})" + (
        ", a charger unlocks" if lock.charger_unlocks else ""
    )


def _functions(pack: PackModel) -> str:
    busbars = {f"busbar {place}": table for place, table in enumerate(pack.busbars, 1)}
    tables: dict[str, Table] = {**pack.tables, **busbars, "records": pack.records}
    lines = [
        f"| {name} | {key} | {_value(key, value)} |\n" for name, table in tables.items() for key, value in table.items()
    ]
    return "| function | value | |\n| --- | --- | --- |\n" + "".join(lines)


def _value(key: str, value: object) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, float | int) and key.endswith("_s"):
        return _seconds(float(value))
    if isinstance(value, float | int):
        unit = _UNITS.get(key.rsplit("_", 1)[-1], "Ω" if key.endswith("ohm") else "")
        return f"{value:g} {unit}".rstrip()
    return str(value)


def _findings(pack: PackModel) -> str:
    findings = check_pack(pack)
    lines = "".join(f"| {one.rule} | {'grave' if one.grave else ''} | {one.text} |\n" for one in findings)
    return f"| rule | | finding |\n| --- | --- | --- |\n{lines}" if findings else "None.\n"


def _unused(pack: PackModel) -> tuple[str, ...]:
    if not pack.unused:
        return ()
    names = ", ".join(f"`{name}`" for name in pack.settings if name in pack.unused)
    return ("## Settings that change nothing\n", f"{names}.\n")

"""The first page: what the battery does now."""

from typing import Final

from rich.text import Text

from wattstead.catalog.shown import figure
from wattstead.model.code import Severity
from wattstead.model.lamp import lamp_on
from wattstead.model.protection import Light
from wattstead.model.quantity import QUANTITIES, Per
from wattstead.model.reading import numbers
from wattstead.tui.look import NONE, OLD, Lines, View, age, bar, beside, columns, cut, doing, head, row, wrapped
from wattstead.tui.pages.alarms import code_lines, grave_first

_ALWAYS: Final = ("pack_voltage_v", "pack_current_a", "pack_power_w", "soh_pct")
_CAPACITY: Final = ("remaining_capacity_ah", "full_capacity_ah", "rated_capacity_ah", "cycle_count")
_STATE: Final = (
    "operating_state",
    "charge_mos_on",
    "discharge_mos_on",
    "charge_enabled",
    "discharge_enabled",
    "precharge_mos_on",
    "current_limiter_on",
    "heater_on",
    "fully_charged",
    "full_charge_requested",
    "charge_immediately_1",
    "charge_immediately_2",
    "module_count",
)
_LIMITS: Final = (
    "charge_voltage_limit_v",
    "charge_current_limit_a",
    "discharge_current_limit_a",
    "discharge_voltage_limit_v",
)
_WHO: Final = ("device_name", "maker", "serial_number", "firmware_version", "software_version")
_MOST_CODES: Final = 4
_ELSEWHERE: Final = ("soc_pct", "balancing_cells", "balancing_on", "device_time", "protocol_version", "can_protocol")
_OTHER_PAGES: Final = ("cell_", "cold_", "hot_", "broken_", "faulty_", "low_voltage_", "high_voltage_")


def overview(view: View) -> Lines:
    """Draw it."""
    _, each = columns(view.width)
    blocks = [_now(view, each), _trouble(view, each), panel(view, each)]
    blocks += [_state(view, each), _limits(view, each), _who(view, each), _more(view, each)]
    return [*_charge(view), Text(), *beside(blocks, view.width)]


def _charge(view: View) -> Lines:
    soc = numbers(view.value("soc_pct"))
    shown = view.shown("soc_pct")
    if not soc:
        return [Text.assemble((f"{view.word('soc')} ", "bold"), shown)]
    room = max(8, view.width - len(view.word("soc")) - 10)
    colour = "red" if soc[0] < 10 else "yellow" if soc[0] < 20 else "green"
    lit = Text(bar(soc[0] / 100, room), OLD if view.stale else colour)
    return [Text.assemble((f"{view.word('soc')} ", "bold"), f"{'':{max(0, 7 - shown.cell_len)}}", shown, "  ", lit)]


def _now(view: View, width: int) -> Lines:
    lines = [head(view.word("now"), width)]
    names = [*_ALWAYS, *(name for name in _CAPACITY if name in view.pack.values)]
    for name in names:
        lines.append(row(view.label(name), view.shown(name), width))
        if name == "pack_current_a":
            lines[-1:] = [row(f"{view.label(name)} · {doing(view.pack.values, view.lang)}", view.shown(name), width)]
    return lines


def _state(view: View, width: int) -> Lines:
    lines = [row(view.label(name), view.shown(name), width) for name in _STATE if name in view.pack.values]
    if "balancing_cells" in view.pack.values:
        cells = view.value("balancing_cells")
        none = Text(view.word("none"), OLD if view.stale else "")
        shown = none if cells == () else view.shown("balancing_cells")
        lines.append(row(view.word("balancing"), shown, width))
    elif "balancing_on" in view.pack.values:
        lines.append(row(view.word("balancing"), view.shown("balancing_on"), width))
    return [head(view.word("state"), width), *lines] if lines else []


def _limits(view: View, width: int) -> Lines:
    lines = [row(view.label(name), view.shown(name), width) for name in _LIMITS if name in view.pack.values]
    return [head(view.word("limits"), width), *lines] if lines else []


def _trouble(view: View, width: int) -> Lines:
    """Name what is wrong, the gravest first."""
    lines = [head(view.word("alarms"), width)]
    active = view.pack.active
    if active is None:
        return [*lines, Text(NONE, OLD)]
    grave = [one for one in grave_first(active, view.profile) if _severity(one, view) is not Severity.INFORMATION]
    if not grave:
        since = f" ({age(view.now_ms - (view.pack.active_ms or 0))})" if view.stale else ""
        return [*lines, Text(view.word("no_alarm") + since, OLD if view.stale else "green")]
    for code in grave[:_MOST_CODES]:
        lines += code_lines(code, view, width)
    if len(grave) > _MOST_CODES:
        lines.append(Text(view.word("and_more").format(count=len(grave) - _MOST_CODES), "dim"))
    return lines


def _severity(name: str, view: View) -> Severity | None:
    code = view.profile.codes.get(name)
    return code.severity if code else None


def panel(view: View, width: int) -> Lines:
    """Draw the lamps as the battery shows them."""
    if view.lamps is None:
        return []
    lines = [head(view.word("panel"), width)]
    state = view.lamps.state(view.pack.values, view.pack.active or ())
    if state is None or view.stale:
        lines.append(Text(view.word("panel_unknown" if state is None else "panel_old"), OLD))
        return lines
    names, lamps, says = Text(), Text(), []
    for lamp, pattern in view.lamps.panel.lights(state):
        name = (lamp.printed or lamp.name).upper()
        wide = max(3, len(name)) + 2
        lit = lamp_on(pattern, view.blink_s)
        names.append(f"{name:^{wide}}")
        lamps.append(f"{'●' if lit else '○':^{wide}}", f"bold {_colour(lamp.colour)}" if lit else "dim")
        if pattern.light is Light.BLINK:
            says.append(name)
    lines += [names, lamps]
    if says:
        lines += wrapped(view.word("blinks").format(lamps=", ".join(says)), width, "dim")
    return lines


def _colour(name: str) -> str:
    return "dark_orange" if name == "orange" else f"bright_{name}"


def _who(view: View, width: int) -> Lines:
    lines = [head(view.word("who"), width)]
    found = [name for name in _WHO if view.pack.values.get(name)]
    for name in found:
        text = figure(name, view.value(name), view.lang)
        lines.append(row(view.label(name), cut(text, width - 6), width))
    return lines if found else []


def _more(view: View, width: int) -> Lines:
    """Show what else the device tells of itself, such as energies and, of an inverter, its lines."""
    names = [name for name in QUANTITIES if name in view.pack.values and _is_more(name)]
    lines = [row(view.label(name), view.shown(name), width) for name in names]
    return [head(view.word("more"), width), *lines] if lines else []


def _is_more(name: str) -> bool:
    one = QUANTITIES[name]
    shown = {*_ALWAYS, *_CAPACITY, *_STATE, *_LIMITS, *_WHO, *_ELSEWHERE}
    if one.per is not Per.PACK or one.unit == "°C" or name.startswith(_OTHER_PAGES):
        return False  # it stands on another page
    return name not in shown and not name.endswith("_status")

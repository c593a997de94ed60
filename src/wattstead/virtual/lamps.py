"""The lamps on the front of a virtual pack, by what its BMS does."""

from wattstead.battery.packs import Packs
from wattstead.catalog.panels import load_panel
from wattstead.model.pack import PackModel
from wattstead.model.panel import Panel
from wattstead.model.panel_state import Doing, PanelState, Power
from wattstead.model.protection import Action, Channel, Light, Protection

_VOLTAGES = (Channel.CELL_VOLTAGE_MAX, Channel.CELL_VOLTAGE_MIN, Channel.PACK_VOLTAGE)
_STRENGTH = (Light.OFF, Light.BLINK, Light.ON)


def panel_of(model: PackModel, otherwise: str | None) -> Panel | None:
    """Give the panel of a pack, of its preset or else the one named. None where neither is known."""
    name = model.panel or otherwise
    return load_panel(name) if name else None


def panel_state(packs: Packs, k: int, *, joined: bool, own: bool) -> PanelState:
    """Say what the panel of pack k depends on.

    joined: it has just been taken into a bank. own: the panel is that of its preset, whose rows say what they want of
    it; on another one every row lights the alarm lamp.
    """
    active = [row for row, on in zip(packs.preset.protections, packs.active[:, k].tolist(), strict=True) if on]
    return PanelState(
        power=Power.ON if packs.on[k] else Power.OFF,
        doing=_doing(float(packs.current_a[k]), packs.preset.dead_band_a),
        soc_pct=min(max(100.0 * float(packs.soc[k]), 0.0), 100.0),
        alarm=max((row.led if own else Light.ON for row in active), key=_STRENGTH.index, default=Light.OFF),
        overcharged=any(_stopped(row, Action.STOP_CHARGE) and row.threshold.above for row in active),
        overdischarged=any(_stopped(row, Action.STOP_DISCHARGE) and not row.threshold.above for row in active),
        joined=joined,
    )


def _doing(current_a: float, dead_band_a: float) -> Doing:
    if current_a > dead_band_a:
        return Doing.CHARGING
    return Doing.DISCHARGING if current_a < -dead_band_a else Doing.IDLE


def _stopped(row: Protection, action: Action) -> bool:
    return action in row.actions and row.channel in _VOLTAGES

"""From what a person says of a device to the state whose lamps he wants to see."""

import re
from dataclasses import replace
from typing import Any, Final

from wattstead.catalog.panels import load_panel
from wattstead.model.errors import UsageError
from wattstead.model.front import Front, FrontState, Kind
from wattstead.model.panel_state import Doing, PanelState, Power
from wattstead.model.protection import Light

_WORDS: Final[dict[str, tuple[str, Any]]] = {
    **dict.fromkeys(("charging", "charge"), ("doing", Doing.CHARGING)),
    **dict.fromkeys(("discharging", "discharge", "décharge", "decharge"), ("doing", Doing.DISCHARGING)),
    **dict.fromkeys(("idle", "rest", "resting", "repos"), ("doing", Doing.IDLE)),
    **dict.fromkeys(("full", "pleine"), ("soc_pct", 100.0)),
    **dict.fromkeys(("empty", "vide"), ("soc_pct", 0.0)),
    **dict.fromkeys(("off", "éteinte", "eteinte"), ("power", Power.OFF)),
    **dict.fromkeys(("going_off", "going-off"), ("power", Power.GOING_OFF)),
    **dict.fromkeys(("alarm", "alarme", "alarm=on"), ("alarm", Light.ON)),
    "alarm=blink": ("alarm", Light.BLINK),
    "alarm=off": ("alarm", Light.OFF),
    **dict.fromkeys(("overcharged", "overcharge"), ("overcharged", True)),
    **dict.fromkeys(("overdischarged", "overdischarge"), ("overdischarged", True)),
    **dict.fromkeys(("joined", "parallel"), ("joined", True)),
}
_SOC: Final = re.compile(r"(?:soc=|soc_pct=)?(\d+(?:\.\d+)?)%?")


def state_of(front: Front, text: str) -> FrontState:
    """Find a state: a battery's by what it does, ``charging 30 alarm=on``, others by name. Raises UsageError."""
    if any(one.name == text for one in front.states):
        return front.state(text)
    if front.kind is not Kind.BATTERY:
        return front.state(text.strip().lower().replace("-", "_"))
    state = battery_state(text)
    panel = load_panel(front.name)
    conditions = next(one for one in panel.meanings[panel.lights(state)] if one.hold(state))
    return front.state(conditions.text())


def battery_state(text: str) -> PanelState:
    """Read a state of a battery. Raises UsageError with the words that there are."""
    state = PanelState()
    tokens = [token for token in re.split(r"[\s,;]+", text.strip().lower()) if token]
    if not tokens:
        raise UsageError(f"a state of a battery is words such as {_example()}")
    for token in tokens:
        given = _WORDS.get(token.removeprefix("doing=").removeprefix("power="))
        if given is None:
            if not (soc := _SOC.fullmatch(token)):
                raise UsageError(f"{token!r} is no state of a battery; write {_example()}")
            given = "soc_pct", float(soc[1])
        state = replace(state, **dict([given]))
    return state


def _example() -> str:
    flags = "alarm=blink or alarm=on, overcharged, overdischarged, joined, off, going_off"
    return f"charging, discharging or idle, a level in %, {flags}, such as 'charging 30'"

"""The lamps on the front of a battery, worked out from what it says on the wire.

No protocol tells its lamps. Their table (``panels/*.toml``) and the values give what a person who stands before the
battery should see; where both differ, the battery is to be believed.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from wattstead.catalog.packs import load_pack
from wattstead.catalog.panels import load_panel
from wattstead.catalog.profile import Profile
from wattstead.model.code import Code, Severity
from wattstead.model.panel import Panel
from wattstead.model.panel_state import Doing, PanelState, Power
from wattstead.model.protection import Light
from wattstead.model.reading import Value, derived, numbers

_OF_CELLS: Final = ("", "cell_", "pack_")
_OVERCHARGED: Final = frozenset(f"{of}overvoltage_protection" for of in _OF_CELLS)
_OVERDISCHARGED: Final = frozenset(f"{of}undervoltage_protection" for of in _OF_CELLS)
_STRENGTH: Final = (Light.OFF, Light.BLINK, Light.ON)
_DEAD_BAND_A: Final = 0.5
_OFF: Final = ("shutdown", "offline")


class Lamps:
    """Works out what the panel of one make shows."""

    def __init__(
        self, panel: Panel, dead_band_a: float, wishes: Mapping[str, Light], codes: Mapping[str, Code]
    ) -> None:
        self.panel = panel
        self._dead_band_a = dead_band_a
        self._wishes = wishes
        self._codes = codes

    def state(self, values: Mapping[str, Value], active: Iterable[str]) -> PanelState | None:
        """Say what the panel depends on; None where the battery does not say its current and its SOC."""
        current = numbers(values.get("pack_current_a"))
        soc = numbers(values.get("soc_pct", derived(values).get("soc_pct")))
        if not current or not soc:
            return None
        active = tuple(active)
        return PanelState(
            power=Power.OFF if values.get("operating_state") in _OFF else Power.ON,
            doing=self._doing(current[0]),
            soc_pct=min(max(soc[0], 0.0), 100.0),
            alarm=max(map(self._wish, active), key=_STRENGTH.index, default=Light.OFF),
            overcharged=not _OVERCHARGED.isdisjoint(active),
            overdischarged=not _OVERDISCHARGED.isdisjoint(active),
        )

    def _doing(self, current_a: float) -> Doing:
        if abs(current_a) <= self._dead_band_a:
            return Doing.IDLE
        return Doing.CHARGING if current_a > 0 else Doing.DISCHARGING

    def _wish(self, name: str) -> Light:
        """Give what a code wants of the alarm lamp: as its row says; else all that is more than news lights it."""
        if name in self._wishes:
            return self._wishes[name]
        code = self._codes.get(name)
        return Light.OFF if code is None or code.severity is Severity.INFORMATION else Light.ON


def lamps_of(profile: Profile) -> Lamps | None:
    """Give the lamps of a make; None where no panel of it is known."""
    virtual = profile.virtual
    pack = load_pack(virtual.preset) if virtual.preset else None
    own = pack.panel if pack else ""
    name = own or virtual.panel
    if not name:
        return None
    wishes = {row.name: row.led for row in pack.rows} if pack and own else {}
    return Lamps(load_panel(name), pack.dead_band_a if pack else _DEAD_BAND_A, wishes, profile.codes)

"""An inverter on a CAN bus: listens to the battery, obeys what it asks, and sends its own frames."""

from collections.abc import Callable

from wattstead.model.reading import Value
from wattstead.wire.can_state import BusState
from wattstead.wire.fill import Report

_SEVERE = ("_protection", "_fault")


class VirtualInverter:
    """What an inverter tells the battery: what it measures at its terminals, which is what the battery says.

    heard: what came from the battery. lost_s: after so long without a frame it stops. now_s: any clock that goes on.
    """

    def __init__(self, heard: BusState, *, lost_s: float, now_s: Callable[[], float]) -> None:
        self.heard = heard
        self._lost_s = lost_s
        self._now_s = now_s

    @property
    def battery_lost(self) -> bool:
        """Whether the battery has been silent for too long, or never spoken."""
        return not self.heard.fresh(self._now_s(), self._lost_s)

    def limits(self) -> dict[str, Value]:
        """Give what it keeps to: what the battery asks, and no current at all where that is not known."""
        names = ("charge_current_limit_a", "discharge_current_limit_a")
        asked = {} if self.battery_lost else self.heard.values(self._now_s())
        return {name: asked.get(name, 0.0) for name in names}

    def report(self) -> Report:
        """Give what it tells now."""
        values: dict[str, Value] = {} if self.battery_lost else dict(self.heard.values(self._now_s()))
        values["inverter_operating_state"] = self._state()
        if isinstance(limit := values.get("charge_voltage_limit_v"), int | float):
            values["charge_setpoint_v"] = limit
        return Report(values)

    def _state(self) -> str:
        active = self.heard.active(self._now_s()) or ()
        if self.battery_lost or any(code.endswith(_SEVERE) for code in active):
            return "fault"
        return "warning" if active else "run"

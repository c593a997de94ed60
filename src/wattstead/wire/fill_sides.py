"""Rules of ``fill`` that say by the codes of a report on which side of its limits something is: normal, low or high."""

from collections.abc import Callable, Collection
from typing import Final, Protocol


class _Report(Protocol):
    """What ``wire.fill.Report`` has of codes."""

    @property
    def active(self) -> Collection[str]: ...


def _side(low: str = "", high: str = "") -> Callable[[object, _Report, str], str]:
    """Make a rule. low, high: the code that says so, "" where none does."""

    def rule(_: object, report: _Report, __: str) -> str:
        return "high" if high in report.active else "low" if low in report.active else "normal"

    return rule


SIDES: Final = {
    "pack_charge_side": _side(high="pack_overvoltage_protection"),
    "pack_discharge_side": _side(low="pack_undervoltage_protection"),
    "cell_charge_side": _side(high="cell_overvoltage_protection"),
    "cell_discharge_side": _side(low="cell_undervoltage_protection"),
    "charge_current_side": _side(high="charge_overcurrent_protection"),
    "discharge_current_side": _side(high="discharge_overcurrent_protection"),
    "charge_temperature_side": _side("charge_undertemperature_protection", "charge_overtemperature_protection"),
    "discharge_temperature_side": _side(
        "discharge_undertemperature_protection", "discharge_overtemperature_protection"
    ),
}

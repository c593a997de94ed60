"""One pack as a preset describes it: its rows, its functions, its settings, with the figures worked out.

Made by ``catalog.packs`` from ``presets/*.toml``; the engine runs it, ``model.preset_check`` judges it, pages print it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from wattstead.model.errors import UsageError
from wattstead.model.protection import Action, Channel, Gate, Level, Light, Lock, Protection, Recovery, Source
from wattstead.model.setting import SettingValue
from wattstead.model.threshold import Threshold

Table = Mapping[str, Any]
"""One function of a BMS: names and values of one dataclass of ``battery/behaviour.py``."""

ALARM_DELAY_S = 1.0
VOLTAGE_DELAY_S = 2.0
TEMPERATURE_DELAY_S = 5.0
OTHER_DELAY_S = 2.0


def usual_delay_s(level: Level, channel: Channel) -> float:
    """Give the delay in s of a row whose make states none; all four are ours."""
    if level is Level.ALARM:
        return ALARM_DELAY_S
    return {"V": VOLTAGE_DELAY_S, "degC": TEMPERATURE_DELAY_S}.get(channel.unit, OTHER_DELAY_S)


@dataclass(frozen=True, slots=True)
class PackRow:
    """One row of a preset, also one that is off or that no BMS could run; else as ``Protection`` says.

    above: True where too much trips. enabled: whether it is watched; switch: the setting that says so, "" for none.
    named: the setting that holds a figure, by the name of the figure. ours: figures that no document states.
    """

    name: str
    channel: Channel
    level: Level
    trip: float
    recover: float
    above: bool
    delay_s: float
    recovery: Recovery
    gate: Gate = Gate.ANY
    actions: frozenset[Action] = frozenset()
    elapsed_s: float = 0.0
    soc_at_most_pct: float = 100.0
    recover_delay_s: float = 0.0
    lock: Lock | None = None
    source: Source = Source.SOFTWARE
    record: str = ""
    led: Light = Light.OFF
    enabled: bool = True
    switch: str = ""
    named: Mapping[str, str] = field(default_factory=dict)
    ours: frozenset[str] = frozenset()

    def protection(self) -> Protection:
        """Make the row that the BMS runs. Raises UsageError with the name and the rule where it cannot run."""
        try:
            threshold = Threshold(self.trip, self.recover, above=self.above, delay_s=self.delay_s)
        except UsageError as error:
            raise UsageError(f"{self.name}: {error}") from error
        return Protection(
            name=self.name,
            channel=self.channel,
            threshold=threshold,
            level=self.level,
            gate=self.gate,
            actions=self.actions,
            recovery=self.recovery,
            elapsed_s=self.elapsed_s,
            soc_at_most_pct=self.soc_at_most_pct,
            recover_delay_s=self.recover_delay_s,
            lock=self.lock,
            source=self.source,
            record=self.record,
            led=self.led,
        )

    def cuts(self, action: Action) -> bool:
        """Tell whether the row is watched and does this."""
        return self.enabled and action in self.actions


@dataclass(frozen=True)
class PackModel:
    """A pack of one make with one set of settings.

    capacity_ah: what its cells hold; rated_capacity_ah: what its BMS was told. usable_share: of it, as the make says.
    cells_in_parallel: behind each of the ``series`` voltages. working_v: port voltages that the make allows, None where
    none are stated. panel: name of its LED table, "" for none. records: values of ``RecordRules``. tables: values of
    ``battery/behaviour.py`` by field name of ``PackPreset``; those of the estimator too. busbars: likewise.
    """

    name: str
    title: Mapping[str, str]
    source: str
    series: int
    capacity_ah: float
    rated_capacity_ah: float
    rows: tuple[PackRow, ...]
    settings: Mapping[str, SettingValue]
    cells_in_parallel: int = 1
    usable_share: float = 1.0
    probes: int = 4
    dead_band_a: float = 0.5
    working_v: tuple[float, float] | None = None
    panel: str = ""
    records: Table = field(default_factory=dict)
    tables: Mapping[str, Table] = field(default_factory=dict)
    busbars: tuple[Table, ...] = ()
    unused: frozenset[str] = frozenset()

    @property
    def protections(self) -> tuple[Protection, ...]:
        """The rows that are watched, in the order of the file. Raises UsageError where one cannot run."""
        return tuple(row.protection() for row in self.rows if row.enabled)

    def row(self, name: str) -> PackRow:
        """Give the row of a name. Raises UsageError where there is none."""
        for row in self.rows:
            if row.name == name:
                return row
        raise UsageError(f"{self.name} has no row {name!r}; its rows are {', '.join(row.name for row in self.rows)}")

    def value(self, table: str, name: str, otherwise: Any = None) -> Any:
        """Give one value of a table, ``otherwise`` where the preset does not say it."""
        return self.tables.get(table, {}).get(name, otherwise)

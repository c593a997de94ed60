"""The array engine with sensors that see what a scenario says, as the reference sees it."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import numpy as np

from battery.reference.rows import Change
from battery.reference.sample import Sample
from wattstead.battery.behaviour import Precharge
from wattstead.battery.inputs import Inputs, Signal
from wattstead.battery.make import pack_preset
from wattstead.battery.packs import Packs
from wattstead.battery.preset import PackPreset
from wattstead.battery.sense import OPEN_DEGC, SHORT_DEGC, Sense
from wattstead.battery.step import Event, EventKind, advance
from wattstead.model.pack import PackModel
from wattstead.model.protection import Channel, Protection

CHANGES = {
    EventKind.BEGAN: Change.BEGAN,
    EventKind.LOCKED: Change.LOCKED,
    EventKind.UNLOCKED: Change.UNLOCKED,
    EventKind.ENDED: Change.ENDED,
}
_SENSED = {Channel.CONNECTION_RESISTANCE, Channel.CELL_RESISTANCE_RATIO}
_GAP = Channel.PACK_DIFFERENCE


def preset_of(model: PackModel, protections: tuple[Protection, ...] | None = None) -> PackPreset:
    """Give the engine's preset, without pre-charge, for no sensor of a scenario tells of capacitors."""
    preset = replace(pack_preset(model), precharge=Precharge())
    return preset if protections is None else replace(preset, protections=protections)


class Engine:
    """n packs, each with a life of its own."""

    def __init__(self, preset: PackPreset, n: int = 1) -> None:
        self.preset, self.n = preset, n
        self.packs = Packs.rest(preset, n, 0.5)
        self.sense = Sense.true(self.packs)
        self.port_v = np.zeros(n)
        self.gap_v = np.zeros(n)
        self.signals = np.zeros(n, dtype=np.int32)
        self._seen: list[Sample | None] = [None] * n
        self._inputs: Inputs | None = None

    def step(self, samples: Sequence[Sample], dt_s: Decimal, steps: int = 1) -> tuple[Event, ...]:
        """Let so many steps of dt_s seconds pass, with one sample for each pack."""
        for k, sample in enumerate(samples):
            if sample is not self._seen[k]:
                self._show(k, sample)
                self._seen[k], self._inputs = sample, None
        if self._inputs is None:
            given = {"port_voltage_v": self.port_v, "bus_gap_v": self.gap_v}
            self._inputs = Inputs.of(self.n, 0.0, 25.0, **given, signals=self.signals)
        log = advance(self.packs, self._inputs, float(dt_s), steps, sense=self.sense)
        assert log.lost == 0
        return log.events(self.preset)

    def _show(self, k: int, sample: Sample) -> None:
        sense, nothing = self.sense, (OPEN_DEGC, SHORT_DEGC)[k % 2]
        sense.cell_voltage_v[:, k] = [float(one) for one in sample.cells_v]
        sense.probe_degc[:, k] = [nothing if one is None else float(one) for one in sample.probes_degc]
        sense.pack_voltage_v[k] = float(sample.pack_v)
        sense.current_a[k] = float(sample.current_a)
        sense.ambient_degc[k] = float(sample.ambient_degc)
        sense.mos_degc[k] = float(sample.mos_degc)
        sense.soc_pct[k] = float(sample.soc_pct)
        sense.port_voltage_v[k] = self.port_v[k] = float(sample.source_v or 0)
        sense.connection_ohm[k] = float(sample.reading(Channel.CONNECTION_RESISTANCE) or 0)
        sense.resistance_ratio[k] = float(sample.reading(Channel.CELL_RESISTANCE_RATIO) or 0)
        self.gap_v[k] = float(sample.reading(_GAP) or 0)
        self.signals[k] = int(signals(sample))


def signals(sample: Sample) -> Signal:
    """Give what is told by yes and no."""
    held = {
        Signal.BUTTON: sample.button,
        Signal.CHARGER: sample.source_v is not None,
        Signal.LOAD: sample.load,
        Signal.SILENCE: sample.inverter_silent,
        Signal.SWITCHED_OFF: not sample.external_on,
        Signal.SERVICE: sample.service,
    }
    for channel, value in sample.faults.items():
        if channel not in _SENSED and channel is not _GAP:
            held[Signal[channel.name]] = value != 0
    return Signal(sum(signal for signal, on in held.items() if on))

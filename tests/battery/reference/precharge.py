"""How the capacitors of an inverter are filled, in exact decimals: written from docs/models/bms.md."""

from dataclasses import dataclass
from decimal import Decimal

from battery.reference.sample import NOTHING, exact
from wattstead.battery.behaviour import Precharge, PrechargeWhen

FULL_WITHIN_V = Decimal(1)
BEFORE = (PrechargeWhen.BEFORE_CLOSE, PrechargeWhen.RELAY)


@dataclass(frozen=True)
class Around:
    """What the BMS finds during a step. closable: nothing but a pre-charge keeps the discharge switch open."""

    emf_v: Decimal
    farad: Decimal
    on: bool
    closable: bool


class PrechargeState:
    """The pre-charge of one pack. After ``step`` its attributes say how it stands at the end of that step."""

    def __init__(self, precharge: Precharge) -> None:
        self.when, self.ohm = precharge.when, exact(precharge.ohm)
        self.soft_start_s, self.timeout_s = exact(precharge.soft_start_s), exact(precharge.timeout_s)
        self.capacitor_v = self.ran_s = NOTHING
        self.runs = self.failed = False

    def step(self, around: Around, dt_s: Decimal) -> None:
        """Let a step pass: what runs goes on, then what is to begin begins and runs from the next step."""
        if not around.on:
            self.runs = self.failed = False
        if self.runs and not around.closable:
            self.runs = False
        if self.runs:
            self._run(around, dt_s)
        if not around.farad:
            self.capacitor_v, self.runs, self.failed = NOTHING, False, False
        elif around.on and around.closable and not self.runs and around.emf_v - self.capacitor_v > FULL_WITHIN_V:
            self.ran_s, self.runs = NOTHING, True

    def _run(self, around: Around, dt_s: Decimal) -> None:
        self.ran_s += dt_s
        if around.farad:
            gap_v = (around.emf_v - self.capacitor_v) * (-dt_s / (self.ohm * around.farad)).exp()
            self.capacitor_v = around.emf_v - gap_v
        if around.emf_v - self.capacitor_v <= FULL_WITHIN_V:
            self.capacitor_v, self.runs, self.failed = around.emf_v, False, False
        elif self.when is PrechargeWhen.RELAY:
            self.failed = self.failed or self.ran_s >= self.timeout_s
        elif self.ran_s >= self.soft_start_s:
            self.capacitor_v, self.runs = around.emf_v, False  # the switch closes on what is left

"""The NTC at a temperature input of the chip, and the resistor inside that it is compared with."""

from dataclasses import dataclass
from math import exp, log
from typing import Final

ZERO_C_IN_K: Final = 273.15
AT_K: Final = 298.15
"""Where an NTC has the resistance that its name says: 25 °C."""
TRIM: Final = 64
"""Of a chip whose resistor is 10.00 kΩ."""
HOTTEST_DEGC: Final = 1000.0
"""No NTC lives there: beyond it the law says nothing."""


@dataclass(frozen=True, slots=True)
class Thermistor:
    """r25_kohm: at 25 °C. beta_k: of the law R = R25 exp(B (1/T - 1/T25)). trim: TR of register 19H, 0 to 127.

    Which NTC a board has is the maker's affair: 10 kΩ and 3435 K are the most usual.
    """

    r25_kohm: float = 10.0
    beta_k: float = 3435.0
    trim: int = TRIM

    @property
    def reference_kohm(self) -> float:
        """RREF, the resistor inside: 6.8 kΩ and 50 Ω more for each step of TR."""
        return 6.8 + 0.05 * self.trim

    def kohm(self, degc: float) -> float:
        """Resistance of the NTC at this temperature."""
        kelvin = max(degc + ZERO_C_IN_K, 1.0)
        return self.r25_kohm * exp(min(self.beta_k * (1.0 / kelvin - 1.0 / AT_K), 600.0))

    def degc(self, kohm: float) -> float:
        """Temperature at this resistance, which is above 0."""
        inverse = 1.0 / AT_K + log(kohm / self.r25_kohm) / self.beta_k
        return min(1.0 / inverse - ZERO_C_IN_K, HOTTEST_DEGC) if inverse > 0.0 else HOTTEST_DEGC

    def share_of_degc(self, degc: float) -> float:
        """Share of the voltage that lies over the NTC, 0 to 1."""
        return self.kohm(degc) / (self.kohm(degc) + self.reference_kohm)

    def degc_of_share(self, share: float) -> float:
        """Temperature at this share, which is above 0 and below 1."""
        return self.degc(share / (1.0 - share) * self.reference_kohm)

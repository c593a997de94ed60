"""How fast SimSES goes: answers each line on standard input with one line of rates as JSON.

One pack as one lumped circuit: all cells are the same cell, there is no RC branch and no BMS. 16S of its own LFP cell,
33 parallel (99 Ah), driven in closed loop by a power that changes each second.

    echo | bench/peers/.venv/bin/python bench/peers/simses_rates.py
"""

import json
import random
import sys
import time

from simses.battery.battery import Battery  # type: ignore[import-not-found]  # lives in bench/peers/.venv alone
from simses.model.cell.sony_lfp import SonyLFP  # type: ignore[import-not-found]
from simses.thermal import AmbientThermalModel  # type: ignore[import-not-found]

STEPS = 20_000
RNG = random.Random(1)
POWER_W = [(2000.0 if k // 900 % 2 == 0 else -2000.0) + RNG.gauss(0.0, 200.0) for k in range(STEPS)]


def battery(*, ageing: bool) -> Battery:
    """Give the pack at 50 % and 25 °C."""
    return Battery(SonyLFP(), (16, 33), {"start_soc": 0.5, "start_T": 25.0}, degradation=ageing)


def electrical() -> float:
    """Steps per second of the circuit alone."""
    pack = battery(ageing=False)
    start = time.process_time()
    for power_w in POWER_W:
        pack.step(power_w, 1.0)
    return STEPS / (time.process_time() - start)


def whole() -> float:
    """Steps per second with heat and ageing."""
    pack = battery(ageing=True)
    room = AmbientThermalModel(25.0, [pack])
    start = time.process_time()
    for power_w in POWER_W:
        pack.step(power_w, 1.0)
        room.step(1.0)
    return STEPS / (time.process_time() - start)


def main() -> None:
    """Measure once for each line that comes in."""
    for _ in sys.stdin:
        print(json.dumps({"electrical": electrical(), "whole": whole()}), flush=True)


if __name__ == "__main__":
    main()

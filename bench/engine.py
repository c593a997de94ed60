"""How fast the battery engine steps, as a ratio to the same maths in plain Python in the same run.

The plain loop is the judge of the tests, one pack of 16 cells at a time; it and the arrays take turns, and the best
turn of each counts, for cores are often shared. Both run the same day of currents with all eight limits watched. A
pack-step is one pack through one step. The week is the demo's: four packs on one bus, sharing the current by physics.

    python bench/engine.py [--turns 5]
"""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

from wattstead.battery.bank import share
from wattstead.battery.preset import CellPreset, Limits, PackPreset
from wattstead.battery.state import PackState
from wattstead.battery.step import Inputs, step

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from battery.judge import JudgePack
from battery.packs import SEPLOS_PAIRS

FLEETS = (1, 4, 16, 2000)
DT_S = 1.0
WEEK_STEPS = 7 * 24 * 60
STEP_LIMIT_MS, WEEK_LIMIT_S = 0.3, 3.0  # what the demo needs


def preset() -> PackPreset:
    """The 16S 100 Ah pack with its voltage limits."""
    return PackPreset(cells=16, cell=CellPreset.lfp(100.0), limits=Limits.from_pairs(SEPLOS_PAIRS))


def current_a(k: int) -> float:
    """Current of step k: a quarter of an hour in, a quarter of an hour out."""
    return 40.0 if k // 900 % 2 == 0 else -40.0


def seconds(work: Callable[[], None]) -> float:
    """Time one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def plain_turn(steps: int = 1500) -> float:
    """Pack-steps per second of the plain loop."""
    judge = JudgePack.of(PackState.rest(preset(), 1))

    def work() -> None:
        for k in range(steps):
            judge.step(current_a(k), 25.0, DT_S)

    return steps / seconds(work)


def array_turn(packs: int) -> float:
    """Pack-steps per second of the engine with that many packs."""
    state = PackState.rest(preset(), packs)
    steps = max(300, 3000 // packs)
    inputs = [Inputs.of(packs, current_a(k)) for k in range(steps)]

    def work() -> None:
        now = state
        for one in inputs:
            now = step(now, one, DT_S)

    return steps * packs / seconds(work)


def week() -> None:
    """Run the demo's week: a house that charges by day and discharges by night."""
    state = PackState.rest(preset(), 4, [0.45, 0.5, 0.55, 0.6])
    for k in range(WEEK_STEPS):
        total_a = 60.0 if 8 <= k / 60 % 24 < 14 else -25.0
        state = step(state, Inputs.of(4, share(state, total_a, 60.0).current_a), 60.0)


def main() -> int:
    """Print the table; exit status 1 where the demo's limits do not hold."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=5, help="turns of each; the best counts")
    turns = parser.parse_args().turns
    plain, arrays, week_s = 0.0, dict.fromkeys(FLEETS, 0.0), float("inf")
    for _ in range(turns):
        plain = max(plain, plain_turn())
        arrays = {packs: max(best, array_turn(packs)) for packs, best in arrays.items()}
        week_s = min(week_s, seconds(week))
    print(f"{'':>16}  {'pack-steps/s':>12}  {'ms a step':>9}  {'x plain loop':>12}")
    print(f"{'plain Python':>16}  {plain:>12,.0f}  {1000 / plain:>9.3f}  {1.0:>12.1f}")
    for packs, rate in arrays.items():
        print(f"{f'{packs} packs':>16}  {rate:>12,.0f}  {1000 * packs / rate:>9.3f}  {rate / plain:>12.1f}")
    step_ms = 1000 * 4 / arrays[4]
    print(f"four packs, one step: {step_ms:.3f} ms (limit {STEP_LIMIT_MS} ms)")
    print(f"four packs on one bus, a week in 60 s steps: {week_s:.2f} s (limit {WEEK_LIMIT_S:g} s)")
    return int(step_ms > STEP_LIMIT_MS or week_s > WEEK_LIMIT_S)


if __name__ == "__main__":
    sys.exit(main())

"""How fast the battery engine steps, beside what the machine can do and beside PyBaMM and SimSES, in one run.

A pack-step is one pack of 16 cells through a step of one second, with all rows of the Seplos preset, hysteresis, heat,
sensors with offset, rounding and noise, balancing, heating, limiter, charger and estimator. All work on one thread and
are timed by its processor time; they take turns and the best turn of each counts, for cores are often shared. Ratios
carry over to another machine, rates do not.

    python bench/engine.py [--turns 5] [--packs 100000]

Exit status 1 where a limit is missed: 10 million pack-steps/s on one core, 1.2 kB a pack (records apart), 100 000 live
packs in 20 ms per simulated second. A stormy fleet, with rows active in every pack, is shown and has no limit.
"""

import argparse
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.fleet import scenes
from bench.fleet.parts import parts_ns
from bench.peers.asking import HINT, Peers, versions
from bench.roofline import Limits, measure, show

from wattstead.battery.bank import share
from wattstead.battery.inputs import Inputs
from wattstead.battery.packs import Packs
from wattstead.battery.preset import PackPreset
from wattstead.battery.step import advance

BLOCK, PER_BUS = 512, 4
STEPS = 20  # of one second with the same inputs, in a batch
GATE_RATE, GATE_BYTES, GATE_LIVE_MS, LIVE_PACKS = 10e6, 1200.0, 20.0, 100_000
OPERATIONS = 860
"""Arithmetic operations of a quiet pack-step, counted by hand in the kernels: 36 for each of 16 cells (29 each step for
voltage and measuring with noise, 35 every fifth for charge, heat and curve), 60 of the estimator, some 220 of current,
switches, rows, counters and board."""
TOUCHED = 0.8
"""How often the bytes of a state pass the memory in a step: somewhat more than half are read, about a quarter written;
the rest waits for the next look at the cells."""
PEERS = (
    ("PyBaMM, one cell, current known beforehand", "pybamm open_loop_restless", 16),
    ("  the same, smooth current", "pybamm open_loop_smooth", 16),
    ("PyBaMM, one cell, closed loop", "pybamm closed_loop", 16),
    ("PyBaMM, 16 cells, current known beforehand", "pybamm batch_restless", 1),
    ("  the same, smooth current", "pybamm batch_smooth", 1),
    ("SimSES, lumped pack, closed loop", "simses electrical", 1),
    ("  the same with heat and ageing", "simses whole", 1),
)
Scene = tuple[Packs, Sequence[Inputs]]
Task = Callable[[], float]


def seconds(work: Callable[[], object]) -> float:
    """Processor time of one call."""
    start = time.process_time()
    work()
    return time.process_time() - start


def engine_rate(packs: Packs, inputs: Sequence[Inputs], steps: int = STEPS) -> float:
    """Pack-steps per second of a fleet that goes on by ``steps`` with each of its inputs."""
    begun = packs.copy()
    advance(begun, inputs[0], 1.0)
    took_s = seconds(lambda: [advance(begun, one, 1.0, steps) for one in inputs])
    return packs.count * steps * len(inputs) / took_s


def live_rate(packs: Packs, inputs: Sequence[Inputs], steps: int) -> float:
    """Pack-steps per second with a call, and new inputs, for each of ``steps`` steps."""
    begun = packs.copy()

    def work() -> None:
        for k in range(steps):
            advance(begun, inputs[k % len(inputs)], 1.0)

    return packs.count * steps / seconds(work)


def bus_rate(packs: Packs, inputs: Sequence[Inputs], steps: int) -> float:
    """Pack-steps per second of live packs, four on each bus, which share the bus's current by physics."""
    begun, buses = packs.copy(), packs.count // PER_BUS
    total_a = [one.current_a.reshape(buses, PER_BUS).sum(axis=1).astype(float) for one in inputs]
    given = [one.span(0, one.packs) for one in inputs]

    def work() -> None:
        for k in range(steps):
            one = given[k % len(given)]
            one.current_a[:] = share(begun, total_a[k % len(given)], 1.0, banks=buses).current_a
            advance(begun, one, 1.0)

    return packs.count * steps / seconds(work)


def tasks(preset: PackPreset, fleet: int) -> dict[str, Task]:
    """Give what is measured by its name; the fleets are made here, before any turn."""
    one, bus, block = (scenes.quiet(preset, count) for count in (1, PER_BUS, BLOCK))
    quiet, stormy = scenes.quiet(preset, fleet), scenes.stormy(preset, fleet)
    print(
        f"rows active in a pack: quiet {scenes.rows_active(quiet[0]):.1f}, stormy {scenes.rows_active(stormy[0]):.1f}"
    )
    return {
        "1 pack, live": lambda: live_rate(*one, 500),
        f"{PER_BUS} packs on a bus, live": lambda: bus_rate(*bus, 500),
        "1 pack, in a batch": lambda: engine_rate(*one, 1000),
        f"{BLOCK} packs, in a batch": lambda: engine_rate(*block, 100),
        f"{fleet} packs, in a batch, quiet": lambda: engine_rate(*quiet),
        f"{fleet} packs, in a batch, stormy": lambda: engine_rate(*stormy),
        f"{fleet} packs, live": lambda: live_rate(*quiet, 10),
        f"{fleet} packs, live, {PER_BUS} on each bus": lambda: bus_rate(*quiet, 10),
    }


def without(preset: PackPreset) -> dict[str, Task]:
    """Give the tasks of a stormy block with one function off."""
    made = {"with everything": preset, **{f"without {name}": one for name, one in scenes.without(preset).items()}}
    fleets = {name: scenes.stormy(one, BLOCK) for name, one in made.items()}
    return {name: _rate_of(fleet) for name, fleet in fleets.items()}


def _rate_of(fleet: Scene) -> Task:
    return lambda: engine_rate(*fleet, 50)


def turn(all_tasks: Mapping[str, Task], best: dict[str, float]) -> None:
    """Give each task one turn; keep the highest rate."""
    for name, task in all_tasks.items():
        best[name] = max(task(), best.get(name, 0.0))


def show_rates(best: Mapping[str, float]) -> None:
    """Print the rates; for one live pack and a live fleet also the time of a step."""
    print(f"\n{'one core':44}{'pack-steps/s':>14}{'ns each':>10}")
    for name, rate in best.items():
        print(f"{name:44}{rate:>14,.0f}{1e9 / rate:>10,.0f}")


def show_without(best: Mapping[str, float]) -> None:
    """Print what is saved by switching a function off."""
    base = best["with everything"]
    print(f"\n{f'a stormy block of {BLOCK}':44}{'pack-steps/s':>14}{'saves ns':>10}{'of':>7}")
    for name, rate in best.items():
        saved = 1e9 / base - 1e9 / rate
        print(f"{name:44}{rate:>14,.0f}{saved:>10,.0f}{saved * base / 1e9:>7.0%}")


def show_parts(preset: PackPreset, whole_ns: float) -> None:
    """Print what each part of a step costs, dearest first. whole_ns: of a pack-step in a quiet block."""
    quiet = parts_ns(*_first(scenes.quiet(preset, BLOCK)))
    stormy = parts_ns(*_first(scenes.stormy(preset, BLOCK)))
    print(f"\n{'part of a step, ns a pack':44}{'quiet':>14}{'stormy':>10}")
    for name in sorted(quiet, key=quiet.__getitem__, reverse=True):
        print(f"{name:44}{quiet[name]:>14.1f}{stormy[name]:>10.1f}")
    print(f"{'together':44}{sum(quiet.values()):>14.1f}{sum(stormy.values()):>10.1f}")
    rest_ns = whole_ns - sum(quiet.values())
    print(f"{'what comes every so many seconds, and joints':44}{rest_ns:>14.1f}")


def _first(scene: Scene) -> tuple[Packs, Inputs]:
    return scene[0], scene[1][0]


def show_peers(rates: Mapping[str, float], ours: float) -> None:
    """Print the peers' rates, also as steps of a pack of 16 cells, and how many times that ours is."""
    if not rates:
        print(f"\n{HINT}")
        return
    named = ", ".join(f"{name} {version}" for name, version in versions().items())
    print(f"\n{f'peers, one thread: {named}':44}{'steps/s':>14}{'pack-steps/s':>14}{'ours is':>12}")
    for label, key, cells in PEERS:
        pack = rates[key] / cells
        print(f"{label:44}{rates[key]:>14,.0f}{pack:>14,.0f}{ours / pack:>10,.0f} x")
    print(
        "PyBaMM integrates with error control, SimSES knows one cell and no BMS: the task is the same, not the maths."
    )


def show_limits(limits: Limits, batch: float, live: float, bytes_each: float) -> None:
    """Print how near the engine comes to what the machine can do."""
    print()
    show(limits)
    done = batch * OPERATIONS / 1e9
    print(f"in a batch: {done:.1f} Gop/s at {OPERATIONS} operations, {done / limits.fma_gflop_s:.0%} of the FMA rate")
    moved = live * bytes_each * TOUCHED / 1e9
    share = f"{moved / limits.triad_gb_s:.0%} of triad, {moved / limits.update_gb_s:.0%} of update in place"
    print(f"live: {moved:.1f} GB/s at {bytes_each:.0f} B a pack as far as a step touches it, {share}")


@dataclass(frozen=True, slots=True)
class Gate:
    """One limit. at_most: whether the value must stay below it; above it otherwise."""

    name: str
    value: float
    limit: float
    at_most: bool

    @property
    def holds(self) -> bool:
        """Whether it is met."""
        return self.value <= self.limit if self.at_most else self.value >= self.limit

    def show(self) -> None:
        """Print it."""
        bound = f"{'at most' if self.at_most else 'at least'} {self.limit:,.0f}"
        print(f"{self.name:44}{self.value:>14,.1f}   {bound:24}{'holds' if self.holds else 'MISSED'}")


def main() -> int:
    """Measure everything and print it; exit status 1 where a limit is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=5, help="turns of each; the best counts")
    parser.add_argument("--packs", type=int, default=LIVE_PACKS, help="size of the fleets")
    options = parser.parse_args()
    start = time.perf_counter()
    preset, fleet = scenes.everything(), options.packs
    all_tasks, off_tasks = tasks(preset, fleet), without(preset)
    best: dict[str, float] = {}
    off: dict[str, float] = {}
    with Peers() as peers:
        for _ in range(options.turns):
            turn(all_tasks, best)
            turn(off_tasks, off)
            peers.turn()
    batch, live = best[f"{fleet} packs, in a batch, quiet"], best[f"{fleet} packs, live"]
    bytes_each = Packs.rest(preset, 4 * BLOCK).nbytes / (4 * BLOCK)
    show_rates(best)
    show_without(off)
    show_parts(preset, 1e9 / best[f"{BLOCK} packs, in a batch"])
    show_peers(peers.rates, batch)
    show_limits(measure(), batch, live, bytes_each)
    print()
    gates = (
        Gate("pack-steps/s, one core, quiet", batch, GATE_RATE, at_most=False),
        Gate("bytes a pack, records apart", bytes_each, GATE_BYTES, at_most=True),
        Gate(f"ms per simulated second, {LIVE_PACKS} live", 1e3 * LIVE_PACKS / live, GATE_LIVE_MS, at_most=True),
    )
    for gate in gates:
        gate.show()
    print(f"measured in {time.perf_counter() - start:.0f} s")
    return int(not all(gate.holds for gate in gates))


if __name__ == "__main__":
    sys.exit(main())

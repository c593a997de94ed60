"""What findings on health are worth: faults planted in simulated packs, found by what a BMS says; false ones counted.

Prints the tables of docs/models/health.md as Markdown. Packs, households, sensors and readings are those of
bench/planted.py. Packs with a fault live for 30 days and are judged at the end of each; sound ones for 120 days, judged
daily for 30 and every fifth day from then on. Four seasons, packs alone and in banks of two.

    python bench/health.py [--packs 1000] [--sound 1000] [--days 120] [--sample 60] [--jobs 2]

--sample: seconds from reading to reading; 300 is the hardest, as then nothing is averaged. --packs 0 and --sound 0
leave out one half.

Exit status 1 where a limit is missed: four of five weak cells, high resistances, loose connections and probes found
within 30 days; at most one false finding in 100 sound pack-years.
"""

import argparse
import sys
import time
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.planted import Fault, live, plant, preset

from wattstead.model.health import Cause, Finding, Kind
from wattstead.plant.health.facts import Facts, facts_of
from wattstead.plant.health.judge import WINDOW_DAYS, judge

FIRST_DAYS = (15, 106, 197, 288)
"""Of the year: each quarter's groups begin on one of them."""
FAULT_DAYS, DAILY, LATER = 30, 30, 5
RIGHT = {
    Fault.WEAK: Kind.WEAK_CELL,
    Fault.RESISTANCE: Kind.RESISTANCE,
    Fault.BUSBAR: Kind.RESISTANCE,
    Fault.LEAK: Kind.SELF_DISCHARGE,
    Fault.PROBE: Kind.PROBE,
}
FIRST_CAUSE = {
    Fault.WEAK: Cause.CELL_CAPACITY,
    Fault.RESISTANCE: Cause.CELL_RESISTANCE,
    Fault.BUSBAR: Cause.CONNECTION,
    Fault.LEAK: Cause.CELL_LEAK,
    Fault.PROBE: Cause.PROBE_OFFSET,
}
NEEDED = (Fault.WEAK, Fault.RESISTANCE, Fault.BUSBAR, Fault.PROBE)
LEAST_RECALL, MOST_FALSE = 0.8, 1.0
KEPT_DAYS = 2 * WINDOW_DAYS


@dataclass(frozen=True, slots=True)
class Group:
    """Packs of one fault, season and size of bank."""

    fault: Fault
    first_day: int
    per_home: int
    packs: int
    days: int
    seed: int
    preset: str
    sample_s: int


@dataclass(frozen=True, slots=True)
class Told:
    """What was said of one pack: each kind and place once, with the day on which it was said first."""

    group: Group
    place: int
    found: Sequence[tuple[int, Finding]]


def groups(packs: int, sound: int, days: int, name: str, seed: int, sample_s: int) -> Iterator[Group]:
    """Give the groups: those with faults, as many without, and the sound ones that live longer."""
    number = seed
    runs = [*((one, FAULT_DAYS, packs / len(Fault)) for one in Fault), (Fault.NONE, days, sound)]
    for turn, (fault, lives, count) in enumerate(runs):
        for season, first_day in enumerate(FIRST_DAYS):
            number += 1
            if not count:
                continue
            many = max(2, 2 * round(count / len(FIRST_DAYS) / 2))
            yield Group(fault, first_day, 1 + (turn + season) % 2, many, lives, number, name, sample_s)


def watch(group: Group) -> list[Told]:
    """Let a group live, and judge its packs day by day as ``serve`` would."""
    planted = plant(
        preset(group.preset, group.seed), group.fault, group.packs, first_day=group.first_day, per_home=group.per_home
    )
    facts: list[deque[Facts]] = [deque(maxlen=KEPT_DAYS) for _ in range(group.packs)]
    found: list[dict[tuple[Kind, int | None], tuple[int, Finding]]] = [{} for _ in range(group.packs)]
    for number, days in enumerate(live(planted, group.days, group.sample_s), 1):
        for k, day in enumerate(days):
            if (one := facts_of(day)) is not None:
                facts[k].append(one)
            if number <= DAILY or number % LATER == 0:
                for finding in judge(tuple(facts[k])):
                    found[k].setdefault((finding.kind, finding.place), (number, finding))
    return [
        Told(group, int(place), tuple(one.values())) for place, one in zip(planted.place.tolist(), found, strict=True)
    ]


def is_right(told: Told, finding: Finding) -> bool:
    """Whether a finding names what was planted and where."""
    return RIGHT.get(told.group.fault) is finding.kind and finding.place == told.place


def table_of_faults(told: Sequence[Told]) -> list[str]:
    """Print what was found of each fault; give what missed its limit."""
    print("| planted | packs | found within 30 days | first cause right | days, median | 90 % by day |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    missed = []
    for fault in RIGHT:
        packs = [one for one in told if one.group.fault is fault]
        hits = [next(((day, one) for day, one in pack.found if is_right(pack, one)), None) for pack in packs]
        days = [hit[0] for hit in hits if hit]
        first = sum(hit[1].causes[0] is FIRST_CAUSE[fault] for hit in hits if hit)
        recall = len(days) / len(packs)
        share = f"{100 * first / len(days):.0f} %" if days else "-"
        when = f"{np.median(days):.0f} | {np.quantile(days, 0.9):.0f}" if days else "- | -"
        print(f"| {fault.value} | {len(packs)} | {100 * recall:.0f} % | {share} | {when} |")
        if fault in NEEDED and recall < LEAST_RECALL:
            missed.append(f"{fault.value}: {100 * recall:.0f} % found")
    return missed


def table_of_findings(told: Sequence[Told]) -> None:
    """Print how often a finding of each kind was right, in all packs that lived 30 days."""
    print("\n| finding | said | right | precision |\n| --- | ---: | ---: | ---: |")
    for kind in Kind:
        said = [(pack, one) for pack in told for _, one in pack.found if one.kind is kind]
        if kind is Kind.NO_FULL_CHARGE or not said:
            continue
        right = sum(is_right(pack, one) for pack, one in said)
        print(f"| {kind.value} | {len(said)} | {right} | {100 * right / len(said):.0f} % |")


def table_of_sound(told: Sequence[Told]) -> list[str]:
    """Print what was said of sound packs; give what missed its limit. That a pack was not full is no fault of it."""
    years = sum(one.group.days for one in told) / 365.0
    said = Counter(one.kind for pack in told for _, one in pack.found)
    print(f"\n{len(told)} sound packs, {years:.0f} pack-years")
    print("\n| finding | said | in 100 pack-years |\n| --- | ---: | ---: |")
    for kind in Kind:
        note = " (so it was)" if kind is Kind.NO_FULL_CHARGE else ""
        print(f"| {kind.value}{note} | {said[kind]} | {100 * said[kind] / years:.2f} |")
    false = sum(number for kind, number in said.items() if kind is not Kind.NO_FULL_CHARGE)
    print(f"| false ones in all | {false} | {100 * false / years:.2f} |")
    for pack in told:
        for day, one in pack.found:
            if one.kind is not Kind.NO_FULL_CHARGE:
                where = f"from day {pack.group.first_day}, {pack.group.fault}, seed {pack.group.seed}"
                print(f"    {one.kind.value} {one.place}, day {day} {where}: {dict(one.figures)}", file=sys.stderr)
    return [f"{100 * false / years:.2f} false findings in 100 pack-years"] * (100 * false / years > MOST_FALSE)


def main() -> int:
    """Run all, print the tables, say what was missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--packs", type=int, default=1000)
    parser.add_argument("--sound", type=int, default=1000)
    parser.add_argument("--days", type=int, default=120)
    parser.add_argument("--sample", type=int, default=60)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--preset", default="seplos-16s-100ah")
    asked = parser.parse_args()
    start = time.perf_counter()
    told: list[Told] = []
    wanted = list(groups(asked.packs, asked.sound, asked.days, asked.preset, asked.seed, asked.sample))
    with ProcessPoolExecutor(asked.jobs) as pool:
        for done, future in enumerate(as_completed(pool.submit(watch, one) for one in reversed(wanted)), 1):
            told += future.result()
            print(f"{done} of {len(wanted)} groups, {time.perf_counter() - start:.0f} s", file=sys.stderr)
    short = [one for one in told if one.group.days == FAULT_DAYS]
    sound = [one for one in told if one.group.days != FAULT_DAYS]
    took = f"{time.perf_counter() - start:.0f} s"
    print(f"{len(told)} packs of {asked.preset}, a reading each {asked.sample} s, seed {asked.seed}: {took}\n")
    missed = []
    if short:
        missed += table_of_faults(short)
        table_of_findings(short)
    missed += table_of_sound(sound) if sound else []
    print("\n" + ("\n".join(f"MISSED: {one}" for one in missed) or "all limits met"))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())

"""How close polling comes to what the wire allows: Seplos V2 over paced pseudo-terminals.

The devices (fixed values) run in a process of their own, the host opens their terminals as serial ports. Wire time is
counted here from the bytes of the frames, ten bits a byte, and knows nothing of the pace that the terminals keep.

    python bench/poll.py [--polls 20] [--seconds 60]

Exit status 1 where a limit is missed: a full poll (42H + 44H) within 1.15 of its wire time at turnaround 0; sixteen
packs on one 19200 baud bus no older than 3.2 s, with a dead address among them, too. Age is that of a pack's values on
the host when the next ones come. At turnaround 0 all ages count, from the start. At 50 ms the wire and the turnaround
alone take 3.09 s: there 95 % of the ages count, once every pack has said who it is (one question a round, hourly).
"""

import argparse
import asyncio
import multiprocessing
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

from wattstead.catalog.profile import load_profile
from wattstead.host.conversation import Conversation
from wattstead.host.poller import Poller
from wattstead.host.turns import PolledPack
from wattstead.link.open import listen, open_port
from wattstead.model.reading import Silence, Snapshot
from wattstead.virtual.serve import serve
from wattstead.wire.codec import Question
from wattstead.wire.fill import Report
from wattstead.wire.responder import Manners, Responder

PROFILE = load_profile("seplos-v2")
BITS_PER_BYTE = 10
RATIO_LIMIT, AGE_LIMIT_S = 1.15, 3.2
PACKS, BUS_BAUD, DEAD = 16, 19200, 7
REPORT = Report(
    {
        "cell_voltage_v": (3.3,) * 16,
        "cell_temperature_degc": (22.0,) * 4,
        "ambient_temperature_degc": 21.0,
        "mos_temperature_degc": 25.0,
        "pack_current_a": -12.0,
        "pack_voltage_v": 52.8,
        "remaining_capacity_ah": 60.0,
        "full_capacity_ah": 100.0,
        "soc_pct": 60.0,
        "rated_capacity_ah": 100.0,
        "cycle_count": 42,
        "soh_pct": 99.0,
        "port_voltage_v": 52.8,
        "cell_voltage_status": ("normal",) * 16,
        "cell_temperature_status": ("normal",) * 4,
        "device_name": "1101-SP76",
        "firmware_version": "16.6",
        "can_protocol": "CAN:PNG_DYE_Luxp_TBB",
    }
)


@dataclass(frozen=True)
class Line:
    """One bus: where it is, how fast, and who is on it. turnaround_s: from a request to the first bit of its answer."""

    path: str
    baud: int
    turnaround_s: float
    addresses: Sequence[int] = (0,)

    @property
    def url(self) -> str:
        return f"serial://{self.path}?baud={self.baud}"


class FixedPacks:
    """Devices that always say the same."""

    def reports(self, _: Question) -> Sequence[Report]:
        return (REPORT,)

    def write(self, _: Question) -> bool:
        return False


def devices(lines: Sequence[Line], ready: Connection) -> None:
    """Be the devices of all lines, until terminated."""
    asyncio.run(_devices(lines, ready))


async def _devices(lines: Sequence[Line], ready: Connection) -> None:
    listeners = [await listen(f"pty://{line.path}", baud=line.baud) for line in lines]
    ready.send("ready")
    async with asyncio.TaskGroup() as tasks:
        for line, listener in zip(lines, listeners, strict=True):
            tasks.create_task(serve(listener, partial(_responder, line), turnaround_s=line.turnaround_s))


def _responder(line: Line) -> Responder:
    return Responder(PROFILE.codec(), PROFILE.framer(), FixedPacks(), line.addresses, Manners())


def exchange_bytes(message: str) -> int:
    """Count the bytes of a request and its answer."""
    codec = PROFILE.codec()
    question, request = codec.ask(message, 0)
    return len(request) + len(codec.answer(question, (REPORT,)))


POLL_BYTES = exchange_bytes("telemetry") + exchange_bytes("alarms")


async def full_polls(line: Line, polls: int) -> tuple[list[float], Conversation]:
    """Time full polls of one pack, in seconds each."""
    host = Conversation(await open_port(line.url), PROFILE)
    taken_s = []
    try:
        for _ in range(polls):
            began_s = time.perf_counter()
            await host.ask("telemetry", 0)
            await host.ask("alarms", 0)
            taken_s.append(time.perf_counter() - began_s)
    finally:
        await host.close()
    return taken_s, host


async def ratios(lines: Sequence[Line], polls: int) -> bool:
    """Print measured time over wire time; tell whether the limit holds."""
    held = True
    print(f"Seplos V2, one pack, 42H + 44H: {POLL_BYTES} bytes; {polls} polls each")
    print("  baud  turnaround      wire    median     worst  median / wire")
    for line in lines:
        taken_s, host = await full_polls(line, polls)
        wire_s, median_s = POLL_BYTES * BITS_PER_BYTE / line.baud, statistics.median(taken_s)
        print(
            f"{line.baud:>6}  {1000 * line.turnaround_s:>7.0f} ms  {1000 * wire_s:>5.0f} ms  {1000 * median_s:>5.0f} ms"
            f"  {1000 * max(taken_s):>5.0f} ms  {median_s / wire_s:>13.3f}"
            + (f"  (limit {RATIO_LIMIT})" if not line.turnaround_s else "")
        )
        moved = host.counters.bytes_out + host.counters.bytes_in
        if moved != polls * POLL_BYTES:
            print(f"        {moved} bytes crossed the line instead of {polls * POLL_BYTES}")
            held = False
        held = held and (line.turnaround_s > 0 or median_s <= RATIO_LIMIT * wire_s)
    return held


@dataclass
class Ages:
    """How old values became on one bus, in seconds: until every pack had said who it is, and after."""

    at_start_s: list[float] = field(default_factory=list)
    steady_s: list[float] = field(default_factory=list)
    silences: int = 0
    busy_pct: float = 0.0
    identified: set[str] = field(default_factory=set)
    _last_ms: dict[str, int] = field(default_factory=dict)

    def add(self, one: Snapshot, *, steady: bool) -> None:
        """Count the age that a pack's values had when these came."""
        if one.pack in self._last_ms:
            (self.steady_s if steady else self.at_start_s).append((one.at_ms - self._last_ms[one.pack]) / 1000)
        self._last_ms[one.pack] = one.at_ms
        if "device_name" in one.values:
            self.identified.add(one.pack)

    @property
    def most_s(self) -> float:
        """Not exceeded by 95 % of the ages in the steady state."""
        return statistics.quantiles(self.steady_s, n=20)[-1]


async def bus(line: Line, seconds: float) -> Ages:
    """Poll sixteen addresses until all that live are identified and so many seconds more."""
    packs = [PolledPack(f"pack-{address}", address) for address in range(PACKS)]
    host = Conversation(await open_port(line.url), PROFILE)
    poller, ages, end_s = Poller(host, packs, lambda: time.monotonic_ns() // 1_000_000), Ages(), float("inf")
    async with aclosing(poller.readings()) as readings:
        async for one in readings:
            if isinstance(one, Silence):
                ages.silences += 1
            else:
                ages.add(one, steady=end_s < float("inf"))
            if end_s == float("inf") and len(ages.identified) == len(line.addresses):
                end_s = time.monotonic() + seconds
            if time.monotonic() > end_s:
                break
    ages.busy_pct = host.busy_pct()
    await host.close()
    return ages


async def freshness(lines: Sequence[Line], seconds: float) -> bool:
    """Print the greatest age of any pack's values; tell whether the limit holds."""
    began_s, cpu_s = time.monotonic(), time.process_time()
    found = await asyncio.gather(*(bus(line, seconds) for line in lines))
    cpu_pct = 100 * (time.process_time() - cpu_s) / (time.monotonic() - began_s) / len(lines)
    print(f"\n{PACKS} packs on one {BUS_BAUD} baud bus, all four buses at once by one host process")
    print("turnaround  dead   at start  95 % within     oldest  bus use")
    held = True
    for line, ages in zip(lines, found, strict=True):
        dead, oldest_s = PACKS - len(line.addresses), max(ages.steady_s)
        judged_s = ages.most_s if line.turnaround_s else max(oldest_s, *ages.at_start_s)
        print(
            f"{1000 * line.turnaround_s:>7.0f} ms  {dead:>4}  {max(ages.at_start_s):>7.2f} s  {ages.most_s:>9.2f} s"
            f"  {oldest_s:>7.2f} s  {ages.busy_pct:>5.0f} %  (limit {AGE_LIMIT_S} s)"
        )
        held = held and judged_s <= AGE_LIMIT_S and bool(ages.silences) == bool(dead)
    print(f"the host took {cpu_pct:.1f} % of one core for each bus")
    for alive, one_dead in zip(found[::2], found[1::2], strict=True):
        print(f"a dead address among them changes the age by {1000 * (one_dead.most_s - alive.most_s):+.0f} ms")
    return held


async def measure(single: Sequence[Line], buses: Sequence[Line], polls: int, seconds: float) -> bool:
    """Print both tables; tell whether all limits hold."""
    ratios_held = await ratios(single, polls)
    return await freshness(buses, seconds) and ratios_held


def main() -> int:
    """Print both tables; exit status 1 where a limit is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--polls", type=int, default=20, help="full polls of one pack at each speed")
    parser.add_argument("--seconds", type=float, default=60, help="how long the buses are watched once all is known")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        single = [
            Line(str(Path(folder, f"one-{baud}-{turnaround_s}")), baud, turnaround_s)
            for turnaround_s in (0.0, 0.05)
            for baud in (9600, 19200)
        ]
        everybody = range(PACKS)
        buses = [
            Line(str(Path(folder, f"bus-{len(who)}-{turnaround_s}")), BUS_BAUD, turnaround_s, who)
            for turnaround_s in (0.0, 0.05)
            for who in (everybody, [one for one in everybody if one != DEAD])
        ]
        return int(not against_devices(single, buses, given.polls, given.seconds))


def against_devices(single: Sequence[Line], buses: Sequence[Line], polls: int, seconds: float) -> bool:
    """Start the devices, measure, stop them."""
    spawn = multiprocessing.get_context("spawn")
    ready, ready_there = spawn.Pipe(duplex=False)
    process = spawn.Process(target=devices, args=([*single, *buses], ready_there), name="devices")
    process.start()
    try:
        if not ready.poll(30):
            print("the devices did not start", file=sys.stderr)
            return False
        return asyncio.run(measure(single, buses, polls, seconds))
    finally:
        process.terminate()
        process.join()


if __name__ == "__main__":
    sys.exit(main())

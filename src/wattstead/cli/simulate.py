"""``wattstead simulate``: a virtual battery that answers on the wire."""

import asyncio
import time
from datetime import datetime
from typing import Annotated

import typer

from wattstead.catalog.profile import load_profile
from wattstead.cli.options import Address, Baud
from wattstead.cli.run import run
from wattstead.link.open import listen
from wattstead.link.url import TcpUrl, parse_url
from wattstead.virtual.bank import Bank
from wattstead.virtual.day import Day
from wattstead.virtual.live import LiveBank
from wattstead.virtual.serve import serve


def simulate(
    profile: Annotated[str, typer.Argument(help="The device: a name of `wattstead profiles`, or a .toml file.")],
    on: Annotated[
        str, typer.Option("--on", help="Where to answer: pty:///path, tcp://127.0.0.1:port or serial:///dev/…")
    ],
    packs: Annotated[int, typer.Option("--packs", "-n", help="Packs on the bus, with consecutive addresses.")] = 1,
    address: Address = None,
    speed: Annotated[float, typer.Option("--speed", help="Simulated seconds per second; 0 stands still.")] = 1.0,
    baud: Baud = None,
    turnaround: Annotated[
        float | None,
        typer.Option(
            "--turnaround", help="Milliseconds from a request to its answer.", min=0, show_default="as the make"
        ),
    ] = None,
    soc: Annotated[float, typer.Option("--soc", help="State of charge at the start, %.")] = 50.0,
    seed: Annotated[int, typer.Option("--seed", help="The same seed gives the same cells and days.", min=0)] = 0,
) -> None:
    """Be a battery: packs that charge by day, discharge by night and answer in their make's own protocol.

    Example: `wattstead simulate seplos-v2 --on pty:///tmp/battery --packs 2`

    Prints `ready URL` once it answers and ends with Ctrl-C.
    """
    device = load_profile(profile)
    bank = Bank(device, now_ms=_now_ms, packs=packs, first_address=address, seed=seed, soc_pct=soc)
    turnaround_s = (device.link.turnaround_ms if turnaround is None else turnaround) / 1000.0
    run(_serve(bank, Day(seed), on, baud=baud or device.baud, speed=speed, turnaround_s=turnaround_s))


async def _serve(bank: Bank, day: Day, on: str, *, baud: int, speed: float, turnaround_s: float) -> None:
    live = LiveBank(bank, day, clock_s=asyncio.get_running_loop().time, local_s=_local_s(), speed=speed)
    listener = await listen(on, baud=baud)
    # As the person wrote it, so that scripts can wait for it; but a port that the system chose must be told.
    print(f"ready {listener.url if isinstance(parse_url(on), TcpUrl) else on}", flush=True)
    await serve(listener, live.responder, turnaround_s=turnaround_s)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _local_s() -> float:
    """Local time in seconds since 1970."""
    offset = datetime.now().astimezone().utcoffset()
    return time.time() + (offset.total_seconds() if offset else 0.0)

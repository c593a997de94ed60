"""Where a virtual device answers: on a bare line, or behind a stick logger of its own."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from wattstead.app.clock import now_ms
from wattstead.catalog.profile import Profile
from wattstead.catalog.wake_spec import WakeSpec
from wattstead.cli.show import said
from wattstead.link.open import listen
from wattstead.link.solarman_url import SolarmanUrl
from wattstead.link.url import TcpUrl, framing_of, parse_url
from wattstead.model.errors import UsageError
from wattstead.virtual.asleep import asleep
from wattstead.virtual.logger_manners import manners
from wattstead.virtual.logger_run import Inverter, switched_on
from wattstead.virtual.serve import Answers, serve
from wattstead.virtual.values import ValuesDevice, ValuesFile
from wattstead.wire.message import Poll

MakeResponder = Callable[[str], Answers]
"""Makes the device's side of one line over the framing that its URL prescribes."""


@dataclass(frozen=True)
class Line:
    """url: as the person wrote it. baud: bit/s. turnaround_s: request to answer. asleep: until it is woken."""

    url: str
    baud: int
    turnaround_s: float
    asleep: WakeSpec | None = None


async def simulate_values(line: Line, profile: Profile, address: int | None, state: Path | None) -> None:
    """Be a device that is no battery until cancelled."""
    device = ValuesDevice(profile, now_ms=now_ms, address=address)
    if state is not None:
        clock_s = asyncio.get_running_loop().time
        file = ValuesFile(state, device, clock_s=clock_s, complain=lambda why: said(f"wattstead: {why}"))
        file.load()
        device.before = file.look
    await answer_at(line, device.responder, profile, device.address)


async def answer_at(
    line: Line,
    responder: MakeResponder,
    profile: Profile,
    address: int,
    beside: Coroutine[Any, Any, None] | None = None,
) -> None:
    """Answer on a line until cancelled. beside: what runs as long, such as following a file."""
    where = parse_url(line.url)
    following = asyncio.create_task(beside) if beside is not None else None
    try:
        if isinstance(where, SolarmanUrl):
            await _behind_a_logger(where, line, responder(""), profile, address)
        else:
            await _on_a_line(line, responder)
    finally:
        if following is not None:
            following.cancel()
            with suppress(asyncio.CancelledError):
                await following


async def _on_a_line(line: Line, responder: MakeResponder) -> None:
    responder(framing_of(line.url))  # a URL over which this device does not run is told at once
    listener = await listen(line.url, baud=line.asleep.baud if line.asleep else line.baud)
    try:
        if line.asleep:
            listener = asleep(listener, line.asleep, line.baud)
        # As the person wrote it, so that scripts can wait for it; but a port that the system chose must be told.
        url = listener.url if isinstance(parse_url(line.url), TcpUrl) else line.url
        print(f"ready {url}", flush=True)
        await serve(listener, partial(responder, framing_of(listener.url)), turnaround_s=line.turnaround_s)
    finally:
        await listener.close()


async def _behind_a_logger(where: SolarmanUrl, line: Line, responder: Answers, profile: Profile, address: int) -> None:
    if profile.link.framing != "modbus":
        raise UsageError(f"{line.url}: loggers speak Modbus to what stands behind them, {profile.name} does not")
    switches = dict(where.switches) | ({} if where.serial is None else {"serial": str(where.serial)})
    made = manners(switches, line.url)
    codec = profile.codec()
    polls = [codec.ask(one.name, address)[1] for one in profile.dialect.messages if one.poll is Poll.VALUES]
    serial = str(profile.virtual.says.get("serial_number", ""))
    inverter = Inverter(responder, line.turnaround_s, polls, serial)
    async with switched_on(TcpUrl(where.host, where.port), made, inverter, unix_s=lambda: now_ms() / 1000.0) as running:
        print(f"ready {SolarmanUrl(where.host, running.port, made.serial)}", flush=True)
        await running.wait()

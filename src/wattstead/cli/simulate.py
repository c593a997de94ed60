"""``wattstead simulate``: a virtual battery that answers on the wire."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from wattstead.app.clock import local_s, now_ms
from wattstead.catalog.profile import Profile, load_profile
from wattstead.catalog.wake_spec import WakeSpec
from wattstead.cli.can_simulate import SIDES, simulate_battery, simulate_inverter
from wattstead.cli.can_verbs import is_can
from wattstead.cli.options import Address, Baud, check_bank
from wattstead.cli.prepare import prepare
from wattstead.cli.run import run
from wattstead.cli.show import said
from wattstead.cli.simulate_line import Line, MakeResponder, answer_at, simulate_values
from wattstead.model.errors import UsageError
from wattstead.virtual.bank import Bank
from wattstead.virtual.day import Day
from wattstead.virtual.keep_file import KeepFile
from wattstead.virtual.live import LiveBank
from wattstead.virtual.loader_line import with_loaders
from wattstead.virtual.loaders import Loaders
from wattstead.virtual.state_file import StateFile


def simulate(
    profile: Annotated[str, typer.Argument(help="The device: a name of `wattstead profiles`, or a .toml file.")],
    on: Annotated[
        str, typer.Option("--on", help="Where to answer: pty:///path, tcp://127.0.0.1:port, serial:///dev/…, can://…")
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
    state: Annotated[
        Path | None,
        typer.Option("--state", help="A TOML file of what it shall say and see, read again when it changes."),
    ] = None,
    keep: Annotated[
        Path | None,
        typer.Option("--keep", help="A file in which the battery is kept: with it, it goes on where it was."),
    ] = None,
    soc: Annotated[float, typer.Option("--soc", help="State of charge at the start, %.")] = 50.0,
    seed: Annotated[int, typer.Option("--seed", help="The same seed gives the same cells and days.", min=0)] = 0,
    side: Annotated[
        str, typer.Option("--side", help="On a CAN bus: battery, or inverter, which hears one and answers it.")
    ] = "battery",
    asleep: Annotated[
        bool, typer.Option("--asleep", help="The port sleeps until it is woken, where the profile says how; on a pty.")
    ] = False,
) -> None:
    """Be a battery: packs that charge by day, discharge by night and answer in their make's own protocol.

    Example: `wattstead simulate seplos-v2 --on pty:///tmp/battery --packs 2`

    Prints `ready URL` once it answers and ends with Ctrl-C. What a state file may hold, and what the battery does by
    itself, stands in docs/simulate.md.
    """
    device = load_profile(profile)
    if side not in SIDES or (side == "inverter" and not is_can(device)):
        raise UsageError(f"--side {side} cannot be; {device.name} has {' and '.join(SIDES[: 1 + is_can(device)])}")
    if side == "inverter":
        run(simulate_inverter(on, device), serves=True)
        return
    turnaround_s = (device.link.turnaround_ms if turnaround is None else turnaround) / 1000.0
    line = Line(on, baud or device.baud, turnaround_s, _sleep(device) if asleep else None)
    if not device.virtual.preset and not is_can(device):
        if packs != 1 or keep is not None:
            what = "--keep" if packs == 1 else f"--packs {packs}"
            raise UsageError(f"{what} cannot be: {device.name} is no battery")
        run(simulate_values(line, device, address, state), serves=True)
        return
    prepare()
    check_bank(device, packs, address)
    bank = Bank(device, now_ms=now_ms, packs=packs, first_address=address, seed=seed, soc_pct=soc)
    kept = KeepFile(keep, bank, lambda why: said(f"wattstead: {why}")) if keep else None
    if kept is not None and kept.load():
        said(f"the battery goes on as {keep} has it")
    firmware = keep.with_name(f"{keep.name}.firmware") if keep else None
    run(_serve(line, bank, Day(seed), speed, state, kept, firmware), serves=True)


def _sleep(device: Profile) -> WakeSpec:
    if device.link.wake is None:
        raise UsageError(f"--asleep cannot be: {device.name} says nothing of a port that sleeps")
    return device.link.wake


async def _serve(
    line: Line,
    bank: Bank,
    day: Day,
    speed: float,
    state: Path | None,
    kept: KeepFile | None,
    firmware: Path | None,
) -> None:
    saving = asyncio.create_task(kept.keep_up()) if kept is not None else None
    try:
        await _answer(line, bank, day, speed, state, firmware)
    finally:
        if saving is not None:
            saving.cancel()
            await asyncio.wait([saving])


async def _answer(line: Line, bank: Bank, day: Day, speed: float, state: Path | None, firmware: Path | None) -> None:
    clock_s = asyncio.get_running_loop().time
    live = LiveBank(bank, day, clock_s=clock_s, local_s=local_s(now_ms()), speed=speed)
    loaders = Loaders(live, clock_s, firmware) if bank.profile.upgrade else None
    if state is not None:
        fails = loaders.fail if loaders else None
        file = StateFile(state, bank, clock_s=clock_s, complain=_complain, upgrade=fails)
        file.load()
        live.before = file.look
    if is_can(bank.profile):
        await simulate_battery(line.url, live, follows_file=state is not None, loaders=loaders)
        return
    following = live.keep_up() if state is not None else None
    responder: MakeResponder = live.responder
    if loaders is not None:
        responder = with_loaders(live.responder, bank.profile.framer, loaders)
    await answer_at(line, responder, bank.profile, bank.addresses[0], following)


def _complain(why: str) -> None:
    said(f"wattstead: {why}")

"""``wattstead calibrate``: the current sensor of a battery: zero, gain, and the way back."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Annotated, Final

import typer
from rich.table import Table

from wattstead.app.clock import now_ms
from wattstead.cli.ask import somebody, typed
from wattstead.cli.options import (
    Address,
    Baud,
    Data,
    DryRun,
    Json,
    Lang,
    Profile,
    Wait,
    Wake,
    data_folder,
    language,
    named_device,
)
from wattstead.cli.run import run
from wattstead.cli.setting_source import Device, Places, Wish
from wattstead.cli.show import as_json, console, figure, said_in, word
from wattstead.host.calibrate import PATIENCE_S, Bench, Calibrated, Ended, Trim, plain, undoable
from wattstead.host.calibrate_check import CURRENT, Observed, gain_findings, in_unit, spec_of, zero_findings
from wattstead.host.settings.keep import Keeper, device_key
from wattstead.host.settings.sets import read_identity
from wattstead.model.errors import NoAnswer, UsageError, WattsteadError

REFERENCE_A: Final = 40.0
_STYLES: Final = {Ended.DONE: "green", Ended.LINK_LOST: "bold red"}


class Action(StrEnum):
    """What is to be done."""

    SHOW = "show"
    ZERO = "zero"
    GAIN = "gain"
    UNDO = "undo"


@dataclass(frozen=True)
class Ask:
    """What the person asked for. reference_a: None where they have not said which way the current flows."""

    action: Action
    reference_a: float | None
    confirmed: frozenset[str]
    dry_run: bool


def calibrate(
    url: Annotated[str, typer.Argument(help="A port: /dev/ttyUSB0, tcp://host:port …")],
    action: Annotated[Action, typer.Argument(help="show, zero, gain or undo.")],
    profile: Profile = None,
    address: Address = None,
    baud: Baud = None,
    reference: Annotated[
        float | None,
        typer.Option(
            "--reference",
            help="gain: what a meter shows, A; a discharge is negative. Without it 40 A, whichever way it flows.",
            show_default="40",
        ),
    ] = None,
    confirm: Annotated[
        list[str] | None, typer.Option("--confirm", help="Confirm by the name of the action, without being asked.")
    ] = None,
    dry_run: DryRun = False,
    wait: Wait = PATIENCE_S,
    wake: Wake = True,
    data: Data = None,
    json: Json = False,
    lang: Lang = "en",
) -> None:
    """Calibrate the current sensor of a battery: first the zero, then the gain.

    Example: `wattstead calibrate /dev/ttyUSB0 zero --profile ps-20016s`

    zero: only while nothing flows: the current is read five times, the device says what it does, and you confirm it.
    gain: at a steady current that a meter shows, 40 A where nothing else is said. undo: takes the last one back, also
    days later. show: what is in force. What lies outside plausible bounds is refused with the bound. Before and after
    are read and shown, what does not come out right is taken back, and the log keeps all of it. Exit status 1 where it
    was not done, 3 where the line was lost for good.
    """
    device = named_device(profile, address)
    if device is not None:
        spec_of(device)
    if reference is not None and action is not Action.GAIN:
        raise UsageError(f"--reference belongs to gain; {action} takes none")
    ask = Ask(action, reference, frozenset(confirm or ()), dry_run)
    wish = Wish(device, address, baud, data_folder(data), language(lang), json=json, wait_s=wait, wake=wake)
    run(_work(Places(wish), url, ask))


async def _work(places: Places, url: str, ask: Ask) -> None:
    async with places.device(url) as device:
        spec_of(device.profile)
        bench = await _bench(places, device)
        lang, quiet = places.wish.lang, places.wish.json
        before, seen = await bench.read(), await bench.look()
        if ask.action is Action.SHOW:
            _show(bench, before, seen, lang, json=quiet)
            return
        if not quiet:
            _show(bench, before, seen, lang, json=False)
        wanted = _agreed(bench, ask, before, seen, lang)
        if ask.dry_run:
            said_in(lang, "--dry-run: nothing was sent, and nothing speaks against it")
            return
        await _confirmed(ask, seen, lang, quiet=quiet)
        done = await _do(bench, ask, before, seen, wanted)
        _told(bench, done, lang, json=quiet)
        if done.ended is Ended.LINK_LOST:
            raise NoAnswer(done.why)
        if done.ended is not Ended.DONE:
            raise typer.Exit(1)


async def _bench(places: Places, device: Device) -> Bench:
    identity = await read_identity(device.conversation, device.address)
    key = device_key(device.profile, device.url, device.address, identity)
    reopen = partial(places.open, device.url, device.profile)
    keeper, lang = Keeper(places.wish.folder, device.profile, key), places.wish.lang
    return Bench(
        device.conversation, device.address, keeper, now_ms, reopen, places.wish.wait_s, partial(said_in, lang)
    )


def _agreed(bench: Bench, ask: Ask, before: Trim, seen: Observed, lang: str) -> Trim:
    """Give what an undo brings back. Raises WattsteadError with all that speaks against what is asked."""
    findings: Sequence[str] = ()
    wanted: Trim = {}
    match ask.action:
        case Action.ZERO:
            findings = list(zero_findings(bench.spec, seen))
        case Action.GAIN:
            reference_a, signed = ask.reference_a or REFERENCE_A, ask.reference_a is not None
            findings = list(gain_findings(bench.spec, seen, reference_a, before, signed=signed))
        case Action.UNDO:
            wanted = undoable(bench.history, before)
            after = bench.history.last.after if bench.history.last else None
            if after is not None and any(before.get(name) != after.get(name) for name in wanted):
                said_in(lang, "somebody has calibrated this device since we did: undo brings back what was before ours")
            if all(before.get(name) == value for name, value in wanted.items()):
                raise WattsteadError("there is nothing to undo: the device holds what it had before our calibration")
    if findings:
        raise WattsteadError(f"{ask.action} was not taken, nothing was sent: {'; '.join(findings)}")
    return wanted


async def _confirmed(ask: Ask, seen: Observed, lang: str, *, quiet: bool) -> None:
    """Let the technician confirm by the name of the action. Raises UsageError."""
    if ask.action in ask.confirmed:
        return
    reference = ask.reference_a or (REFERENCE_A if seen.mean_a > 0.0 else -REFERENCE_A)
    question = word(f"calibrate_{ask.action}_ask", lang).format(reference=f"{reference:g}")
    if not somebody(quiet=quiet) or await typed(question) != ask.action:
        first = question.partition("\n")[0]
        raise UsageError(f"nothing was sent: {first} Say --confirm {ask.action} if that is so")


async def _do(bench: Bench, ask: Ask, before: Trim, seen: Observed, wanted: Trim) -> Calibrated:
    match ask.action:
        case Action.ZERO:
            return await bench.zero(seen, before)
        case Action.GAIN:
            return await bench.gain(seen, before, ask.reference_a or REFERENCE_A)
    return await bench.undo(seen, before, wanted)


def _show(bench: Bench, held: Trim, seen: Observed, lang: str, *, json: bool) -> None:
    last = bench.history.last
    if json:
        standing = None if last is None else {"kind": last.kind, "at": last.at, "before": dict(last.before)}
        told = {"in_force": _units(bench, held), "raw": dict(held), "readings_a": list(seen.readings_a)}
        print(as_json({**told, **seen.said, "undoable": standing}))
        return
    table = Table.grid(padding=(0, 2))
    for name, value in _units(bench, held).items():
        table.add_row(f"{word('calibrate_in_force', lang)}: {name}", f"{value:.5g}")
    table.add_row(word("calibrate_reads", lang), _readings(seen))
    if seen.said:
        words = ", ".join(f"{name} {figure(name, one, lang)}" for name, one in seen.said.items())
        table.add_row(word("calibrate_says", lang), words)
    if last is not None:
        table.add_row(word("calibrate_standing", lang), f"{last.kind}, {last.at}")
    console().print(table)


def _units(bench: Bench, held: Trim) -> dict[str, float]:
    return {name: round(in_unit(bench.spec, name, value), 6) for name, value in held.items()}


def _readings(seen: Observed) -> str:
    figures = " ".join(figure(CURRENT, one, "en", unit=False) for one in seen.readings_a)
    return f"{figures} A"


def _told(bench: Bench, done: Calibrated, lang: str, *, json: bool) -> None:
    if json:
        print(as_json(plain(done)))
        return
    out = console()
    before, after = _units(bench, done.before), _units(bench, done.after or {})
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", pad_edge=False)
    for head in ("", word("before", lang), word("then", lang)):
        table.add_column(head)
    for name, value in before.items():
        if after.get(name) != value:
            table.add_row(name, f"{value:.5g}", f"{after[name]:.5g}" if name in after else "?")
    table.add_row(
        word("calibrate_reads", lang), _readings(done.seen), _readings(done.seen_after) if done.seen_after else ""
    )
    out.print(table)
    out.print(word(f"calibrate_{done.ended.value}", lang), style=_STYLES.get(done.ended, "yellow"))
    if done.why:
        said_in(lang, done.why)

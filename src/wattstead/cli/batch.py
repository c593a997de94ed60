"""``wattstead batch``: many packs, simulated as fast as the machine can, into Parquet files."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table

from wattstead.app.alone import alone
from wattstead.batch.block import Stopped
from wattstead.batch.plan import Plan, period_s, soh_of
from wattstead.batch.run import Batch
from wattstead.batch.totals import KINDS, Totals
from wattstead.batch.work import compile_engine, compiled
from wattstead.battery.make import pack_preset
from wattstead.battery.wear import Acting
from wattstead.catalog.packs import load_pack
from wattstead.cli.options import Json
from wattstead.cli.show import as_json, console, said
from wattstead.cli.status import INTERRUPTED
from wattstead.model.counted import Count
from wattstead.model.errors import FileError, UsageError


def batch(
    packs: Annotated[int, typer.Option("--packs", "-n", help="How many packs in all.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the files; made if it is not there.")],
    days: Annotated[float, typer.Option("--days", help="Simulated days.")] = 1.0,
    step: Annotated[float, typer.Option("--step", help="Seconds of one step of the engine.")] = 10.0,
    keep: Annotated[str, typer.Option("--keep", help="One row a pack for each such time: 5min, 1h, 1d.")] = "1h",
    preset: Annotated[
        str, typer.Option("--preset", help="The pack: a preset's name, or a .toml file.")
    ] = "seplos-16s-100ah",
    packs_per_home: Annotated[
        int, typer.Option("--packs-per-home", help="So many packs in parallel on one bus are a household's battery.")
    ] = 1,
    soh: Annotated[
        str, typer.Option("--soh", help="Capacity that is left, %; of 70-100 each pack gets a share of its own.")
    ] = "100",
    ageing: Annotated[
        Acting, typer.Option("--ageing", help="What the cells lose: by the worst, middle or best model, or nothing.")
    ] = Acting.MIDDLE,
    seed: Annotated[int, typer.Option("--seed", help="The same seed gives the same rows.", min=0)] = 0,
    first_day: Annotated[int, typer.Option("--first-day", help="Day of the year on which it begins, 1 to 365.")] = 80,
    jobs: Annotated[
        int | None, typer.Option("--jobs", "-j", help="Workers at the same time.", min=1, show_default="all cores")
    ] = None,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Remove the batch that is in the folder and begin anew.")
    ] = False,
    json: Json = False,
) -> None:
    """Simulate many packs, in households of one or several, and keep means, extremes and every event as Parquet.

    Example: `wattstead batch --packs 10000 --days 30 --step 10 --keep 1h --out winter`

    Interrupted by Ctrl-C, a power cut or kill, the same command goes on with the blocks of packs that are missing, and
    the files come out the same. Columns, households and what can be relied on stand in docs/batch.md.
    """
    pack = pack_preset(load_pack(preset), seed=seed)
    plan = Plan(preset, pack, packs, days, step, period_s(keep), first_day, packs_per_home, soh_of(soh), ageing)
    _make(out)
    with alone(out / "batch.json"), _end_asked() as asked:
        begun = Batch.begin(plan, out, fresh=fresh)
        workers = min(jobs or os.cpu_count() or 1, max(len(begun.missing), 1))
        _tell_what_comes(begun, workers)
        started = time.perf_counter()
        try:
            simulated = _work(begun, workers, asked)
        except Stopped:
            said("Interrupted. Whole blocks are kept; the same command goes on with the rest.")
            raise typer.Exit(INTERRUPTED) from None
        took_s = time.perf_counter() - started
    _summary(begun, simulated, took_s, json=json)


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise UsageError(f"{folder} is a file; give a folder for the batch") from None
    except OSError as error:
        raise FileError(f"{folder} cannot be made ({error.strerror}); choose another folder") from None


@contextmanager
def _end_asked() -> Iterator[Callable[[], bool]]:
    """Turn Ctrl-C and SIGTERM into a question that the work asks; a second one ends it at once."""
    asked = False

    def end(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 (both are what a handler is told)
        nonlocal asked
        asked = True
        signal.signal(signal.SIGINT, signal.default_int_handler)

    before = {one: signal.signal(one, end) for one in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: asked
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


def _tell_what_comes(begun: Batch, workers: int) -> None:
    plan, there = begun.plan, begun.there.packs
    if there:
        said(f"{there} of {Count(plan.packs):pack is|packs are} there already.")
    if begun.missing:
        rest = plan.packs - there
        said(
            f"Simulating {Count(rest):pack|packs} of {plan.preset} over {_days(plan.days)} in "
            f"steps of {plan.step_s:g} s, {Count(len(begun.missing)):block|blocks} on {Count(workers):core|cores} …"
        )


def _days(days: float) -> str:
    return f"{days:g} {'day' if days == 1 else 'days'}"


def _work(begun: Batch, workers: int, asked: Callable[[], bool]) -> Totals:
    if not begun.missing:
        return Totals()
    if not compiled():
        said("Compiling the engine for this machine, once: a minute or two …")
        compile_engine(begun.plan)
    plan, out = begun.plan, Console(stderr=True, highlight=False)
    steps_a_row = plan.calls * plan.steps_per_call
    columns = BarColumn(), TaskProgressColumn(), TextColumn("{task.fields[speed]}"), TimeRemainingColumn()
    started = time.perf_counter()
    with Progress(*columns, console=out, transient=True) as bars:
        rows = plan.packs * plan.periods
        task = bars.add_task("", total=rows, completed=rows - _missing_rows(begun), speed="")
        known = 0

        def advanced(count: int) -> None:
            nonlocal known
            tenth = 10 * known // _missing_rows(begun)
            known += count
            speed = known * steps_a_row / max(time.perf_counter() - started, 1e-9)
            bars.update(task, advance=count, speed=f"{speed / 1e6:.2f} million pack-steps/s")
            now = 10 * known // _missing_rows(begun)
            if now > tenth and not out.is_terminal:  # a log gets lines where a person sees a bar
                said(f"{10 * now} %")

        return begun.run(workers, advanced, asked)


def _missing_rows(begun: Batch) -> int:
    return (begun.plan.packs - begun.there.packs) * begun.plan.periods


def _summary(begun: Batch, simulated: Totals, took_s: float, *, json: bool) -> None:
    plan, size = begun.plan, begun.bytes
    speed = simulated.pack_steps / took_s if simulated.pack_steps else None
    total = Totals().add([begun.there, simulated])
    if json:
        events = {name: dict(zip(KINDS, counts, strict=True)) for name, counts in sorted(total.events.items())}
        figures = {
            "folder": str(begun.folder),
            "preset": plan.preset,
            "packs": total.packs,
            "days": plan.days,
            "rows": total.rows,
            "pack_steps": total.pack_steps,
            "pack_steps_per_s": speed and round(speed),
            "charged_energy_kwh": round(total.charged_energy_kwh, 3),
            "discharged_energy_kwh": round(total.discharged_energy_kwh, 3),
            "equivalent_full_cycles": round(total.equivalent_full_cycles / total.packs, 3),
            **{f"capacity_left_{end}_pct": round(left, 3) for end, left in _left_pct(total).items()},
            "ageing": plan.ageing.value,
            "events": events,
            "events_lost": total.lost,
            "bytes": size,
        }
        print(as_json(figures))
        return
    _print_table(begun, total, speed, took_s)


_ACTS = {
    Acting.NONE: "which the cells do not feel",
    Acting.LOW: "the least of it in the cells",
    Acting.MIDDLE: "{:.2f} % in the cells",
    Acting.HIGH: "the most of it in the cells",
}


def _left_pct(total: Totals) -> dict[str, float]:
    """Give the mean capacity that is left, by the worst, the middle and the best model."""
    shares = zip(("low", "mid", "high"), total.capacity_left, strict=True)
    return {name: 100.0 * share / total.packs for name, share in shares}


def _print_table(begun: Batch, total: Totals, speed: float | None, took_s: float) -> None:
    plan = begun.plan
    table = Table.grid(padding=(0, 2))
    table.add_row("packs", f"{total.packs} of {plan.preset}, {_days(plan.days)} each")
    table.add_row("rows kept", f"{total.rows}, {begun.bytes / 1e6:.1f} MB in {begun.folder}")
    table.add_row("charged", f"{total.charged_energy_kwh:.1f} kWh, discharged {total.discharged_energy_kwh:.1f} kWh")
    left = _left_pct(total)
    table.add_row(
        "ageing",
        f"{total.equivalent_full_cycles / total.packs:.1f} full cycles a pack; "
        f"{left['low']:.2f} to {left['high']:.2f} % of the capacity left, {_ACTS[plan.ageing].format(left['mid'])}",
    )
    if speed:
        table.add_row("speed", f"{speed / 1e6:.2f} million pack-steps/s, {took_s:.0f} s in all")
    counted = ", ".join(f"{total.count_of(kind)} {kind}" for kind in KINDS)
    table.add_row("events", counted)
    if total.lost:
        table.add_row("", f"{total.lost} more found no room and are not in the files")
    console().print(table)
    if total.events:
        rows = Table("protection", *KINDS, box=None, pad_edge=False)
        for name, counts in sorted(total.events.items(), key=lambda one: -one[1][0]):
            rows.add_row(name, *(str(count) for count in counts))
        console().print()
        console().print(rows)

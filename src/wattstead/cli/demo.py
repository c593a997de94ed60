"""``wattstead demo``: everything, without hardware."""

from pathlib import Path
from typing import Annotated

import typer
from platformdirs import user_data_path
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeRemainingColumn

from wattstead.app.config import DEFAULT_PORT
from wattstead.app.demo import PACKS, run_demo
from wattstead.cli.prepare import prepare
from wattstead.cli.run import run
from wattstead.model.errors import UsageError


def demo(
    homes: Annotated[int, typer.Option("--homes", help="Number of homes; one for now.", min=1)] = 1,
    days: Annotated[int, typer.Option("--days", help="Days of simulated past.", min=1, max=366)] = 7,
    port: Annotated[
        int, typer.Option("--port", help="Port of the page; 0 takes a free one.", min=0, max=65535)
    ] = DEFAULT_PORT,
    data: Annotated[
        Path | None, typer.Option("--data", help="Folder that keeps the demo's readings.", show_default="yours")
    ] = None,
) -> None:
    """Show all of it: a virtual home with batteries of two makes, each on its own bus and protocol, and its page.

    Example: `wattstead demo --days 14 --port 8480`

    The first start simulates the past; later ones go on where the last one stopped. Prints `ready URL` once the page is
    there and ends with Ctrl-C. Needs no hardware and no root; the page can be opened on this machine only.
    """
    if homes != 1:
        raise UsageError(f"{homes} homes are not possible yet; leave --homes out, or say --homes 1")
    prepare()
    folder = data or user_data_path("wattstead") / "demo"
    out = Console(stderr=True, highlight=False)
    columns = TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn()
    with Progress(*columns, console=out, transient=True) as bars:
        tasks: dict[str, TaskID] = {}

        def ready(bound: int) -> None:
            bars.stop()
            out.print("Two Seplos V2 and two Pylontech packs are alive, each spoken to over its own protocol.")
            out.print(f"Open [bold]http://127.0.0.1:{bound}/[/] in your browser. Ctrl-C ends it.")
            print(f"ready http://127.0.0.1:{bound}/", flush=True)

        def progress(make: str, stored: int, total: int) -> None:
            if make not in tasks:
                text = f"Simulating the past of {PACKS} {make} packs …"
                tasks[make] = bars.add_task(text, total=total)
                if not out.is_terminal:  # a log gets a line where a person sees a bar
                    out.print(text)
            bars.update(tasks[make], completed=stored)

        run(run_demo(folder, days, port, progress, ready), serves=True)
    out.print("The demo has ended; the next start goes on here.")

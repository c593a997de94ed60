"""``wattstead bridge``: packs of any make as one battery for an inverter."""

from pathlib import Path
from typing import Annotated

import typer

from wattstead.app.bridge import dry_run, run_bridge
from wattstead.app.bridge_config import load_bridge_config
from wattstead.cli.options import Lang, language
from wattstead.cli.run import run
from wattstead.cli.show import said_in
from wattstead.model.counted import Count


def bridge(
    config: Annotated[Path, typer.Option("--config", "-c", help="The configuration, TOML.")],
    only_show: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be sent; the inverter's line is not opened.")
    ] = False,
    lang: Lang = "en",
) -> None:
    """Be one battery for an inverter, in its own protocol, made of packs of any make.

    Example: `wattstead bridge --config bridge.toml --dry-run`

    docs/bridge.md explains the file and the rules by which the packs are put together. What is asked of the inverter,
    and which pack, cell or rule holds it back, stands in the terminal, and on a page where the file has [http]. Prints
    `ready URL` once it is at work and ends with Ctrl-C: then the inverter hears nothing more.
    """
    settings = load_bridge_config(config)
    if only_show:
        run(dry_run(settings, print_line, language(lang)), serves=True)
        return

    def ready(url: str) -> None:
        print(f"ready {url}", flush=True)

    packs, lines = sum(len(bus.packs) for bus in settings.bus), len(settings.bus)
    counted = f"{Count(packs):pack|packs} on {Count(lines):line|lines}"
    said_in(language(lang), f"{counted}; Ctrl-C ends it")
    run(run_bridge(settings, print_line, language(lang), ready), serves=True)


def print_line(text: str) -> None:
    """Print what goes on, at once: somebody may watch it through a pipe."""
    print(text, flush=True)

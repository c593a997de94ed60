"""``wattstead bridge``: packs of any make as one battery for an inverter."""

from pathlib import Path
from typing import Annotated

import typer

from wattstead.app.bridge import dry_run, run_bridge
from wattstead.app.bridge_config import BridgeConfig, load_bridge_config
from wattstead.cli.bridge_short import Short, config_of
from wattstead.cli.options import Lang, Profile, language
from wattstead.cli.run import run
from wattstead.cli.show import said_in
from wattstead.model.counted import Count
from wattstead.model.errors import UsageError

_OF_A_PACK = "of each pack, as its maker states it"


def bridge(
    config: Annotated[Path | None, typer.Option("--config", "-c", help="The configuration, TOML.")] = None,
    lines: Annotated[
        list[str] | None,
        typer.Option("--from", help="A line with packs, in place of a file; again for each further line."),
    ] = None,
    to: Annotated[str | None, typer.Option("--to", help="The inverter's line.")] = None,
    protocol: Annotated[
        str | None,
        typer.Option("--as", help="What the inverter wants: a brand of `wattstead inverters`, or a profile."),
    ] = None,
    profile: Profile = None,
    charge_voltage: Annotated[float | None, typer.Option("--charge-voltage", help=f"V, {_OF_A_PACK}.")] = None,
    discharge_voltage: Annotated[float | None, typer.Option("--discharge-voltage", help=f"V, {_OF_A_PACK}.")] = None,
    charge_limit: Annotated[float | None, typer.Option("--charge-limit", help=f"A, {_OF_A_PACK}.")] = None,
    discharge_limit: Annotated[float | None, typer.Option("--discharge-limit", help=f"A, {_OF_A_PACK}.")] = None,
    page: Annotated[
        int | None, typer.Option("--page", help="Port of the status page; 0 takes a free one.", min=0, max=65535)
    ] = None,
    only_show: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be sent; the inverter's line is not opened.")
    ] = False,
    lang: Lang = "en",
) -> None:
    """Be one battery for an inverter, in its own protocol, made of packs of any make.

    Example: `wattstead bridge --from '/dev/ttyUSB0?profile=pylontech&packs=2-4' --to can://socketcan/can0 --as deye`

    Either --config, or --from, --to and --as. A line may name its make and its packs as in the example; what it does
    not name is looked for. A make that does not tell its limits needs all four of them. docs/bridge.md explains the
    file, which can say more, and the rules by which the packs are put together. What is asked of the inverter, and
    which pack, cell or rule holds it back, stands in the terminal, and on a page. Prints `ready URL` once it is at
    work and ends with Ctrl-C: then the inverter hears nothing more.
    """
    tongue = language(lang)
    limits = {
        "charge_voltage_v": charge_voltage,
        "discharge_voltage_v": discharge_voltage,
        "charge_current_a": charge_limit,
        "discharge_current_a": discharge_limit,
    }
    if config is not None:
        if lines or to or protocol or profile or page is not None or any(one is not None for one in limits.values()):
            raise UsageError("--config says all: leave --from, --to, --as and the limits away, or leave --config away")
        run(_bridge(load_bridge_config(config), tongue, only_show=only_show), serves=True)
        return
    missing = [name for name, said in (("--from", lines), ("--to", to), ("--as", protocol)) if not said]
    if lines is None or to is None or protocol is None or missing:
        verb = "is" if len(missing) == 1 else "are"
        raise UsageError(
            f"{', '.join(missing)} {verb} missing; say --from URL --to URL --as INVERTER, or --config FILE"
        )
    short = Short(tuple(lines), to, protocol, limits, profile, page)
    run(_made(short, tongue, only_show=only_show), serves=True)


async def _made(short: Short, lang: str, *, only_show: bool) -> None:
    await _bridge(await config_of(short, lang), lang, only_show=only_show)


async def _bridge(settings: BridgeConfig, lang: str, *, only_show: bool) -> None:
    if only_show:
        await dry_run(settings, print_line, lang)
        return

    def ready(url: str) -> None:
        print(f"ready {url}", flush=True)

    packs = sum(len(bus.packs) for bus in settings.bus)
    counted = f"{Count(packs):pack|packs} on {Count(len(settings.bus)):line|lines}"
    said_in(lang, f"{counted}; Ctrl-C ends it")
    await run_bridge(settings, print_line, lang, ready)


def print_line(text: str) -> None:
    """Print what goes on, at once: somebody may watch it through a pipe."""
    print(text, flush=True)

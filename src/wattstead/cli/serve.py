"""``wattstead serve``: the platform on real devices."""

from pathlib import Path
from typing import Annotated

import typer

from wattstead.app.config import config_path, load_config
from wattstead.app.platform import serve_config
from wattstead.cli.run import run
from wattstead.cli.show import said
from wattstead.model.counted import Count


def serve(
    config: Annotated[
        Path | None, typer.Option("--config", "-c", help="The configuration, TOML.", show_default="yours")
    ] = None,
) -> None:
    """Poll real batteries, store what they say, and show it on a page.

    Example: `wattstead serve --config home.toml`

    docs/serve.md explains the file. The page is read-only and bound to this machine. Prints `ready URL` once it is
    there and ends with Ctrl-C; what was shown as stored is on disk whatever happens.
    """
    path = config or config_path()
    settings = load_config(path)
    packs, lines = sum(len(bus.packs) for bus in settings.bus), len(settings.bus)

    def ready(port: int) -> None:
        said(f"polling {Count(packs):pack|packs} on {Count(lines):line|lines}; Ctrl-C ends it")
        print(f"ready http://{settings.http.host}:{port}/", flush=True)

    run(serve_config(settings, ready), serves=True)

"""``wattstead replay``: a recording answers in place of the device that was recorded."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from wattstead.cli.can_verbs import is_can_capture, play
from wattstead.cli.options import Lang, language
from wattstead.cli.run import run
from wattstead.cli.show import said_in
from wattstead.link.can_url import CanUrl
from wattstead.link.capture import Capture
from wattstead.link.open import listen
from wattstead.link.port import Listener, Port
from wattstead.link.recordings import convert, read_recording
from wattstead.link.replay import Replayer
from wattstead.link.url import parse_url
from wattstead.model.counted import Count
from wattstead.model.errors import LinkLost, UsageError


def replay(
    file: Annotated[Path, typer.Argument(help="A capture of `wattstead capture`, or a candump or ASC log.")],
    on: Annotated[
        str | None,
        typer.Option("--on", help="Where to answer: pty:///path, tcp://127.0.0.1:port, serial:///dev/…, can://…"),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Write it in another form instead: .pcapng, .pcap, .log, .asc, .capture."),
    ] = None,
    speed: Annotated[float, typer.Option(help="How many times faster than recorded; 0 is at once.", min=0)] = 1.0,
    lang: Lang = "en",
) -> None:
    """Play a recording as the device: each request gets the answer that it got then.

    Example: `wattstead replay home.capture --on pty:///tmp/battery`

    Prints `ready URL` once it listens and ends with Ctrl-C. A host can open a recording without any port, too:
    `wattstead read replay:///full/path/home.capture --profile seplos-v2`. What was recorded on a CAN bus is sent as it
    was then, again and again. With --output it is not played: `wattstead replay home.capture -o home.pcapng` writes it
    for Wireshark.
    """
    capture, lang = read_recording(file), language(lang)
    if output is not None and on is None:
        said_in(lang, f"wrote {Count(convert(capture, output)):entry|entries} to {output}")
        return
    if on is None or output is not None:
        raise UsageError("say either --on, where the recording is to be played, or --output, the file to write it to")
    run(play(capture, on, speed, lang) if is_can_capture(capture) else _serve(capture, on, speed, lang), serves=True)


async def _serve(capture: Capture, on: str, speed: float, lang: str) -> None:
    if isinstance(parse_url(on), CanUrl):
        raise UsageError(f"{on}: this is no recording of a CAN bus; play it on a line such as pty:///tmp/battery")
    listener = await listen(on, baud=capture.header.baud)
    replayer = Replayer(capture, speed=speed)
    print(f"ready {listener.url}", flush=True)
    try:
        await _clients(listener, replayer)
    finally:
        await listener.close()
        unknown = f"{Count(replayer.unknown):was|were} not in the recording"
        said_in(lang, f"answered {Count(replayer.answered):request|requests} as recorded; {unknown}")


async def _clients(listener: Listener, replayer: Replayer) -> None:
    async with asyncio.TaskGroup() as clients:
        async for port in listener.ports():
            clients.create_task(_client(port, replayer))


async def _client(port: Port, replayer: Replayer) -> None:
    try:
        await replayer.serve(port)
    except LinkLost:
        pass  # a client that hangs up is no fault: the next one may come
    finally:
        await port.close()

"""``wattstead ingest``: be the cloud that stick loggers report to."""

import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, TextIO

import typer

from wattstead.app.clock import now_ms
from wattstead.catalog.profile import load_profile
from wattstead.cli.options import Json, Profile
from wattstead.cli.run import run
from wattstead.cli.show import as_json, said
from wattstead.host.ingest import CONNECTIONS, Ingest
from wattstead.host.ingest_values import BlockReader
from wattstead.link.open import listen
from wattstead.link.url import TcpUrl, parse_url
from wattstead.model.counted import Count
from wattstead.model.errors import FileError, UsageError

_USUAL = "tcp://127.0.0.1:10000"


def ingest(
    on: Annotated[str, typer.Option("--on", help="Where to listen for loggers.")] = _USUAL,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Write JSON lines to the end of this file.")] = None,
    profile: Profile = None,
    raw: Annotated[bool, typer.Option("--raw", help="Tell the bytes of every payload, too.")] = False,
    loggers: Annotated[int, typer.Option("--loggers", help="Connections at once, at most.", min=1)] = CONNECTIONS,
    json: Json = False,
) -> None:
    """Receive what Solarman stick loggers report: hello, samples, heartbeats; each is acknowledged with the time.

    Example: `wattstead ingest --on tcp://0.0.0.0:10000 --out loggers.jsonl`

    Point server B of a logger at this machine. With --profile the registers of virtual loggers are read as that
    device's values. Prints `ready URL` once it listens (to standard error with --json) and ends with Ctrl-C. Nobody has
    to log in: in the network of the house anybody can send, so let it listen to those networks only that you trust.
    """
    if not isinstance(parse_url(on), TcpUrl):
        raise UsageError(f"{on}: loggers report over TCP; write {_USUAL}")
    reader = BlockReader(load_profile(profile)) if profile else None
    with ExitStack() as files:
        sinks: list[Callable[[Mapping[str, Any]], None]] = []
        if out is not None:
            sinks.append(_Lines(files.enter_context(_opened(out))).write)
        if json:
            sinks.append(_Lines(sys.stdout).write)
        elif out is None:
            sinks.append(_print)

        def tell(record: Mapping[str, Any]) -> None:
            for sink in sinks:
                sink(record)

        receiver = Ingest(tell, unix_s=lambda: now_ms() / 1000.0, connections=loggers, raw=raw, reader=reader)
        run(_serve(receiver, on, json=json), serves=True)


async def _serve(receiver: Ingest, on: str, *, json: bool) -> None:
    listener = await listen(on)
    ready = f"ready {listener.url}"
    if json:
        said(ready)
    else:
        print(ready, flush=True)
    try:
        await receiver.serve(listener)
    finally:
        counts = receiver.counts
        counted = f"{Count(counts.connections):connection|connections}, {Count(counts.frames):frame|frames}"
        said(f"{counted}, {Count(counts.noise):time|times} noise")


def _opened(path: Path) -> TextIO:
    try:
        return path.open("a", encoding="utf-8", newline="\n")
    except OSError as error:
        raise FileError(f"{path}: cannot write here ({error.strerror}); choose another folder") from None


class _Lines:
    """Writes JSON lines, each whole before the next begins."""

    def __init__(self, onto: TextIO) -> None:
        self._onto = onto

    def write(self, record: Mapping[str, Any]) -> None:
        self._onto.write(as_json(record) + "\n")
        self._onto.flush()


def _print(record: Mapping[str, Any]) -> None:
    at = datetime.fromtimestamp(record["at_s"], UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    who = record.get("serial", record["from"])
    skip = ("at_s", "from", "serial", "kind", "control", "data", "rest", "payload", "unknown", "registers")
    rest = {name: value for name, value in record.items() if name not in skip}
    many = sum(len(block["words"]) for block in record.get("registers", ()))
    registers = f" {Count(many):register|registers}" if many else ""
    print(f"{at}  {who}  {record['kind']}{registers}  {as_json(rest)}", flush=True)

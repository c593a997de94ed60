"""``wattstead discover solarman://``: which stick loggers are in this network."""

from dataclasses import asdict
from urllib.parse import parse_qsl

from wattstead.cli.show import as_json, console, said, word
from wattstead.host.logger_search import EVERYBODY, PORT, WAIT_S, find_loggers
from wattstead.model.errors import UsageError

ALL_LOGGERS = "solarman://"


def is_logger_search(url: str) -> bool:
    """Whether a URL names no logger, so that all of them are meant."""
    where, _, _ = url.strip().partition("?")
    return where.lower() in (ALL_LOGGERS, ALL_LOGGERS + "/")


async def search_loggers(url: str, lang: str, *, json: bool) -> None:
    """Ask the network and print who answers. Raises NoAnswer, LinkLost; UsageError for an option that is none."""
    query = dict(parse_qsl(url.partition("?")[2], keep_blank_values=True))
    host, port = query.pop("host", EVERYBODY), query.pop("port", str(PORT))
    if query or not port.isdigit() or not 0 < int(port) <= 0xFFFF:
        raise UsageError(f"{url}: write solarman:// for all loggers, solarman://?host=192.168.1.50 to ask one alone")
    said(word("discover_loggers", lang).format(host=host, port=port, wait_s=f"{WAIT_S:g}"))
    async for found in find_loggers(host, port=int(port)):
        if json:
            print(as_json({**asdict(found), "url": found.url}), flush=True)
            continue
        out = console()
        who = f"[bold]{word('discover_logger', lang).format(serial=found.serial)}[/]"
        out.print(f"{who} {word('discover_logger_at', lang).format(host=found.host, mac=found.mac)}")
        out.print(f"  wattstead discover '{found.url}'", style="dim", markup=False, soft_wrap=True)

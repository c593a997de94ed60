"""Finds stick loggers in the network: two words by UDP, and whoever is one answers with its address and serial."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass

from wattstead.link.datagram import Datagram, DatagramPort, open_datagrams
from wattstead.link.solarman_url import SolarmanUrl
from wattstead.model.errors import NoAnswer

MAGIC = (b"WIFIKIT-214028-READ", b"HF-A11ASSISTHREAD")
PORT = 48899
EVERYBODY = "255.255.255.255"
WAIT_S = 3.0

_ANSWER = re.compile(r"(\d{1,3}(?:\.\d{1,3}){3}),([0-9A-Fa-f]{12}),(\d{1,10})")


@dataclass(frozen=True, slots=True)
class FoundLogger:
    """A stick logger that answered. mac: twelve hex digits."""

    host: str
    mac: str
    serial: int

    @property
    def url(self) -> str:
        return str(SolarmanUrl(self.host, serial=self.serial))


async def find_loggers(
    host: str = EVERYBODY, *, port: int = PORT, wait_s: float = WAIT_S, local: str = ""
) -> AsyncIterator[FoundLogger]:
    """Yield each logger of the network, or the one at ``host``, as it answers.

    local: the own address to ask from. Raises NoAnswer where none answered within ``wait_s``, LinkLost where nobody can
    be asked. It only asks; some loggers answer to no search at all.
    """
    socket = await open_datagrams(local or ("127.0.0.1" if host.startswith("127.") else "0.0.0.0"), 0, broadcast=True)  # noqa: S104
    seen: set[int] = set()
    try:
        for word in MAGIC:
            socket.send(word, (host, port))
        until_s = asyncio.get_running_loop().time() + wait_s
        while (one := await _next(socket, until_s)) is not None:
            found = understand(one.data)
            if found is not None and found.serial not in seen:
                seen.add(found.serial)
                yield found
    finally:
        await socket.close()
    if not seen:
        raise NoAnswer(
            f"no logger answered on UDP port {port} of {host} within {wait_s:g} s; loggers answer in their own network "
            "only, and some not at all: try solarman://HOST with the address that the router shows"
        )


async def _next(socket: DatagramPort, until_s: float) -> Datagram | None:
    try:
        async with asyncio.timeout_at(until_s):
            return await socket.receive()
    except TimeoutError:
        return None


def understand(data: bytes) -> FoundLogger | None:
    """Read an answer; None for our own words and for modules that are no logger of this kind."""
    match = _ANSWER.fullmatch(data.decode("ascii", "replace").strip("\r\n\0 "))
    if match is None or int(match[3]) > 0xFFFF_FFFF or any(int(one) > 255 for one in match[1].split(".")):
        return None
    return FoundLogger(match[1], match[2].upper(), int(match[3]))

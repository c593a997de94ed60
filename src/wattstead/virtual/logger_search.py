"""How a virtual stick logger is found: it answers on UDP, and takes AT commands from whoever has found it."""

import asyncio
from collections import OrderedDict

from wattstead.link.datagram import Datagram, DatagramPort, own_ip
from wattstead.model.errors import LinkLost
from wattstead.virtual.logger import StickLogger
from wattstead.virtual.logger_at import LONGEST, AtCommands

MAGIC = (b"WIFIKIT-214028-READ", b"HF-A11ASSISTHREAD")
SESSIONS = 64
"""AT sessions that are open at once; of more the oldest is forgotten."""


class SearchServer:
    """Answers one UDP port for a logger.

    A session begins with a word of MAGIC, goes on with ``+ok``, takes AT commands, ends with ``AT+Q``.
    """

    def __init__(self, port: DatagramPort, logger: StickLogger, host: str) -> None:
        self._port = port
        self._logger = logger
        self._host = host
        self._peer = "127.0.0.1"
        self._open: OrderedDict[tuple[str, int], bool] = OrderedDict()  # whether +ok was said
        self.commands = AtCommands(logger, ip=self._ip, now_s=asyncio.get_running_loop().time)
        logger.at = self.commands.run

    async def run(self) -> None:
        """Answer until cancelled or until the port is closed."""
        try:
            while True:
                one = await self._port.receive()
                self._peer = one.peer[0]
                if answer := await self._answer(one):
                    self._port.send(answer, one.peer)
        except LinkLost:
            return
        finally:
            await self._port.close()

    async def _answer(self, one: Datagram) -> bytes:
        text = one.data[: LONGEST + 1].strip(b"\r\n\0 ")
        if text in MAGIC:
            self._remember(one.peer)
            manners = self._logger.manners
            return f"{self._ip()},{manners.mac},{manners.serial}".encode("ascii")
        if not self._logger.manners.at or one.peer not in self._open:
            return b""
        if text == b"+ok":
            self._open[one.peer] = True
            return b""
        if not self._open[one.peer]:
            return b""
        if text.upper() == b"AT+Q":
            del self._open[one.peer]
        return (await self.commands.run(text.decode("latin-1"))).encode("latin-1")

    def _remember(self, peer: tuple[str, int]) -> None:
        self._open[peer] = False
        self._open.move_to_end(peer)
        while len(self._open) > SESSIONS:
            self._open.popitem(last=False)

    def _ip(self) -> str:
        return own_ip(self._peer) if self._host in ("0.0.0.0", "", "::") else self._host  # noqa: S104 - compared only

"""A virtual serial port: a pseudo-terminal with the pace of a real line and its wrong-speed garbage. POSIX only."""

import asyncio
import os
import tty

from wattstead.link.inbox import Inbox
from wattstead.link.listener import OnePortListener
from wattstead.link.pace import Line, Way, cells_of, wire_time_s
from wattstead.link.port import Chunk
from wattstead.link.ptylink import PtyLink
from wattstead.link.speed import set_speed, speed_of
from wattstead.link.uart import garble
from wattstead.link.url import PtyUrl
from wattstead.model.errors import LinkLost

BUFFER_BYTES = 4096
READ_BYTES = 64 * 1024


def listen_pty(url: PtyUrl) -> OnePortListener:
    """Make a pseudo-terminal with a link at the URL's path. Raises LinkLost with a remedy."""
    link = PtyLink(url.path)
    try:
        return OnePortListener(str(url), PtyPort(url, link))
    except OSError as error:
        link.remove()
        why = f"cannot make a pseudo-terminal ({error.strerror or error})"
        raise LinkLost(f"{url}: {why}; close other terminals, or choose another speed") from error
    except LinkLost:
        link.remove()
        raise


class PtyPort:
    """The device's end of a pseudo-terminal; clients open the other end as a serial port, again and again.

    It holds that other end open too, so that the line survives its clients. Both directions share the line. What
    nobody reads is dropped once the system's buffer is full, and counted in ``dropped_bytes``.
    """

    def __init__(self, url: PtyUrl, link: PtyLink) -> None:
        self.dropped_bytes = 0
        self._url = url
        self._baud = url.baud
        self._link = link
        self._master, self._slave = os.openpty()
        self._inbox = Inbox()
        self._line = Line()
        self._from_client = Way(self._inbox.put, self._line)
        self._to_client = Way(self._write, self._line)
        try:
            self._set_up()
        except BaseException:
            self._close_both()
            raise

    def _set_up(self) -> None:
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        if self._url.baud is not None:
            set_speed(self._slave, self._url.baud)
        self._link.lead_to(os.ttyname(self._slave))
        asyncio.get_running_loop().add_reader(self._master, self._read)

    @property
    def url(self) -> str:
        """The URL with the path of the link."""
        return str(self._url)

    @property
    def baud(self) -> int | None:
        """The device's speed in bit/s, None for a line without pace."""
        return self._baud

    def turn_to(self, baud: int) -> None:
        """Go on at another speed, bit/s, as a device does that was woken; the client's speed stays its own."""
        self._baud = baud

    async def receive(self) -> Chunk:
        """Wait for bytes; they come no earlier than a real line would bring them. Raises LinkLost once closed."""
        return await self._inbox.take()

    async def send(self, data: bytes) -> None:
        """Hand bytes to the line; waits while more than a system's buffer of them is still on its way."""
        self._check_open()
        now_s = asyncio.get_running_loop().time()
        excess_s = self._line.backlog_s(now_s) - wire_time_s(BUFFER_BYTES, self.baud)
        if excess_s > 0:
            await asyncio.sleep(excess_s)
            self._check_open()
        arriving = data if self.baud is None else garble(data, self.baud, self._client_baud(self.baud))
        self._to_client.send(cells_of(arriving), wire_time_s(len(data), self.baud))

    async def close(self) -> None:
        """Take the line and its link away; clients see the port vanish."""
        if self._inbox.ended is not None:
            return
        self._inbox.end(f"{self._url}: the port was closed")
        asyncio.get_running_loop().remove_reader(self._master)
        self._from_client.cut()
        self._to_client.cut()
        self._close_both()
        self._link.remove()

    def _read(self) -> None:
        """Take what a client wrote; it has only now begun to cross the line."""
        try:
            data = os.read(self._master, READ_BYTES)
        except BlockingIOError:
            return
        if self.baud is None:
            self._from_client.send(cells_of(data), 0.0)
            return
        client_baud = self._client_baud(self.baud)
        arriving = garble(data, client_baud, self.baud)
        self._from_client.send(cells_of(arriving), wire_time_s(len(data), client_baud))

    def _write(self, data: bytes) -> None:
        try:
            written = os.write(self._master, data)
        except BlockingIOError:
            written = 0
        self.dropped_bytes += len(data) - written

    def _client_baud(self, ours: int) -> int:
        """Give the speed that the client chose; a client that hung up has none and hears as before."""
        return speed_of(self._slave) or ours

    def _check_open(self) -> None:
        if self._inbox.ended is not None:
            raise LinkLost(self._inbox.ended)

    def _close_both(self) -> None:
        os.close(self._master)
        os.close(self._slave)

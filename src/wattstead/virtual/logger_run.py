"""Switches a virtual stick logger on: its local port, its discovery, its way to a cloud."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

from wattstead.link.datagram import DatagramPort, open_datagrams, own_ip
from wattstead.link.tcp import TcpListener, connect_tcp, listen_tcp
from wattstead.link.url import TcpUrl
from wattstead.virtual.logger import StickLogger
from wattstead.virtual.logger_at import AtCommands
from wattstead.virtual.logger_cloud import CloudLink
from wattstead.virtual.logger_line import InverterLine
from wattstead.virtual.logger_manners import Manners, cloud_address
from wattstead.virtual.logger_search import SearchServer
from wattstead.virtual.logger_server import serve_logger
from wattstead.virtual.serve import Answers

_EVERYWHERE = ("0.0.0.0", "::", "")  # noqa: S104 - compared only


@dataclass(frozen=True)
class Inverter:
    """What stands behind the logger.

    answers: its Modbus side. turnaround_s: how long it takes to begin an answer. polls: the Modbus RTU requests whose
    answers the logger reports to its cloud. serial: as samples name it.
    """

    answers: Answers
    turnaround_s: float = 0.05
    polls: Sequence[bytes] = ()
    serial: str = ""


@dataclass(frozen=True)
class Running:
    """A logger that is switched on. port: of TCP. discovery: of UDP, 0 for none."""

    logger: StickLogger
    port: int
    discovery: int
    tasks: Sequence[asyncio.Task[None]] = ()

    async def wait(self) -> None:
        """Wait until somebody switches it off; what goes wrong inside is raised here."""
        await asyncio.gather(*self.tasks)


@asynccontextmanager
async def switched_on(
    where: TcpUrl, manners: Manners, inverter: Inverter, *, unix_s: Callable[[], float]
) -> AsyncIterator[Running]:
    """Serve a logger as long as the block lasts. Raises LinkLost with a remedy where a port cannot be had."""
    line = InverterLine(
        inverter.answers,
        turnaround_s=inverter.turnaround_s,
        most=manners.most_registers,
        asleep=lambda: manners.asleep,
    )
    logger = StickLogger(line, manners, unix_s=unix_s, inverter_serial=inverter.serial)
    listener = await listen_tcp(where)
    search: DatagramPort | None = None
    tasks: list[asyncio.Task[None]] = []
    try:
        if manners.discovery:
            search = await open_datagrams(where.host, manners.discovery)
        port = _port_of(listener)
        work = [serve_logger(listener, logger)]
        if search is not None:
            work.append(SearchServer(search, logger, where.host).run())
        else:
            logger.at = AtCommands(logger, ip=partial(_ip, where.host), now_s=asyncio.get_running_loop().time).run
        if manners.cloud:
            work.append(_cloud(logger, manners, inverter, where.host).run())
        tasks = [asyncio.create_task(one) for one in work]
        yield Running(logger, port, search.address[1] if search is not None else 0, tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if search is not None:
            await search.close()
        await listener.close()


def _cloud(logger: StickLogger, manners: Manners, inverter: Inverter, host: str) -> CloudLink:
    cloud = TcpUrl(*cloud_address(manners.cloud, "cloud"))
    return CloudLink(logger, partial(connect_tcp, cloud), inverter.polls, ip=_ip(host, cloud.host))


def _ip(host: str, peer: str = "127.0.0.1") -> str:
    """The address that the logger says it has."""
    return own_ip(peer) if host in _EVERYWHERE else host[:15]


def _port_of(listener: TcpListener) -> int:
    return int(listener.url.rpartition(":")[2])

"""CAN buses, by python-can: one chunk is one frame with its identifier, packed as ``model.can`` says.

A thread of its own waits for frames, for most interfaces have no other way; asyncio sees them as soon as they come.
"""

import asyncio
import contextlib
import threading
from difflib import get_close_matches
from importlib.metadata import metadata
from typing import Any, Final

from wattstead.link.can_url import CanUrl
from wattstead.link.inbox import LIMIT_BYTES, Inbox
from wattstead.link.port import Chunk, Port
from wattstead.model.can import CanFrame, unpacked
from wattstead.model.errors import LinkLost, NoAnswer, UsageError

_LOOKS_S: Final = 0.1  # how often the thread looks whether it is to end
_SENDS_WITHIN_S: Final = 1.0
MISSING: Final = "CAN needs two more packages; install them by: pip install 'wattstead[can]'"


async def open_can(url: CanUrl) -> Port:
    """Open a bus. Raises UsageError for an unknown interface or without the extra, LinkLost where it does not open."""
    bus = await asyncio.to_thread(_open, url)
    return CanPort(str(url), bus, url.arguments().get("bitrate"))


def _open(url: CanUrl) -> Any:
    try:
        import can
    except ImportError as error:
        raise UsageError(f"{url}: {MISSING}") from error
    known = sorted(can.VALID_INTERFACES)
    if url.interface not in known:
        near = get_close_matches(url.interface.lower(), known, 1)
        mean = f"did you mean {near[0]!r}? " if near else ""
        raise UsageError(f"{url}: there is no interface {url.interface!r}; {mean}python-can has {', '.join(known)}")
    try:
        return can.Bus(channel=url.channel, interface=url.interface, **url.arguments())
    except Exception as error:  # each interface has errors of its own
        remedy = _install(url) if isinstance(error, can.CanInterfaceNotImplementedError) else _remedy(url)
        raise LinkLost(f"{url}: the bus does not open ({_first_line(error)}); {remedy}") from error


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def _install(url: CanUrl) -> str:
    """Say how to get the package that python-can needs for an adapter. Its extras are named like interfaces."""
    extra = {"slcan": "serial", "udp_multicast": "multicast"}.get(url.interface, url.interface.replace("_", "-"))
    if extra not in (metadata("python-can").get_all("Provides-Extra") or ()):
        return _remedy(url)
    return f"this adapter needs one more package: pip install 'python-can[{extra}]'"


def _remedy(url: CanUrl) -> str:
    if url.interface == "socketcan":
        up = f"sudo ip link set {url.channel} up type can bitrate {url.bitrate}"
        return f"is it there and up? '{up}'; 'ip link' lists interfaces"
    if url.interface == "slcan":
        return "is the adapter plugged in, and is no other program using it?"
    return "is the adapter plugged in, its driver installed, and no other program using it?"


class CanPort:
    """One end of a bus: whatever anybody else sends on it is received. bitrate: bit/s; None for a bus without wires."""

    def __init__(self, url: str, bus: Any, bitrate: int | None = None) -> None:
        self.unusable = 0  # frames that are no classic data or remote frame: errors of the bus, CAN FD
        self.bitrate = bitrate
        self._url = url
        self._bus = bus
        self._inbox = Inbox()
        self._loop = asyncio.get_running_loop()
        self._closing = threading.Event()
        self._sending = asyncio.Lock()
        self._thread = threading.Thread(target=self._listen, name=f"listening on {url}", daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """The endpoint as it was given."""
        return self._url

    @property
    def baud(self) -> int | None:
        """None: a frame of CAN is whole or not there, so that nothing waits for the time of its bytes."""
        return None

    async def receive(self) -> Chunk:
        """Wait for a frame. Raises LinkLost once the bus is gone."""
        return await self._inbox.take()

    async def send(self, data: bytes) -> None:
        """Send one frame, packed. Raises NoAnswer where nobody acknowledges it, LinkLost once the bus is gone."""
        frame = unpacked(data)
        if self._inbox.ended is not None:
            raise LinkLost(self._inbox.ended)
        async with self._sending:
            try:
                await asyncio.to_thread(self._bus.send, _message(frame), _SENDS_WITHIN_S)
            except Exception as error:  # each interface has errors of its own
                why = "does anybody else on the bus acknowledge, is it terminated, are bit rates equal?"
                raise NoAnswer(f"{self._url}: a frame could not be sent ({_first_line(error)}); {why}") from error

    async def close(self) -> None:
        """Let the bus go."""
        if not self._closing.is_set():
            self._closing.set()
            self._inbox.end(f"{self._url}: the port was closed")
            await asyncio.to_thread(self._shut)

    def _shut(self) -> None:
        self._thread.join()
        import can

        with contextlib.suppress(
            can.CanError, OSError
        ):  # an adapter that was pulled out is not shut down in good order
            self._bus.shutdown()

    def _listen(self) -> None:
        """Run in the thread: hand over frames until the port is closed."""
        while not self._closing.is_set():
            try:
                message = self._bus.recv(_LOOKS_S)
            except Exception as error:  # noqa: BLE001 - each interface has errors of its own; any of them ends the port
                self._tell(self._inbox.end, f"{self._url}: the bus is gone ({_first_line(error)}); plug it in again")
                return
            if message is not None:
                self._tell(self._take, message)

    def _tell(self, what: Any, *given: Any) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended: nobody listens any more
            self._loop.call_soon_threadsafe(what, *given)

    def _take(self, message: Any) -> None:
        packed = _packed(message)
        if packed is None:
            self.unusable += 1
            return
        if self._inbox.held_bytes + len(packed) <= LIMIT_BYTES:  # never a part of a frame
            self._inbox.put(packed)


def _packed(message: Any) -> bytes | None:
    """Give a frame as it travels; None for errors of the bus, CAN FD, and what no frame can be."""
    if message.is_error_frame or message.is_fd:
        return None
    asks = message.dlc if message.is_remote_frame else None
    data = b"" if message.is_remote_frame else bytes(message.data)
    try:
        return CanFrame(message.arbitration_id, data, bool(message.is_extended_id), asks).packed()
    except ValueError:  # some adapters say a length above 8, or more bits than an identifier has
        return None


def _message(frame: CanFrame) -> Any:
    import can

    return can.Message(
        arbitration_id=frame.identifier,
        data=frame.data,
        is_extended_id=frame.extended,
        is_remote_frame=frame.asks is not None,
        dlc=frame.asks if frame.asks is not None else len(frame.data),
    )

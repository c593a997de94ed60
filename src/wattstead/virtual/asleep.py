"""A port that sleeps at another speed until it is woken, as the console of a Pylontech may."""

from typing import Final, Protocol, runtime_checkable

from wattstead.catalog.wake_spec import WakeSpec
from wattstead.link.listener import OnePortListener
from wattstead.link.passing import PassingPort
from wattstead.link.port import Chunk, Listener, Port
from wattstead.model.errors import UsageError

_HELD_BYTES: Final = 256


@runtime_checkable
class Turning(Port, Protocol):
    """A port whose speed the device itself can change."""

    def turn_to(self, baud: int) -> None:
        """Go on at this speed, bit/s."""
        ...


class SleepingPort(PassingPort):
    """A port at the speed of its sleep: hears nothing but what wakes it. Awake it is the port that it was made of."""

    def __init__(self, port: Turning, wake: WakeSpec, baud: int) -> None:
        super().__init__(port)
        self._turning = port
        self._wakes = wake.send.encode("ascii") + b"\r"
        self._awake_baud = baud
        self._heard = b""
        self.awake = False

    async def receive(self) -> Chunk:
        """Wait for bytes that are meant for who is awake. Raises LinkLost."""
        while not self.awake:
            chunk = await self._port.receive()
            self._heard = (self._heard + chunk.data)[-_HELD_BYTES:]
            if self._wakes in self._heard:
                self.awake = True
                self._turning.turn_to(self._awake_baud)
        return await self._port.receive()


def asleep(listener: Listener, wake: WakeSpec, baud: int) -> Listener:
    """Put the port of a line to sleep. baud: its speed once it is awake.

    Raises UsageError for a line whose speed the device cannot change.
    """
    port = listener.port if isinstance(listener, OnePortListener) else None
    if not isinstance(port, Turning):
        raise UsageError(f"{listener.url}: only a pty:// can sleep at another speed; leave --asleep out here")
    return OnePortListener(listener.url, SleepingPort(port, wake, baud))

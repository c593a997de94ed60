"""A port around another one: passes all on, for those that change a part of it."""

from wattstead.link.port import Chunk, Port


class PassingPort:
    """The port that it was made of, as it is."""

    def __init__(self, port: Port) -> None:
        self._port = port

    @property
    def url(self) -> str:
        """The endpoint of the port inside."""
        return self._port.url

    @property
    def baud(self) -> int | None:
        """The speed of the port inside."""
        return self._port.baud

    async def receive(self) -> Chunk:
        """Wait for bytes. Raises LinkLost."""
        return await self._port.receive()

    async def send(self, data: bytes) -> None:
        """Send bytes. Raises LinkLost."""
        await self._port.send(data)

    async def close(self) -> None:
        """Close the port inside."""
        await self._port.close()

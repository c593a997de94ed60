"""A time as seconds since 1970, as register maps of our own have it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from wattstead.model.errors import EncodeError
from wattstead.wire.field import Clock

_LAST: Final = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class UnixTime:
    """Four bytes, the highest first; the device's own clock, no zone. Zero: never set."""

    size: int = 4

    def read(self, data: bytes) -> datetime | None:
        raw = int.from_bytes(data)
        return datetime.fromtimestamp(raw, UTC).replace(tzinfo=None) if raw else None

    def write(self, value: object) -> bytes:
        whole = Clock().write(value)  # refuses what is no time
        if not any(whole):
            return bytes(self.size)
        raw = int(datetime(int.from_bytes(whole[:2]), *whole[2:]).replace(tzinfo=UTC).timestamp())  # noqa: DTZ001 - given on the next call
        if not 0 < raw <= _LAST:
            raise EncodeError(f"{value} does not fit; the wire carries 1970 to 2106")
        return raw.to_bytes(self.size)

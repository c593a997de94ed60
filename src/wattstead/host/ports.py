"""Serial ports of this machine, as URLs."""

import serialx


def serial_urls() -> tuple[str, ...]:
    """Name the serial ports that a search without a URL goes through, in order; none where no adapter is plugged in."""
    return tuple(
        f"serial://{port.device}" for port in sorted(serialx.list_serial_ports(), key=lambda port: port.device)
    )

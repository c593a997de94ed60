"""URLs of stick loggers."""

import pytest

from wattstead.link.open import listen, open_port
from wattstead.link.solarman_url import SolarmanUrl
from wattstead.link.url import parse_url
from wattstead.model.errors import UsageError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("solarman://192.168.1.50:8899?serial=2712345678", SolarmanUrl("192.168.1.50", 8899, 2712345678)),
        ("solarman://logger.home", SolarmanUrl("logger.home")),
        ("SOLARMAN://logger:1234/?serial=0", SolarmanUrl("logger", 1234, 0)),
        ("solarman://[::1]", SolarmanUrl("::1")),
        ("solarman://[::1]:1?serial=5", SolarmanUrl("::1", 1, 5)),
        (
            "solarman://127.0.0.1:0?serial=7&double_crc=yes&cloud=127.0.0.1:10000",
            SolarmanUrl("127.0.0.1", 0, 7, (("double_crc", "yes"), ("cloud", "127.0.0.1:10000"))),
        ),
    ],
)
def test_what_is_understood_reads_back(text: str, expected: SolarmanUrl) -> None:
    assert parse_url(text) == expected
    assert parse_url(str(expected)) == expected


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("solarman://", "a logger has a host"),
        ("solarman://:8899", "a logger has a host"),
        ("solarman://a:b:8899", "a logger has a host"),
        ("solarman://me@host", "a logger has a host"),
        ("solarman://host:99999", "a logger has a host"),
        ("solarman://host:", "a logger has a host"),
        ("solarman://host?serial=-1", "serial is the number on the logger's label"),
        ("solarman://host?serial=4294967296", "serial is the number on the logger's label"),
        ("solarman://host?serial=1&serial=2", "stands twice"),
    ],
)
def test_what_cannot_be_meant_says_what_would_be_right(text: str, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        parse_url(text)


async def test_a_bare_link_cannot_speak_to_a_logger() -> None:
    with pytest.raises(UsageError, match="tcp://host:port"):
        await open_port("solarman://127.0.0.1")
    with pytest.raises(UsageError, match="wattstead simulate PROFILE"):
        await listen("solarman://127.0.0.1")

from types import SimpleNamespace

import pytest
import serialx

from wattstead.host.ports import serial_urls
from wattstead.link.url import parse_url


def test_serial_ports_are_named_as_urls_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    there = [SimpleNamespace(device="/dev/ttyUSB1"), SimpleNamespace(device="/dev/ttyUSB0")]
    monkeypatch.setattr(serialx, "list_serial_ports", lambda: there)
    assert serial_urls() == ("serial:///dev/ttyUSB0", "serial:///dev/ttyUSB1")


def test_the_ports_of_this_machine_are_urls_that_we_understand() -> None:
    for url in serial_urls():
        assert str(parse_url(url)) == url

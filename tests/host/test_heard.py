"""What a host says where nothing came: the remedy fits what lies between it and the device."""

import pytest

from wattstead.catalog.profile import load_profile
from wattstead.host.heard import Asked, Heard, sentence
from wattstead.model.errors import UsageError


def silent(profile: str, url: str, baud: int | None = None) -> str:
    device = load_profile(profile)
    message = next(one.name for one in device.dialect.messages if one.poll.value == "values")
    question, _ = device.codec().ask(message, device.addresses.master)
    return sentence(Asked(device, question, url, baud, 2, 1.0), Heard())


def test_on_a_wire_it_is_the_wire() -> None:
    said = silent("seplos-v3", "serial:///dev/ttyUSB0?baud=19200", 19200)
    assert "the wires A and B" in said
    assert "modbus-tcp" not in said


def test_behind_a_logger_nobody_is_sent_to_the_speed_of_a_serial_server() -> None:
    said = silent("aura", "solarman://192.168.1.50:8899?serial=2712345678")
    assert "the logger is there" in said
    assert "`wattstead discover solarman://192.168.1.50:8899`" in said
    assert not any(word in said for word in ("wires", "serial server", "baud"))


def test_a_serial_server_and_modbus_tcp_are_told_apart() -> None:
    assert silent("seplos-v3", "modbus-tcp://10.0.0.2:502").endswith("wants tcp://10.0.0.2:502")
    assert silent("seplos-v3", "tcp://10.0.0.2:502").endswith("speaks Modbus TCP write modbus-tcp://10.0.0.2:502")
    assert "modbus" not in silent("pylontech", "tcp://10.0.0.2:502")


def test_a_framing_is_called_as_in_its_url() -> None:
    with pytest.raises(UsageError, match=r"pylontech does not run over modbus-tcp; use a serial port or tcp://"):
        load_profile("pylontech").codec("modbus_tcp")

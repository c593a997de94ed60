"""What a host says where nothing came: the remedy fits what lies between it and the device."""

from collections import Counter

import pytest

from wattstead.catalog.profile import load_profile
from wattstead.host.heard import Asked, Heard, sentence
from wattstead.model.errors import UsageError


def silent(profile: str, url: str, baud: int | None = None, heard: Heard | None = None) -> str:
    device = load_profile(profile)
    message = next(one.name for one in device.dialect.messages if one.poll.value == "values")
    question, _ = device.codec().ask(message, device.addresses.master)
    return sentence(Asked(device, question, url, baud, 2, 1.0), heard or Heard())


def test_on_a_wire_it_is_the_wire() -> None:
    said = silent("seplos-v3", "serial:///dev/ttyUSB0?baud=19200", 19200)
    assert "the wires A and B" in said
    assert "modbus-tcp" not in said


def test_a_console_and_a_uart_have_no_wires_a_and_b_alone() -> None:
    said = silent("pylontech-console", "serial:///dev/ttyUSB0?baud=115200", 115200)
    assert "the console port (RS232)" in said
    assert "A and B" not in said
    said = silent("jk", "serial:///dev/ttyUSB0?baud=115200", 115200)
    assert "on UART RX to TX and TX to RX" in said
    assert "its address" not in said  # one board a line


def test_an_echo_names_the_other_speeds() -> None:
    said = silent("pylontech", "serial:///dev/ttyUSB0?baud=115200", 115200, Heard(bytes_in=20, echoes=2))
    assert said.endswith("the speed: pylontech also speaks 9600; `wattstead discover serial:///dev/ttyUSB0` tries them")


def test_noise_is_told_in_words() -> None:
    heard = Heard(bytes_in=120, noise=Counter({"stray": 2, "checksum": 1}))
    said = silent("seplos-v2", "serial:///dev/ttyUSB0?baud=19200", 19200, heard)
    assert "only noise came (wrong checksum 1, outside a frame 2, 120 bytes): wrong baud rate? seplos-v2 also" in said


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

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wattstead.link.url import BAUD_MAX, BAUD_MIN, PtyUrl, ReplayUrl, SerialUrl, TcpUrl, Url, parse_url
from wattstead.model.errors import UsageError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("serial:///dev/ttyUSB0?baud=19200", SerialUrl("/dev/ttyUSB0", 19200)),
        ("serial:///dev/serial/by-id/usb-FTDI_A%20B", SerialUrl("/dev/serial/by-id/usb-FTDI_A B")),
        ("serial://COM3", SerialUrl("COM3")),
        ("serial://com12?baud=9600", SerialUrl("com12", 9600)),
        (r"serial://\\.\COM12", SerialUrl(r"\\.\COM12")),
        ("/dev/ttyUSB0", SerialUrl("/dev/ttyUSB0")),
        ("  COM3 ", SerialUrl("COM3")),
        ("SERIAL:///dev/ttyS0", SerialUrl("/dev/ttyS0")),
        ("tcp://192.168.1.50:8899", TcpUrl("192.168.1.50", 8899)),
        ("tcp://logger.local:23/", TcpUrl("logger.local", 23)),
        ("tcp://127.0.0.1:0", TcpUrl("127.0.0.1", 0)),
        ("tcp://[::1]:5000", TcpUrl("::1", 5000)),
        ("modbus-tcp://10.0.0.5:1502", TcpUrl("10.0.0.5", 1502, "modbus-tcp")),
        ("modbus-tcp://inverter.local", TcpUrl("inverter.local", 502, "modbus-tcp")),
        ("modbus-tcp://[::1]", TcpUrl("::1", 502, "modbus-tcp")),
        ("pty:///run/pack?baud=9600", PtyUrl("/run/pack", 9600)),
        ("replay:///var/day.capture", ReplayUrl("/var/day.capture")),
        ("replay:///var/day.capture?speed=0", ReplayUrl("/var/day.capture", 0.0)),
        ("replay:///C:/day.capture?speed=2.5", ReplayUrl("C:/day.capture", 2.5)),
    ],
)
def test_what_is_understood(text: str, expected: Url) -> None:
    assert parse_url(text) == expected


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", r"'an empty text' is no port; use the path of a serial port or one of serial:///dev/ttyUSB0"),
        ("ttyUSB0", r"'ttyUSB0' is no port; a serial port has an absolute path: write /dev/ttyUSB0$"),
        ("dev/cu.usbserial-1", r"write /dev/cu\.usbserial-1$"),
        ("192.168.1.50:8899", r"one of .*tcp://192\.168\.1\.50:8899"),
        ("http://host", r"unknown kind of port 'http'; use one of serial://.*, tcp://.*, pty://.*, replay://"),
        ("modbus-tcp://", r"the host is missing"),
        ("serial://", r"name of the serial port is missing"),
        ("serial://dev/ttyUSB0", r"write serial:///dev/ttyUSB0 \(three slashes\)"),
        ("serial:///dev/ttyUSB0?baud=fast", r"baud must be a whole number such as 9600 or 19200, not 'fast'"),
        ("serial:///dev/ttyUSB0?baud=", r"not ''"),
        ("serial:///dev/ttyUSB0?baud=-9600", r"baud must be a whole number"),
        ("serial:///dev/ttyUSB0?baud=96", r"96 baud cannot be; give 300 to 4000000"),
        ("serial:///dev/ttyUSB0?baud=99999999", r"99999999 baud cannot be"),
        ("serial:///dev/ttyUSB0?speed=9600", r"unknown option 'speed'; known here: baud"),
        ("serial:///dev/ttyUSB0?baud=9600&baud=19200", r"the same option stands twice"),
        ("tcp://host", r"the port is missing; write tcp://host:8899"),
        ("tcp://[::1]", r"the port is missing"),
        ("tcp://", r"the port is missing; write tcp://host:8899"),
        ("tcp://:8899", r"the host is missing"),
        ("tcp://::1:8899", r"an IPv6 address as tcp://\[::1\]:8899"),
        ("tcp://host:http", r"a port from 1 to 65535"),
        ("tcp://host:65536", r"a port from 1 to 65535"),
        ("tcp://me@host:23", r"and nothing else"),
        ("tcp://host:23?baud=9600", r"unknown option 'baud'; this kind of port takes none"),
        ("pty://", r"the path is missing; write pty:///"),
        ("pty://pack", r"the path must be absolute; write pty:///… with three slashes"),
        ("replay:///x?speed=fast", r"speed must be 0 \(at once\) or a factor such as 1 or 10, not 'fast'"),
        ("replay:///x?speed=-1", r"speed must be 0"),
        ("replay:///x?speed=nan", r"speed must be 0"),
    ],
)
def test_what_is_refused_and_why(text: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        parse_url(text)


BAUDS = st.none() | st.integers(BAUD_MIN, BAUD_MAX)
PATHS = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1).map(
    lambda name: f"/dev/{name.strip()}x"
)
HOSTS = st.from_regex(r"[a-z][a-z0-9-]{0,10}(\.[a-z]{1,5})?", fullmatch=True) | st.ip_addresses().map(str)
URLS = (
    st.builds(SerialUrl, PATHS, BAUDS)
    | st.builds(PtyUrl, PATHS, BAUDS)
    | st.builds(ReplayUrl, PATHS, st.sampled_from([0.0, 0.5, 1.0, 10.0]))
    | st.builds(TcpUrl, HOSTS, st.integers(0, 65535), st.sampled_from(["tcp", "modbus-tcp"]))
)


@given(URLS)
def test_what_is_printed_is_understood_again(url: Url) -> None:
    assert parse_url(str(url)) == url


@given(st.text() | st.text().map(lambda rest: f"serial://{rest}") | st.text().map(lambda rest: f"tcp://{rest}"))
def test_any_text_is_a_url_or_a_usage_error(text: str) -> None:
    try:
        url = parse_url(text)
    except UsageError:
        return
    assert parse_url(str(url)) == url

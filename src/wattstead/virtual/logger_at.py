"""AT commands of a virtual stick logger: what its Wi-Fi module says of itself, and Modbus through text.

The keys of the Wi-Fi are never told, though old firmware does: they read as stars.
"""

import re
from collections.abc import Callable

from wattstead.virtual.logger import StickLogger
from wattstead.virtual.logger_manners import LOCAL_PORT

LONGEST = 600
"""Characters of a command that is looked at: INVDATA with 256 bytes fits."""

MASKED = "********"
_COMMAND = re.compile(r"AT\+([A-Z0-9]+)(?:=(.*))?", re.DOTALL)
_INVDATA = re.compile(r"(\d{1,4}),([0-9A-Fa-f ]*)")
_WRONG_FORM, _UNKNOWN, _WRONG_VALUE, _NOT_ALLOWED = "+ERR=-1", "+ERR=-2", "+ERR=-4", "+ERR=-5"
_MAY_SET = ("WEBU", "TCPTO", "TCPTOB", "MAXSK", "TMODE", "UART", "SOCKB", "WMODE")


class AtCommands:
    """Answers AT commands for one logger. ip: its address as others see it. now_s: the clock of the event loop."""

    def __init__(self, logger: StickLogger, *, ip: Callable[[], str], now_s: Callable[[], float]) -> None:
        self._logger = logger
        self._ip = ip
        self._now_s = now_s
        self._set: dict[str, str] = {}

    async def run(self, text: str) -> str:
        """Give the answer to one command, as it stands on the wire."""
        return f"{await self._run(text.strip()[:LONGEST])}\r\n\r\n"

    async def _run(self, text: str) -> str:
        if not (match := _COMMAND.fullmatch(text)):
            return _WRONG_FORM
        name, value = match.groups()
        match name:
            case "INVDATA":
                return await self._inverter(value or "")
            case "Z":
                self._logger.worked.restart(self._now_s())
                return "+ok"
            case "RELD":
                self._set.clear()
                return "+ok=rebooting..."
            case "Q":
                return "+ok"
        told = self._told()
        if name not in told:
            return _UNKNOWN
        return f"+ok={told[name]}" if value is None else self._change(name, value)

    def _change(self, name: str, value: str) -> str:
        if name not in _MAY_SET:
            return _NOT_ALLOWED
        if not value or len(value) > 64 or not value.isprintable():
            return _WRONG_VALUE
        self._set[name] = value
        return "+ok"

    def _told(self) -> dict[str, str]:
        manners = self._logger.manners
        counters, ip = self._logger.counters, self._ip()
        cloud = manners.cloud or "0.0.0.0:10000"
        host, _, port = cloud.rpartition(":")
        usual = {
            "WAP": f"11BGN,AP_{manners.serial},CH1",
            "WAKEY": f"WPA2PSK,AES,{MASKED}",
            "WSSSID": manners.ssid,
            "WSKEY": f"WPA2PSK,AES,{MASKED}",
            "WANN": f"DHCP,{ip},255.255.255.0,{ip.rpartition('.')[0]}.1",
            "WEBU": "admin,admin",
            "WEBVER": "1.0.24",
            "VER": manners.firmware,
            "HWVER": "3",
            "MID": "HF-A11",
            "WMODE": "STA",
            "NETP": f"TCP,Server,{LOCAL_PORT},{ip}",
            "SOCKB": f"TCP,{port},{host}",
            "TCPTO": str(manners.idle_s),
            "TCPTOB": "300",
            "MAXSK": str(manners.clients),
            "TMODE": "throughput",
            "UART": "9600,8,1,NONE",
            "TIME": str(counters.unix_s or 0),
            "YZVER": manners.firmware,
            "YZLOG": str(counters.total_s),
            "DEVICENUM": "1",
        }
        return {**usual, **self._set}

    async def _inverter(self, value: str) -> str:
        """Put a Modbus RTU frame on the line: its number of bytes and its bytes in hex."""
        if not (match := _INVDATA.fullmatch(value)):
            return _WRONG_VALUE
        try:
            rtu = bytes.fromhex(match[2])
        except ValueError:
            return _WRONG_VALUE
        if len(rtu) != int(match[1]):
            return _WRONG_VALUE
        answer = await self._logger.line.ask(rtu)
        if not answer:
            return "+ok=no data"
        answer += b"\0\0" if self._logger.manners.double_crc else b""
        return "+ok=" + answer.hex("\x10" if self._logger.manners.dle else " ").upper().replace(" ", "")

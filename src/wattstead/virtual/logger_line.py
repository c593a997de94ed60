"""The serial line between a stick logger and its inverter: one request at a time, at 9600 baud."""

import asyncio
from collections.abc import Callable

from wattstead.link.pace import wire_time_s
from wattstead.virtual.serve import Answers

BAUD = 9600
PATIENCE_S = 1.0
"""So long a stick waits for an inverter that says nothing."""

_READS = (1, 2, 3, 4)


class InverterLine:
    """Asks the device behind the logger.

    answers: what answers on the line. turnaround_s: how long the device takes to begin. most: registers in one request;
    for more it stays silent, as for a broken request. asleep: whether it is off, asked anew for each request.
    """

    def __init__(
        self, answers: Answers, *, turnaround_s: float, most: int = 125, asleep: Callable[[], bool] = lambda: False
    ) -> None:
        self._answers = answers
        self._turnaround_s = turnaround_s
        self._most = most
        self._asleep = asleep
        self._busy = asyncio.Lock()

    async def ask(self, rtu: bytes) -> bytes:
        """Put one Modbus RTU frame on the line. Gives the answer, b"" where none came."""
        async with self._busy:
            await asyncio.sleep(wire_time_s(len(rtu), BAUD))
            answer = b"" if self._is_silent(rtu) else self._answer(rtu)
            await asyncio.sleep(self._turnaround_s + wire_time_s(len(answer), BAUD) if answer else PATIENCE_S)
            return answer

    def _answer(self, rtu: bytes) -> bytes:
        at = asyncio.get_running_loop().time()
        answers = self._answers.feed(rtu, at)
        self._answers.silence(at)  # what is no whole request is forgotten before the next one
        return answers[0] if answers else b""

    def _is_silent(self, rtu: bytes) -> bool:
        registers = int.from_bytes(rtu[4:6], "big") if len(rtu) >= 8 and rtu[1] in _READS else 0
        return self._asleep() or (rtu[1:2] in (b"\3", b"\4") and registers > self._most)

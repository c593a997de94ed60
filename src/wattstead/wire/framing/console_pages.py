"""The pages of a long answer, on the device's side: after each it waits for a key, as recorded consoles do.

Enter turns the page, any other key ends the answer. What a real console says then was never recorded; ours ends the
answer as it ends all.
"""

from typing import Final

from wattstead.wire.framing.console import DONE, PAGE_ENDS

_STOP: Final = PAGE_ENDS + b"\r"
_ENTER: Final = (b"\r", b"\n")


class Pages:
    """Of one line. Holds back what follows a full page."""

    def __init__(self) -> None:
        self._held: list[bytes] = []
        self._returned = False  # the last key was CR: the LF after it belongs to it

    def first(self, answer: bytes) -> bytes:
        """Give an answer up to where it waits for a key."""
        page, stop, rest = answer.partition(_STOP)
        pages = [one + _STOP for one in rest.split(_STOP)] if stop else []
        if pages:
            pages[-1] = pages[-1].removesuffix(_STOP)
        self._held = pages
        return page + stop

    def keys(self, data: bytes) -> tuple[list[bytes], bytes]:
        """Take the keys that answer a page. Gives what is said to them, and the bytes that are commands again."""
        said: list[bytes] = []
        if self._returned and data:
            data, self._returned = data.removeprefix(b"\n"), False
        while data and self._held:
            key, data = data[:1], data[1:]
            if key == b"\r":
                self._returned = not data
                data = data.removeprefix(b"\n")
            if key in _ENTER:
                said.append(self._held.pop(0))
                continue
            said.append(b"\r\n\r" + DONE + self._held[-1].rpartition(DONE)[2])
            self._held = []
        return said, data

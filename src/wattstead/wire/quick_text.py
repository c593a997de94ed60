"""The text of a function that is written for one layout, and what is given to it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from struct import Struct
from typing import Any


class Text:
    """Lines of a function. Things that it uses are given to it by names of our own."""

    def __init__(self) -> None:
        self._names: dict[str, Any] = {}
        self._lines: list[str] = []
        self._apart: list[list[str]] = []
        self._depth = 0
        self._named = 0

    def line(self, text: str) -> None:
        self._lines.append("    " * self._depth + text)

    def fresh(self, begins: str) -> str:
        """Give a name that nothing has yet."""
        self._named += 1
        return f"{begins}{self._named}"

    def given(self, begins: str, thing: Any) -> str:
        """Give something to the function; the name by which it knows it."""
        name = self.fresh(begins)
        self._names[name] = thing
        return name

    def unpacker(self, code: str) -> str:
        """Give what unpacks by a code of ``struct``."""
        return self.given("unpack", Struct(code).unpack_from)

    @contextmanager
    def inside(self, head: str) -> Iterator[None]:
        """Write a block."""
        self.line(head)
        self._depth += 1
        yield
        self._depth -= 1

    @contextmanager
    def apart(self, head: str) -> Iterator[None]:
        """Write another function beside this one."""
        lines, depth = self._lines, self._depth
        self._lines, self._depth = [], 0
        with self.inside(head):
            yield
        self._apart.append(self._lines)
        self._lines, self._depth = lines, depth

    def made(self, name: str) -> Callable[..., Any]:
        """Make the functions; give the one of that name."""
        source = "\n".join([*(line for lines in self._apart for line in lines), *self._lines, ""])
        exec(compile(source, "<layout>", "exec"), self._names)  # noqa: S102 - our own text: docs/decisions/quick-readers.md
        made: Callable[..., Any] = self._names[name]
        return made

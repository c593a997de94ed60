"""Where in a file of data something is wrong, in words that a person finds again."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from wattstead.model.errors import ProfileError

_NEAR: Final = 0.8  # of a name with a slip in it
_KIN: Final = 0.5  # of a name that may be meant


@dataclass(frozen=True, slots=True)
class Where:
    """A place in a file. place: such as ``message 'telemetry', reply, field 'soc_pct'``, "" for the file as a whole."""

    file: str
    place: str = ""

    def inside(self, step: str) -> "Where":
        return Where(self.file, f"{self.place}, {step}" if self.place else step)

    def wrong(self, what: str, remedy: str) -> ProfileError:
        """Make the error to raise. what: what is wrong. remedy: what would be right."""
        return ProfileError(self.file, self.place or "file", what, remedy)


def nearest(wanted: str, known: list[str], otherwise: str) -> str:
    """Give the remedy for a word that nobody knows: the nearest that somebody knows, or else another sentence."""
    longer = [name for name in known if name.startswith(wanted)]  # soc for soc_pct
    near = longer or get_close_matches(wanted, known, n=1, cutoff=0.6)
    return f"did you mean {near[0]!r}?" if near else otherwise


def alike(wanted: str, known: Sequence[str]) -> list[str]:
    """Give the names that may be meant: those that begin so, the nearest, or the nearest family."""
    begun = [name for name in known if wanted and name.startswith(wanted)]
    near = begun or get_close_matches(wanted, known, n=3, cutoff=_NEAR)
    if not near and (family := get_close_matches(_family(wanted), {*map(_family, known)}, n=1, cutoff=_KIN)):
        near = [name for name in known if _family(name) == family[0]]
    return sorted(near) or get_close_matches(wanted, known, n=1, cutoff=_KIN)


def _family(name: str) -> str:
    return name.partition("-")[0]


def either(names: Sequence[str]) -> str:
    """Join names as a person says them: a, b or c."""
    *others, last = names
    return f"{', '.join(others)} or {last}" if others else last

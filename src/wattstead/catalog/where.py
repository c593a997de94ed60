"""Where in a file of data something is wrong, in words that a person finds again."""

from dataclasses import dataclass
from difflib import get_close_matches

from wattstead.model.errors import ProfileError


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

"""What a code means for the person in front of the battery: causes, checks, steps, who acts, how grave, how soon."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from wattstead.model.code import Severity
from wattstead.model.protection import Channel

Text = Mapping[str, str]
"""One sentence or two, by language ("en", "fr")."""


class Actor(StrEnum):
    """Who acts."""

    OWNER = "owner"
    INSTALLER = "installer"
    ELECTRICIAN = "electrician"
    MAKER = "maker"


class Risk(StrEnum):
    """Whether people or the house may be harmed while nothing is done."""

    NONE = "none"
    POSSIBLE = "possible"
    SERIOUS = "serious"


class Urgency(StrEnum):
    """How soon to act; SOON is within days."""

    NONE = "none"
    SOON = "soon"
    TODAY = "today"
    NOW = "now"


@dataclass(frozen=True, slots=True)
class Advice:
    """What one code of one make means and calls for.

    topic: under which causes, checks and steps are shared. causes: most likely first. own_check, own_do: with the
    figures of the make's document. channel: what is measured of it. note: what always goes with codes of the make.
    """

    topic: str
    meaning: Text
    who: Actor
    risk: Risk
    urgency: Urgency
    causes: tuple[Text, ...] = ()
    check: tuple[Text, ...] = ()
    do: tuple[Text, ...] = ()
    own_check: tuple[Text, ...] = ()
    own_do: tuple[Text, ...] = ()
    channel: Channel | None = None
    note: Text | None = None

    @property
    def texts(self) -> tuple[Text, ...]:
        """Every text, in the order in which they are read."""
        note = (self.note,) if self.note else ()
        return (self.meaning, *self.causes, *self.own_check, *self.check, *self.own_do, *self.do, *note)


@dataclass(frozen=True, slots=True)
class Entry:
    """One code of one make.

    code: as its paper or its wire says. name: of what it means, the same in all makes. make: the profile whose code it
    is. title: what people call the make. printed: other ways to print it. listed: from a printed list, not a bit.
    """

    code: str
    name: str
    make: str
    title: str
    severity: Severity
    label: Text
    advice: Advice
    category: str = ""
    printed: tuple[str, ...] = field(default=())
    listed: bool = False

    def __hash__(self) -> int:
        return hash((self.make, self.code, self.listed))  # texts are tables, which have none

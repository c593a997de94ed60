"""When each pack is asked what. Pure: knows no line and no clock. All times on the event loop's clock, in seconds."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from wattstead.catalog.profile import Profile
from wattstead.model.code import Severity
from wattstead.model.errors import NoAnswer, Refused
from wattstead.model.reading import Value
from wattstead.wire.message import Message

PROBE_FIRST_S, PROBE_LAST_S = 2.0, 60.0
IDENTITY_S = 3600.0
AGAIN_FIRST_S, AGAIN_LAST_S = 10.0, 600.0  # a message that gets no answer while the pack gives others
NEVER_HEARD_OF = ("unknown_command", "not_permitted")


@dataclass(frozen=True, slots=True)
class PolledPack:
    """pack: its name in the plant. address: on the wire."""

    pack: str
    address: int


@dataclass(slots=True)
class _Withheld:
    """A message that a pack does not answer."""

    until_s: float
    wait_s: float


@dataclass(slots=True)
class Turn:
    """One pack: whether it answers, what is due.

    answered: None before it was asked. alarmed: whether alarms are asked each round: something is active, or nothing is
    known yet. said_once: identity, told with the next snapshot.
    """

    who: PolledPack
    number: int
    answered: bool | None = None
    alarmed: bool = True
    probe_s: float = 0.0
    wait_s: float = 0.0
    said_once: dict[str, Value] = field(default_factory=dict)
    _identity_s: dict[str, float] = field(default_factory=dict)
    _withheld: dict[str, _Withheld] = field(default_factory=dict)

    @property
    def silent(self) -> bool:
        return self.answered is False

    def spoke(self) -> None:
        self.answered, self.wait_s = True, 0.0

    def fell_silent(self, now_s: float) -> None:
        """Put the next probe off, twice as long each time."""
        self.wait_s = min(PROBE_LAST_S, 2 * self.wait_s) if self.silent else PROBE_FIRST_S
        self.answered, self.alarmed, self.probe_s = False, True, now_s + self.wait_s
        self._identity_s.clear()  # another one may stand there when it comes back

    def start_over(self) -> None:
        """The line was opened again: nothing is known."""
        self.answered, self.alarmed, self.wait_s = None, True, 0.0

    def asks_alarms(self, round_number: int, every: int) -> bool:
        """Whether it is this pack's turn: staggered, so that all rounds are equally long."""
        return self.alarmed or (round_number + self.number) % every == 0

    def heard_codes(self, codes: Iterable[str], profile: Profile) -> None:
        """What only informs (balancing, heating, waiting) is no reason to ask more often."""
        found = [profile.codes.get(code) for code in codes]
        self.alarmed = any(code is None or code.severity is not Severity.INFORMATION for code in found)

    def due(self, messages: Iterable[Message], now_s: float) -> list[Message]:
        """Give those that this pack did not lately leave unanswered."""
        return [one for one in messages if one.name not in self._withheld or self._withheld[one.name].until_s <= now_s]

    def withhold(self, message: Message, no: NoAnswer | Refused, now_s: float) -> None:
        """Leave a message be for a while; for long where the device does not know it."""
        before = self._withheld.get(message.name)
        wait_s = min(AGAIN_LAST_S, 2 * before.wait_s) if before else AGAIN_FIRST_S
        if isinstance(no, Refused) and no.reason in NEVER_HEARD_OF:
            wait_s = IDENTITY_S
        self._withheld[message.name] = _Withheld(now_s + wait_s, wait_s)

    def given(self, message: Message) -> None:
        self._withheld.pop(message.name, None)

    def identity_due(self, messages: Iterable[Message], now_s: float) -> Message | None:
        """Give one question about who it is, each once an hour."""
        if not self.answered:
            return None
        return next((one for one in self.due(messages, now_s) if self._identity_s.get(one.name, 0.0) <= now_s), None)

    def identified(self, message: Message, values: Mapping[str, Value], now_s: float) -> None:
        """Keep what it said about itself for its next snapshot."""
        self._identity_s[message.name] = now_s + IDENTITY_S
        self.said_once |= values

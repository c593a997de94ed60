"""What a search will ask on a line: known before the first byte is sent."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, zip_longest

from wattstead.catalog.profile import Profile
from wattstead.host.patience import FIFO_BYTES, glance_s, slower_by_s
from wattstead.link.pace import wire_time_s
from wattstead.link.url import SerialUrl, framing_of, parse_url
from wattstead.model.errors import UsageError

_FEW = 3  # devices that a person still reads one by one
SOON_S = 5.0
"""Where asking everybody patiently takes longer, everybody is asked impatiently first."""


@dataclass(frozen=True, slots=True)
class Step:
    """One question. baud: bit/s, None where the line has no speed of its own (TCP).

    glance: wait no longer than such a device usually takes; one that is slower is heard while the next is asked.
    """

    profile: Profile
    baud: int | None
    address: int
    request: bytes
    slower_s: float = 0.0
    glance: bool = False

    @property
    def wait_s(self) -> float:
        """Longest that it can take while nobody answers."""
        wire_s = wire_time_s(len(self.request) + FIFO_BYTES, self.baud)
        link = self.profile.link
        return (glance_s(self.profile) if self.glance else link.deadline_ms / 1000 + self.slower_s) + wire_s


@dataclass(frozen=True, slots=True)
class Round:
    """Questions at one speed, for which the port is opened once. everybody: all profiles that may speak there."""

    baud: int | None
    steps: tuple[Step, ...]
    everybody: tuple[Profile, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """All questions of a search of one line, in their order. ``url_at`` names the line at one of its speeds."""

    url: str
    steps: tuple[Step, ...]

    @property
    def bauds(self) -> tuple[int | None, ...]:
        return tuple(dict.fromkeys(step.baud for step in self.steps))

    @property
    def rounds(self) -> tuple[Round, ...]:
        """The questions as they are asked: impatiently at each speed first, where that is worth it."""
        found = []
        for (_, baud), group in groupby(self.steps, lambda step: (step.glance, step.baud)):
            here = {step.profile.name: step.profile for step in self.steps if step.baud == baud}
            found.append(Round(baud, tuple(group), tuple(here.values())))
        return tuple(found)

    @property
    def seconds(self) -> float:
        """Time until it is sure that nobody answers. Two profiles' questions of the same bytes are asked once."""
        return _seconds(self.steps)

    def url_at(self, baud: int | None) -> str:
        url = parse_url(self.url)
        return str(replace(url, baud=baud) if isinstance(url, SerialUrl) else url)

    def describe(self) -> tuple[str, ...]:
        """Say in a sentence a profile what will be sent, and how long it takes."""
        profiles = {step.profile.name: step.profile for step in self.steps}
        lines = [self._line(profile) for profile in profiles.values()]
        glances = [step for step in self.steps if step.glance]
        if glances:
            soon = f"{_shown(_seconds(glances))} s for those that answer as soon as they usually do; at most"
            return (*lines, f"These questions only read. All together take {soon} {_shown(self.seconds)} s.")
        return (*lines, f"These questions only read. All together take at most {_shown(self.seconds)} s.")

    def summary(self) -> str:
        """Say what was sent, in few words where there were many devices to look for."""
        *lines, _ = self.describe()
        if len(lines) <= _FEW:
            return "; ".join(lines)
        speeds = [str(baud) for baud in sorted({step.baud for step in self.steps if step.baud})]
        at = f" at {', '.join(speeds)} baud" if speeds else ""
        return f"asked in the words of {len(lines)} profiles{at}"

    def _line(self, profile: Profile) -> str:
        steps = [step for step in self.steps if step.profile is profile]
        message = profile.dialect.message(profile.link.probe)
        addresses = list(dict.fromkeys(step.address for step in steps))
        shown = ", ".join(map(str, addresses[:8])) + (f" … {addresses[-1]}" if len(addresses) > 8 else "")
        *others, last = dict.fromkeys(f"{step.baud}" if step.baud else "" for step in steps)
        speeds = f"{', '.join(others)} and {last}" if others else last
        at = f" at {speeds} baud" if speeds else ""
        plural = "es" if len(addresses) > 1 else ""
        return f"{profile.name}: {message.name} ({profile.dialect.number(message)}) to address{plural} {shown}{at}"


def plan(url: str, profiles: Sequence[Profile], *, full: bool = False) -> Plan:
    """Plan a search of one line for devices of these profiles.

    A URL that names a speed is searched at that one. full: every address of each profile, not the usual ones.
    Raises UsageError for a URL that cannot be meant and for a profile whose probe would write.
    """
    parsed, over = parse_url(url), framing_of(url)
    if not profiles:
        raise UsageError("a search needs a profile to look for; `wattstead profiles` names them")
    profiles = [profile for profile in profiles if profile.dialect.family.runs_over(over)]
    if not profiles:
        raise UsageError(f"{url}: none of these devices speaks so; `wattstead profiles` names others")
    for profile in profiles:
        if profile.dialect.message(profile.link.probe).writes:
            raise UsageError(
                f"{profile.name} names {profile.link.probe} as its probe, which writes; name one that reads"
            )
    if isinstance(parsed, SerialUrl) and parsed.baud is None:
        steps = [step for baud in _bauds(profiles) for step in _steps(profiles, baud, over, full=full)]
    else:
        baud = parsed.baud if isinstance(parsed, SerialUrl) else None
        steps = list(_steps(profiles, baud, over, full=full, everybody=True))
    if over or full or _seconds(steps) <= SOON_S:
        return Plan(str(parsed), tuple(steps))
    return Plan(str(parsed), (*_glances(steps), *steps))


def _glances(steps: Sequence[Step]) -> Iterator[Step]:
    """Give the questions that find a battery soon.

    One a family and address is enough: relatives answer each other, or refuse, and then they are asked in their own
    words. Devices that are no battery wait for their turn.
    """
    asked = set()
    for step in steps:
        whom = (step.profile.link.framing, step.baud, step.address)
        if step.profile.virtual.preset and whom not in asked:
            asked.add(whom)
            yield replace(step, glance=True)


def _shown(seconds: float) -> int:
    return max(1, round(seconds))  # nothing takes 0 s


def _seconds(steps: Iterable[Step]) -> float:
    return sum({(step.glance, step.baud, step.request): step.wait_s for step in steps}.values())


def _bauds(profiles: Sequence[Profile]) -> tuple[int, ...]:
    """The usual speed of each profile first."""
    ranks = zip_longest(*(profile.link.baud for profile in profiles))
    return tuple(dict.fromkeys(baud for rank in ranks for baud in rank if baud is not None))


def _steps(
    profiles: Sequence[Profile], baud: int | None, over: str, *, full: bool, everybody: bool = False
) -> Iterator[Step]:
    """Take turns between the profiles that speak at this speed; at a speed that a person gave all may."""
    here = [profile for profile in profiles if everybody or baud in profile.link.baud]
    for rank in zip_longest(*([*_addresses(profile, full=full)] for profile in here)):
        for profile, address in zip(here, rank, strict=True):
            if address is not None:
                request = profile.codec(over).ask(profile.link.probe, address)[1]
                yield Step(profile, baud, address, request, slower_by_s(over))


def _addresses(profile: Profile, *, full: bool) -> Iterator[int]:
    """The usual addresses, then, where all are wanted, the rest."""
    where = profile.addresses
    yield from where.usual
    if full:
        yield from (address for address in range(where.first, where.last + 1) if address not in where.usual)


def neighbours(profile: Profile, address: int) -> list[int]:
    """Give the other addresses where packs of the same bank may be: the same sixteen, and the usual ones.

    Pylontech counts modules in the lower and groups in the upper half of the address; others have sixteen at most.
    """
    where = profile.addresses
    near = range(where.first, where.last + 1)
    return [one for one in near if one != address and (one & 0xF0 == address & 0xF0 or one in where.usual)]

"""Finds out which devices answer on a line, at which speed and address. Only reads."""

from collections import Counter, deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, replace

from wattstead.catalog.profile import Profile
from wattstead.host.conversation import Conversation, Effort
from wattstead.host.gather import Gathering, polled
from wattstead.host.plan import Plan, Round, Step, neighbours, plan
from wattstead.host.plausible import doubt
from wattstead.link.port import Port
from wattstead.link.url import framing_of
from wattstead.model.errors import LinkLost, NoAnswer, Refused
from wattstead.wire.message import Poll

OpenPort = Callable[[str], Awaitable[Port]]
RECENT = 3  # questions that something late may answer
IN_VAIN = 3  # times at one speed that something is heard and nobody answers a second question
MEASURED = 3  # further questions to the first device, so that the walk knows how long this make takes


@dataclass(frozen=True, slots=True)
class Found:
    """A device that answered.

    profile: the name of its profile. url: the line, with the speed. device_name, firmware_version: as it calls itself,
    None where it does not say. also: other profiles that its answer fits just as well.
    """

    profile: str
    url: str
    address: int
    device_name: str | None = None
    firmware_version: str | None = None
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a search is: questions done of all, and what is asked now. The total grows once a device was found."""

    done: int
    total: int
    asking: str


async def discover(
    open_port: OpenPort,
    url: str,
    profiles: Sequence[Profile],
    *,
    full: bool = False,
    progress: Callable[[Progress], None] | None = None,
) -> AsyncGenerator[Found, None]:
    """Search one line: yields each device as soon as it has answered. ``plan`` tells beforehand what will be asked.

    Stops at the first speed at which somebody answers, after a walk through that bank's other addresses; with ``full``
    all addresses at all speeds are asked. Raises NoAnswer where nobody answered at all, LinkLost where the port does
    not open, UsageError for what cannot be meant.
    """
    search = _Search(plan(url, profiles, full=full), full=full, progress=progress or (lambda _: None))
    lost: LinkLost | None = None
    for turn in search.plan.rounds:
        try:
            port = await open_port(search.plan.url_at(turn.baud))
        except LinkLost as error:  # some ports cannot run at some speeds: the others may do
            lost = lost or error
            continue
        try:
            async for found in search.at(port, turn):
                yield found
        finally:
            await port.close()
        if search.found and not full:
            return
    if lost and not search.asked:
        raise lost
    if not search.found:
        raise NoAnswer(search.in_vain())


class _Search:
    def __init__(self, searched: Plan, *, full: bool, progress: Callable[[Progress], None]) -> None:
        self.plan = searched
        self.found: set[tuple[int | None, int]] = set()
        self.asked = 0
        self._full = full
        self._progress = progress
        self._total = len(searched.steps)
        self._noise: Counter[int | None] = Counter()
        self._refused = ""
        self._lines: dict[str, Conversation] = {}

    async def at(self, port: Port, turn: Round) -> AsyncGenerator[Found, None]:
        """Search at one speed."""
        baud = turn.baud
        self._lines = {one.name: Conversation(port, one, retries=0) for one in turn.everybody}
        silent: dict[bytes, int] = {}
        asked: deque[Step] = deque(maxlen=RECENT)
        patience = IN_VAIN
        for step in turn.steps:
            self._tell(step.profile, baud, step.address)
            if step.request in silent or (baud, step.address) in self.found:
                continue
            asked.appendleft(step)
            suspects = [step]
            if step.glance:
                heard = await self._glance(step)
                others = self._lines[step.profile.name].others  # a master answers for whom nobody is, with its own
                suspects = (
                    [replace(step, address=one) for one in sorted(others)] or [*asked] if heard and patience else []
                )
            fits, step = await self._first_that_fits(suspects, step)
            if step.glance and suspects and not fits:
                patience -= 1  # a line that is never quiet must not hold up the glance at the others
            if fits is None:
                silent[step.request] = step.address
                continue
            for profile in fits:
                yield await self._introduce(profile, baud, step.address, fits)
            if fits and not self._full and framing_of(self.plan.url) == "modbus_rtu":
                return  # a stick logger has one inverter, and a question to nobody holds it up for seconds
            if fits and not self._full:
                async for found in self._walk(fits, baud, step.address, silent.values()):
                    yield found
                return
        self._noise[baud] += sum(line.counters.noise.total() for line in self._lines.values())

    async def _first_that_fits(
        self, suspects: Sequence[Step], otherwise: Step
    ) -> tuple[Sequence[Profile] | None, Step]:
        """Ask those patiently of whom it may be that something was heard; give who answers, and at what."""
        for suspect in suspects:
            fits = await self._fitting(suspect)
            if fits or not suspect.glance:
                return fits, suspect
        return None, otherwise

    def in_vain(self) -> str:
        """Say what was tried and what helps."""
        tried = self.plan.summary()
        if self._refused:
            return f"{self.plan.url}: a device is there but does not give its values: {self._refused}"
        speeds = [f"{baud} baud" if baud else "its speed" for baud, count in self._noise.items() if count]
        if speeds:
            return (
                f"{self.plan.url}: noise came at {' and '.join(speeds)}, but no device answered ({tried}); perhaps it "
                "runs at another speed or speaks another protocol, or A and B are swapped"
            )
        return (
            f"{self.plan.url}: no device answered ({tried}); check that it is on, that the cable is in its host port, "
            "and the wires A and B; --full asks every address"
        )

    def _tell(self, profile: Profile, baud: int | None, address: int) -> None:
        speed = f" at {baud} baud" if baud else ""
        self._progress(Progress(self.asked, self._total, f"{profile.name}{speed}, address {address}"))
        self.asked += 1

    async def _glance(self, step: Step) -> bool:
        """Ask and listen shortly; tell whether anything came, late answers to earlier questions included."""
        line = self._lines[step.profile.name]
        before = line.counters.bytes_in
        try:
            await line.ask(step.profile.link.probe, step.address, effort=Effort.GLANCE)
        except (Refused, NoAnswer):
            return line.counters.bytes_in > before
        return True

    async def _fitting(self, step: Step) -> list[Profile] | None:
        """Ask one address; give the profiles that the answer fits best, None where nothing came.

        Relatives are asked, too: those whose frames the first one can read, for others have not understood it.
        """
        first = step.profile
        doubted: list[Profile] = []
        fits: list[Profile] = []
        relatives = [line.profile for line in self._lines.values() if line.profile.link.framing == first.link.framing]
        for profile in (first, *(one for one in relatives if one is not first)):
            values, heard = await self._probe(profile, step.address)
            if profile is first and not heard:
                return None
            if values is not None:
                (doubted if values.doubt or doubt(values.values) else fits).append(profile)
        return fits or doubted

    async def _probe(
        self, profile: Profile, address: int, effort: Effort = Effort.ONCE
    ) -> tuple[Gathering | None, bool]:
        """Give what one address said in this profile's words, and whether anything came at all."""
        where, line = profile.addresses, self._lines[profile.name]
        if not where.first <= address <= where.last:
            return None, True
        before, gathering = line.counters.bytes_in, Gathering()
        try:
            gathering.add(await line.ask(profile.link.probe, address, effort=effort))
        except Refused as no:
            self._refused = str(no)
            return None, True
        except NoAnswer:
            return None, line.counters.bytes_in > before
        return gathering, True

    async def _introduce(self, profile: Profile, baud: int | None, address: int, fits: Sequence[Profile]) -> Found:
        """Ask a device that answered who it is."""
        gathering, line = Gathering(), self._lines[profile.name]
        for message in polled(profile, Poll.IDENTITY):
            try:
                gathering.add(await line.ask(message.name, address))
            except (NoAnswer, Refused):
                continue  # it need not know all of them
        self.found.add((baud, address))
        name, firmware = gathering.values.get("device_name"), gathering.values.get("firmware_version")
        return Found(
            profile.name,
            self.plan.url_at(baud),
            address,
            str(name) if name else None,
            str(firmware) if firmware else None,
            tuple(other.name for other in fits if other is not profile),
        )

    async def _walk(
        self, fits: Sequence[Profile], baud: int | None, address: int, silent: Collection[int]
    ) -> AsyncGenerator[Found, None]:
        """Ask the other addresses of the bank, no longer than this make takes."""
        profile = fits[0]
        others = [one for one in neighbours(profile, address) if one not in silent]
        self._total = self.asked + len(others)
        for _ in range(MEASURED):
            await self._probe(profile, address)
        for other in others:
            self._tell(profile, baud, other)
            if await self._is_there(profile, other):
                yield await self._introduce(profile, baud, other, fits)

    async def _is_there(self, profile: Profile, address: int) -> bool:
        values, _ = await self._probe(profile, address, Effort.PROBE)
        if values is None and self._lines[profile.name].answers_late(address):
            values, _ = await self._probe(profile, address)
        return values is not None

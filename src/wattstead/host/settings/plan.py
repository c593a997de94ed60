"""The order in which settings are written: as few messages as hold what differs, and no impossible set on the way."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from wattstead.catalog.profile import Profile
from wattstead.host.settings.check import impossible
from wattstead.host.settings.mapping import Page, names_in, pages, request_values
from wattstead.host.settings.sets import Held, Settings
from wattstead.model.errors import UsageError
from wattstead.wire.layout import fields_of
from wattstead.wire.registers import Block

_MOST_RUNS = 24  # beyond that many, each order of them is too long to look at


@dataclass(frozen=True, slots=True)
class Step:
    """One message that writes. changes: the settings in it that get another value; carries: how many go with them."""

    page: Page
    changes: Settings
    carries: int

    @property
    def message(self) -> str:
        return self.page.message.name

    @property
    def beside(self) -> int:
        """How many settings are written as they are."""
        return self.carries - len(self.changes)

    def values(self, profile: Profile, held: Held) -> dict[str, Any]:
        """Give what the request carries. Raises EncodeError."""
        return request_values(profile, self.page, held.records, self.changes)


def plan(profile: Profile, held: Held, wanted: Settings) -> tuple[Step, ...]:
    """Give the messages that turn what a device holds into what is wanted; ``wanted`` names only what differs.

    Raises UsageError for settings that this wire does not write.
    """
    here = pages(profile)
    known = {name for page in here for name in page.names}
    if strange := [name for name in wanted if name not in known]:
        raise UsageError(_cannot(profile, strange, known))
    runs = [step for page in here for step in _runs(profile, page, wanted)]
    if profile.writing.after or len(runs) < 2:
        return tuple(runs)  # they take effect together
    possible = _possible(profile, held, wanted)
    joined = [step for page in here for step in _joined(profile, page, wanted)]
    return tuple(_ordered(runs, possible) or _ordered(joined, possible) or joined)


def _cannot(profile: Profile, strange: Sequence[str], known: set[str]) -> str:
    if not known:
        return f"{profile.name}: its settings can be read, but no way to write them is known; use the maker's program"
    return f"{profile.name}: {', '.join(strange)} can be read, but no way to write it is known; take it out"


def _runs(profile: Profile, page: Page, wanted: Settings) -> Iterator[Step]:
    """Give one step for a page that goes as a whole, else one for each run of neighbours."""
    changes = {name: wanted[name] for name in page.names if name in wanted}
    if not changes:
        return
    if not isinstance(page.message, Block):
        yield Step(page, changes, len(page.names))
        return
    run: dict[str, Any] = {}
    for unit in _units(page.message, frozenset(page.names)):
        here = {name: changes[name] for name in unit if name in changes}
        if run and not here:
            yield _step(profile, page, run)
            run = {}
        run |= here
    if run:
        yield _step(profile, page, run)


def _joined(profile: Profile, page: Page, wanted: Settings) -> Iterator[Step]:
    changes = {name: wanted[name] for name in page.names if name in wanted}
    if changes:
        yield _step(profile, page, changes)


def _step(profile: Profile, page: Page, changes: Mapping[str, Any]) -> Step:
    part = profile.dialect.family.asking(page.message, changes)
    carried = {name for field in fields_of(part.request) for name in names_in(field)}
    return Step(page, dict(changes), len(carried.intersection(page.names)))


def _units(block: Block, names: frozenset[str]) -> Iterator[list[str]]:
    """Give the settings of each register or coil, in their order; none for one that holds no setting."""
    shared: list[str] = []
    for field in fields_of(block.request):
        here = [name for name in dict.fromkeys(names_in(field)) if name in names]
        if block.of_bits:
            yield from ([name] for name in here)
            continue
        shared += here
        if field.lane is None or field.lane.last:
            yield shared
            shared = []


def _possible(profile: Profile, held: Held, wanted: Settings) -> Callable[[Settings], bool]:
    """Make the judge of a set on the way: it has no error that neither the first nor the last one has."""
    allowed = impossible(profile, held.values) | impossible(profile, {**held.values, **wanted})
    return lambda changes: impossible(profile, {**held.values, **changes}) <= allowed


def _ordered(steps: Sequence[Step], possible: Callable[[Settings], bool]) -> list[Step] | None:
    """Order the steps so that each set on the way is possible; None where that cannot be found."""
    if len(steps) > _MOST_RUNS:
        return None
    left, done = list(steps), dict[str, Any]()
    ordered: list[Step] = []
    while left:
        step = next((one for one in left if possible({**done, **one.changes})), None)
        if step is None:
            return None
        left.remove(step)
        ordered.append(step)
        done |= step.changes
    return ordered

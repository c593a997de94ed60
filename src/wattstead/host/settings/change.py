"""A change of settings from what a person wants to what became of it: findings, a last look, backup, write, the log.

Whoever asks the person stands around it: the command line, the pages in the terminal.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from wattstead.catalog.profile import Profile
from wattstead.host.conversation import Conversation
from wattstead.host.settings.check import Danger, Issue, check_set, dangers, errors
from wattstead.host.settings.keep import Keeper
from wattstead.host.settings.plan import Step, plan
from wattstead.host.settings.sets import LIVE, Held, Settings, differences, read_held, same
from wattstead.host.settings.write import PATIENCE_S, Reopen, Result, Written, write_settings
from wattstead.model.errors import WattsteadError


@dataclass(frozen=True)
class Order:
    """What is to be written to whom. held: as it was read. why: for the log."""

    conversation: Conversation
    address: int
    url: str
    held: Held
    wanted: Settings
    keeper: Keeper
    why: str

    @property
    def profile(self) -> Profile:
        return self.conversation.profile

    @property
    def changes(self) -> Settings:
        """Give what is wanted otherwise than it is."""
        return {name: value for name, value in self.wanted.items() if not same(value, self.held.values.get(name))}


@dataclass(frozen=True)
class Findings:
    """What a person sees before anything is sent. steps: messages that write; none where an error stops it.

    dangers: each is to be confirmed by its name.
    """

    issues: tuple[Issue, ...]
    steps: tuple[Step, ...]
    dangers: tuple[Danger, ...]

    @property
    def errors(self) -> tuple[Issue, ...]:
        return errors(self.issues)

    @property
    def new_warnings(self) -> tuple[Issue, ...]:
        """Warnings that this change brings."""
        return tuple(one for one in self.issues if not one.stands and not one.error)


def examine(order: Order) -> Findings:
    """Check the whole set as it would be. Raises UsageError for settings that this wire does not write."""
    profile, held = order.profile, order.held
    issues = check_set(profile, order.wanted, held.values)
    steps = () if errors(issues) else plan(profile, held, order.changes)
    return Findings(issues, steps, dangers(profile, held.values, order.changes))


async def unchanged(order: Order) -> Order:
    """Read once more: what a whole block carries must be what the device holds now. Raises WattsteadError."""
    now = await read_held(order.conversation, order.address, identity=False)
    moved = [one.name for one in differences(order.held.values, now.values) if one.name not in LIVE]
    if moved:
        raise WattsteadError(f"nothing was sent: somebody else has changed {', '.join(moved)} meanwhile; look again")
    return replace(order, held=replace(now, identity=order.held.identity))


def begin(order: Order, before: Held, now_ms: int) -> Path:
    """Write the backup, and that we begin, before anything is sent. Raises WattsteadError where that fails."""
    backup = order.keeper.backup(before.as_set(order.profile, order.url, order.address, now_ms))
    entry = {"what": "begin", "why": order.why, "backup": backup.name, "wanted": dict(order.changes)}
    order.keeper.log(entry, now_ms)
    return backup


async def carry_out(
    order: Order,
    now_ms: Callable[[], int],
    *,
    what: str = "write",
    reopen: Reopen | None = None,
    patience_s: float = PATIENCE_S,
    told: Callable[[str], None] = lambda _: None,
) -> Written:
    """Write, read back and note the outcome of each value in the log. The rest as for ``write_settings``."""
    done = await write_settings(
        order.conversation,
        order.address,
        order.held,
        order.wanted,
        reopen=reopen,
        patience_s=patience_s,
        told=told,
    )
    for one in done.results:
        order.keeper.log({"what": what, **plain_result(one)}, now_ms())
    order.keeper.log({"what": f"{what} ended", "sent": done.sent, "resumed": done.resumed}, now_ms())
    return done


def back(order: Order, done: Written) -> Order | None:
    """Give the order that brings back what was; None where nothing is to be brought back, or nobody answers."""
    if done.done or done.held is None or not done.to_undo():
        return None
    return replace(order, held=done.held, wanted=done.to_undo(), address=done.address)


def remember(order: Order, last: Written, now_ms: int) -> None:
    """Keep what the device holds now as what we left on it."""
    if last.held is not None:
        left = replace(last.held, identity=order.held.identity)
        order.keeper.remember(left.as_set(order.profile, order.url, last.address, now_ms))


def plain_result(one: Result) -> dict[str, Any]:
    """Give a result as JSON and the log have it."""
    told = {"name": one.name, "from": one.was, "to": one.to, "holds": one.holds, "outcome": one.outcome.value}
    return {**told, "why": one.why} if one.why else told

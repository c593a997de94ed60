"""Writing settings from the command line: preview, confirmation, backup, the transaction, the way back."""

import asyncio
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from wattstead.app.clock import now_ms
from wattstead.catalog.shown import setting_text
from wattstead.cli.ask import agrees, confirmed_by_name, somebody, typed
from wattstead.cli.setting_source import Device, Loaded, Places, Wish, is_file, told_missing
from wattstead.cli.settings_show import preview, show_written
from wattstead.cli.show import as_json, console, said, said_in, word
from wattstead.host.settings.change import (
    Findings,
    Order,
    back,
    begin,
    carry_out,
    examine,
    plain_result,
    remember,
    unchanged,
)
from wattstead.host.settings.file import parse_value, read_settings_file
from wattstead.host.settings.sets import LIVE, OWN, Held, Settings, defaults, read_held, same, took
from wattstead.host.settings.write import Outcome, Written
from wattstead.model.counted import Count
from wattstead.model.errors import LinkLost, NoAnswer, UsageError, WattsteadError

_PAUSE_S = 1.0  # between two looks whether a device is back


async def written(places: Places, what: list[str], wish: Wish) -> bool:
    """Write values from files and from the command line. Gives whether all is as wanted."""
    if len(what) < 2:
        raise UsageError("write what? name a file that ends in .toml, or NAME=VALUE")
    for one in what[1:]:
        if _names_file(one):  # before a port is opened: slips in it are told first
            places = places.named_in(one)
    async with places.device(what[0]) as device:
        wanted: dict[str, bool | int | float | str] = {}
        for one in what[1:]:
            if _names_file(one):
                wanted |= read_settings_file(Path(one), device.profile).values
            else:
                name, value = parse_value(device.profile, one)
                wanted[name] = value
        order = await _order(places, device, wanted, " ".join(what[1:]))
        return await _carry_out(places, order, wish)


def _names_file(what: str) -> bool:
    return is_file(what) and "=" not in what


async def restored(places: Places, what: list[str], wish: Wish) -> bool:
    """Bring back a backup, or the set as shipped; what is a fact of the pack stays as it is."""
    if len(what) > 2:
        raise UsageError(f"restore takes a port and one file or `defaults`, not {' '.join(what[1:])}")
    stays: tuple[str, ...] = LIVE
    if len(what) == 2 and what[1] != "defaults":
        places = places.named_in(what[1])
    async with places.device(what[0]) as device:
        held = await read_held(device.conversation, device.address)
        keeper = places.keeper(device, held)
        if len(what) == 1:
            backups = keeper.backups()
            if not backups:
                raise UsageError("there is no backup of this device; name a file, or `defaults` for the set as shipped")
            wanted, source = read_settings_file(backups[-1], device.profile).values, str(backups[-1])
        elif what[1] == "defaults":
            wanted, source, stays = defaults(device.profile).values, "defaults", OWN
        else:
            wanted, source = read_settings_file(Path(what[1]), device.profile).values, what[1]
        said_in(wish.lang, f"from {source}")
        kept = [name for name in stays if name in wanted and not same(wanted[name], held.values.get(name))]
        if kept:
            said_in(wish.lang, f"stays as it is, for it is this pack's own: {', '.join(kept)}")
        left = {name: value for name, value in wanted.items() if name not in stays}
        order = Order(device.conversation, device.address, device.url, held, left, keeper, f"restore {source}")
        return await _carry_out(places, order, wish)


async def _order(places: Places, device: Device, wanted: Settings, why: str) -> Order:
    held = await read_held(device.conversation, device.address)
    told_missing(held, places.wish.lang)
    return Order(device.conversation, device.address, device.url, held, wanted, places.keeper(device, held), why)


async def _carry_out(places: Places, order: Order, wish: Wish) -> bool:
    profile, found = order.profile, examine(order)
    issues, wrong, asks = found.issues, found.errors, found.dangers
    loaded = Loaded(profile, order.held.as_set(profile, order.url, order.address, now_ms()))
    if not order.changes and not wrong:
        _say(wish, {"results": [], "sent": 0}, word("already_so", wish.lang))
        order.keeper.remember(loaded.held)
        return True
    if not wish.json:
        preview(loaded, order.changes, found.steps, issues, asks, wish)
    if wrong:
        if wish.json:
            print(as_json({"errors": [str(one) for one in wrong], "sent": 0}))
        are = "is an error" if len(wrong) == 1 else "are errors"
        raise WattsteadError(f"nothing was sent: {len(wrong)} of the findings {are}; correct what is wrong first")
    _tell_wear(order, wish.lang)
    if wish.dry_run:
        _say(wish, {"would_write": dict(order.changes), "dangers": [one.name for one in asks], "sent": 0}, "")
        said_in(wish.lang, "--dry-run: nothing was sent")
        return True
    await _confirmed(found, wish)
    return await _write(places, await unchanged(order), order.held, loaded, wish)


def _say(wish: Wish, plain: dict[str, object], text: str) -> None:
    if wish.json:
        print(as_json(plain))
    elif text:
        console().print(text)


def _tell_wear(order: Order, lang: str) -> None:
    cycles, writes = order.profile.writing.cycles, order.keeper.writes()
    if cycles is not None:
        ours = f"{Count(writes):write of ours is|writes of ours are} in the log"
        said_in(lang, f"the memory of this device can be programmed some {cycles} times; {ours}")


async def _confirmed(found: Findings, wish: Wish) -> None:
    """Ask what must be asked. Raises UsageError where nobody is there to answer, or says no."""
    here = somebody(quiet=wish.json)
    for one in found.dangers:
        if one.name in wish.confirmed:
            continue
        if not here or not await confirmed_by_name(one.name, one.text, wish.lang):
            raise UsageError(f"nothing was sent: {one.name} {one.text}; say --confirm {one.name} if that is meant")
    if wish.yes:
        return
    new = [one for one in found.new_warnings if one.rule not in wish.confirmed]
    if here:
        if not await agrees(word("write_it", wish.lang)):
            raise UsageError("nothing was sent")
    elif new:
        rules = " ".join(f"--confirm {rule}" for rule in dict.fromkeys(one.rule for one in new))
        many = f"{Count(len(new)):warning is|warnings are} new"
        raise UsageError(f"nothing was sent: {many} ({new[0]}); say --yes or {rules}")


async def _write(places: Places, order: Order, before: Held, loaded: Loaded, wish: Wish) -> bool:
    backup = begin(order, before, now_ms())
    said_in(wish.lang, f"backup: {backup}")
    done = await _transact(places, order, "write", wish)
    undone: Written | None = None
    way_back = back(order, done)
    if way_back is not None and await _wants_back(wish):
        undone = await _transact(places, way_back, "rollback", wish)
    remember(order, undone or done, now_ms())
    _told(loaded, done, undone, wish)
    good = done.done
    if wish.recheck and good:
        good = await _recheck(places, order, done, wish)
    if not good:
        said_in(wish.lang, _next(done, undone, order))
    if any(one.outcome is Outcome.LINK_LOST for one in done.results):
        raise NoAnswer(next(one.why for one in done.results if one.outcome is Outcome.LINK_LOST))
    return good


async def _transact(places: Places, order: Order, what: str, wish: Wish) -> Written:
    reopen = partial(places.open, order.url, order.profile)
    return await carry_out(
        order, now_ms, what=what, reopen=reopen, patience_s=wish.wait_s, told=partial(said_in, wish.lang)
    )


async def _wants_back(wish: Wish) -> bool:
    if wish.rollback:
        return True
    return not wish.yes and somebody(quiet=wish.json) and await agrees(word("roll_back", wish.lang))


def _told(loaded: Loaded, done: Written, undone: Written | None, wish: Wish) -> None:
    if wish.json:
        moved = [{"name": one.name, "from": one.left, "to": one.right} for one in done.moved]
        plain = {"results": [plain_result(one) for one in done.results], "moved": moved, "sent": done.sent}
        back = {} if undone is None else {"rollback": [plain_result(one) for one in undone.results]}
        print(as_json({**plain, **back, "resumed": done.resumed, "address": done.address}))
        return
    show_written(loaded, done, wish)
    if undone is not None:
        console().print(word("rolled_back", wish.lang), style="bold")
        show_written(loaded, undone, wish)


def _next(done: Written, undone: Written | None, order: Order) -> str:
    """Say what a person can do now."""
    if undone is not None:
        return "all is as before" if undone.done else "not everything could be brought back; see above, and try again"
    if any(one.outcome is Outcome.LINK_LOST for one in done.results):
        return (
            "the line was lost: nobody knows whether the device took these values; the same command goes on with what "
            f"is still missing, `wattstead settings restore {order.url}` brings back what was"
        )
    if not done.to_undo():
        return "the device is as it was before"
    return f"not everything was written; `wattstead settings restore {order.url}` brings back what was"


async def _recheck(places: Places, order: Order, done: Written, wish: Wish) -> bool:
    """Read again once the technician has restarted the device: some boards forget. Raises NoAnswer, LinkLost."""
    if somebody(quiet=False):
        await typed(word("restart_now", wish.lang))
    profile = order.profile
    moved = order.wanted.get(profile.writing.address)  # some take a new address with the next start
    addresses = dict.fromkeys((done.address, done.address if moved is None else int(moved)))
    now = await _once_it_is_back(places, order, list(addresses), wish.wait_s)
    lost = [name for name, value in order.wanted.items() if not took(name, value, now.values.get(name))]
    for name in lost:
        setting = profile.settings[name]
        holds, wanted = (setting_text(one, setting, wish.lang) for one in (now.values.get(name), order.wanted[name]))
        said(word("not_kept", wish.lang).format(name=name, holds=holds, wanted=wanted))
    if not lost:
        said(word("kept", wish.lang))
    order.keeper.log({"what": "recheck", "not_kept": lost}, now_ms())
    return not lost


async def _once_it_is_back(places: Places, order: Order, addresses: Sequence[int], patience_s: float) -> Held:
    """Open the line anew and read; a device that starts takes its time. Raises NoAnswer, LinkLost when it is up."""
    loop = asyncio.get_running_loop()
    until_s = loop.time() + patience_s
    while True:
        for address in addresses:
            try:
                await order.conversation.close()  # a port that is still held cannot be opened again
                await order.conversation.move_to(await places.open(order.url, order.profile))
                return await read_held(order.conversation, address, identity=False)
            except (NoAnswer, LinkLost):
                if loop.time() >= until_s and address == addresses[-1]:
                    raise
        await asyncio.sleep(_PAUSE_S)

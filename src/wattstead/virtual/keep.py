"""A bank as a plain dict and back, so that a program goes on after a restart with the same battery."""

from collections.abc import Mapping
from datetime import datetime
from math import inf
from typing import Any, Final

from wattstead.battery.join import restore_bus, save_bus
from wattstead.battery.record import RecordLog
from wattstead.battery.save import restore, save
from wattstead.battery.wear import Ageing
from wattstead.model.counted import Count
from wattstead.model.errors import Refused, UsageError
from wattstead.virtual.bank import Bank
from wattstead.virtual.pack import Pack
from wattstead.virtual.preset import rules_of

_FORM: Final = 2  # of the dict; raise it when that changes


def keep(bank: Bank) -> dict[str, Any]:
    """Give cells, settings, clocks and records of all packs as lists and numbers that JSON keeps."""
    return {
        "form": _FORM,
        "state": save(bank.state),
        "wear": bank.stack.ageing.save(),
        "bus": save_bus(bank.stack.bus),
        "packs": [_kept(pack) for pack in bank.packs],
    }


def _kept(pack: Pack) -> dict[str, Any]:
    desk = {} if pack.desk is None else {"desk": pack.desk.save()}
    journal = {} if pack.journal is None else {"charges": pack.journal.charges}
    return {
        **desk,
        **journal,
        "settings": pack.settings,
        "says": pack.says,
        "clock_ahead_ms": pack.clock_ahead_ms,
        "unfilled_for_s": pack.unfilled_for_s,
        "records": pack.records.save(),
        "stamps": [[time_s, at.isoformat()] for time_s, at in pack.stamps.items()],
    }


def resume(bank: Bank, kept: Mapping[str, Any]) -> None:
    """Let a new bank go on from what ``keep`` gave. Raises UsageError for what does not fit; all is as before then."""
    if kept.get("form") != _FORM or len(kept.get("packs", ())) != len(bank.packs):
        raise UsageError("the kept battery has another form, or another number of packs; start anew")
    state = restore(bank.stack.presets[0], kept["state"])
    if state.count != len(bank.packs):
        raise UsageError(f"the kept battery has {Count(state.count):pack|packs}, not {len(bank.packs)}; start anew")
    bus = restore_bus(bank.stack.bus, kept["bus"])
    # Records and calibration first: they are checked before anything has changed.
    desks = [
        pack.desk and pack.desk.restored(one.get("desk")) for pack, one in zip(bank.packs, kept["packs"], strict=True)
    ]
    logs = [
        RecordLog.restore(pack.records.rules, one["records"])
        for pack, one in zip(bank.packs, kept["packs"], strict=True)
    ]
    ageing = Ageing.restore(state, kept["wear"]) if "wear" in kept else Ageing(state)
    bank.stack.bus, bank.stack.ageing = bus, ageing
    bank.stack.state = state
    for place, (pack, one, log) in enumerate(zip(bank.packs, kept["packs"], logs, strict=True)):
        pack.records, pack.desk = log, desks[place]
        if pack.journal is not None:
            pack.journal.charges = int(one.get("charges", 0))
        pack.stamps = {float(time_s): datetime.fromisoformat(at) for time_s, at in one.get("stamps", ())}
        pack.clock_ahead_ms, pack.unfilled_for_s = int(one["clock_ahead_ms"]), float(one["unfilled_for_s"])
        try:
            pack.set_settings({**one["settings"], **one["says"]}, inf)
        except Refused:  # settings that this version no longer takes: those of the factory stay
            continue
        pack.take_address()  # a program that was started anew is a pack that was off
        log.follow(rules_of(pack.model))
        bank.stack.configure(place, pack.preset)

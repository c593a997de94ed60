"""What only a whole profile can tell: names that must be unique, and names that must exist."""

from collections.abc import Mapping, Sequence

from wattstead.catalog.families import FAMILIES
from wattstead.catalog.shipped import panel_names, preset_names
from wattstead.catalog.spec import ProfileSpec
from wattstead.catalog.where import Where, nearest
from wattstead.wire.layout import names_of
from wattstead.wire.message import ACTS, Message


def check(where: Where, spec: ProfileSpec, messages: Sequence[Message]) -> None:
    """Raise ProfileError for the first contradiction between the tables of a profile."""
    _check_messages(where, messages)
    _check_link(where.inside("link"), spec, {message.name: message for message in messages})
    _check_settings(where, spec)
    _check_virtual(where.inside("virtual"), spec, messages)


def _check_messages(where: Where, messages: Sequence[Message]) -> None:
    names: dict[str, str] = {}
    commands: dict[int, str] = {}
    for message in messages:
        here = where.inside(f"message {message.name!r}")
        for name in (message.name, *message.aliases):
            if name in names:
                raise here.wrong(
                    f"{name!r} stands twice", f"message {names[name]!r} has this name, too: give each its own"
                )
            names[name] = message.name
        if message.command in commands:
            other = commands[message.command]
            raise here.wrong(
                f"command {message.command:02X}H stands twice", f"message {other!r} has it, too: correct one"
            )
        commands[message.command] = message.name
        _check_acts(here, message)


def _check_acts(where: Where, message: Message) -> None:
    """Hold what a write does against what it carries and what a device can do."""
    if message.acts and not message.writes:
        raise where.wrong("has acts but does not write", 'add poll = "never": what acts is never asked by itself')
    if message.of_bank and message.writes:
        raise where.wrong("writes to the whole bank", "take bank away: acts say what it does to all packs")
    carried = names_of(message.request)
    for number, act in enumerate(message.acts, 1):
        here = where.inside(f"act {number}")
        for does in act.does.split():
            if does not in ACTS:
                raise here.wrong(
                    f"nothing is called {does!r}", nearest(does, list(ACTS), f"does is one of {', '.join(ACTS)}")
                )
        for name in act.when:
            if name not in carried:
                raise here.wrong(
                    f"the request carries no {name!r}", nearest(name, sorted(carried), "name one of its fields")
                )


def _check_link(where: Where, spec: ProfileSpec, messages: Mapping[str, Message]) -> None:
    for family in FAMILIES:
        if family != spec.link.framing and getattr(spec.link, family, None) is not None:
            remedy = f"take it away, or write framing = {family!r}"
            raise where.inside(family).wrong(f"the framing is {spec.link.framing}", remedy)
    for key, names in (("probe", (spec.link.probe,)), ("zero_answers", spec.link.zero_answers)):
        for name in names:
            here = where.inside(key)
            if name not in messages:
                remedy = nearest(name, list(messages), f"the messages are {', '.join(messages)}")
                raise here.wrong(f"there is no message {name!r}", remedy)
            if messages[name].writes:
                raise here.wrong(f"{name!r} writes", "name a message that only reads")
    addresses, here = spec.link.addresses, where.inside("addresses")
    if addresses.first > addresses.last:
        raise here.wrong(f"first {addresses.first} lies above last {addresses.last}", "swap them")
    for address in (*addresses.usual, addresses.master):
        if not addresses.first <= address <= addresses.last:
            raise here.wrong(
                f"{address} lies outside", f"stay within first {addresses.first} and last {addresses.last}"
            )


def _check_settings(where: Where, spec: ProfileSpec) -> None:
    names = [setting.name for setting in spec.setting]
    for name in names:
        if names.count(name) > 1:
            raise where.inside(f"setting {name!r}").wrong("stands twice", "give each its own name")


def _check_virtual(where: Where, spec: ProfileSpec, messages: Sequence[Message]) -> None:
    virtual = spec.virtual
    for key, name, known in (("preset", virtual.preset, preset_names()), ("panel", virtual.panel, panel_names())):
        if name and name not in known and not name.endswith(".toml"):
            remedy = nearest(name, list(known), f"the {key}s are {', '.join(known)}")
            raise where.inside(key).wrong(f"there is no {key} {name!r}", remedy)
    told = {name for message in messages for name in names_of(message.reply)}
    lock = virtual.lock
    if lock is not None and lock.setting not in {one.name for one in spec.setting}:
        remedy = nearest(lock.setting, [one.name for one in spec.setting], "name a setting of this file")
        raise where.inside("lock").wrong(f"there is no setting {lock.setting!r}", remedy)
    told |= {one.quantity for one in spec.link.can.joins} if spec.link.can else set()
    for name in spec.virtual.says:
        if name not in told:
            remedy = nearest(name, sorted(told), "name a field, a quantity or a setting")
            raise where.inside("says").wrong(f"no message carries {name!r}", remedy)
    for name in (one for said in spec.virtual.implies.values() for one in ((said,) if isinstance(said, str) else said)):
        if name not in told:
            remedy = nearest(name, sorted(told), "name a bit of a reply")
            raise where.inside("implies").wrong(f"no message carries {name!r}", remedy)

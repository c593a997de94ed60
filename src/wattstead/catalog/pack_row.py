"""One ``[[protection]]`` of a preset, from what the file says to a row with figures."""

from wattstead.catalog.figures import Figures
from wattstead.catalog.pack_spec import LockSpec, RowSpec
from wattstead.catalog.where import Where
from wattstead.model.errors import UsageError
from wattstead.model.pack import PackRow, usual_delay_s
from wattstead.model.protection import (
    Action,
    Channel,
    Gate,
    Level,
    Light,
    Lock,
    Recovery,
    Source,
    parse_recovery,
)

_CHANNELS = {channel.label: channel for channel in Channel}
_GATES, _ACTIONS = [gate.value for gate in Gate], [action.value for action in Action]
_HIGHEST = frozenset(
    {
        Channel.CELL_VOLTAGE_MAX,
        Channel.CELL_VOLTAGE_DIFFERENCE,
        Channel.PORT_VOLTAGE,
        Channel.CHARGE_CURRENT,
        Channel.DISCHARGE_CURRENT,
        Channel.CELL_TEMPERATURE_MAX,
        Channel.CHARGE_DURATION,
        Channel.SILENCE,
        Channel.PACK_DIFFERENCE,
        Channel.CONNECTION_RESISTANCE,
        Channel.CELL_RESISTANCE_RATIO,
        Channel.BUTTON_STUCK,
    }
)
_LOWEST = frozenset({Channel.CELL_VOLTAGE_MIN, Channel.CELL_TEMPERATURE_MIN, Channel.SOC})
_NAMED = ("trip", "recover", "delay_s", "elapsed_s", "recover_delay_s", "soc_at_most_pct")


def build_row(where: Where, spec: RowSpec, figures: Figures) -> PackRow:
    """Work out a row. Raises ProfileError with the place and what would be right."""
    channel = _CHANNELS[figures.word(where.inside("channel"), spec.channel, list(_CHANNELS))]
    level, flag = Level(spec.level), is_flag(channel)
    trip, recover = _limits(where, spec, figures, flag=flag)
    delay_s = usual_delay_s(level, channel)
    if spec.delay_s is not None:
        delay_s = figures.figure(where.inside("delay_s"), spec.delay_s)
    return PackRow(
        name=spec.name,
        channel=channel,
        level=level,
        trip=trip,
        recover=recover,
        above=flag or _above(where, spec, channel),
        delay_s=delay_s,
        recovery=_recovery(where.inside("recovery"), spec, figures),
        gate=Gate(figures.word(where.inside("gate"), spec.gate, _GATES)),
        actions=frozenset(Action(one) for one in figures.words(where.inside("actions"), spec.actions, _ACTIONS)),
        elapsed_s=figures.figure(where.inside("elapsed_s"), spec.elapsed_s),
        soc_at_most_pct=figures.figure(where.inside("soc_at_most_pct"), spec.soc_at_most_pct),
        recover_delay_s=figures.figure(where.inside("recover_delay_s"), spec.recover_delay_s),
        lock=_lock(where.inside("lock"), spec.lock, figures) if spec.lock else None,
        source=Source(spec.source),
        record=spec.name if spec.record is None else spec.record,
        led=Light(spec.led),
        enabled=figures.flag(where.inside("enabled"), spec.enabled),
        switch=figures.named(spec.enabled),
        named={one: name for one in _NAMED if (name := figures.named(getattr(spec, one)))},
        ours=frozenset(spec.ours) | (frozenset({"delay_s"}) if spec.delay_s is None else frozenset()),
    )


def is_flag(channel: Channel) -> bool:
    """Whether a channel is 1 while something is wrong, else 0."""
    return not channel.unit and channel is not Channel.CELL_RESISTANCE_RATIO


def _limits(where: Where, spec: RowSpec, figures: Figures, *, flag: bool) -> tuple[float, float]:
    """Give trip and recovery; without a recovery value it is the trip value, which the checker tells."""
    if spec.trip is None:
        if flag:
            return 1.0, 0.0
        raise where.wrong("trip is missing", "write the figure, or the name of the setting that holds it")
    trip = figures.figure(where.inside("trip"), spec.trip)
    return trip, trip if spec.recover is None else figures.figure(where.inside("recover"), spec.recover)


def _above(where: Where, spec: RowSpec, channel: Channel) -> bool:
    """Which side is too far: told by the channel, or by the file where the channel has two."""
    one_sided = channel in _HIGHEST or channel in _LOWEST
    if spec.side is None:
        if not one_sided:
            raise where.wrong("side is missing", 'write side = "above" where too much trips, else "below"')
        return channel in _HIGHEST
    above = spec.side == "above"
    if one_sided and above is not (channel in _HIGHEST):
        raise where.wrong(f"side is {spec.side!r}", f"{channel.label} trips on the other side: leave side out")
    return above


def _recovery(where: Where, spec: RowSpec, figures: Figures) -> Recovery:
    try:
        return parse_recovery(figures.word(where, spec.recovery))
    except UsageError as error:
        what, _, remedy = str(error).partition("; ")
        raise where.wrong(what, remedy) from None


def _lock(where: Where, spec: LockSpec, figures: Figures) -> Lock | None:
    after = figures.whole(where.inside("after"), spec.after)
    if not figures.flag(where.inside("enabled"), spec.enabled):
        return None
    try:
        return Lock(spec.family, after, spec.charger_unlocks)
    except UsageError as error:
        raise where.wrong(str(error), "correct the figure or the setting") from None

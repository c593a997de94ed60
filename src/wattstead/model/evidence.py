"""What a reading says for and against an active code: values, limits, history, and what they point to.

Pure: takes what was read and gives figures and words' names; ``words/explain/phrases.toml`` has the sentences. Currents
are positive into the battery; voltages in V, temperatures in degC, currents in A, times in s.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

from wattstead.model.pack import PackRow
from wattstead.model.protection import Action, Channel
from wattstead.model.reading import Silence, Snapshot, Value, derived, numbers

Values = Mapping[str, Value]

NEAR_FULL_PCT = 95.0
NEAR_EMPTY_PCT = 12.0
STEEP_HIGH_V = 3.40  # above this an LFP cell rises so steeply that small differences of charge look large
STEEP_LOW_V = 3.15
REST_SHARE = 0.03  # of the capacity in A per Ah: what counts as rest
LOADED_SHARE = 0.2
FLAT_SPREAD_V = 0.030  # at rest on the flat of the curve
PROBE_APART_K = 12.0
SUM_APART_SHARE = 0.015
FLOWS_A = 2.0
_ONE_APART_V = 0.040

_QUANTITIES: Mapping[Channel, tuple[str, str]] = {  # per cell or probe, and the single value
    Channel.CELL_VOLTAGE_MAX: ("cell_voltage_v", "cell_voltage_max_v"),
    Channel.CELL_VOLTAGE_MIN: ("cell_voltage_v", "cell_voltage_min_v"),
    Channel.CELL_VOLTAGE_DIFFERENCE: ("", "cell_voltage_spread_v"),
    Channel.PACK_VOLTAGE: ("", "pack_voltage_v"),
    Channel.PORT_VOLTAGE: ("", "port_voltage_v"),
    Channel.CELL_TEMPERATURE_MAX: ("cell_temperature_degc", "cell_temperature_max_degc"),
    Channel.CELL_TEMPERATURE_MIN: ("cell_temperature_degc", "cell_temperature_min_degc"),
    Channel.AMBIENT_TEMPERATURE: ("", "ambient_temperature_degc"),
    Channel.MOS_TEMPERATURE: ("mos_temperature_degc", "mos_temperature_max_degc"),
    Channel.SOC: ("", "soc_pct"),
}
_LOWEST = frozenset({Channel.CELL_VOLTAGE_MIN, Channel.CELL_TEMPERATURE_MIN})


@dataclass(frozen=True, slots=True)
class Measured:
    """One value that a code is about. place: number of the cell or probe, from 1; None where the pack has one."""

    channel: Channel
    value: float
    place: int | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """What the figures point to. key: of its sentence; figures: for its gaps."""

    key: str
    figures: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Past:
    """What is known of a code from before. since_s: how long it is active without a break. peak: the worst value.

    at_least: it was active in the first reading that is known, so that it may be longer.
    """

    since_s: float
    readings: int
    peak: Measured | None = None
    times: int = 1
    at_least: bool = False


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that a reading says of one code.

    rows: limits that raise it. measured: of their channel, None where the device does not tell it. beyond: whether it
    is at or past the trip value now, None where nobody can tell. around: values that help to judge it, by quantity.
    """

    code: str
    rows: tuple[PackRow, ...]
    measured: Measured | None
    beyond: bool | None
    around: Mapping[str, float]
    findings: tuple[Finding, ...]
    past: Past | None = None


def weigh(code: str, topic: str, channel: Channel | None, values: Values, rows: Sequence[PackRow] = ()) -> Evidence:
    """Set a reading against a code. channel: of its topic, for codes without a limit that is known."""
    whole = {**values, **derived(values)}
    found = [(row, measure(row.channel, whole)) for row in rows]
    row, measured = next(((row, one) for row, one in found if one and _beyond(row, one)), (None, None))
    if measured is None:
        row, measured = next(((row, one) for row, one in found if one), (None, None))
    if measured is None and channel is not None:
        measured = measure(channel, whole)
    beyond = _beyond(row, measured) if row and measured else None
    return Evidence(
        code, tuple(rows), measured, beyond, _around(whole), _findings(topic, _Case(whole, row, measured, beyond))
    )


def measure(channel: Channel, values: Values) -> Measured | None:
    """Give what a channel stands at, with the cell or probe; None where the device does not tell it."""
    if channel in (Channel.CHARGE_CURRENT, Channel.DISCHARGE_CURRENT):
        current = numbers(values.get("pack_current_a"))
        sign = 1.0 if channel is Channel.CHARGE_CURRENT else -1.0
        return Measured(channel, max(0.0, sign * current[0])) if current else None
    many, single = _QUANTITIES.get(channel, ("", ""))
    each = numbers(values.get(many)) if many else ()
    if each:
        pick = min if channel in _LOWEST else max
        worst = pick(each)
        return Measured(channel, worst, each.index(worst) + 1 if len(each) > 1 else None)
    one = numbers(values.get(single)) if single else ()
    return Measured(channel, one[0]) if one else None


def told_by(channel: Channel) -> tuple[str, ...]:
    """Name the quantities that tell a channel, the finest first; discharge is the negative side of the current."""
    if channel in (Channel.CHARGE_CURRENT, Channel.DISCHARGE_CURRENT):
        return ("pack_current_a",)
    return tuple(filter(None, _QUANTITIES.get(channel, ())))


def _beyond(row: PackRow, measured: Measured) -> bool:
    return measured.value >= row.trip if row.above else measured.value <= row.trip


def _around(values: Values) -> dict[str, float]:
    """Give what helps to judge, where it is told: charge, current, outermost cells and probes."""
    wanted = ("soc_pct", "pack_current_a", "pack_voltage_v", "cell_voltage_max_v", "cell_voltage_min_v")
    found = {name: numbers(values[name])[0] for name in wanted if numbers(values.get(name))}
    if spread := numbers(values.get("cell_voltage_spread_v")):
        found["cell_voltage_spread_v"] = spread[0]
    probes = numbers(values.get("cell_temperature_degc"))
    if probes:
        found |= {"cell_temperature_min_degc": min(probes), "cell_temperature_max_degc": max(probes)}
    return found


@dataclass(frozen=True, slots=True)
class _Case:
    """A reading as the rules look at it."""

    values: Values
    row: PackRow | None
    measured: Measured | None
    beyond: bool | None

    def one(self, name: str, otherwise: float = 0.0) -> float:
        found = numbers(self.values.get(name))
        return found[0] if found else otherwise

    def told(self, name: str) -> bool:
        return bool(numbers(self.values.get(name)))

    @property
    def cells(self) -> tuple[float, ...]:
        return numbers(self.values.get("cell_voltage_v"))

    @property
    def spread_mv(self) -> float:
        return 1000.0 * self.one("cell_voltage_spread_v")

    @property
    def share(self) -> float:
        """The current as a share of the capacity, 1/h; 100 Ah where none is told."""
        full = self.one("full_capacity_ah") or self.one("rated_capacity_ah") or 100.0
        return self.one("pack_current_a") / full

    @property
    def at_rest(self) -> bool:
        return self.told("pack_current_a") and abs(self.share) <= REST_SHARE

    @property
    def figures(self) -> dict[str, float]:
        """What sentences may name."""
        return {
            "soc": self.one("soc_pct"),
            "current": self.one("pack_current_a"),
            "amount": abs(self.one("pack_current_a")),
            "spread": self.spread_mv,
            "value": self.measured.value if self.measured else 0.0,
            "place": float(self.measured.place or 0) if self.measured else 0.0,
            "trip": self.row.trip if self.row else 0.0,
            "recover": self.row.recover if self.row else 0.0,
        }

    def says(self, key: str, **more: float) -> Finding:
        return Finding(key, self.figures | more)


def _findings(topic: str, case: _Case) -> tuple[Finding, ...]:
    rules = _RULES.get(topic, ())
    found = [finding for rule in rules if (finding := rule(case))]
    if flows := _flows_on(case):
        found.insert(0, flows)
    if case.beyond is False and not {one.key for one in found} & {"current_gone"}:
        found.append(case.says("within"))
    return tuple(found)


def _flows_on(case: _Case) -> Finding | None:
    """Current in the direction that the protection has cut."""
    if case.row is None or not case.told("pack_current_a"):
        return None
    current = case.one("pack_current_a")
    cut = Action.STOP_CHARGE if current > 0 else Action.STOP_DISCHARGE
    return case.says("cut_and_flows") if abs(current) >= FLOWS_A and cut in case.row.actions else None


def _high_cell(case: _Case) -> Finding | None:
    """One cell far ahead of the others, or all of them high."""
    if len(case.cells) < 2:
        return None
    highest, usual = max(case.cells), median(case.cells)
    place = float(case.cells.index(highest) + 1)
    ahead = 1000.0 * (highest - usual)
    if highest >= STEEP_HIGH_V and highest - usual >= _ONE_APART_V:
        return case.says("one_cell_first", cell=place, ahead=ahead)
    return case.says("all_cells_high", usual=usual) if usual >= STEEP_HIGH_V else None


def _low_cell(case: _Case) -> Finding | None:
    """One cell far behind the others, or all of them low."""
    if len(case.cells) < 2:
        return None
    lowest, usual = min(case.cells), median(case.cells)
    place, behind = float(case.cells.index(lowest) + 1), 1000.0 * (usual - lowest)
    if lowest < STEEP_LOW_V and usual - lowest >= 2 * _ONE_APART_V:
        return case.says("one_cell_last", cell=place, behind=behind)
    return case.says("all_cells_low", usual=usual) if usual < STEEP_LOW_V else None


def _spread(case: _Case) -> Finding | None:
    """Judge a spread by charge and current: near full and near empty the curve of LFP is steep, between it is flat."""
    if not case.told("cell_voltage_spread_v") or not case.told("soc_pct"):
        return None
    highest, lowest, soc = case.one("cell_voltage_max_v"), case.one("cell_voltage_min_v"), case.one("soc_pct")
    if soc >= NEAR_FULL_PCT or highest >= STEEP_HIGH_V:
        return case.says("spread_near_full")
    if soc <= NEAR_EMPTY_PCT or lowest < STEEP_LOW_V:
        return case.says("spread_near_empty")
    if abs(case.share) >= LOADED_SHARE:
        return case.says("spread_under_load", milliohm=case.spread_mv / abs(case.one("pack_current_a")))
    if case.at_rest and case.spread_mv >= 1000.0 * FLAT_SPREAD_V:
        return case.says("spread_at_rest")
    return case.says("spread_between")


def _count_doubt(case: _Case) -> Finding | None:
    """Charge by the count against charge by the voltages at rest."""
    if not case.cells or not case.told("soc_pct") or not case.at_rest:
        return None
    usual, soc = median(case.cells), case.one("soc_pct")
    if usual >= 3.25 and soc <= NEAR_EMPTY_PCT:
        return case.says("count_too_low", usual=usual)
    return case.says("count_too_high", usual=usual) if usual < 3.1 and soc >= 30.0 else None


def _probe_apart(case: _Case) -> Finding | None:
    """One probe far from the others."""
    probes = numbers(case.values.get("cell_temperature_degc"))
    if len(probes) < 3:
        return None
    usual = median(probes)
    far = max(probes, key=lambda one: abs(one - usual))
    if abs(far - usual) < PROBE_APART_K:
        return case.says("probes_agree", usual=usual)
    return case.says("probe_apart", probe=float(probes.index(far) + 1), far=far, usual=usual)


def _warm_at_rest(case: _Case) -> Finding | None:
    probe = _probe_apart(case)
    alone = probe is not None and probe.key == "probe_apart"
    return case.says("hot_at_rest") if case.at_rest and case.beyond and not alone else None


def _cold_charging(case: _Case) -> Finding | None:
    probes = numbers(case.values.get("cell_temperature_degc"))
    charging = case.told("pack_current_a") and case.share > REST_SHARE
    return case.says("charges_below_zero", coldest=min(probes)) if probes and min(probes) < 0.0 and charging else None


def _current_now(case: _Case) -> Finding | None:
    """Currents that have been cut are gone when somebody looks."""
    if not case.told("pack_current_a") or case.measured is None or case.row is None:
        return None
    return case.says("current_gone") if case.measured.value < 0.5 * case.row.trip else None


def _asked_less(case: _Case) -> Finding | None:
    """What the battery asks of the inverter against what flows."""
    current = case.one("pack_current_a")
    name = "charge_current_limit_a" if current > 0 else "discharge_current_limit_a"
    limit = abs(case.one(name))
    if case.told(name) and abs(current) > limit * 1.05 + 1.0:
        return case.says("inverter_ignores", limit=limit)
    return None


def _sum_apart(case: _Case) -> Finding | None:
    """Sum of the cells against the voltage of the pack."""
    pack = case.one("pack_voltage_v")
    if len(case.cells) < 4 or pack <= 0.0:
        return None
    total = sum(case.cells)
    return case.says("sum_apart", total=total, pack=pack) if abs(total - pack) > SUM_APART_SHARE * pack else None


def _dead_sense(case: _Case) -> Finding | None:
    """A cell of which one half volt or less, or five and more, is measured: mostly a wire."""
    for place, voltage in enumerate(case.cells, 1):
        if voltage <= 0.5 or voltage >= 4.5:
            return case.says("cell_impossible", cell=float(place), far=voltage)
    return None


_VOLTAGES = (_dead_sense, _sum_apart)
_RULES = {
    "cell_high": (_high_cell, _spread, *_VOLTAGES, _asked_less),
    "cell_far_too_high": (_high_cell, *_VOLTAGES),
    "pack_high": (_high_cell, *_VOLTAGES),
    "cell_low": (_low_cell, _count_doubt, *_VOLTAGES, _asked_less),
    "cell_far_too_low": (_low_cell, *_VOLTAGES),
    "pack_low": (_low_cell, _count_doubt, *_VOLTAGES),
    "near_off": (_low_cell, _count_doubt),
    "soc_low": (_count_doubt, _low_cell),
    "soc_high": (_count_doubt,),
    "soc_error": (_count_doubt,),
    "spread": (_spread, *_VOLTAGES),
    "resistance": (_spread,),
    "hot_cells": (_probe_apart, _warm_at_rest),
    "temperature_difference": (_probe_apart,),
    "probe": (_probe_apart,),
    "cold_charge": (_probe_apart, _cold_charging),
    "cold_cells": (_probe_apart,),
    "charge_current": (_current_now, _asked_less),
    "discharge_current": (_current_now, _asked_less),
    "short_circuit": (_current_now,),
    "sense_wire": _VOLTAGES,
    "front_end": _VOLTAGES,
}


def looked_back(
    readings: Sequence[Snapshot | Silence], code: str, channel: Channel | None, now_ms: int, *, above: bool = True
) -> Past | None:
    """Follow a code back in time. readings: in their order, up to now. above: whether too much is the worse side.

    None where it was never active.

    A reading that carries no alarms says nothing about them; silence does not end what was active either.
    """
    told = [one for one in readings if isinstance(one, Snapshot) and one.active is not None]
    runs: list[list[Snapshot]] = []
    was = False
    for one in told:
        active = code in (one.active or ())
        if active:
            runs.append([one]) if not was else runs[-1].append(one)
        was = active
    if not runs:
        return None
    last = runs[-1] if was else []
    values = [found for one in last if channel and (found := measure(channel, {**one.values, **derived(one.values)}))]
    peak = None
    if values:
        peak = (max if above else min)(values, key=lambda one: one.value)
    since_s = (now_ms - last[0].at_ms) / 1000.0 if last else 0.0
    return Past(since_s, len(last), peak, len(runs), at_least=bool(last) and last[0] is told[0])

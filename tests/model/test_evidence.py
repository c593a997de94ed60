"""What a reading says for and against a code: under another charge or current it is another case."""

from collections.abc import Mapping
from typing import Any

import pytest

from wattstead.model.evidence import Evidence, looked_back, measure, weigh
from wattstead.model.pack import PackRow
from wattstead.model.protection import Action, Channel, Level
from wattstead.model.reading import Silence, Snapshot


def row(channel: Channel, trip: float, *, above: bool = True, actions: frozenset[Action] = frozenset()) -> PackRow:
    return PackRow("r", channel, Level.PROTECTION, trip, trip, above, 1.0, (), actions=actions)


def keys(topic: str, channel: Channel, limit: PackRow | None = None, **values: Any) -> list[str]:
    return [one.key for one in weighed(topic, channel, limit, values).findings]


def weighed(topic: str, channel: Channel, limit: PackRow | None, values: Mapping[str, Any]) -> Evidence:
    return weigh("code", topic, channel, values, (limit,) if limit else ())


def cells(usual: float, other: float | None = None) -> tuple[float, ...]:
    return (usual,) * 15 + (usual if other is None else other,)


SPREAD = Channel.CELL_VOLTAGE_DIFFERENCE


@pytest.mark.parametrize(
    ("usual", "other", "soc_pct", "current_a", "key"),
    [
        (3.48, 3.66, 96.0, 10.0, "spread_near_full"),
        (3.45, 3.35, 60.0, 0.0, "spread_near_full"),  # the cells are full, whatever the count says
        (3.10, 2.80, 8.0, -5.0, "spread_near_empty"),
        (3.30, 3.20, 55.0, 0.5, "spread_at_rest"),
        (3.30, 3.20, 55.0, -50.0, "spread_under_load"),
        (3.30, 3.20, 55.0, 8.0, "spread_between"),
        (3.30, 3.29, 55.0, 0.0, "spread_between"),
    ],
)
def test_a_spread_is_judged_by_charge_and_current(
    usual: float, other: float, soc_pct: float, current_a: float, key: str
) -> None:
    """The same 100 mV are nothing near full, a real difference at rest in the middle, and a connection under load."""
    values: dict[str, Any] = {"cell_voltage_v": cells(usual, other), "soc_pct": soc_pct, "pack_current_a": current_a}
    assert keys("spread", SPREAD, full_capacity_ah=100.0, **values)[0] == key


def test_a_spread_under_load_is_told_as_resistance() -> None:
    values: dict[str, Any] = {"cell_voltage_v": cells(3.30, 3.20), "soc_pct": 55.0, "pack_current_a": -50.0}
    (finding,) = weighed("spread", SPREAD, None, values).findings
    assert finding.figures["milliohm"] == pytest.approx(2.0)


@pytest.mark.parametrize(
    ("topic", "usual", "other", "key"),
    [
        ("cell_high", 3.48, 3.66, "one_cell_first"),
        ("cell_high", 3.64, 3.65, "all_cells_high"),
        ("cell_low", 3.20, 2.70, "one_cell_last"),
        ("cell_low", 2.75, 2.70, "all_cells_low"),
        ("pack_low", 2.90, 2.90, "all_cells_low"),
        ("sense_wire", 3.30, 0.0, "cell_impossible"),
    ],
)
def test_one_cell_is_another_case_than_all_of_them(topic: str, usual: float, other: float, key: str) -> None:
    values: dict[str, Any] = {"cell_voltage_v": cells(usual, other), "pack_current_a": -20.0}
    assert keys(topic, Channel.CELL_VOLTAGE_MAX, **values)[0] == key


def test_the_count_is_doubted_only_at_rest() -> None:
    full: dict[str, Any] = {"cell_voltage_v": cells(3.30), "soc_pct": 4.0}
    assert keys("soc_low", Channel.SOC, pack_current_a=0.0, **full) == ["count_too_low"]
    assert keys("soc_low", Channel.SOC, pack_current_a=-30.0, **full) == []
    empty: dict[str, Any] = {"cell_voltage_v": cells(3.0), "soc_pct": 60.0, "pack_current_a": 0.0}
    assert keys("soc_error", Channel.SOC, **empty) == ["count_too_high"]


def test_a_single_hot_probe_is_another_case_than_a_hot_battery() -> None:
    limit = row(Channel.CELL_TEMPERATURE_MAX, 55.0)
    assert keys(
        "hot_cells", limit.channel, limit, cell_temperature_degc=(25.0, 24.0, 80.0, 25.0), pack_current_a=0.0
    ) == ["probe_apart"]
    hot = keys("hot_cells", limit.channel, limit, cell_temperature_degc=(56.0, 57.0, 58.0), pack_current_a=0.0)
    assert hot == ["probes_agree", "hot_at_rest"]
    cold: dict[str, Any] = {"cell_temperature_degc": (-3.0, -4.0, -2.0), "pack_current_a": 20.0}
    assert keys("cold_charge", Channel.CELL_TEMPERATURE_MIN, **cold) == ["probes_agree", "charges_below_zero"]


def test_a_current_that_was_cut_is_gone_and_one_that_was_not_is_told() -> None:
    limit = row(Channel.DISCHARGE_CURRENT, 110.0, actions=frozenset({Action.STOP_DISCHARGE}))
    assert keys("discharge_current", limit.channel, limit, pack_current_a=-1.0) == ["current_gone"]
    assert keys("discharge_current", limit.channel, limit, pack_current_a=-120.0) == ["cut_and_flows"]
    asked: dict[str, Any] = {"pack_current_a": -80.0, "discharge_current_limit_a": -50.0}
    assert keys("discharge_current", limit.channel, limit, **asked) == ["cut_and_flows", "inverter_ignores", "within"]


def test_cells_that_do_not_add_up_are_told() -> None:
    values: dict[str, Any] = {"cell_voltage_v": cells(3.5), "pack_voltage_v": 48.0}
    assert "sum_apart" in keys("pack_high", Channel.PACK_VOLTAGE, **values)


def test_values_are_measured_where_they_are_told() -> None:
    assert measure(Channel.CELL_VOLTAGE_MIN, {"cell_voltage_v": (3.3, 3.1, 3.2)}).place == 2  # type: ignore[union-attr]
    assert measure(Channel.CELL_VOLTAGE_MAX, {"cell_voltage_max_v": 3.4}).place is None  # type: ignore[union-attr]
    assert measure(Channel.CHARGE_CURRENT, {"pack_current_a": -5.0}).value == 0.0  # type: ignore[union-attr]
    assert measure(Channel.SILENCE, {}) is None
    assert weigh("c", "cell_high", Channel.CELL_VOLTAGE_MAX, {}).measured is None


def test_the_limit_that_is_passed_is_the_one_that_is_shown() -> None:
    """A printed code may stand for the limit of a cell and for that of the pack."""
    rows = (row(Channel.CELL_VOLTAGE_MAX, 3.65), row(Channel.PACK_VOLTAGE, 54.0))
    found = weigh("OVP", "pack_high", None, {"cell_voltage_v": cells(3.5), "pack_voltage_v": 54.3}, rows)
    assert found.measured is not None
    assert (found.measured.channel, found.beyond) == (Channel.PACK_VOLTAGE, True)


def said(at_s: int, top: float, *active: str) -> Snapshot:
    return Snapshot("a", 1000 * at_s, {"cell_voltage_v": cells(3.4, top)}, active)


def test_history_tells_since_when_how_often_and_the_worst() -> None:
    readings: list[Snapshot | Silence] = [
        said(0, 3.70, "hot"),
        said(10, 3.50),
        said(20, 3.66, "hot"),
        Silence("a", 25_000),
        Snapshot("a", 27_000, {}, None),  # a round that told no alarms ends nothing
        said(30, 3.68, "hot"),
        said(40, 3.65, "hot"),
    ]
    past = looked_back(readings, "hot", Channel.CELL_VOLTAGE_MAX, 45_000)
    assert past is not None
    assert (past.since_s, past.readings, past.times) == (25.0, 3, 2)
    assert past.peak is not None
    assert (past.peak.value, past.peak.place) == (3.68, 16)
    low = looked_back(readings, "hot", Channel.CELL_VOLTAGE_MAX, 45_000, above=False)
    assert low is not None
    assert low.peak is not None
    assert low.peak.value == 3.65
    assert looked_back(readings, "cold", None, 45_000) is None
    over = looked_back(readings[:2], "hot", None, 45_000)
    assert over is not None
    assert (over.since_s, over.times) == (0.0, 1)

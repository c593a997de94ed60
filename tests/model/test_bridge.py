"""The rules of a bridge, one by one, and what holds for all of them together (PWS-11, PWS-12)."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wattstead.model.bank import Member, Standing
from wattstead.model.bridge import Cap, Limits, Reason, Rule, Rules, Seat, Slope, Stated, Way
from wattstead.model.bridge_limits import bank_limits, best_a, risen
from wattstead.model.bridge_pack import pack_cap
from wattstead.model.bridge_where import apart, wants_charge

RULES = Rules()
FREE = Stated()
CELLS = tuple(3.30 + cell / 1000 for cell in range(16))


def near(value: float) -> Any:
    return pytest.approx(value)


def values(**changed: Any) -> dict[str, Any]:
    said: dict[str, Any] = {
        "cell_voltage_v": CELLS,
        "cell_temperature_degc": (21.0, 22.0, 23.0, 24.0),
        "pack_voltage_v": 52.9,
        "pack_current_a": 0.0,
        "soc_pct": 60.0,
        "full_capacity_ah": 100.0,
        "charge_voltage_limit_v": 56.0,
        "discharge_voltage_limit_v": 46.0,
        "charge_current_limit_a": 50.0,
        "discharge_current_limit_a": -80.0,
    }
    return {name: value for name, value in {**said, **changed}.items() if value is not None}


def seat(
    name: str = "a",
    standing: Standing = Standing.CONNECTED,
    stated: Stated = FREE,
    *,
    joining: bool = False,
    stops: dict[Way, str] | None = None,
    **changed: Any,
) -> Seat:
    return Seat(Member(name, standing, values(**changed)), stated, joining, stops or {})


def limits(*seats: Seat, rules: Rules = RULES, stated: Stated = FREE, **more: Any) -> Limits:
    found = bank_limits(seats, rules, stated, **more)
    assert found is not None
    return found


def charge(**changed: Any) -> Cap:
    found = pack_cap(seat(**changed), Way.CHARGE, RULES)
    assert found is not None
    return found


def discharge(**changed: Any) -> Cap:
    found = pack_cap(seat(**changed), Way.DISCHARGE, RULES)
    assert found is not None
    return found


def with_cell(volts: float, place: int = 7) -> tuple[float, ...]:
    return tuple(volts if number == place else 3.33 for number in range(1, 17))


def test_a_slope_goes_either_way_and_ends_where_it_says() -> None:
    assert [Slope(3.45, 3.55).share(one) for one in (3.4, 3.45, 3.5, 3.55, 3.6)] == pytest.approx([1, 1, 0.5, 0, 0])
    assert [Slope(10.0, 0.0).share(one) for one in (20, 10, 5, 0, -5)] == pytest.approx([1, 1, 0.5, 0, 0])
    assert [Slope(1.0, 1.0).share(one) for one in (0.9, 1.0)] == [1.0, 0.0]


def test_a_pack_bears_what_it_asks_for_and_no_more_than_a_person_states() -> None:
    assert charge() == Cap(50.0, Reason(Rule.PACK, "a"))
    assert discharge() == Cap(80.0, Reason(Rule.PACK, "a"))
    assert charge(stated=Stated(charge_current_a=20.0)) == Cap(20.0, Reason(Rule.STATED, "a"))
    assert charge(stated=Stated(charge_current_a=70.0)).current_a == 50.0
    assert charge(charge_current_limit_a=None, stated=Stated(charge_current_a=70.0)).current_a == 70.0
    assert charge(charge_current_limit_a=-5.0).current_a == 0.0, "the sign of the other way"


def test_the_highest_cell_tapers_the_charge_and_the_lowest_the_discharge() -> None:
    assert charge(cell_voltage_v=with_cell(3.50)) == Cap(near(25.0), Reason(Rule.NEAR_FULL, "a", 7, 3.50))
    assert charge(cell_voltage_v=with_cell(3.56)).current_a == 0.0
    assert discharge(cell_voltage_v=with_cell(3.56)).current_a == 80.0
    low = discharge(cell_voltage_v=with_cell(2.85, 16))
    assert low == Cap(near(20.0), Reason(Rule.NEAR_EMPTY, "a", 16, 2.85))
    assert discharge(cell_voltage_v=with_cell(2.8)).current_a == 0.0


def test_the_coldest_and_the_warmest_probe_count() -> None:
    assert charge(cell_temperature_degc=(20.0, 4.0)) == Cap(near(20.0), Reason(Rule.COLD, "a", 2, 4.0))
    assert charge(cell_temperature_degc=(20.0, -1.0)).current_a == 0.0
    assert discharge(cell_temperature_degc=(20.0, -1.0)).current_a == 80.0
    assert charge(cell_temperature_degc=(50.0, 20.0)) == Cap(near(25.0), Reason(Rule.HOT, "a", 1, 50.0))
    assert discharge(cell_temperature_degc=(61.0,)).why.rule is Rule.HOT
    assert discharge(cell_temperature_degc=(-40.0,)).current_a == 0.0, "a probe that is unplugged reads so"


def test_a_pack_at_0_pct_gives_nothing_and_takes_all() -> None:
    assert discharge(soc_pct=0.0) == Cap(0.0, Reason(Rule.NO_CHARGE_LEFT, "a", value=0.0))
    assert charge(soc_pct=0.0).current_a == 50.0
    assert limits(seat("a", soc_pct=0.0), seat("b")).discharge.current_a == 0.0, "it would be emptied with the others"
    assert wants_charge([seat(soc_pct=0.0)], RULES)
    assert not wants_charge([seat(soc_pct=1.0)], RULES)
    assert wants_charge([seat(cell_voltage_v=with_cell(2.79))], RULES)
    assert not wants_charge([seat(standing=Standing.ISOLATED, soc_pct=0.0)], RULES)


def test_a_protection_and_a_request_to_stop_stop_their_way_alone() -> None:
    cut = seat(stops={Way.CHARGE: "cell_overvoltage_protection"})
    assert pack_cap(cut, Way.CHARGE, RULES) == Cap(
        0.0, Reason(Rule.PROTECTION, "a", code="cell_overvoltage_protection")
    )
    assert pack_cap(cut, Way.DISCHARGE, RULES) == Cap(80.0, Reason(Rule.PACK, "a"))
    assert charge(charge_enabled=False).why.rule is Rule.ASKS_TO_STOP
    assert discharge(charge_enabled=False).current_a == 80.0


def test_an_open_switch_takes_none_and_holds_nobody_back() -> None:
    assert pack_cap(seat(charge_mos_on=False), Way.CHARGE, RULES) is None
    both = limits(seat("a", charge_mos_on=False, charge_current_limit_a=0.0), seat("b"))
    assert (both.charge.current_a, both.discharge.current_a) == (50.0, 160.0)
    none = limits(seat("a", charge_mos_on=False))
    assert none.charge == Cap(0.0, Reason(Rule.SWITCHES, "a"))
    assert none.request().charge_enabled is False
    assert none.request().discharge_enabled is True


def test_a_pack_that_says_neither_limits_nor_cells_bears_nothing() -> None:
    blind = {"charge_current_limit_a": None, "discharge_current_limit_a": None}
    stated = Stated(56.0, 46.0, 50.0, 80.0)
    assert charge(**blind).why.rule is Rule.UNKNOWN, "nobody says what it bears"
    assert charge(stated=stated, **blind).current_a == 50.0
    for missing in ("cell_voltage_v", "cell_temperature_degc"):
        assert charge(stated=stated, **blind, **{missing: None}) == Cap(0.0, Reason(Rule.UNKNOWN, "a"))
    assert charge(cell_voltage_v=None, cell_temperature_degc=None).current_a == 50.0, "it knows its own limits"


def test_the_weakest_counts_by_number_by_capacity_and_by_what_flows() -> None:
    assert limits(seat("a"), seat("b"), seat("c")).charge.current_a == 150.0
    weak = limits(seat("a"), seat("b", charge_current_limit_a=10.0))
    assert weak.charge == Cap(20.0, Reason(Rule.PACK, "b"))
    # A pack of twice the size takes twice as much: at 75 A it has its 50 A, and the small one 25 A.
    assert limits(seat("a"), seat("b", full_capacity_ah=200.0)).charge.current_a == pytest.approx(75.0)
    # Three quarters flow through one of two equal packs: at 66.7 A that one has its 50 A.
    uneven = limits(seat("a", pack_current_a=30.0), seat("b", pack_current_a=10.0))
    assert uneven.charge.current_a == pytest.approx(66.667, abs=0.01)
    assert uneven.discharge.current_a == 160.0, "how they share a charge says nothing of a discharge"
    crossing = limits(seat("a", pack_current_a=40.0), seat("b", pack_current_a=-3.0))
    assert crossing.charge.current_a == 100.0, "read at different moments"


def test_what_a_person_states_for_the_bank_always_wins() -> None:
    stated = Stated(54.4, 48.0, 60.0, 90.0)
    asked = limits(seat("a"), seat("b"), stated=stated)
    assert asked.charge == Cap(60.0, Reason(Rule.BANK))
    assert asked.discharge == Cap(90.0, Reason(Rule.BANK))
    assert (asked.charge_voltage.voltage_v, asked.discharge_voltage.voltage_v) == (54.4, 48.0)
    assert limits(seat("a"), stated=Stated(charge_current_a=0.0)).charge.current_a == 0.0


def test_the_most_careful_voltages_hold_silent_packs_included() -> None:
    careful = seat("b", Standing.STALE, charge_voltage_limit_v=54.0, discharge_voltage_limit_v=48.5)
    rules = replace(RULES, goes_on_without=True)
    asked = limits(seat("a"), careful, rules=rules)
    assert asked.charge_voltage.voltage_v == 54.0
    assert asked.discharge_voltage == replace(asked.discharge_voltage, voltage_v=48.5, why=Reason(Rule.PACK, "b"))
    away = replace(careful, member=replace(careful.member, standing=Standing.ISOLATED))
    assert limits(seat("a"), away).charge_voltage.voltage_v == 56.0
    high = limits(seat("a", charge_voltage_limit_v=60.0))
    assert high.charge_voltage.why == Reason(Rule.CELLS, "a", value=3.55)
    assert high.charge_voltage.voltage_v == pytest.approx(56.8)
    assert limits(seat("a", discharge_voltage_limit_v=30.0)).discharge_voltage.voltage_v == pytest.approx(44.8)


def test_a_silent_pack_stops_all_unless_a_person_says_otherwise() -> None:
    silent = seat("b", Standing.STALE)
    asked = limits(seat("a"), silent)
    for cap in (asked.charge, asked.discharge):
        assert cap == Cap(0.0, Reason(Rule.SILENT, "b"))
    others = replace(RULES, goes_on_without=True)
    assert limits(seat("a"), silent, rules=others).charge.current_a == 50.0
    assert limits(silent, rules=others).charge == Cap(0.0, Reason(Rule.SILENT, "b")), "nobody is left"
    assert not limits(seat("a"), silent).request().charge_enabled


def test_nothing_is_said_before_all_are_read_and_a_voltage_is_known() -> None:
    unread = Seat(Member("b", Standing.UNREAD))
    assert bank_limits([], RULES, FREE) is None
    assert bank_limits([unread], RULES, FREE) is None
    assert bank_limits([seat("a"), unread], RULES, FREE) is None
    nowhere = seat("a", charge_voltage_limit_v=None, discharge_voltage_limit_v=None)
    assert bank_limits([nowhere], RULES, FREE) is None
    never = Seat(Member("b", Standing.STALE))
    assert limits(seat("a"), never).charge.why == Reason(Rule.SILENT, "b")


def test_an_isolated_pack_leaves_the_others_alone() -> None:
    away = seat("b", Standing.ISOLATED, soc_pct=0.0, charge_current_limit_a=1.0, cell_voltage_v=with_cell(3.7))
    assert limits(seat("a"), away).charge.current_a == 50.0
    assert limits(away).charge == Cap(0.0, Reason(Rule.ISOLATED))


def test_a_pack_that_joins_adds_nothing_yet_and_holds_back_what_it_bears() -> None:
    assert limits(seat("a"), seat("b", joining=True)).charge.current_a == 50.0
    assert limits(seat("a"), seat("b", joining=True, charge_current_limit_a=0.0)).charge.current_a == 0.0
    assert limits(seat("a", joining=True)).charge == Cap(0.0, Reason(Rule.JOINING, "a"))


def test_packs_of_unequal_cells_or_voltages_stop_all() -> None:
    fifteen = seat("b", cell_voltage_v=(3.52,) * 15)
    assert limits(seat("a"), fifteen).charge.why == Reason(Rule.UNEQUAL, "b", value=15.0)
    two = [seat("a", pack_voltage_v=52.9), seat("b", pack_voltage_v=54.5)]
    assert limits(*two).charge.why.rule is Rule.APART
    assert apart(two) == set(), "one of two: nobody knows which"
    three = [*two, seat("c", pack_voltage_v=53.1)]
    assert apart(three) == {"b"}
    assert limits(*three).charge.current_a > 0
    carrying = [*two[:1], seat("b", pack_voltage_v=54.5, pack_current_a=20.0), three[2]]
    assert apart(carrying) == set(), "what carries current is on the bus"


def test_an_inverter_that_is_silent_may_stop_all() -> None:
    assert limits(seat("a"), inverter_lost=True).discharge == Cap(0.0, Reason(Rule.INVERTER_LOST))


def test_limits_fall_at_once_and_rise_slowly() -> None:
    full, low = Cap(100.0, Reason(Rule.PACK, "a")), Cap(10.0, Reason(Rule.NEAR_FULL, "a"))
    assert risen(None, full, 1.0, 30.0, 100.0) is full
    assert risen(full, low, 1.0, 30.0, 100.0) is low
    assert risen(low, full, 3.0, 30.0, 100.0) == Cap(near(20.0), Reason(Rule.RISING, value=100.0))
    assert risen(low, full, 27.0, 30.0, 100.0) is full
    assert risen(low, full, 0.0, 0.0, 100.0) is full
    assert best_a([seat("a"), seat("b", stated=Stated(charge_current_a=5.0))], Way.CHARGE) == 55.0


# What holds for all of them.

_PACKS = st.builds(
    lambda name, standing, joining, changed, stops: seat(name, standing, joining=joining, stops=stops, **changed),
    st.sampled_from(["a", "b", "c", "d"]),
    st.sampled_from([Standing.CONNECTED, Standing.CONNECTED, Standing.CONNECTED, Standing.ISOLATED, Standing.STALE]),
    st.booleans(),
    st.fixed_dictionaries(
        {
            "charge_current_limit_a": st.one_of(st.none(), st.floats(-10, 200)),
            "discharge_current_limit_a": st.one_of(st.none(), st.floats(-200, 10)),
            "charge_voltage_limit_v": st.floats(50, 58),
            "cell_voltage_v": st.tuples(st.floats(2.5, 3.4), st.floats(3.3, 3.8)),
            "cell_temperature_degc": st.one_of(st.none(), st.tuples(st.floats(-30, 70), st.floats(0, 40))),
            "pack_voltage_v": st.floats(52.0, 53.0),
            "pack_current_a": st.floats(-100, 100),
            "full_capacity_ah": st.one_of(st.none(), st.floats(20, 300)),
            "soc_pct": st.one_of(st.none(), st.floats(0, 100)),
            "charge_mos_on": st.sampled_from([None, True, False]),
            "discharge_enabled": st.sampled_from([None, True, False]),
        }
    ),
    st.dictionaries(st.sampled_from(list(Way)), st.just("cell_overvoltage_protection"), max_size=1),
)
_BANKS = st.lists(_PACKS, min_size=1, max_size=4)
_AMPERES = st.one_of(st.none(), st.floats(0, 500))
_STATED = st.builds(Stated, st.one_of(st.none(), st.floats(50, 60)), st.just(45.0), _AMPERES, _AMPERES)
_EITHER = st.builds(lambda goes_on: replace(RULES, goes_on_without=goes_on), st.booleans())


@settings(max_examples=60)
@given(_BANKS, _EITHER, _STATED)
def test_a_bank_never_asks_for_more_than_its_connected_packs_bear_or_a_person_states(
    bank: list[Seat], rules: Rules, stated: Stated
) -> None:
    asked = bank_limits(bank, rules, stated)
    if asked is None:
        return
    for way, cap, most in (
        (Way.CHARGE, asked.charge, stated.charge_current_a),
        (Way.DISCHARGE, asked.discharge, stated.discharge_current_a),
    ):
        there = [one for one in bank if one.member.standing is Standing.CONNECTED and not one.joining]
        borne = [own.current_a for one in there if (own := pack_cap(one, way, rules)) is not None]
        assert 0.0 <= cap.current_a <= sum(borne) + 1e-6
        assert most is None or cap.current_a <= most
    if stated.charge_voltage_v is not None:
        assert asked.charge_voltage.voltage_v <= stated.charge_voltage_v


@settings(max_examples=60)
@given(_BANKS, _PACKS, _EITHER, _STATED)
def test_one_more_silent_pack_never_raises_a_limit(bank: list[Seat], more: Seat, rules: Rules, stated: Stated) -> None:
    silent = replace(more, member=replace(more.member, standing=Standing.STALE))
    before, after = bank_limits(bank, rules, stated), bank_limits([*bank, silent], rules, stated)
    assert after is not None
    if before is None:
        return
    assert after.charge.current_a <= before.charge.current_a
    assert after.discharge.current_a <= before.discharge.current_a
    if any(one.member.standing is Standing.CONNECTED for one in bank):
        assert after.charge_voltage.voltage_v <= before.charge_voltage.voltage_v
        assert after.discharge_voltage.voltage_v >= before.discharge_voltage.voltage_v


@settings(max_examples=60)
@given(_BANKS, st.integers(0, 5), st.floats(0.0, 0.4), _EITHER)
def test_a_higher_cell_never_raises_the_charge(bank: list[Seat], which: int, by_v: float, rules: Rules) -> None:
    one = bank[which % len(bank)]
    cells: Any = one.member.values["cell_voltage_v"]
    raised = (*cells[:-1], cells[-1] + by_v)
    higher = replace(one, member=replace(one.member, values={**one.member.values, "cell_voltage_v": raised}))
    others = [other for other in bank if other is not one]
    before, after = bank_limits([one, *others], rules, FREE), bank_limits([higher, *others], rules, FREE)
    if before is not None and after is not None:
        assert after.charge.current_a <= before.charge.current_a + 1e-9


@settings(max_examples=60)
@given(_BANKS, _EITHER, st.lists(st.floats(0.0, 60.0), max_size=5))
def test_what_is_held_back_never_exceeds_what_is_borne_now(bank: list[Seat], rules: Rules, steps: list[float]) -> None:
    asked = bank_limits(bank, rules, FREE)
    if asked is None:
        return
    held: Cap | None = Cap(0.0, Reason(Rule.SILENT))
    for dt_s in steps:
        held = risen(held, asked.charge, dt_s, 30.0, best_a(bank, Way.CHARGE))
        assert held.current_a <= asked.charge.current_a

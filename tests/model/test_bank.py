"""A bank as one battery: what it asks, and what its master shows."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wattstead.model.bank import Member, Request, Standing, bank_request, bank_view, counted, heard


def request(ccl: float = 50.0, dcl: float = 100.0, **more: Any) -> Request:
    return Request(55.2, 48.0, ccl, dcl, **more)


def member(name: str, standing: Standing = Standing.CONNECTED, asked: Request | None = None, **values: Any) -> Member:
    return Member(name, standing, values, (), asked or request())


def unread(name: str) -> Member:
    return Member(name, Standing.UNREAD)


def test_before_any_data_nothing_is_known() -> None:
    for members in ([], [unread("a"), unread("b")]):
        assert bank_request(members) is None
        view = bank_view(members)
        assert (view.soc_pct, view.voltage_v, view.current_a, view.power_w, view.remaining_ah) == (None,) * 5
        assert (view.cell_highest, view.soh_min, view.request) == (None,) * 3


def test_a_pack_says_its_request_by_the_names_of_quantities() -> None:
    assert request(50.0, 100.0, charge_enabled=False).values() == {
        "charge_voltage_limit_v": 55.2,
        "discharge_voltage_limit_v": 48.0,
        "charge_current_limit_a": 50.0,
        "discharge_current_limit_a": -100.0,
        "charge_enabled": False,
        "discharge_enabled": True,
    }


def test_the_weakest_limits_times_their_number() -> None:
    asked = bank_request([member("a"), member("b", asked=request(20.0, 90.0)), member("c")])
    assert asked is not None
    assert (asked.charge_current_a, asked.discharge_current_a) == (60.0, 270.0)


def test_the_most_careful_voltages_hold() -> None:
    careful = Request(54.0, 49.0, 50.0, 100.0)
    for standing in (Standing.CONNECTED, Standing.STALE):
        asked = bank_request([member("a"), member("b", standing, careful)])
        assert asked is not None
        assert (asked.charge_voltage_v, asked.discharge_voltage_v) == (54.0, 49.0)


def test_a_pack_with_an_open_switch_takes_none_and_holds_nobody_back() -> None:
    cut = request(0.0, 100.0, charge_enabled=False)
    asked = bank_request([member("a"), member("b", asked=cut), member("c")])
    assert asked is not None
    assert (asked.charge_current_a, asked.discharge_current_a, asked.charge_enabled) == (100.0, 300.0, True)
    full = bank_request([member("a"), member("b", asked=request(0.0, 100.0)), member("c")])
    assert full is not None
    assert full.charge_current_a == 0.0, "it asks for nothing, but current would flow into it"


@pytest.mark.parametrize(
    ("standing", "ccl"), [(Standing.CONNECTED, 100.0), (Standing.ISOLATED, 50.0), (Standing.STALE, 50.0)]
)
def test_only_connected_packs_count(standing: Standing, ccl: float) -> None:
    asked = bank_request([member("a"), member("b", standing)])
    assert asked is not None
    assert asked.charge_current_a == ccl


def test_no_current_until_each_pack_was_read_once() -> None:
    asked = bank_request([member("a"), unread("b")])
    assert asked is not None
    assert (asked.charge_current_a, asked.discharge_current_a, asked.charge_enabled) == (0.0, 0.0, False)
    assert asked.charge_voltage_v == 55.2
    known = bank_request([member("a"), Member("b", Standing.STALE)])
    assert known is not None
    assert known.charge_current_a == 50.0, "one that never answered goes stale, and the others go on"


def test_isolated_packs_alone_ask_for_nothing() -> None:
    asked = bank_request(
        [member("a", Standing.ISOLATED), member("b", Standing.ISOLATED, Request(54.0, 47.0, 1.0, 1.0))]
    )
    assert asked == Request(54.0, 48.0, 0.0, 0.0, charge_enabled=False, discharge_enabled=False)
    assert bank_request([member("a", Standing.ISOLATED), unread("b")]) is None


A: dict[str, Any] = {
    "pack_voltage_v": 52.0,
    "pack_current_a": 10.0,
    "soc_pct": 50.0,
    "soh_pct": 99.0,
    "full_capacity_ah": 100.0,
    "remaining_capacity_ah": 50.0,
    "cell_voltage_v": (3.25, 3.26, 3.24),
    "cell_temperature_degc": (21.0, 22.0),
    "cycle_count": 12,
}
B: dict[str, Any] = {
    **A,
    "pack_voltage_v": 52.2,
    "pack_current_a": -4.0,
    "soc_pct": 80.0,
    "soh_pct": 95.0,
    "full_capacity_ah": 200.0,
    "remaining_capacity_ah": 160.0,
    "cell_voltage_v": (3.25, 3.31, 3.22),
    "cell_temperature_degc": (19.0, 25.0),
    "cycle_count": 800,
}


def test_the_master_shows_totals_and_extremes_with_who() -> None:
    view = bank_view([member("a", **A), member("b", **B)])
    assert view.voltage_v == pytest.approx(52.1)
    assert view.current_a == pytest.approx(6.0)
    assert view.power_w == pytest.approx(52.1 * 6.0)
    assert view.soc_pct == pytest.approx(70.0), "weighed by capacity"
    assert (view.remaining_ah, view.full_ah) == (210.0, 300.0)
    found = (view.cell_highest, view.cell_lowest, view.warmest, view.coldest)
    assert [(one.value, one.name, one.place) for one in found if one] == [
        *((3.31, "b", 2), (3.22, "b", 3), (25.0, "b", 2), (19.0, "b", 1))
    ]
    ends = (view.soh_min, view.soc_highest, view.soc_lowest, view.cycles_most)
    assert [(one.value, one.name, one.place) for one in ends if one] == [
        *((95.0, "b", 0), (80.0, "b", 0), (50.0, "a", 0), (800.0, "b", 0))
    ]


def test_others_are_named_and_not_counted() -> None:
    members = [
        member("a", **A),
        Member("b", Standing.ISOLATED, B, ("cell_overvoltage_protection",), request()),
        Member("c", Standing.STALE, {**B, "soc_pct": 0.0}, ("short_circuit_protection",), request()),
        unread("d"),
    ]
    view = bank_view(members)
    assert (view.soc_pct, view.voltage_v, view.full_ah) == (50.0, 52.0, 100.0)
    assert view.names == {
        Standing.CONNECTED: ("a",),
        Standing.ISOLATED: ("b",),
        Standing.STALE: ("c",),
        Standing.UNREAD: ("d",),
    }
    assert view.active == {"cell_overvoltage_protection": ("b",)}


def test_rows_are_shown_by_name_with_their_packs() -> None:
    both = [Member(name, Standing.CONNECTED, A, ("cell_high_voltage_alarm",)) for name in "ab"]
    assert bank_view(both).active == {"cell_high_voltage_alarm": ("a", "b")}


members = st.lists(
    st.builds(
        lambda standing, ccl, dcl, soc: (
            unread("x")
            if standing is Standing.UNREAD
            else Member("x", standing, {"soc_pct": soc, "full_capacity_ah": 100.0}, (), request(ccl, dcl))
        ),
        st.sampled_from(Standing),
        st.floats(0.0, 200.0),
        st.floats(0.0, 200.0),
        st.floats(1.0, 100.0),
    ),
    max_size=8,
)


@given(members)
def test_what_always_holds(some: list[Member]) -> None:
    asked, view = bank_request(some), bank_view(some)
    there = [one for one in some if one.standing is Standing.CONNECTED]
    known = not any(one.standing is Standing.UNREAD for one in some)
    apart = any(one.standing is Standing.ISOLATED for one in some)
    assert (view.soc_pct is None) is (not there and not (known and apart))
    assert view.soc_pct is None or view.soc_pct >= 1.0 - 1e-9, "never 0 % but where a pack says so"
    if asked is None:
        assert not there
        return
    own = [one.request for one in there if one.request]
    assert 0.0 <= asked.charge_current_a <= sum(one.charge_current_a for one in own) + 1e-6
    assert 0.0 <= asked.discharge_current_a <= sum(one.discharge_current_a for one in own) + 1e-6
    if any(one.standing is Standing.UNREAD for one in some):
        assert (asked.charge_current_a, asked.discharge_current_a) == (0.0, 0.0)


def test_a_request_is_taken_from_what_a_pack_says() -> None:
    for asked in (request(), request(0.0, 90.0, charge_enabled=False), request(20.0, 0.0, discharge_enabled=False)):
        assert Request.of(asked.values()) == asked
    said = request().values()
    for name in ("charge_voltage_limit_v", "discharge_current_limit_a"):
        assert Request.of({key: value for key, value in said.items() if key != name}) is None, "not all was said"
    assert Request.of({}) is None
    silent = {key: value for key, value in said.items() if not key.endswith("_enabled")}
    assert Request.of(silent) == request(), "nothing of its switches: they let current through"
    cut = Request.of({**said, "charge_enabled": False})
    assert cut is not None
    assert cut.charge_current_a == 0.0


def test_one_cold_pack_holds_the_bank_back() -> None:
    """Three packs of 50 A, the cold one asks for 12.5 A: each may get so much, not the mean."""
    asked = bank_request([member("a"), member("b", asked=request(12.5, 100.0)), member("c")])
    assert asked is not None
    assert (asked.charge_current_a, asked.discharge_current_a) == (37.5, 300.0)


def test_an_uneven_pack_lowers_the_voltage_of_the_bank() -> None:
    uneven = Request(54.49, 48.0, 50.0, 100.0)
    asked = bank_request(
        [member("a"), member("b", asked=uneven), member("c", Standing.ISOLATED, Request(54.0, 48, 5, 5))]
    )
    assert asked is not None
    assert asked.charge_voltage_v == 54.49, "one that is off the bus lowers nothing"


def test_one_pack_behind_its_protection_is_not_nothing() -> None:
    """All that is known is isolated: what it holds is still told, with no current asked."""
    cut = request(0.0, 0.0, charge_enabled=False, discharge_enabled=False)
    view = bank_view([Member("a", Standing.ISOLATED, A, ("short_circuit_protection",), cut)])
    assert (view.soc_pct, view.full_ah) == (50.0, 100.0)
    assert view.request is not None
    assert (view.request.charge_current_a, view.request.charge_enabled) == (0.0, False)
    assert bank_view([Member("a", Standing.ISOLATED, A), unread("b")]).soc_pct is None
    assert [one.name for one in counted([member("a"), Member("b", Standing.ISOLATED, A)])] == ["a"]


ON = {"charge_mos_on": True, "discharge_mos_on": False, "operating_state": "charging"}


@pytest.mark.parametrize(
    ("values", "age_s", "standing"),
    [
        (None, 0.0, Standing.UNREAD),
        (None, 31.0, Standing.STALE),
        ({}, 30.0, Standing.CONNECTED),
        ({}, 30.1, Standing.STALE),
        (ON, 0.0, Standing.CONNECTED),
        ({**ON, "charge_mos_on": False}, 0.0, Standing.ISOLATED),
        ({**ON, "charge_mos_on": False}, 31.0, Standing.STALE),
        ({**ON, "operating_state": "shutdown"}, 0.0, Standing.ISOLATED),
        ({"charge_enabled": False, "discharge_enabled": False}, 0.0, Standing.ISOLATED),
        ({"charge_enabled": False, "discharge_enabled": True}, 0.0, Standing.CONNECTED),
    ],
)
def test_what_a_host_makes_of_what_it_heard(values: dict[str, Any] | None, age_s: float, standing: Standing) -> None:
    said = None if values is None else {**values, **({} if "charge_enabled" in values else {"soc_pct": 50.0})}
    one = heard("a", said, None, age_s=age_s, stale_after_s=30.0)
    assert (one.standing, one.active) == (standing, ())
    assert one.values == (said or {})


def test_what_was_heard_carries_the_request() -> None:
    assert heard("a", request().values()).request == request()
    assert heard("a", {"soc_pct": 3.0}).request is None

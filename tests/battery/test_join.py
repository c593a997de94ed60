"""Packs joining and leaving a bus: two batteries within 30 s and 1 V, thirty packs as they come, addresses."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from battery.packs import PS, WALL, of_make
from wattstead.battery.behaviour import Parallel
from wattstead.battery.join import RESTART_S, Bus, Seat, What, automatic, look, readdress
from wattstead.model.errors import UsageError

PAIR = Parallel(most=2, join_difference_v=1.0, window_s=30.0)
MANY = Parallel(most=30, join_difference_v=2.0)


@dataclass
class Watch:
    """A bank and all that has happened to it."""

    bus: Bus
    told: list[tuple[float, int, What]] = field(default_factory=list)

    def look(
        self, now_s: float, on: list[bool], volts: list[float] | None = None, **more: list[bool]
    ) -> tuple[bool, ...]:
        self.bus, happened = look(self.bus, now_s, on, volts or [52.0] * len(on), **more)
        self.told += [(one.at_s, one.pack, one.what) for one in happened]
        return self.bus.joined


def pair() -> Watch:
    return Watch(Bus.of(PAIR, 2))


def test_the_presets_say_it() -> None:
    assert of_make(WALL).parallel == PAIR
    assert of_make(PS).parallel.most == 30


def test_two_within_30_s_and_1_v_join_at_once_and_blink_five_times() -> None:
    """GRW-7."""
    bank = pair()
    assert bank.look(0.0, [True, False]) == (False, False)
    assert bank.look(30.0, [True, True], [52.0, 53.0]) == (True, True)
    assert bank.told == [(30.0, 0, What.JOINED), (30.0, 1, What.JOINED)]
    assert bank.bus.just_joined(30.0) == bank.bus.just_joined(34.9) == (True, True)
    assert bank.bus.just_joined(35.0) == (False, False)
    assert bank.bus.gap_v([52.0, 53.0]) == (0.0, 0.0)


def test_the_second_button_after_30_s_is_a_parallel_failure() -> None:
    """GRW-7; GRW-6: parallel failure."""
    bank = pair()
    bank.look(0.0, [True, False])
    assert not any(bank.look(30.0, [True, False]))
    assert bank.bus.failed == (False, False)
    bank.look(30.5, [True, False])
    assert bank.bus.failed == (True, False)
    bank.look(31.0, [True, True])
    bank.look(62.0, [True, True])
    assert bank.bus.failed == (True, True)
    assert bank.told == [(30.5, 0, What.FAILED), (62.0, 1, What.FAILED)]


def test_more_than_1_v_apart_they_wait_and_then_fail() -> None:
    bank = pair()
    assert not any(bank.look(0.0, [True, True], [51.0, 52.1]))
    assert bank.bus.gap_v([51.0, 52.1]) == pytest.approx((1.1, 1.1)), "for the row of the difference"
    assert bank.bus.failed == (False, False)
    bank.look(31.0, [True, True], [51.0, 52.1])
    assert bank.bus.failed == (True, True)
    assert bank.bus.gap_v([51.0, 52.1]) == (0.0, 0.0)
    off = bank.look(40.0, [False, False], [51.0, 52.1])
    assert not any(off)
    assert all(bank.look(50.0, [True, True], [51.6, 52.1])), "off, brought nearer, and on again"


def test_without_the_line_between_them_they_fail() -> None:
    bank = pair()
    assert not any(bank.look(0.0, [True, True], linked=[True, False]))
    bank.look(31.0, [True, True], linked=[True, False])
    assert bank.bus.failed == (True, True)


def test_one_goes_and_the_other_stays_until_both_are_switched_on_anew() -> None:
    bank = pair()
    bank.look(0.0, [True, True])
    assert bank.look(100.0, [True, False]) == (True, False)
    assert bank.told[-1] == (100.0, 1, What.LEFT)
    assert bank.look(200.0, [True, True]) == (True, False)
    assert bank.bus.failed == (False, True)
    bank.look(210.0, [False, False])
    assert bank.look(220.0, [True, True]) == (True, True)


def test_a_pair_whose_line_breaks_has_failed_both() -> None:
    """GRW-7; the make counts a lost link under parallel failure, on either side."""
    bank = pair()
    bank.look(0.0, [True, True])
    assert bank.bus.quiet
    assert not any(bank.look(60.0, [True, True], linked=[True, False]))
    assert bank.bus.failed == (True, True)
    assert [(at_s, pack, what) for at_s, pack, what in bank.told if at_s == 60.0] == [
        *((60.0, 0, What.LEFT), (60.0, 0, What.FAILED), (60.0, 1, What.LEFT), (60.0, 1, What.FAILED))
    ]
    four = Watch(Bus.of(Parallel(most=4, join_difference_v=1.0, window_s=30.0), 4))
    four.look(0.0, [True] * 4)
    assert four.look(1.0, [True] * 4, linked=[True, True, False, True]) == (True, True, False, True)
    assert four.bus.failed == (False, False, True, False), "three still hear each other"


def test_a_pack_that_drifts_from_the_bus_leaves_it_after_10_s() -> None:
    bank = Watch(Bus.of(MANY, 3))
    bank.look(0.0, [True] * 3)
    far = [52.0, 52.1, 54.2]
    assert all(bank.look(5.0, [True] * 3, far))
    assert not bank.bus.quiet, "somebody has to look again"
    assert all(bank.look(14.9, [True] * 3, far))
    assert bank.look(15.0, [True] * 3, far) == (True, True, False)
    assert bank.bus.gap_v(far)[2] == pytest.approx(2.2)
    assert all(bank.look(30.0, [True] * 3)), "it fits again"
    bank.look(40.0, [True] * 3, far)
    bank.look(45.0, [True] * 3)
    assert all(bank.look(52.0, [True] * 3, far)), "counted anew"


def test_a_pack_whose_switch_is_open_may_lie_where_it_wants() -> None:
    """Its protection holds it, or it is full: the others go on without it, and it has not failed."""
    bank = pair()
    bank.look(0.0, [True, True])
    for now_s in (10.0, 3600.0):
        assert all(bank.look(now_s, [True, True], [51.0, 54.0], closed=[True, False]))
        assert bank.bus.quiet
    bank.look(3601.0, [True, True], [51.0, 54.0])
    assert all(bank.look(3605.0, [True, True], [51.9, 52.1])), "closed again, they even out in time"


def test_of_two_that_drift_apart_the_first_stays_and_the_other_has_failed() -> None:
    bank = pair()
    bank.look(0.0, [True, True])
    bank.look(1.0, [True, True], [52.0, 53.1])
    assert bank.look(11.0, [True, True], [52.0, 53.1]) == (True, False)
    assert bank.bus.failed == (False, True)


def test_a_battery_alone_in_its_bank_joins_nobody_and_waits_for_nobody() -> None:
    bank = Watch(Bus.of(PAIR, 1))
    assert bank.look(5.0, [True], linked=[False]) == (True,)
    assert bank.bus.just_joined(5.0) == (False,)


def test_packs_join_as_they_come_where_there_is_no_window() -> None:
    bank = Watch(Bus.of(MANY, 4))
    volts = [52.0, 53.5, 54.5, 52.5]
    assert bank.look(0.0, [False, True, False, False], volts) == (False, True, False, False)
    assert bank.look(1000.0, [True, True, True, False], volts) == (True, True, False, False)
    assert bank.bus.gap_v(volts)[2] == pytest.approx(2.5)
    assert bank.look(2000.0, [True, True, True, True], volts) == (True, True, False, True)
    assert bank.look(3000.0, [True] * 4, [54.0, 54.1, 54.5, 54.0]) == (True,) * 4
    assert bank.bus.failed == (False,) * 4


def test_a_pack_that_lost_its_line_leaves_the_bus() -> None:
    bank = Watch(Bus.of(MANY, 3))
    bank.look(0.0, [True] * 3)
    assert bank.look(1.0, [True] * 3, linked=[True, False, True]) == (True, False, True)
    assert bank.look(2.0, [True] * 3) == (True, True, True)
    assert [what for _, pack, what in bank.told if pack == 1] == [What.JOINED, What.LEFT, What.JOINED]


def test_more_packs_than_the_make_allows_are_refused() -> None:
    with pytest.raises(UsageError, match=r"packs in parallel 3 must be at most 2 \(GRW-7"):
        Bus.of(PAIR, 3)
    with pytest.raises(UsageError, match="packs in parallel 31 must be at most 30"):
        Bus.of(of_make(PS).parallel, 31)
    with pytest.raises(UsageError, match="packs in parallel 0 must be a whole number of at least 1"):
        Bus.of(MANY, 0)


def test_bad_looks_are_refused() -> None:
    bus, _ = look(Bus.of(PAIR, 2), 10.0, [True, True], [52.0, 52.0])
    with pytest.raises(UsageError, match=r"now_s 9.0 must not lie before 10"):
        look(bus, 9.0, [True, True], [52.0, 52.0])
    with pytest.raises(UsageError, match="voltage_v of 1 packs must be for the 2 packs"):
        look(bus, 11.0, [True, True], [52.0])
    with pytest.raises(UsageError, match="now_s nan must be a finite number"):
        look(bus, float("nan"), [True, True], [52.0, 52.0])


def test_slaves_whose_address_changes_restart_and_join_anew() -> None:
    bank = Watch(Bus.of(MANY, 3))
    assert [one.address for one in bank.bus.places] == [1, 2, 3]
    bank.look(0.0, [True] * 3)
    bank.bus = readdress(bank.bus, {1: 3, 2: 2})
    assert [one.address for one in bank.bus.places] == [1, 3, 2]
    assert bank.look(1.0, [True] * 3) == (True, False, False)
    assert bank.look(RESTART_S, [True] * 3) == (True, True, True)
    bank.bus = automatic(bank.bus)
    assert bank.look(RESTART_S + 1.0, [True] * 3) == (True, False, False)
    bank.bus = readdress(bank.bus, {0: 2, 1: 1})
    assert [one.back_s for one in bank.bus.places][1] == RESTART_S * 2, "who becomes the master goes on"


@pytest.mark.parametrize(
    ("addresses", "says"),
    [
        ({3: 4}, "pack 3 must be one of 0 to 2"),
        ({1: 51}, "address 51 must lie between 1 and 50"),
        ({1: 0}, "address 0 must lie between 1 and 50"),
        ({1: 3}, r"address \[3\] must be given once"),
        ({0: 9}, r"addresses \[9, 2, 3\] must hold 1: the master"),
    ],
)
def test_bad_addresses_are_refused(addresses: dict[int, int], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        readdress(Bus.of(MANY, 3), addresses)


looks = st.lists(
    st.tuples(
        st.floats(0.0, 40.0),
        st.lists(st.booleans(), min_size=4, max_size=4),
        st.lists(st.floats(50.0, 54.0), min_size=4, max_size=4),
        st.lists(st.sampled_from([True, True, True, False]), min_size=4, max_size=4),
    ),
    max_size=25,
)


@given(looks, st.sampled_from([PAIR, MANY, Parallel(most=4, join_difference_v=1.5, window_s=45.0)]))
def test_what_always_holds(some: list[tuple[float, list[bool], list[float], list[bool]]], rule: Parallel) -> None:
    packs, now_s = min(rule.most, 4), 0.0
    bus = Bus.of(rule, packs)
    on_since: dict[int, float] = {}
    for wait_s, on, volts, linked in some:
        now_s += wait_s
        before = bus
        bus, happened = look(bus, now_s, on[:packs], volts[:packs], linked=linked[:packs])
        new = [one.pack for one in happened if one.what is What.JOINED]
        for k in range(packs):
            on_since = (
                {**on_since, k: on_since.get(k, now_s)} if on[k] else {j: s for j, s in on_since.items() if j != k}
            )
            assert on[k] or bus.places[k].seat is Seat.AWAY
            was_failed = before.places[k].seat is Seat.FAILED
            assert not (was_failed and on[k]) or bus.failed[k], "only being off ends a failure"
        for k in new:
            assert linked[k]
            for j in range(packs):
                if bus.joined[j] and j != k:
                    assert abs(volts[k] - volts[j]) <= rule.join_difference_v
                    assert abs(on_since[k] - on_since[j]) <= rule.window_s
        if rule.window_s < 1e9:
            assert len(new) in {0, packs}, "all at once or nobody"
            assert not any(bus.places[k].seat is Seat.WAITING and now_s - on_since[k] > rule.window_s for k in on_since)
        for gap_v, place in zip(bus.gap_v(volts[:packs]), bus.places, strict=True):
            assert gap_v == 0.0 or place.seat is Seat.WAITING
        again, nothing = look(bus, now_s, on[:packs], volts[:packs], linked=linked[:packs])
        assert again == bus
        assert nothing == (), "looking twice changes nothing"

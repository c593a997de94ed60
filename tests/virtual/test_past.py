"""The simulated past says what a poller would have read over the wire."""

from typing import Any

import pytest

from virtual.banks import MAKES, NOON_MS, Rig
from wattstead.virtual.past import past
from wattstead.wire.message import Poll

HOUR_MS = 3_600_000


@pytest.mark.parametrize("make", MAKES)
@pytest.mark.parametrize("soc_pct", [4.0, 60.0, 99.9])
def test_each_reading_equals_a_poll_of_the_same_instant(make: str, soc_pct: float) -> None:
    rig = Rig(make, packs=2, soc_pct=soc_pct)
    polled = [message.name for message in rig.profile.dialect.messages if message.poll in (Poll.VALUES, Poll.ALARMS)]
    for _, told in past(rig.live, NOON_MS, NOON_MS + HOUR_MS // 4):
        for place, pack in enumerate(told):
            values: dict[str, Any] = {}
            active: list[str] = []
            for name in polled:
                said = rig.ask(name, rig.bank.addresses[place]).packs[0]
                values |= said.values
                active += said.active or ()
            assert pack.values == values
            assert pack.active == tuple(active)


def test_readings_come_at_their_times_up_to_the_end() -> None:
    rig = Rig()
    times = [at for at, _ in past(rig.live, NOON_MS, NOON_MS + 150_000)]
    assert times == [NOON_MS + 60_000, NOON_MS + 120_000]
    assert rig.bank.state.time_s == 120.0
    assert [at for at, _ in past(rig.live, NOON_MS, NOON_MS + 30_000, 10.0)] == [
        NOON_MS + ms for ms in (10_000, 20_000, 30_000)
    ]
    assert list(past(rig.live, NOON_MS, NOON_MS)) == []


@pytest.mark.slow
def test_the_past_moves() -> None:
    rig = Rig(packs=2)
    socs = {told[0].values["soc_pct"] for _, told in past(rig.live, NOON_MS, NOON_MS + 24 * HOUR_MS)}
    assert len(socs) > 100

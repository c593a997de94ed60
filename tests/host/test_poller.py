from itertools import pairwise
from pathlib import Path

import pytest

from host.line import Bank, now_s, pylontech, seplos, talker, talking
from host.rounds import now_ms, poller, snapshots, some, until
from leap import leaping
from tiny_profile import HEAD, profile
from wattstead.host.poller import Poller
from wattstead.host.turns import PolledPack
from wattstead.model.errors import UsageError
from wattstead.model.reading import Origin, Snapshot


@leaping
async def test_a_round_gives_one_snapshot_a_pack_of_all_that_it_said() -> None:
    bank = seplos(0, 1)
    bank.active = {1: ["cell_high_voltage_alarm"]}
    async with talking(bank, turnaround_s=0.05) as port:
        first, second = await some(poller(port, bank, origin=Origin.SIMULATED).rounds(), 2)
    zero, one = first
    assert isinstance(zero, Snapshot)
    assert isinstance(one, Snapshot)
    assert (zero.pack, zero.origin, zero.active) == ("pack-0", Origin.SIMULATED, ())
    assert one.active == ("cell_high_voltage_alarm",)
    assert zero.at_ms == 1_700_000_000_148  # when the values came: 188 bytes and the turnaround
    assert zero.values["pack_current_a"] == -12.34
    assert zero.values["charge_mos_on"] is True
    assert "device_name" not in zero.values
    assert snapshots([second], "pack-0")[0].values["device_name"] == "1101-SP76"


@leaping
async def test_a_snapshot_is_as_old_as_the_first_of_its_values(tmp_path: Path) -> None:
    """Where a device tells its values in several messages, none may look younger than it is."""
    told = "".join(
        f'''[[message]]\nname = "{name}"\ncommand = {command:#x}\npoll = "{poll}"\n'''
        f'''reply = [{{ name = "{quantity}", type = "u16" }}]\n'''
        for name, command, poll, quantity in (
            ("ask", 0x42, "values", "pack_voltage_v"),
            ("more", 0x44, "values", "soc_pct"),
            ("life", 0x47, "alarms", "cycle_count"),
        )
    )
    bank = Bank(profile(tmp_path, HEAD + told), (0,))
    bank.changed = {0: {"pack_voltage_v": 53, "soc_pct": 60, "cycle_count": 7}}
    async with talking(bank, baud=None, turnaround_s=0.3) as port:
        (only,) = await anext(poller(port, bank).rounds())
        assert now_s() == pytest.approx(0.9)
    assert isinstance(only, Snapshot)
    assert only.values == {"pack_voltage_v": 53, "soc_pct": 60, "cycle_count": 7}
    assert only.at_ms == 1_700_000_000_300


@leaping
async def test_alarms_take_turns_so_that_rounds_are_equally_long() -> None:
    bank = seplos(*range(16))
    async with talking(bank) as port:
        rounds = poller(port, bank).rounds()
        first = await anext(rounds)
        assert bank.count("alarms") == 16
        assert all(isinstance(one, Snapshot) and one.active == () for one in first)
        counts = []
        for _ in range(6):
            before = bank.count("alarms")
            readings = await anext(rounds)
            counts.append(bank.count("alarms") - before)
            told = [one for one in readings if isinstance(one, Snapshot) and one.active is not None]
            assert len(told) == counts[-1]
    assert set(counts) == {5, 6}
    assert sum(counts) == 32


@leaping
async def test_a_pack_with_something_active_tells_its_alarms_each_round() -> None:
    bank = seplos(0, 1, 2)
    bank.active = {1: ["cell_undervoltage_protection"], 2: ["waiting_for_interval_recharge"]}
    async with talking(bank) as port:
        rounds = poller(port, bank).rounds()
        await some(rounds, 6)
        assert [bank.count("alarms", address) for address in (0, 1, 2)] == [3, 6, 2]
        bank.active = {}
        await some(rounds, 6)
        assert bank.count("alarms", 1) in (6 + 2, 6 + 3)


@leaping
async def test_every_alarm_each_round_where_that_is_wanted() -> None:
    bank = seplos(0)
    async with talking(bank) as port:
        rounds = await some(poller(port, bank, alarms_every=1).rounds(), 4)
    assert [one.active for one in snapshots(rounds, "pack-0")] == [()] * 4


@leaping
async def test_identity_is_asked_one_question_a_round() -> None:
    bank = pylontech(2, 3)
    async with talking(bank, baud=115200) as port:
        rounds = poller(port, bank, interval_s=0.9).rounds()
        for number in range(1, 9):
            await anext(rounds)
            assert len([one for one in bank.asked if one[0] in ("vendor", "serial_number", "software_version")]) == min(
                6, number - 1
            )


@leaping
async def test_identity_is_asked_again_after_an_hour() -> None:
    bank = seplos(0)
    async with talking(bank) as port:
        rounds = poller(port, bank, interval_s=20).rounds()
        await until(rounds, 3590)
        assert bank.count("vendor") == 1
        await until(rounds, 3660)
        assert bank.count("vendor") == 2


@leaping
async def test_a_pause_between_rounds_is_used_for_identity() -> None:
    bank = pylontech(2, 3)
    async with talking(bank, baud=115200) as port:
        _, second = await some(poller(port, bank, interval_s=10).rounds(), 2)
    assert snapshots([second], "pack-3")[0].values["serial_number"] == "PPTAH02300456789"


@leaping
async def test_rounds_keep_their_interval() -> None:
    bank = seplos(0)
    async with talking(bank) as port:
        rounds = await some(poller(port, bank, interval_s=2).rounds(), 5)
    times = [one.at_ms for one in snapshots(rounds, "pack-0")]
    assert [later - earlier for earlier, later in pairwise(times)] == [2000] * 4


@leaping
async def test_readings_come_as_soon_as_they_are_there() -> None:
    bank = seplos(0, 1, 2)
    async with talking(bank) as port:
        reading = await anext(poller(port, bank).readings())
        assert isinstance(reading, Snapshot)
        assert now_s() < 0.2
        assert bank.count("telemetry") == 1


def test_what_cannot_be_polled_is_refused_at_once() -> None:
    bank = seplos()
    host = talker(None, bank)
    for packs, match in (
        ([], "a line without packs"),
        ([PolledPack("a", 0), PolledPack("a", 1)], "pack a stands twice"),
        ([PolledPack("a", 0), PolledPack("b", 0)], "address 0 stands twice"),
        ([PolledPack("a", 16)], "pack a cannot have address 16; seplos-v2 knows 0 to 15"),
    ):
        with pytest.raises(UsageError, match=match):
            Poller(host, packs, now_ms)

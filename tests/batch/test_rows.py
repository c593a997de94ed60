"""The files: what they hold is what the engine did, and other people's tools read it."""

import json
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow.parquet as pq
import pytest
from numpy.typing import NDArray

from batch.small import plan, run
from wattstead.batch.block import START_DEGC
from wattstead.batch.columns import EVENTS, KEPT, KEYS
from wattstead.batch.homes import Homes
from wattstead.batch.keep import true_soc
from wattstead.batch.plan import Block, Plan
from wattstead.battery.packs import Packs
from wattstead.battery.step import EventKind, advance
from wattstead.battery.wear import Ageing

COUNT = 120
Array = NDArray[Any]


@pytest.fixture(scope="module")
def wanted() -> Plan:
    return plan(packs=COUNT, days=1.0, step_s=20.0, keep_s=1800, seed=3)


@pytest.fixture(scope="module")
def folder(wanted: Plan, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("batch")
    run(wanted, made)
    return made


def by_hand(wanted: Plan) -> tuple[list[dict[str, Array]], list[tuple[int, float, str, str]], Packs]:
    """Run the same packs without any of the code that keeps and writes: what was seen at the end of each call."""
    block = next(wanted.blocks())
    homes = Homes(wanted, block)
    packs = Packs.rest(
        wanted.pack,
        COUNT,
        homes.start_soc(),
        temperature_degc=START_DEGC,
        believed_soc=homes.believed_soc(),
    )
    ageing = Ageing(packs, wanted.ageing)
    seen: list[dict[str, Array]] = []
    events: list[tuple[int, float, str, str]] = []
    for call in range(round(wanted.days * 86400 / 60)):
        log = advance(packs, homes.inputs(60.0 * call + 30.0, 60.0, packs), 20.0, 3)
        ageing.look(packs)
        events += [(one.pack, one.at_s, one.name, one.kind.name.lower()) for one in log.events(wanted.pack)]
        one = {
            "a": packs.current_a.copy(),
            "v": packs.pack_voltage_v,
            "cells_v": packs.cell_voltage_v,
            "degc": packs.temperature_degc.copy(),
            "soc": packs.soc,
            "true": true_soc(packs),
            "bound": packs.soc_bound,
            "charge_on": packs.charge_mos_on,
            "charged": packs.charged_kwh.copy(),
            "left": 100.0 * ageing.aged.capacity_mid,
            "cycles": ageing.cycles.copy(),
        }
        seen.append(one)
    return seen, events, packs


@pytest.mark.slow
def test_rows_are_what_the_engine_did(wanted: Plan, folder: Path) -> None:
    table = pq.read_table(folder / "rows")
    assert table.num_rows == COUNT * 48
    assert table["pack"].to_pylist() == [pack for pack in range(COUNT) for _ in range(48)]
    assert table["start_s"].to_pylist() == [1800 * period for period in range(48)] * COUNT
    seen, _, _ = by_hand(wanted)

    def kept(name: str) -> Array:
        return np.asarray(table[name].to_numpy().reshape(COUNT, 48))

    for period in range(48):
        mine = seen[30 * period : 30 * period + 30]

        def over(name: str, mine: list[dict[str, Array]] = mine) -> Array:
            return np.stack([one[name] for one in mine])

        wanted_here = {
            "pack_current_mean_a": (over("a").astype(float).mean(axis=0), 0.0051),
            "pack_current_min_a": (over("a").min(axis=0), 0.0051),
            "pack_current_max_a": (over("a").max(axis=0), 0.0051),
            "pack_voltage_mean_v": (over("v").astype(float).mean(axis=0), 0.0051),
            "cell_voltage_min_v": (over("cells_v").min(axis=(0, 1)), 0.00051),
            "cell_voltage_max_v": (over("cells_v").max(axis=(0, 1)), 0.00051),
            "cell_voltage_spread_max_v": (np.ptp(over("cells_v"), axis=1).max(axis=0), 0.00051),
            "cell_temperature_mean_degc": (over("degc").astype(float).mean(axis=(0, 1)), 0.051),
            "cell_temperature_max_degc": (over("degc").max(axis=(0, 1)), 0.051),
            "soc_mean_pct": (100.0 * over("soc").mean(axis=0), 0.0051),
            "true_soc_min_pct": (100.0 * over("true").min(axis=0), 0.0051),
            "soc_bound_max_pct": (100.0 * over("bound").max(axis=0), 0.0051),
            "charge_mos_on_s": (60.0 * over("charge_on").sum(axis=0), 0.0),
        }
        for name, (value, within) in wanted_here.items():
            assert kept(name)[:, period] == pytest.approx(value, abs=within), (name, period)
        assert kept("capacity_left_mid_pct")[:, period] == pytest.approx(mine[-1]["left"], abs=0.00051)
        assert kept("equivalent_full_cycles")[:, period] == pytest.approx(mine[-1]["cycles"], abs=0.000051)
        before = seen[30 * period - 1]["charged"] if period else 0.0
        assert kept("charged_energy_kwh")[:, period] == pytest.approx(mine[-1]["charged"] - before, abs=0.000051)


def test_every_event_is_there(wanted: Plan, folder: Path) -> None:
    table = pq.read_table(folder / "events")
    _, events, _ = by_hand(wanted)
    assert len(events) > 10
    written = list(zip(*(table[name].to_pylist() for name in ("pack", "at_s", "name", "kind")), strict=True))
    assert written == sorted(events, key=lambda one: one[:2])
    levels = {row.name: row.level.value for row in wanted.pack.protections}
    assert table["level"].to_pylist() == [levels[name] for name in table["name"].to_pylist()]
    assert set(table["kind"].to_pylist()) <= {kind.name.lower() for kind in EventKind}


def test_totals_are_in_the_file_of_rows(wanted: Plan, folder: Path) -> None:
    found = json.loads(pq.read_metadata(folder / "rows/block-000000.parquet").metadata[b"wattstead.totals"])
    _, events, packs = by_hand(wanted)
    assert (found["packs"], found["rows"], found["pack_steps"]) == (COUNT, COUNT * 48, COUNT * 4320)
    assert found["charged_energy_kwh"] == pytest.approx(float(packs.charged_kwh.sum()))
    assert found["discharged_energy_kwh"] == pytest.approx(float(packs.discharged_kwh.sum()))
    assert sum(sum(counts) for counts in found["events"].values()) == len(events)
    assert found["lost"] == 0


def test_columns_are_those_of_the_page(folder: Path) -> None:
    rows = pq.read_schema(folder / "rows/block-000000.parquet")
    assert rows.names == [*KEYS, *(column.name for column in KEPT)]
    assert pq.read_schema(folder / "events/block-000000.parquet").names == list(EVENTS)
    units = ("_a", "_v", "_degc", "_pct", "_kwh", "_s", "_cycles")
    assert all(name.endswith(units) for name in rows.names if name != "pack")


def test_the_page_explains_every_column() -> None:
    page = (Path(__file__).parents[2] / "docs/batch.md").read_text(encoding="utf-8").splitlines()
    meanings = {**KEYS, **{column.name: column.what for column in KEPT}}
    assert [f"| `{name}` | {what} |" for name, what in meanings.items() if f"| `{name}` | {what} |" not in page] == []
    assert [name for name in EVENTS if not any(line.startswith(f"| `{name}` | ") for line in page)] == []


def test_keys_are_written_as_differences_and_all_is_squeezed(folder: Path) -> None:
    group = pq.read_metadata(folder / "rows/block-000000.parquet").row_group(0)
    columns = [group.column(place) for place in range(group.num_columns)]
    assert {column.compression for column in columns} == {"ZSTD"}
    assert all("DELTA_BINARY_PACKED" in column.encodings for column in columns[:2])


def ask(question: str) -> list[Any]:
    answer = duckdb.sql(question)
    assert answer is not None
    return answer.fetchall()


def test_duckdb_reads_a_folder(folder: Path) -> None:
    rows = ask(f"select count(*), min(soc_min_pct), max(soc_max_pct) from '{folder}/rows/*.parquet'")
    assert rows[0][0] == COUNT * 48
    assert 0.0 <= rows[0][1] < rows[0][2] <= 100.0
    joined = ask(
        f"select count(*) from '{folder}/events/*.parquet' e join '{folder}/rows/*.parquet' r "
        "on e.pack = r.pack and r.start_s = 1800 * floor(least(e.at_s, 86399.9999) / 1800)"
    )
    assert joined[0][0] == pq.read_table(folder / "events").num_rows


@pytest.mark.slow
def test_many_periods_make_several_row_groups_with_the_same_rows(
    wanted: Plan, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wattstead.batch.parts._ROWS_AT_ONCE", 10 * COUNT)
    monkeypatch.setattr("wattstead.batch.parts._EVENTS_AT_ONCE", 5)
    run(wanted, tmp_path)
    assert pq.read_metadata(tmp_path / "rows/block-000000.parquet").num_row_groups == 5
    for kind in ("rows", "events"):
        groups, one = pq.read_table(tmp_path / kind).to_pylist(), pq.read_table(folder / kind).to_pylist()
        assert sorted(groups, key=lambda row: (row["pack"], row.get("start_s", row.get("at_s")))) == one


@pytest.mark.slow
def test_packs_of_a_household_share_a_bus(tmp_path: Path) -> None:
    """New and worn ones in parallel: one voltage, less current through the worn one, and the same sum."""
    wanted = plan(packs=40, days=1.0, step_s=20.0, keep_s=1800, seed=3, per_home=2, soh=(0.6, 1.0))
    run(wanted, tmp_path)
    table = pq.read_table(tmp_path / "rows")

    def kept(name: str) -> Array:
        return np.asarray(table[name].to_numpy().reshape(20, 2, 48))

    volts = kept("pack_voltage_mean_v")
    assert np.abs(volts[:, 0] - volts[:, 1]).max() < 0.25
    moved = (kept("charged_energy_kwh") + kept("discharged_energy_kwh")).sum(axis=2)
    soh = Homes(wanted, Block(0, 0, 40)).soh().reshape(20, 2)
    share, size = moved[:, 0] / moved.sum(axis=1), soh[:, 0] / soh.sum(axis=1)
    assert np.corrcoef(share, size)[0, 1] > 0.9
    again = tmp_path / "again"
    run(wanted, again)
    assert pq.read_table(again / "rows").equals(table)

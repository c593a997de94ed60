"""How the files beside this one were made from the published ones; README.md says where those are.

    python tests/battery/data/extract.py ESCTOOLBOX_DIR NAUMANN_CSV

A dynamic file keeps the current of every second in 10 mA and the voltage of every tenth in 0.1 mV. The tester samples
the current but counts charge all the time; over each 300 s the samples are shifted, where current flows, so that
their sum is the counted charge. Rounding is carried on to the next second, so none is lost.
"""

import csv
import gzip
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

HERE = Path(__file__).parent
DYNAMIC = {
    -15: "A123_DYN_10_N15",
    -5: "A123_DYN_30_N05",
    5: "A123_DYN_45_P05",
    15: "A123_DYN_45_P15",
    25: "A123_DYN_50_P25",
    35: "A123_DYN_50_P35",
    45: "A123_DYN_50_P45",
}
KEPT = (5, 25, 45)
SLOW = {5: "A123_OCV_P05", 25: "A123_OCV_P25", 45: "A123_OCV_P45"}
BLOCK_S, FLOWS_A = 300, 0.05
Floats = NDArray[np.float64]


def main(toolbox: Path, naumann: Path) -> None:
    """Write all files."""
    for degc, name in DYNAMIC.items():
        parts = [_read(toolbox / "dyn_data" / f"{name}_s{part}.csv") for part in (1, 2, 3)]
        print(degc, "capacity and efficiency:", _capacity_and_efficiency(parts, _efficiency_25(toolbox)))
        if degc in KEPT:
            text = "".join(",".join(str(int(value)) for value in row) + "\n" for row in _dynamic(parts[0]))
            with gzip.GzipFile(HERE / f"a123_dynamic_{degc}degc.csv.gz", "wb", mtime=0) as file:
                file.write(text.encode())
    _slow(toolbox)
    _naumann(naumann)


def every_second(toolbox: Path, degc: int) -> tuple[tuple[tuple[float, ...], float], ...]:
    """Give current and voltage of all seconds, as ``measured.dynamic`` gives those kept."""
    table = _read(toolbox / "dyn_data" / f"{DYNAMIC[degc]}_s1.csv")
    return tuple(((float(c),), float(v)) for c, v in zip(_current_a(table), table[:, 3], strict=True))


def _dynamic(table: Floats) -> NDArray[np.int64]:
    kept = np.diff(np.round(np.cumsum(_current_a(table)) * 100.0), prepend=0.0)
    whole = len(kept) // 10 * 10
    volts = np.round(table[9:whole:10, 3] * 1e4)
    return np.column_stack([kept[:whole].reshape(-1, 10), volts]).astype(np.int64)


def _current_a(table: Floats) -> Floats:
    current: Floats = -table[:, 2]
    current[np.abs(current) < 0.003] = 0.0
    counted = (table[:, 4] - table[:, 5]) * 3600.0
    for start in range(0, len(current) - 1, BLOCK_S):
        block = slice(start, min(start + BLOCK_S, len(current)))
        flows = np.abs(current[block]) > FLOWS_A
        before = counted[start - 1] if start else 0.0
        missing = counted[block.stop - 1] - before - current[block].sum()
        if flows.any():
            current[block][flows] += missing / flows.sum()
    return current


def _efficiency_25(toolbox: Path) -> float:
    parts = [_read(toolbox / "dyn_data" / f"{DYNAMIC[25]}_s{part}.csv") for part in (1, 2, 3)]
    return float(sum(part[-1, 5] for part in parts) / sum(part[-1, 4] for part in parts))


def _capacity_and_efficiency(parts: list[Floats], efficiency_25: float) -> tuple[float, float]:
    """Capacity in Ah and share of the charge that stays: parts 2 and 3 were run at 25 °C and end where part 1 began."""
    out, into = [part[-1, 5] for part in parts], [part[-1, 4] for part in parts]
    efficiency = (sum(out) - efficiency_25 * (into[1] + into[2])) / into[0]
    return float(out[0] + out[1] - efficiency * into[0] - efficiency_25 * into[1]), float(efficiency)


def _slow(toolbox: Path) -> None:
    """Both branches at C/27 by percent of each branch's own charge."""
    percent = np.arange(101)
    columns, names = [percent.astype(float)], ["soc_pct"]
    for degc, name in SLOW.items():
        down, up = (_sweep(toolbox / "ocv_data" / f"{name}_S{part}.csv") for part in (1, 3))
        columns += [
            np.interp(percent / 100.0, 1.0 - down[::-1, 9] / down[-1, 9], down[::-1, 7]),
            np.interp(percent / 100.0, up[:, 8] / up[-1, 8], up[:, 7]),
        ]
        names += [f"discharge_{degc}degc_v", f"charge_{degc}degc_v"]
    with (HERE / "a123_slow.csv").open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(names)
        writer.writerows([f"{row[0]:.0f}", *(f"{value:.4f}" for value in row[1:])] for row in np.column_stack(columns))


def _sweep(path: Path) -> Floats:
    table = _read(path)
    sweep: Floats = table[table[:, 4] == 2]
    return sweep


def _naumann(source: Path) -> None:
    names = ("temperature_c", "storage_soc_fraction", "elapsed_days", "capacity_loss_pct", "resistance_growth_pct")
    with source.open() as read, (HERE / "naumann_calendar.csv").open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["temperature_degc", "soc", "days", "capacity_loss_pct", "resistance_growth_pct"])
        for row in csv.DictReader(read):
            values = [float(row[name]) for name in names]
            writer.writerow([f"{values[0]:g}", f"{values[1]:g}", *(f"{value:.3f}" for value in values[2:])])


def _read(path: Path) -> Floats:
    table: Floats = np.genfromtxt(path, delimiter=",", skip_header=1)
    return table


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))

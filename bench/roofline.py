"""What this machine can do at best: memory bandwidth and arithmetic, measured, for the claims of bench/engine.py.

Triad: a = b + s c over arrays far larger than the caches, 24 bytes a number counted (that the store reads its target
first is not). Update: a = s a, 16 bytes a number: what stepping a state in place can reach. FMA: multiply and add in
registers, float32, eight chains side by side; two operations each. The width of the instructions is read from the
machine code. Numba uses 256 bits even where the processor has 512; the widest is measured in a process that is told to.

    python bench/roofline.py [--turns 20]
"""

import argparse
import os
import platform
import re
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from llvmlite import binding  # type: ignore[import-untyped]
from numba import njit
from numpy.typing import NDArray

NUMBERS = 8_000_000  # 64 MB an array
TRIAD_BYTES, UPDATE_BYTES = 24, 16
CHAINS, LANES, FMA_DEEP = 8, 256, 16
FMA_ROUNDS = 500
WIDTHS = ((r"vfmadd\w*ps\s.*zmm", 512), (r"vfmadd\w*ps\s.*ymm", 256), (r"vfmadd\w*ps\s.*xmm|fmla\S*\s+v\d+\.4s", 128))


@dataclass(frozen=True, slots=True)
class Limits:
    """The best of several turns. fma_bits: width of the instructions; wide_*: of the processor's widest ones."""

    cpu: str
    cores: int
    triad_gb_s: float
    triad_all_gb_s: float
    update_gb_s: float
    update_all_gb_s: float
    fma_gflop_s: float
    fma_bits: int
    wide_gflop_s: float
    wide_bits: int


@njit(error_model="numpy", nogil=True)
def _triad(a: Any, b: Any, c: Any, s: float) -> None:
    for k in range(a.size):
        a[k] = b[k] + s * c[k]


@njit(error_model="numpy", nogil=True)
def _update(a: Any, s: float) -> None:
    for k in range(a.size):
        a[k] = a[k] * s


@njit(error_model="numpy", fastmath={"contract"})
def _fma(x: Any, s: Any, t: Any, rounds: int) -> None:
    """Eight chains written side by side: fewer would wait for one another, more do not fit the registers."""
    for _ in range(rounds):
        for k in range(x.shape[1]):
            a, b, c, d, e, f, g, h = x[0, k], x[1, k], x[2, k], x[3, k], x[4, k], x[5, k], x[6, k], x[7, k]
            for _ in range(FMA_DEEP):
                a, b, c, d = a * s + t, b * s + t, c * s + t, d * s + t
                e, f, g, h = e * s + t, f * s + t, g * s + t, h * s + t
            x[0, k], x[1, k], x[2, k], x[3, k], x[4, k], x[5, k], x[6, k], x[7, k] = a, b, c, d, e, f, g, h


def seconds(work: Callable[[], object]) -> float:
    """Time one call by the clock on the wall, for more than one thread may work."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def measure(turns: int = 20) -> Limits:
    """Measure all of it, the kinds by turns; twenty turns take some five seconds."""
    memory = _Memory(os.cpu_count() or 1)
    best = [0.0] * 4
    fma = 0.0
    for _ in range(turns):
        best = [max(pair) for pair in zip(best, memory.turn(), strict=True)]
        fma = max(fma, fma_gflop_s())
    bits = fma_bits()
    wide, wide_bits = _widest(turns) or (fma, bits)
    return Limits(cpu_name(), memory.cores, best[0], best[1], best[2], best[3], fma, bits, wide, wide_bits)


class _Memory:
    """Arrays to stream through, and a thread for each core."""

    def __init__(self, cores: int) -> None:
        self.cores = cores
        self._arrays: list[NDArray[np.float64]] = [np.ones(NUMBERS) for _ in range(3)]
        self._pool = ThreadPoolExecutor(cores)
        self.turn()

    def turn(self) -> list[float]:
        """GB/s of triad on one core and on all, of update on one core and on all."""
        return [
            TRIAD_BYTES * NUMBERS / seconds(lambda: self._triad(1)) / 1e9,
            TRIAD_BYTES * NUMBERS / seconds(lambda: self._triad(self.cores)) / 1e9,
            UPDATE_BYTES * NUMBERS / seconds(lambda: self._update(1)) / 1e9,
            UPDATE_BYTES * NUMBERS / seconds(lambda: self._update(self.cores)) / 1e9,
        ]

    def _triad(self, parts: int) -> None:
        a, b, c = (np.array_split(one, parts) for one in self._arrays)
        list(self._pool.map(_triad, a, b, c, [0.5] * parts))

    def _update(self, parts: int) -> None:
        list(self._pool.map(_update, np.array_split(self._arrays[0], parts), [1.0] * parts))


def fma_gflop_s() -> float:
    """One turn of multiply and add on one core."""
    x = np.ones((CHAINS, LANES), dtype=np.float32)
    _fma(x, np.float32(0.999), np.float32(0.001), 1)
    took_s = seconds(lambda: _fma(x, np.float32(0.999), np.float32(0.001), FMA_ROUNDS))
    return 2 * FMA_DEEP * x.size * FMA_ROUNDS / took_s / 1e9


def fma_bits() -> int:
    """Width of the multiply-and-add instructions in the machine code: 0 where there are none."""
    code = "".join(_fma.inspect_asm().values())
    return next((bits for pattern, bits in WIDTHS if re.search(pattern, code)), 0)


def cpu_name() -> str:
    """What the machine calls its processor."""
    info = Path("/proc/cpuinfo")
    named = re.search(r"^model name\s*:\s*(.+)$", info.read_text(), re.MULTILINE) if info.exists() else None
    return named[1] if named else platform.processor() or platform.machine()


def _widest(turns: int) -> tuple[float, int] | None:
    """Measure anew with all the width there is, where Numba leaves some unused."""
    features = binding.get_host_cpu_features()
    if not features.get("avx512f"):
        return None
    told = {
        "NUMBA_CPU_NAME": binding.get_host_cpu_name(),
        "NUMBA_CPU_FEATURES": features.flatten() + ",-prefer-256-bit",
    }
    command = [sys.executable, __file__, "--fma-only", "--turns", str(turns)]
    said = subprocess.run(command, env=os.environ | told, capture_output=True, text=True, check=True).stdout.split()
    return float(said[0]), int(said[1])


def show(limits: Limits) -> None:
    """Print what was found."""
    print(f"{limits.cpu}, {limits.cores} cores")
    print(f"{'':34}{'one core':>10}{'all cores':>11}")
    print(f"{'triad a = b + s c, GB/s':34}{limits.triad_gb_s:>10.1f}{limits.triad_all_gb_s:>11.1f}")
    print(f"{'update in place a = s a, GB/s':34}{limits.update_gb_s:>10.1f}{limits.update_all_gb_s:>11.1f}")
    width = f"{limits.fma_bits} bits as Numba compiles" if limits.fma_bits else "not vectorised"
    print(f"{'FMA float32, GFLOP/s':34}{limits.fma_gflop_s:>10.1f}{'':>13}{width}")
    if limits.wide_bits > limits.fma_bits:
        print(f"{'':34}{limits.wide_gflop_s:>10.1f}{'':>13}{limits.wide_bits} bits, the processor's widest")


def main() -> int:
    """Print the limits; exit status 1 where the arithmetic was not vectorised, for then it is no limit."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=20, help="turns of each; the best counts")
    parser.add_argument("--fma-only", action="store_true", help="print GFLOP/s and bits alone")
    options = parser.parse_args()
    if options.fma_only:
        print(max(fma_gflop_s() for _ in range(options.turns)), fma_bits())
        return 0
    limits = measure(options.turns)
    show(limits)
    return int(limits.fma_bits == 0)


if __name__ == "__main__":
    sys.exit(main())

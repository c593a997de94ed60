"""The peers as processes that measure themselves when asked, so that their turns and ours alternate."""

import json
import subprocess
from pathlib import Path
from typing import Self

HERE = Path(__file__).parent
PYTHON = HERE / ".venv" / "bin" / "python"
HINT = "PyBaMM and SimSES are not measured: bash bench/peers/setup.sh makes their environment."
PROGRAMS = {"pybamm": HERE / "pybamm_rates.py", "simses": HERE / "simses_rates.py"}


class Peers:
    """The peers' programs, started, and the best rate of each task so far: ``rates["pybamm closed_loop"]``."""

    def __init__(self) -> None:
        self.rates: dict[str, float] = {}
        self._running = {name: _start(file) for name, file in PROGRAMS.items() if PYTHON.exists()}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._running.values():
            process.communicate()

    def turn(self) -> None:
        """Let each measure once, one after the other: nothing else runs meanwhile."""
        for name, process in self._running.items():
            for task, rate in _ask(name, process).items():
                key = f"{name} {task}"
                self.rates[key] = max(rate, self.rates.get(key, 0.0))


def versions() -> dict[str, str]:
    """Give the version of each peer, empty without the environment."""
    if not PYTHON.exists():
        return {}
    code = "import importlib.metadata as m, json; print(json.dumps({n: m.version(n) for n in ('pybamm', 'simses')}))"
    found: dict[str, str] = json.loads(subprocess.check_output([PYTHON, "-c", code], text=True))
    return found


def _start(file: Path) -> subprocess.Popen[str]:
    return subprocess.Popen([PYTHON, file], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def _ask(name: str, process: subprocess.Popen[str]) -> dict[str, float]:
    assert process.stdin
    assert process.stdout
    process.stdin.write("\n")
    process.stdin.flush()
    said = process.stdout.readline()
    if not said:
        raise RuntimeError(f"{PROGRAMS[name]} has ended: run it by hand to see why")
    rates: dict[str, float] = json.loads(said)
    return rates

"""Run every benchmark, one after the other: each prints ratios against a peer or a limit measured in the same run."""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def main() -> int:
    """Run those whose names were given, or all. Exit status 1 when a limit was missed."""
    wanted = sys.argv[1:] or sorted(file.stem for file in HERE.glob("*.py") if file != Path(__file__))
    missed = []
    for name in wanted:
        print(f"== {name}", flush=True)
        if subprocess.run([sys.executable, HERE / f"{name}.py"], check=False).returncode:
            missed.append(name)
    if missed:
        print(f"limits missed in: {', '.join(missed)}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())

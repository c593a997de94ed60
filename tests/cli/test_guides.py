"""``wattstead guides``: lists, ticks, values, reminders, files to print; both languages, a narrow terminal."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from wattstead.catalog.guides import guide_names, load_guide
from wattstead.cli import guides_show, main
from wattstead.cli.guides import guides


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """Run the verb in this process, with its ticks in a folder of the test: exit status, answer, what is told."""

    def says(*words: str, columns: int = 100) -> tuple[int, str, str]:
        monkeypatch.setenv("COLUMNS", str(columns))
        status = 0
        try:
            main(["guides", *words, "--data", str(tmp_path / "ticks")])
        except SystemExit as leaving:
            status = int(leaving.code or 0)
        said = capsys.readouterr()
        return status, said.out, said.err

    return says


def test_the_list_names_every_guide_and_the_emergency_first(run: Any) -> None:
    status, out, err = run("--lang", "en")
    assert (status, err) == (0, "")
    assert out.splitlines()[1].split()[0] == "emergency"
    assert set(guide_names()) <= set(out.split())
    _, french, _ = run("--lang", "fr", columns=40)
    assert "Urgences" in french
    rows = [json.loads(line) for line in run("--json")[1].splitlines()]
    assert [row["name"] for row in rows] == list(guide_names())


def test_ticks_are_kept_for_each_battery(run: Any) -> None:
    status, out, _ = run("start-aura", "--for", "cellar", "--tick", "1,cables", "--tick", "3", "--lang", "en")
    assert status == 0
    assert "3 of 11 done" in out
    assert "next: 4. Breaker on the side of each battery" in out
    run("start-aura", "--for", "barn", "--tick", "1")
    _, out, _ = run("start-aura", "--for", "cellar", "--lang", "en")
    assert [line[:3] for line in out.splitlines() if re.match(r"\[.\]", line)] == ["[x]"] * 3 + ["[ ]"] * 8
    _, out, _ = run("start-aura", "--for", "cellar", "--untick", "cables", "--lang", "en")
    assert "2 of 11 done" in out
    _, out, _ = run("--lang", "en")
    assert "cellar · 2 of 11 done" in out
    assert "barn · 1 of 11 done" in out


def test_a_wait_is_said_when_its_step_is_ticked(run: Any) -> None:
    """AUR-2: 30 s from AC off to DC off, 3 minutes after settings."""
    assert "Then wait 30 s." in run("stop-aura", "--tick", "ac-off", "--lang", "en")[1]
    assert "Puis attendez 3 min." in run("stop-aura", "--tick", "restart-off", "--lang", "fr")[1]


def test_the_example_of_the_help_can_be_typed(run: Any) -> None:
    example = re.search(r"Example: `wattstead guides (.+)`", str(guides.__doc__))
    assert example is not None
    status, out, err = run(*example[1].split(), "--lang", "en")
    assert (status, err) == (0, "")
    assert "3 of 10 done" in out


def test_a_value_is_checked_and_kept(run: Any) -> None:
    """GRW-7, GRW-9: what is not right is not ticked, and the rest is."""
    status, out, err = run(
        *(
            "parallel-wall-6k5",
            "--value",
            "measure-first=52,1",
            "--value",
            "3=70",
            "--tick",
            "difference",
            "--lang",
            "en",
        )
    )
    assert status == 1
    assert "1 of" in out
    assert "step 3, measure-second: 70 V is not right; it must be 48 to 57.6 V. The step is not ticked" in err
    assert "step 5, difference: a measured value is needed (0 to 1 V)" in err
    out = json.loads(run("parallel-wall-6k5", "--json")[1])
    assert {id_: tick["value"] for id_, tick in out["ticks"].items()} == {"measure-first": 52.1}
    assert "measured 52.1 V" in run("parallel-wall-6k5", "--lang", "en")[1]
    status, _, err = run("parallel-wall-6k5", "--value", "measure-first=40", "--lang", "fr")
    assert status == 1
    assert "40 V n’est pas bon ; il faut de 48 à 57,6 V" in err
    assert json.loads(run("parallel-wall-6k5", "--json")[1])["ticks"] == {}


def test_a_recharge_is_reminded_of(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """GRW-9: six months from the last full charge; its tick counts as one, too. PWS-16: three."""
    at = {"ms": 1_780_315_200_000}  # 2026-06-01
    monkeypatch.setattr(guides_show, "now_ms", lambda: at["ms"])
    monkeypatch.setattr("wattstead.cli.guides.now_ms", lambda: at["ms"])
    assert "--since DATE" in run("storage-wall-6k5", "--lang", "en")[1]
    status, out, _ = run("storage-wall-6k5", "--for", "A", "--since", "2026-05-01", "--lang", "en")
    assert status == 0
    assert "Charged 2026-05-01; to be charged again by 2026-11-01, in 152 days." in out
    at["ms"] += 154 * 86_400_000
    status, out, _ = run("storage-wall-6k5", "--for", "A", "--lang", "en")
    assert status == 1
    assert "was to be charged again by 2026-11-01: 1 day late" in " ".join(out.split())
    assert "1 jour de retard" in run("--lang", "fr")[1]
    status, out, _ = run("storage-wall-6k5", "--for", "A", "--value", "rest-voltage=52", "--lang", "en")
    assert status == 0
    assert "to be charged again by 2027-05-02" in out
    status, out, _ = run("storage-ps-20016s", "--since", "2026-07-31", "--lang", "en")
    assert "2026-10-31" in out
    assert status == 1
    assert "storage-ps-20016s or storage-wall-6k5" in run("start-aura", "--since", "2026-01-01")[2]
    assert "lies ahead" in run("storage-wall-6k5", "--since", "2027-01-01")[2]


def test_a_new_beginning_keeps_what_was(run: Any, tmp_path: Path) -> None:
    run("start-aura", "--tick", "1")
    before = (tmp_path / "ticks" / "ticks.toml").read_text()
    status, out, err = run("start-aura", "--reset", "--lang", "en")
    assert status == 0
    assert "0 of 11 done" in out
    (kept,) = (tmp_path / "ticks").glob("*.until-*.toml")
    assert str(kept) in err
    assert kept.read_text() == before
    assert "has no ticks" in run("start-aura", "--reset", "--lang", "en")[2]


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_every_guide_reads_well_on_a_narrow_terminal(run: Any, lang: str) -> None:
    for name in guide_names():
        status, out, _ = run(name, "--lang", lang, columns=40)
        assert status == 0
        assert [line for line in out.splitlines() if len(line) > 40 and "/" not in line] == [], name
        assert len(re.findall(r"^\[ \] +\d+\.", out, re.MULTILINE)) == len(load_guide(name).steps), name


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["start"], "did you mean"),
        (["start-aura", "--tick", "99"], "has no step 99"),
        (["start-aura", "--value", "3"], "write it as STEP=VALUE"),
        (["start-aura", "--value", "3=nan"], "write it as STEP=VALUE"),
        (["start-aura", "--value", "3=1"], "nothing is measured there; use --tick common-breaker"),
        (["storage-wall-6k5", "--since", "May"], "is no date; write it as 2026-05-31"),
        (["--tick", "3"], "--tick needs the name of a guide"),
        (["start-aura", "--for", "a\nb"], "is no name of a battery"),
    ],
)
def test_what_is_typed_wrong_is_told(run: Any, words: list[str], why: str) -> None:
    status, _, err = run(*words)
    if words == ["start-aura", "--value", "3=1"]:
        why = f"nothing is measured there; use --tick {load_guide('start-aura').step('3').id}"
    assert status == 2
    assert why in err


def test_a_file_to_print_needs_nothing_else(run: Any, tmp_path: Path) -> None:
    """GRW-11: the emergency page works without network and has both languages; no vomiting."""
    file = tmp_path / "emergency.html"
    assert run("emergency", "--html", str(file), "--lang", "fr")[0] == 0
    text = file.read_text(encoding="utf-8")
    assert re.findall(r'(?:src|href|url)\s*[=(]\s*"?(?!#)', text) == []
    assert "<script" not in text
    guide = load_guide("emergency")
    assert text.count("<li") == 2 * len(guide.steps)
    assert 'type="checkbox"' not in text  # nobody ticks while it burns
    assert 'id="fr" checked' in text
    assert "Do NOT make the person vomit" in text
    assert "Ne faites PAS vomir" in text
    assert run("emergency", "--html", str(tmp_path / "none" / "x.html"))[0] == 2
    assert run("parallel-wall-6k5", "--html", str(file))[0] == 0
    text, guide = file.read_text(encoding="utf-8"), load_guide("parallel-wall-6k5")
    assert text.count('type="checkbox"') == 2 * len(guide.steps)
    ids = re.findall(r' id="([^"]+)"', text)
    assert len(ids) == len(set(ids))
    assert text.count('class="drawing"') == 2 * len(guide.drawings) > 0

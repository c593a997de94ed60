"""A short run of tools/fuzz.py, and what its long runs have found."""

import gc
import signal
import time
from collections import Counter
from pathlib import Path

import pytest

import fuzz
import fuzz_targets
from wattstead.catalog.profile import load_profile, profile_names
from wattstead.model.errors import DecodeError

INPUTS = 2000


@pytest.fixture(scope="module")
def result() -> fuzz.Result:
    return fuzz.batch(0, seed=20_261, inputs=INPUTS)


def test_nothing_but_what_readers_promise(result: fuzz.Result) -> None:
    assert not [(one.target, one.data, one.why) for one in result.findings]
    assert result.peak_kb < fuzz.LIMIT_KB


def test_every_profile_is_fed_and_most_inputs_have_right_checks(result: fuzz.Result) -> None:
    assert {name.split(" over ")[0] for name in result.by} >= set(profile_names())
    total: Counter[str] = Counter()
    for name, counts in result.by.items():
        assert counts["frames"], name
        total.update(counts)
    assert total["inputs"] == INPUTS
    assert total["sound"] > 0.5 * INPUTS
    assert total["understood"] > 0.3 * INPUTS, "inputs that never reach the fields prove nothing"


def test_the_same_seed_gives_the_same_inputs(result: fuzz.Result) -> None:
    once, twice = fuzz.batch(3, seed=7, inputs=60), fuzz.batch(3, seed=7, inputs=60)
    assert once.by == twice.by


class Bad(fuzz_targets.FrontEndTarget):
    """A reader with a fault: it hangs at a zero and fails at an FF."""

    name = "bad"

    def read(self, data: bytes, *_: object) -> None:
        while data[:1] == b"\0":
            pass
        if data[:1] == b"\xff":
            raise IndexError("list index out of range")


@pytest.mark.parametrize(("data", "why"), [(b"\0", "still at it after"), (b"\xff", "IndexError: list index")])
def test_a_reader_that_hangs_or_fails_is_found(data: bytes, why: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fuzz, "_targets", lambda: (Bad(),))
    monkeypatch.setattr(fuzz, "LIMIT_S", 0.01)
    monkeypatch.setattr(Bad, "sound", lambda *_: data)
    result = fuzz.batch(0, seed=1, inputs=20)
    assert result.by["bad"]["failed"] == len(result.findings) >= result.by["bad"]["sound"] > 0
    assert any(why in one.why for one in result.findings)


class Littering(fuzz_targets.FrontEndTarget):
    """A reader that leaves rings behind, so that the collector of garbage would come while it reads."""

    name = "littering"

    def read(self, *_: object) -> None:
        for _turn in range(2000):
            ring: list[object] = []
            ring.append(ring)


def test_garbage_of_others_is_no_time_of_a_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    """A collection in the midst of an input took the signal of the limit into somebody's destructor."""
    runs: list[str] = []
    watch = lambda phase, _: runs.append(phase) if signal.getitimer(signal.ITIMER_VIRTUAL)[0] else None  # noqa: E731
    monkeypatch.setattr(fuzz, "_targets", lambda: (Littering(),))
    gc.callbacks.append(watch)
    try:
        fuzz.batch(0, seed=1, inputs=20)
    finally:
        gc.callbacks.remove(watch)
    assert not runs
    assert gc.isenabled()


def test_a_run_goes_on_where_it_was_stopped(tmp_path: Path) -> None:
    kept = fuzz.Kept(tmp_path)
    kept.add(fuzz.batch(0, seed=1, inputs=30))
    kept.add(fuzz.batch(2, seed=1, inputs=30))
    file = tmp_path / "batches.jsonl"
    file.write_text(file.read_text() + '{"batch": 5, "by"')  # stopped while it was writing
    again = fuzz.Kept(tmp_path)
    assert again.done == {0, 2}
    assert again.total.by == kept.total.by


def test_a_console_row_without_end_costs_no_more_than_its_length() -> None:
    """Found by fuzzing: every character of a long word was tried as the first one of "Base State"."""
    codec = load_profile("pylontech-console").codec()
    answer = b"pwr\r\n@\r\n" + b"\x80" * 30_000 + b"\r\nCommand completed successfully\r\n$$\r\n"
    (frame, *_) = load_profile("pylontech-console").framer().feed(answer)
    began_s = time.process_time()
    with pytest.raises(DecodeError):
        codec.understand(frame, name="stack")  # type: ignore[arg-type]
    assert time.process_time() - began_s < 2.0

"""Pages of a long answer: what was recorded is printed byte by byte, and Enter brings the rest."""

from wattstead.catalog.profile import load_profile
from wattstead.wire.frame import Frame
from wattstead.wire.framing.console import ANSWER, DONE, PAGE_ENDS, ConsoleFramer
from wattstead.wire.framing.console_pages import Pages

from recordings import captures  # isort: skip


def recorded_log() -> bytes:
    """The log of a US5000, 32 entries, as somebody paged through it."""
    (log,) = [
        one.wire
        for one in captures()
        if one.profile == "pylontech-console" and one.said.get("message") == "log" and one.said["direction"] == "reply"
    ]
    return log


def printed(record: dict[str, object]) -> bytes:
    codec = load_profile("pylontech-console").codec()
    return codec.encode_reply(codec.dialect.message("log"), 1, record)


def test_a_log_is_printed_as_it_was_recorded() -> None:
    log = recorded_log()
    (frame,) = [one for one in ConsoleFramer().feed(log) if isinstance(one, Frame)]
    record = load_profile("pylontech-console").codec().understand(frame).record
    # The recording lost the blanks behind a sentence to our reading, and the console's last line ends to the recorder.
    for entry in record["entries"]:
        entry["text"] += " "
    wanted = log[log.index(b"log\n") : log.index(b"$$")]
    assert printed(record).partition(b"$$")[0] == wanted


def test_each_page_waits_for_its_key_and_tells_it_once() -> None:
    pages, framer = Pages(), ConsoleFramer()
    text, said = pages.first(recorded_log()), list[Frame]()
    turned = 0
    while True:
        said += [one for one in framer.feed(text) if isinstance(one, Frame) and one.kind == ANSWER]
        if not (key := framer.key()):
            break
        assert framer.key() == b"", "once a page"
        (text,), rest = pages.keys(key)
        assert rest == b""
        turned += 1
    assert turned == 10
    assert len(said) == 1
    assert said[0].payload.count(b"Index") == 32
    assert pages.keys(b"pwr\r") == ([], b"pwr\r"), "commands again"


def test_a_page_that_comes_in_pieces_is_turned_when_it_is_whole() -> None:
    framer, page = ConsoleFramer(), Pages().first(recorded_log())
    for at in range(len(page)):
        framer.feed(page[at : at + 1])
        assert bool(framer.key()) is (page[: at + 1].endswith(PAGE_ENDS))


def test_enter_of_two_bytes_turns_one_page_and_another_key_ends_the_answer() -> None:
    pages = Pages()
    pages.first(recorded_log())
    assert len(pages.keys(b"\r\n")[0]) == 1
    assert len(pages.keys(b"\r")[0]) == 1
    assert pages.keys(b"\n") == ([], b""), "it belongs to the CR before it"
    (end,), rest = pages.keys(b"qpwr\r")
    assert end.strip().startswith(DONE)
    assert b"$$" in end
    assert rest == b"pwr\r"

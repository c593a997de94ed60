from dataclasses import replace

import pytest

from wattstead.catalog.profile import load_profile
from wattstead.host.plan import neighbours, plan
from wattstead.model.errors import UsageError

SEPLOS, PYLONTECH = load_profile("seplos-v2"), load_profile("pylontech")
URL = "serial:///dev/ttyUSB0"


def test_usual_speeds_come_first_and_shared_ones_once() -> None:
    search = plan(URL, (SEPLOS, PYLONTECH))
    assert search.bauds == (19200, 115200, 9600)
    asked = [(step.profile.name, step.address) for step in search.steps if step.baud == 9600 and not step.glance]
    assert asked[:3] == [("seplos-v2", 0), ("pylontech", 2), ("seplos-v2", 1)]
    assert len(asked) == 6


def test_the_longest_time_is_known_beforehand() -> None:
    assert plan(URL, (SEPLOS,)).seconds == pytest.approx(4 * 0.5 + 2 * 360 / 19200 + 2 * 360 / 9600)
    # At 9600 baud address 1 is asked once for both: the requests are the same bytes.
    alone = plan(f"{URL}?baud=9600", (SEPLOS, PYLONTECH)).seconds
    assert alone == pytest.approx(5 * (0.5 + 360 / 9600))
    assert plan(URL, (SEPLOS, PYLONTECH), full=True).seconds > 100


def test_everybody_is_asked_impatiently_first_where_patience_takes_long() -> None:
    """Once a family and address: relatives answer each other. Devices that are no battery have to wait."""
    rounds = plan(URL, (SEPLOS, PYLONTECH, load_profile("jbd"), load_profile("aura"))).rounds
    assert [(one.baud, one.steps[0].glance) for one in rounds] == [
        *((baud, True) for baud in (19200, 115200, 9600)),
        *((baud, False) for baud in (19200, 115200, 9600)),
    ]
    glanced = [(step.profile.name, step.address) for step in rounds[2].steps]
    assert sorted(glanced) == [
        ("jbd", 0),
        *(("pylontech", one) for one in (2, 3, 18)),
        *(("seplos-v2", n) for n in (0, 1)),
    ]
    assert {one.name for one in rounds[2].everybody} == {"seplos-v2", "pylontech", "jbd", "aura"}
    assert {one.name for one in rounds[0].everybody} == {"seplos-v2"}
    for patient in (plan(URL, (SEPLOS,)), plan(URL, (SEPLOS, PYLONTECH), full=True)):
        assert not any(step.glance for step in patient.steps)


def test_what_will_be_sent_is_said() -> None:
    assert plan(URL, (SEPLOS, PYLONTECH)).describe() == (
        "seplos-v2: telemetry (42H) to addresses 0, 1 at 19200 and 9600 baud",
        "pylontech: telemetry (42H) to addresses 2, 1, 3, 18 at 115200 and 9600 baud",
        (
            "These questions only read. All together take 2 s for those that answer as soon as they usually do; "
            "at most 7 s."
        ),
    )
    assert plan(URL, (SEPLOS,)).describe()[1] == "These questions only read. All together take at most 2 s."
    assert plan("tcp://10.0.0.5:8899", (SEPLOS,), full=True).describe()[0] == (
        "seplos-v2: telemetry (42H) to addresses 0, 1, 2, 3, 4, 5, 6, 7 … 15"
    )


def test_what_was_tried_in_vain_is_said_shortly() -> None:
    assert plan(URL, (SEPLOS,)).summary() == "seplos-v2: telemetry (42H) to addresses 0, 1 at 19200 and 9600 baud"
    many = tuple(map(load_profile, ("seplos-v2", "pylontech", "jbd", "aura")))
    assert plan(URL, many).summary() == "asked in the words of 4 profiles at 9600, 19200, 115200 baud"
    assert plan("tcp://10.0.0.5:8899", many).summary() == "asked in the words of 4 profiles"


def test_no_search_takes_0_seconds() -> None:
    quick = plan(URL, (load_profile("growatt-rs485"),))
    assert quick.seconds < 0.5
    assert quick.describe()[-1].endswith("at most 1 s.")


def test_the_line_is_named_with_its_speed() -> None:
    assert plan(URL, (SEPLOS,)).url_at(9600) == f"{URL}?baud=9600"
    assert plan("tcp://10.0.0.5:8899", (SEPLOS,)).url_at(None) == "tcp://10.0.0.5:8899"


def test_neighbours_are_the_same_bank() -> None:
    assert neighbours(SEPLOS, 3) == [0, 1, 2, *range(4, 16)]
    assert neighbours(PYLONTECH, 2) == [1, *range(3, 16), 0x12]
    assert neighbours(PYLONTECH, 0x12) == [1, 2, 3, 0x10, 0x11, *range(0x13, 0x20)]


def test_a_probe_that_writes_is_refused() -> None:
    spoilt = replace(SEPLOS, link=SEPLOS.link.model_copy(update={"probe": "set_clock"}))
    with pytest.raises(UsageError, match="set_clock as its probe, which writes"):
        plan(URL, (spoilt,))
    with pytest.raises(UsageError, match="three slashes"):
        plan("serial://dev/ttyUSB0", (SEPLOS,))

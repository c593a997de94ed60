"""A bridge from the command line alone makes the configuration that a file would; what is not given is refused."""

import asyncio
from pathlib import Path

import pytest

from cli.setting_desk import battery
from cli.test_plain_words import said
from wattstead.app.bridge_config import load_bridge_config
from wattstead.cli.bridge_short import Short, config_of, named_line
from wattstead.model.errors import UsageError

BUS = "can://socketcan/can0"
NONE = dict.fromkeys(("charge_voltage_v", "discharge_voltage_v", "charge_current_a", "discharge_current_a"))
ALL = {"charge_voltage_v": 56.0, "discharge_voltage_v": 46.0, "charge_current_a": 50.0, "discharge_current_a": 80.0}


def test_a_line_names_its_make_and_its_packs() -> None:
    line = named_line("serial:///dev/ttyUSB0?baud=19200&profile=seplos-v2&packs=0-2,5", None)
    assert line.url == "serial:///dev/ttyUSB0?baud=19200"
    assert (line.profile and line.profile.name, line.addresses) == ("seplos-v2", (0, 1, 2, 5))
    line = named_line("/dev/ttyUSB0", "pylontech")
    assert (line.url, line.profile and line.profile.name, line.addresses) == ("/dev/ttyUSB0", "pylontech", None)
    with pytest.raises(UsageError, match="packs='x' is no address"):
        named_line("/dev/ttyUSB0?packs=x", None)


def test_it_is_the_configuration_that_a_file_would_be(tmp_path: Path) -> None:
    lines = ("tcp://127.0.0.1:1?profile=seplos-v2&packs=0,1", "tcp://127.0.0.1:2?profile=pylontech&packs=2")
    made = asyncio.run(config_of(Short(lines, BUS, "deye", {**NONE, **ALL}, page=0), "en"))
    file = tmp_path / "bridge.toml"
    limits = (
        "limits = { charge_voltage_v = 56, discharge_voltage_v = 46, charge_current_a = 50, discharge_current_a = 80 }"
    )
    file.write_text(
        f'[inverter]\nurl = "{BUS}"\nprotocol = "deye"\n[http]\nport = 0\n'
        f'[[bus]]\nurl = "tcp://127.0.0.1:1"\nprofile = "seplos-v2"\nname = "seplos-v2"\n{limits}\n'
        "packs = [{ address = 0 }, { address = 1 }]\n"
        f'[[bus]]\nurl = "tcp://127.0.0.1:2"\nprofile = "pylontech"\nname = "pylontech-2"\n{limits}\n'
        "packs = [{ address = 2 }]\n"
    )
    assert made == load_bridge_config(file)


def test_packs_that_are_not_named_are_looked_for(capsys: pytest.CaptureFixture[str]) -> None:
    with battery("seplos-v2", packs=3) as there:
        made = asyncio.run(config_of(Short((there.url,), BUS, "deye", {**NONE, **ALL}, profile="seplos-v2"), "fr"))
        assert [pack.address for pack in made.bus[0].packs] == [0, 1, 2]
        told = capsys.readouterr().err
        assert "recherche de packs" in told
        assert told.count("trouvé : seplos-v2") == 3


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ((), "--from, --to, --as are missing; say --from URL --to URL --as INVERTER, or --config FILE"),
        (("--from", "/dev/x", "--as", "deye"), "--to is missing"),
        (("--config", "x.toml", "--to", BUS), "--config says all"),
        (
            ("--from", "/dev/x?profile=seplos-v2", "--to", BUS, "--as", "deye", "--charge-limit", "50"),
            "look into its manual and say for one pack: --charge-voltage V --discharge-voltage V --discharge-limit A",
        ),
        (
            ("--from", "/dev/x?profile=pylontech&packs=2", "--to", "/dev/y", "--as", "deye"),
            "Deye hears a battery of ours only over CAN",
        ),
        (("--from", "/dev/x?profile=pylontech&packs=200", "--to", BUS, "--as", "deye"), "pylontech has no address 200"),
        (("--from", "/dev/x?profile=pylontech&packs=2", "--to", BUS, "--as", "qqqq"), "there is no profile 'qqqq'"),
        (
            ("--from", "/dev/x?profile=pylontech&packs=2", "--to", BUS, "--as", "dey"),
            "there is no inverter 'dey'; did you mean deye?",
        ),
        (
            (*("--from", "/dev/x?profile=pylontech&packs=2", "--to", BUS, "--as", "deye"), "--charge-limit", "-3"),
            "greater than or equal to 0; `wattstead bridge --help`",
        ),
    ],
)
def test_what_is_not_given_or_cannot_be_is_refused(words: tuple[str, ...], complaint: str) -> None:
    status, text = said("bridge", *words)
    assert (status, complaint in text) == (2, True), text

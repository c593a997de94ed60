"""The device's side of a bus: whom it answers, with what, and when it stays silent."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from recordings import whole_frame, wire
from wattstead.catalog.profile import Profile, load_profile
from wattstead.model.errors import Refused
from wattstead.wire.codec import Question, Said
from wattstead.wire.fill import Report
from wattstead.wire.responder import Manners, Responder

SEPLOS = load_profile("seplos-v2")
PYLONTECH = load_profile("pylontech")


def seplos_report() -> Report:
    """What one pack tells: the first recording of the sheet."""
    data = wire(
        "~2000460010960001100CD70CE90CF40CD60CEF0CE50CE10CDC0CE90CF00CE80CEF0CEA0CDA0CDE0CD8060BA60BA00B970BA60BA50BA2"
        "FD5C14A0344E0A426803134650004603E8149F0000000000000000DC6C"
    )
    (told,) = SEPLOS.codec().understand(whole_frame(SEPLOS, data), name="telemetry").packs
    return Report(told.values)


def module_report(full_capacity_ah: float = 50.0) -> Report:
    values: dict[str, Any] = {"cell_voltage_v": (3.3,) * 15, "bms_temperature_degc": 25.0, "cycle_count": 7}
    values |= {"cell_temperature_degc": (24.0,) * 4, "pack_current_a": -1.5, "pack_voltage_v": 49.5}
    values |= {"remaining_capacity_ah": 25.0, "full_capacity_ah": full_capacity_ah, "maker": "Pylon"}
    values |= {"device_name": "US2KBPL", "firmware_version": "2.3", "serial_number": "PPTAH02400710243"}
    return Report(values)


@dataclass
class Packs:
    """Packs by address; the first of a stack answers for all of them."""

    by_address: Mapping[int, Report]
    refuses: str = ""
    written: list[Question] = field(default_factory=list)

    def reports(self, question: Question) -> Sequence[Report]:
        if question.record.get("module") == 0xFF:
            return list(self.by_address.values())
        first = next(iter(self.by_address))
        return [self.by_address[question.address or first]] if self.by_address else []

    def write(self, question: Question) -> bool:
        if self.refuses:
            raise Refused("a test says no", reason=self.refuses)
        self.written.append(question)
        return True


def responder(profile: Profile, packs: Packs, *, refuse_noise: bool = True, zero: Collection[str] = ()) -> Responder:
    manners = Manners(refuse_noise, zero)
    return Responder(profile.codec(), profile.framer(), packs, packs.by_address, manners)


def seplos(*addresses: int, **manners: Any) -> Responder:
    packs = Packs({address: seplos_report() for address in addresses or (0,)})
    return responder(SEPLOS, packs, **manners)


def answer(device: Responder, text: str) -> str:
    """Give the one answer to a frame as text, "" for silence."""
    answers = device.feed(wire(text))
    assert len(answers) <= 1
    return answers[0].decode().removesuffix("\r") if answers else ""


def understood(profile: Profile, text: str, name: str) -> Said:
    return profile.codec().understand(whole_frame(profile, wire(text)), name=name)


# Whom it answers.


@pytest.mark.parametrize("text", ["~20014642E00201FD35", "~200F4642E0020FFD0B", "~200146470000FDA8", "hello", "~20"])
def test_others_and_garbage_get_silence(text: str) -> None:
    assert answer(seplos(0), text) == ""


def test_each_address_of_the_bus_answers_for_itself() -> None:
    device = seplos(1, 15)
    assert answer(device, "~20014642E00201FD35").startswith("~200146001096")
    assert answer(device, "~200F4642E0020FFD0B").startswith("~200F46001096")
    assert answer(device, "~20004642E00200FD37") == ""


def test_a_broken_frame_that_names_another_gets_silence() -> None:
    assert answer(seplos(0), "~20014642E00201FD36") == ""


def test_answers_of_neighbours_and_the_echo_of_our_own_get_silence() -> None:
    device = seplos(0)
    own = answer(device, "~20004642E00200FD37")
    for text in (own, "~200046040000FDB0", "~200146000000FDB3"):
        assert answer(device, text) == ""


# What it answers to what it cannot take: the frames of the document.


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ("~20004642E00200FD38", "~200046020000FDB2"),
        ("~20004642F00100FD35", "~200046030000FDB1"),
        ("~20004642F00200FD36", "~200046030000FDB1"),
        ("~200046900000FDAB", "~200046040000FDB0"),
        ("~20004642C0040000FCD7", "~200046050000FDAF"),
        ("~2000464E0000FD9B", "~200046050000FDAF"),
        ("~20004A42E00200FD2C", "~200046E10000FD9E"),
        ("~2000464BE00200FD27", "~200046040000FDB0"),
        ("~200046A00000FDA3", "~200046040000FDB0"),
    ],
    ids=[
        "checksum",
        "length",
        "length-check",
        "unknown",
        "too-long",
        "too-short",
        "kind",
        "not-in-this-firmware",
        "not-in-this-firmware-cut",
    ],
)
def test_return_codes(text: str, refusal: str) -> None:
    assert answer(seplos(0), text) == refusal


@pytest.mark.parametrize("text", ["~20004642E00200FD38", "~20004642F00100FD35"])
def test_a_make_that_does_not_refuse_noise_stays_silent(text: str) -> None:
    assert answer(seplos(0, refuse_noise=False), text) == ""


def test_a_frame_that_was_cut_gets_silence_and_the_next_its_answer() -> None:
    device = seplos(0)
    assert device.feed(b"~20004642E0") == []
    device.silence()
    assert answer(device, "~20004642E00200FD37") != ""
    assert device.feed(b"~2000464") == []
    assert answer(device, "~20004642E00200FD37") != ""


def test_glued_requests_are_answered_one_by_one_in_their_order() -> None:
    first, second = seplos(0).feed(wire("~20004642E00200FD37") + wire("~2000464F0000FD9A"))
    assert len(first) > len(second)
    assert second == wire("~200046000000FDB4")


def test_a_value_that_does_not_fit_the_wire_is_an_execution_that_failed() -> None:
    report = seplos_report()
    device = responder(SEPLOS, Packs({0: Report({**report.values, "pack_current_a": 400.0})}))
    assert answer(device, "~20004642E00200FD37") == "~200046E20000FD9D"


# Seplos: the group of a request comes back at address 0.


@pytest.mark.parametrize(
    ("text", "number"),
    [("~20004642E00200FD37", 0), ("~20004642E00201FD36", 1), ("~200046420000FDAE", 0), ("~20004642E00207FD30", 0)],
)
def test_address_0_gives_back_group_00_and_01(text: str, number: int) -> None:
    assert understood(SEPLOS, answer(seplos(0), text), "telemetry").record["pack_number"] == number


@pytest.mark.parametrize(
    "text", ["~20024642E00202FD33", "~20024642E00200FD35", "~20024642E00201FD34", "~200246420000FDAC"]
)
def test_other_addresses_tell_themselves(text: str) -> None:
    assert understood(SEPLOS, answer(seplos(2), text), "telemetry").record["pack_number"] == 2


def test_a_write_is_acknowledged_refused_or_left_without_answer() -> None:
    packs = Packs({0: seplos_report()})
    device = responder(SEPLOS, packs)
    assert answer(device, "~2000464E200E07EA0A04150713FA91") == "~200046000000FDB4"
    assert [question.message.name for question in packs.written] == ["set_clock"]
    packs.refuses = "invalid_data"
    assert answer(device, "~2000464E200E07EA0A04150713FA91") == "~200046060000FDAE"


def test_a_device_that_ignores_writes_stays_silent() -> None:
    @dataclass
    class Deaf(Packs):
        def write(self, question: Question) -> bool:
            return question.message.name != "set_clock"

    assert answer(responder(SEPLOS, Deaf({0: seplos_report()})), "~2000464E200E07EA0A04150713FA91") == ""


# Pylontech.


def stack(modules: int, full_capacity_ah: float = 50.0, **manners: Any) -> Responder:
    return responder(PYLONTECH, Packs({2 + n: module_report(full_capacity_ah) for n in range(modules)}), **manners)


@pytest.mark.parametrize("text", ["~200246420000FDAC", "~20024642E00202FD33", "~20024642C0040202FCD1"])
def test_requests_with_no_one_or_two_bytes_of_info_get_the_same_answer(text: str) -> None:
    said = understood(PYLONTECH, answer(stack(3), text), "telemetry")
    assert (said.record["command_value"], len(said.packs)) == (2, 1)


def test_three_bytes_of_info_are_a_format_error() -> None:
    assert answer(stack(3), "~20024642A006020202FC6F") == "~200246050000FDAD"


@pytest.mark.parametrize("modules", [1, 2, 15])
@pytest.mark.parametrize("full_capacity_ah", [50.0, 74.0])
def test_all_modules_answer_in_one_frame(modules: int, full_capacity_ah: float) -> None:
    said = understood(PYLONTECH, answer(stack(modules, full_capacity_ah), "~20024642E002FFFD09"), "telemetry")
    assert said.record["command_value"] == modules
    assert [told.values["full_capacity_ah"] for told in said.packs] == [full_capacity_ah] * modules


@pytest.mark.parametrize(("modules", "full_capacity_ah"), [(38, 50.0), (34, 74.0)])
def test_as_many_modules_as_4095_characters_hold(modules: int, full_capacity_ah: float) -> None:
    """The protocol knows 12 in a group; what no frame can carry is refused, and the modules answer one by one."""
    fits, too_many = stack(modules, full_capacity_ah), stack(modules + 1, full_capacity_ah)
    assert len(understood(PYLONTECH, answer(fits, "~20024642E002FFFD09"), "telemetry").packs) == modules
    assert answer(too_many, "~20024642E002FFFD09") == "~200246050000FDAD"
    assert len(understood(PYLONTECH, answer(too_many, "~20024642E00202FD33"), "telemetry").packs) == 1


def test_address_0_answers_version_and_vendor_for_the_first_module_and_nothing_else() -> None:
    device = stack(2, zero=PYLONTECH.link.zero_answers)
    assert answer(device, "~2000464F0000FD9A") == "~200046000000FDB4"
    assert understood(PYLONTECH, answer(device, "~200046510000FDAE"), "vendor").address == 0
    assert answer(device, "~20004642E00200FD37") == ""
    assert answer(stack(2), "~2000464F0000FD9A") == "", "only where the profile says so"


def test_a_dialect_without_a_code_for_a_reason_says_format_error() -> None:
    device = responder(PYLONTECH, Packs({2: Report({})}))
    assert answer(device, "~20024642E00202FD33") == "~200246050000FDAD"
    assert answer(device, "~20024A42E00202FD28") == "~200246050000FDAD"


def test_a_device_may_know_other_messages_than_its_profile() -> None:
    """Firmware with protocol 3.3 has no 61H."""
    packs = Packs({2: module_report()})
    codec, framer = PYLONTECH.codec(), PYLONTECH.framer()
    older = Responder(codec, framer, packs, packs.by_address, Manners(), lambda asked: asked.message.command != 0x61)
    assert answer(older, "~200246610000FDAB") == "~200246040000FDAE"
    assert (
        understood(PYLONTECH, answer(older, "~200246510000FDAC"), "vendor").packs[0].values["device_name"] == "US2KBPL"
    )


def test_the_address_of_all_is_answered_by_the_first_with_its_own() -> None:
    packs = Packs({2: module_report(), 3: module_report()})
    device = Responder(PYLONTECH.codec(), PYLONTECH.framer(), packs, packs.by_address, Manners(broadcast=(0xFF,)))
    assert understood(PYLONTECH, answer(device, "~20FF46510000FD82"), "vendor").address == 2

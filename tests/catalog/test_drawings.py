"""Drawings: what they say of pins, wires and switches, written down here a second time; and that they can be read."""

from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from wattstead.catalog.drawing import draw, drawing_names
from wattstead.catalog.drawing.drawing_spec import CableSpec, OrderSpec, RibbonSpec, SocketSpec, StripSpec, SwitchesSpec
from wattstead.catalog.drawing.labels import labels_in
from wattstead.catalog.drawing.lettering import width_of, wrapped
from wattstead.catalog.drawing.sheets import read_drawings, written
from wattstead.catalog.profile import load_profile
from wattstead.catalog.topologies import PROFILE, topologies
from wattstead.catalog.words import LANGUAGES
from wattstead.model.errors import ProfileError, UsageError

SVG = "{http://www.w3.org/2000/svg}"
SOCKETS = {
    "wall-6k5-com": "RS485B RS485A GND2 CANH CANL GND2 WAKE− WAKE+",
    "ps-20016s-x1": ". . RS485A1 . RS485B1 . . .",
    "ps-20016s-x2": ". . . CAN-BUSH CAN-BUSL . RS485A1 RS485B1",
    "ps-20016s-x3": ". DI A-PACK GNDDI B-PACK IO1 . DGND",
    "ps-20016s-x4": ". DI A-PACK GNDDI B-PACK IO2 . DGND",
    "pylontech-socket": ". . . CAN-H CAN-L CAN-GND 485A 485B",
    "seplos-rs485": "B A GND . . GND A B",
    "seplos-can": "B A GND CAN-H CAN-L GND A B",
}
JP2222 = (
    "WK 485B1 LED1 485A1 LED2 CAN_BUSH DGND DGND LED3 CAN_BUSL LED4 485B2 LED6 485A2 LED5 DI_IN WK_IN GND_DI . IO1 "
    ". IO2"
)
ORDER = ["B−", "JA1", "JA2", "JP2", "JP3", "JP2222", "B+", "JP1", "P−"]


def texts(name: str, lang: str) -> list[str]:
    root = ET.fromstring(draw(name, lang))
    return [one.text or "" for one in root.iter(f"{SVG}text")]


def boxes(root: ET.Element) -> list[tuple[str, float, float, float, float]]:
    """Text, left, top, right, bottom: as wide as a wide font makes them."""
    found = []
    for one in root.iter(f"{SVG}text"):
        text, size = one.text or "", float(one.get("font-size", "0"))
        wide = width_of(text, size, bold=one.get("font-weight") == "700")
        x, y = float(one.get("x", "")), float(one.get("y", ""))
        left = x - {"start": 0.0, "middle": 0.5, "end": 1.0}[one.get("text-anchor", "start")] * wide
        found.append((text, left, y - size * 0.76, left + wide, y + size * 0.22))
    return found


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_drawing_can_be_read(lang: str) -> None:
    """Well-formed, named for a screen reader, no text too small, outside the sheet or upon another."""
    for name in drawing_names():
        root = ET.fromstring(draw(name, lang))
        _, _, width, height = map(float, root.get("viewBox", "").split())
        title, description = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
        assert width == 360
        assert title is not None
        assert description is not None
        assert title.text
        assert description.text
        assert root.get("aria-labelledby") == title.get("id")
        assert root.get("lang") == lang
        assert not [
            one.tag for one in root.iter() if "style" in one.attrib or one.tag in (f"{SVG}style", f"{SVG}script")
        ]
        found = boxes(root)
        for text, left, top, right, bottom in found:
            assert left >= 4, (name, text)
            assert right <= width - 3, (name, text, right)
            assert top >= 0, (name, text)
            assert bottom <= height, (name, text)
        assert not [(name, a[0], b[0]) for a, b in combinations(found, 2) if overlap(a, b)]
        assert min(float(one.get("font-size", "0")) for one in root.iter(f"{SVG}text")) >= 11, name


def overlap(a: tuple[str, float, float, float, float], b: tuple[str, float, float, float, float]) -> bool:
    return min(a[3], b[3]) - max(a[1], b[1]) > 1 and min(a[4], b[4]) - max(a[2], b[2]) > 1


def test_overlap_is_seen() -> None:
    assert overlap(("a", 0, 0, 10, 10), ("b", 5, 5, 15, 15))
    assert not overlap(("a", 0, 0, 10, 10), ("b", 10, 0, 20, 10))


def test_all_texts_are_in_both_languages() -> None:
    """The words of a drawing differ, its names do not: RS485A is RS485A."""
    for name in drawing_names():
        english, french = texts(name, "en"), texts(name, "fr")
        assert english[0] != french[0], name
        assert "'" not in "".join(english + french), name


@pytest.mark.parametrize("name", SOCKETS)
def test_sockets(name: str) -> None:
    """GRW-8, PWS-15: each pin has the name that the document gives it, in the data and in the picture."""
    spec = written(name)
    assert isinstance(spec, SocketSpec)
    wanted = [None if pin == "." else pin for pin in SOCKETS[name].split()]
    assert [pin.name for pin in spec.pins] == wanted
    said = texts(name, "en")
    marks = [k for k, text in enumerate(said) if text in set("12345678") and k > 8]  # after the face: the list
    for number, (mark, pin) in enumerate(zip(marks[-8:], wanted, strict=True), 1):
        assert said[mark] == f"{number}"
        assert said[mark + 1] == (pin or "not used")


def test_pins_of_the_aura() -> None:
    """AUR-3: transformer on 1 and 2, meter on 3 and 4, and the terminals of the meter."""
    spec = written("aura-terminals")
    assert isinstance(spec, StripSpec)
    assert [(pin.name, pin.text.fr if pin.text else "") for pin in spec.pins] == [
        ("CT +", "fil blanc du tore"),
        ("CT −", "fil noir du tore"),
        ("RS485-A", "vers le compteur"),
        ("RS485-B", "vers le compteur"),
    ]
    assert {"3 L", "4 N", "5 l* white", "6 l blue", "A → 3", "B → 4"} <= {*texts("aura-meter", "en")}
    assert {"1 white +", "2 black −"} <= {*texts("aura-ct", "en")}


def test_ribbon_counts_in_pairs_from_the_other_end() -> None:
    """PWS-15: the plug of the communication board."""
    spec = written("ps-20016s-jp2222")
    assert isinstance(spec, RibbonSpec)
    names = JP2222.split()
    wanted = [(n, 22 - n if n % 2 else 24 - n, names[n - 1].replace(".", "")) for n in range(1, 23)]
    assert list(spec.links) == wanted


def test_cables() -> None:
    """GRW-7, GRW-8, PWS-15: CAN on 4 and 5, RS485 on 1 and 2, a straight cable between packs."""
    wanted = {
        "wall-6k5-can-cable": [(4, None, "CANH"), (5, None, "CANL")],
        "wall-6k5-rs485-cable": [(1, 1, "RS485B"), (2, 2, "RS485A")],
        "ps-20016s-parallel-cable": [(n, n, None) for n in range(1, 9)],
    }
    for name, wires in wanted.items():
        spec = written(name)
        assert isinstance(spec, CableSpec)
        assert [(wire.pin, wire.to, wire.left) for wire in spec.wires] == wires
    colours = ["white-orange", "orange", "white-green", "blue", "white-blue", "green", "white-brown", "brown"]
    assert [one for one in texts("ps-20016s-parallel-cable", "en") if one in colours] == colours


def test_order_of_plugs() -> None:
    """PWS-15: in the picture as in the data."""
    spec = written("ps-20016s-order")
    assert isinstance(spec, OrderSpec)
    assert [step.name for step in spec.steps] == ORDER
    assert [step.name for step in spec.steps if step.optional] == ["JP1"]
    assert [text for text in texts("ps-20016s-order", "fr") if text in ORDER] == ORDER


def knobs(name: str, per_row: int) -> list[str]:
    """Read the switches from the picture itself: 1 where the knob stands higher than half of its slot."""
    root = ET.fromstring(draw(name, "en"))
    slots = [one for one in root.iter(f"{SVG}rect") if one.get("width") == "10"]
    rows: list[str] = []
    said = ""
    for k, slot in enumerate(slots):
        if slot.get("height") != "20":
            continue
        knob = slots[k + 1] if k + 1 < len(slots) else None
        up = knob is not None and knob.get("height") == "10" and knob.get("y") == slot.get("y")
        free = knob is None or knob.get("height") == "20"
        said += "x" if free else "1" if up else "0"
        if len(said) == per_row:
            rows.append(said)
            said = ""
    return rows


def test_switches() -> None:
    """Addresses and groups, read from the pictures, against the rule written as binary digits."""
    slaves = ["00000000", *(f"{n:04b}"[::-1] + "0000" for n in range(1, 16))]
    masters = ["0000" + f"{n - 1:04b}"[::-1] for n in range(2, 17)]
    assert knobs("seplos-slaves", 8) == slaves
    assert knobs("seplos-master", 8) == masters
    assert knobs("pylontech-speed", 4) == ["0xxx", "1xxx"]
    groups = ["000", "100", "010", "110", "001", "101", "011", "111"]
    assert knobs("pylontech-group", 4) == [f"x{one}" for one in groups]
    spec = written("pylontech-speed")
    assert isinstance(spec, SwitchesSpec)
    assert [row.text.en for row in spec.rows] == ["115200 baud", "9600 baud"]


def ends(count: int) -> dict[str, float]:
    """Follow each sense wire of a drawing to the height at which it meets the cells."""
    root = ET.fromstring(draw(f"ps-20016s-{count}-cells", "en"))
    runs = [
        [tuple(map(float, point.split(","))) for point in one.get("points", "").split()]
        for one in root.iter(f"{SVG}polyline")
        if one.get("class") == "wire-cell"
    ]
    level = {run[0][1]: run[1][0] for run in runs if run[0][1] == run[1][1]}
    upright = [run for run in runs if run[0][0] == run[1][0]]
    wires = {
        one.text: float(one.get("y", ""))
        for one in root.iter(f"{SVG}text")
        if one.text and one.text[0] == "B" and len(one.text) <= 3
    }
    poles = {float(one.get("cy", "")) for one in root.iter(f"{SVG}circle") if one.get("r") == "3"}
    assert len({*level.values()} | {run[0][0] for run in upright}) == 1  # all end at the cells
    found = {}
    for wire, base in wires.items():
        y = min(level, key=lambda one: abs(one - base))
        if y not in poles:
            shared = next(run for run in upright if min(run[0][1], run[1][1]) <= y <= max(run[0][1], run[1][1]))
            (y,) = {shared[0][1], shared[1][1]} & poles
        found[wire] = y
    return found


def test_cell_wires_by_count() -> None:
    """PWS-17: B0 to Bn at poles of their own from the minus end on; all above, and BB+, at the last plus pole."""
    for count in range(8, 17):
        met = ends(count)
        own = [met[f"B{n}"] for n in range(count + 1)]
        assert own == sorted(set(own)), count
        assert met["BB−"] == met["B0"]
        assert {met[f"B{n}"] for n in range(count, 17)} | {met["BB+"]} == {met[f"B{count}"]}
        said = texts(f"ps-20016s-{count}-cells", "en")
        assert f"cell {count}" in said
        assert f"cell {count + 1}" not in said


def test_topologies_are_settings_of_the_profile() -> None:
    """AUR-4: six of the guide, one of ours; each value is one that the AURA knows, and fits what is in the house."""
    homes = topologies()
    assert [one.letter for one in homes.values()] == ["b", "c", "d", "e", "f", "g", None]
    profile = load_profile(PROFILE)
    for name, home in homes.items():
        assert {*home.settings} <= {*profile.settings}, name
        assert home.settings["eps_enabled"] is home.backup, name
        assert home.settings["ac_couple_enabled"] is home.existing_pv, name
        assert (home.settings["pv_mode"] == "none") is not home.pv_on_aura, name
        assert home.settings["grid_code"] == "EN 50549", name
        assert home.settings["remote_control"] == "enabled", name
        pictured = texts(f"topology-{name}", "en")
        assert ("Backup box" in pictured) is home.backup, name
        assert ("inverter" in pictured) is home.existing_pv, name
        assert ("Panels on the" in " ".join(pictured)) is home.pv_on_aura, name
    assert homes["storage"].settings["grid_charge_enabled"] is True
    assert "added by Wattstead" in homes["storage"].title.en


def test_unknown_names_and_languages_are_told() -> None:
    with pytest.raises(UsageError, match=r"no drawing 'wall-6k5-cam'; did you mean 'wall-6k5-com'"):
        draw("wall-6k5-cam", "en")
    with pytest.raises(UsageError, match="no drawings in 'de'; say en or fr"):
        draw("wall-6k5-com", "de")


def test_paper_is_black_on_white() -> None:
    alone = ET.fromstring(draw("wall-6k5-com", "en", paper=True))
    assert alone.get("color") == "#111"
    first = next(alone.iter(f"{SVG}rect"))
    assert (first.get("fill"), first.get("width"), first.get("height")) == (
        "#fff",
        alone.get("width"),
        alone.get("height"),
    )
    assert "#fff" not in draw("wall-6k5-com", "en")


def test_a_slip_in_the_data_is_told(tmp_path: Path) -> None:
    good = 'title = { en = "a", fr = "b" }\ndescription = { en = "a", fr = "b" }\nsource = "s"\n'
    file = tmp_path / "x.toml"
    file.write_text(f'[one]\nkind = "strip"\n{good}pins = [{{ nam = "1" }}]\n')
    with pytest.raises(ProfileError, match=r"x.toml.*one.*there is no key 'nam' here"):
        read_drawings(file)
    file.write_text(f'[one]\nkind = "strap"\n{good}')
    with pytest.raises(ProfileError, match=r"x.toml, one, kind: 'strap' stands there; write one of socket, strip"):
        read_drawings(file)


def test_lines_break_where_they_may() -> None:
    assert wrapped("Tensions à 1 V près", width_of("Tensions à 1")) == ["Tensions à", "1\u00a0V près"]
    assert all(not line.startswith((":", ";")) for line in wrapped("un mot : deux mots ; trois", 40))
    assert labels_in("fr").say("cell", n=3) == "cell. 3"

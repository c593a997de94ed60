"""Guides on wiring: they show every drawing, and their figures are those of the rules and of the documents."""

import re

from wattstead.catalog.drawing import drawing_names
from wattstead.catalog.guides import guide_names, load_guide
from wattstead.catalog.profile import load_profile
from wattstead.catalog.topologies import topologies
from wattstead.host.settings.cells import for_cells
from wattstead.host.settings.sets import defaults
from wattstead.model.guide import Guide

ASSEMBLE = ["b-minus", "ja1", "ja2", "jp2", "jp3", "jp2222", "b-plus", "jp1", "p-minus"]


def everything(guide: Guide, lang: str) -> str:
    return "\n".join(text[lang] for text in guide.texts())


def test_every_drawing_is_shown_by_a_guide() -> None:
    shown = {drawing for name in guide_names() for drawing in load_guide(name).drawings}
    assert shown == {*drawing_names()}


def test_each_topology_has_its_guide_with_its_settings() -> None:
    """AUR-4: the table of each guide is its set of settings, and its steps fit what stands in the house."""
    for name, home in topologies().items():
        guide = load_guide(f"topology-{name}")
        assert guide.drawings == (f"topology-{name}",)
        tables = [part.table for part in guide.parts if part.table is not None]
        assert len(tables) == 1
        wanted = [(row.name.model_dump(), row.value.model_dump()) for row in home.rows]
        assert [tuple(dict(cell) for cell in row) for row in tables[0].rows] == wanted, name
        ids = {step.id for step in guide.steps}
        assert ("backup-box" in ids) is home.backup
        assert ("existing-pv" in ids) is home.existing_pv
        assert ("pv" in ids) is home.pv_on_aura
        assert guide.step("three-minutes").wait_s == 180


def test_cells_guide_has_the_figures_of_the_conversion() -> None:
    """PWS-17: the table of the guide is what ``settings convert`` makes of the set as shipped."""
    profile = load_profile("ps-20016s")
    table = next(part.table for part in load_guide("cells-ps-20016s").parts if part.table is not None)
    assert [row[0]["en"] for row in table.rows] == [f"{n}" for n in range(8, 17)]
    for row in table.rows:
        made = for_cells(profile, defaults(profile), int(row[0]["en"])).values
        names = ("inverter_charge_voltage_v", "inverter_discharge_voltage_v", "screen_charge_voltage_v")
        assert [cell["en"] for cell in row[1:]] == [f"{made[name]:.1f} V" for name in names]
        assert [cell["fr"] for cell in row[1:]] == [f"{made[name]:.1f} V".replace(".", ",") for name in names]


def test_order_of_the_plugs() -> None:
    """PWS-15: steps in the order of the sheet, and back."""
    guide = load_guide("wiring-ps-20016s")
    ids = [step.id for step in guide.steps]
    assert [id_ for id_ in ids if id_ in ASSEMBLE] == ASSEMBLE
    reverse = guide.step("reverse").text["fr"]
    assert re.findall(r"P−|JP1|B\+|JP2222|JP3|JP2|JA2|JA1|B−", reverse) == [
        "P−", "JP1", "B+", "JP2222", "JP3", "JP2", "JA2", "JA1", "B−",
    ]  # fmt: skip


def test_figures_of_the_documents() -> None:
    """GRW-8, AUR-3: both languages have each of them."""
    wall = ["12 mm", "60 mm", "58 kg", "232 kg", "3 AWG", "80 V, 100 A", "M6", "M8"]
    figures = {"wiring-wall-6k5": wall, "metering-aura": ["5 m", "l*", "W28"]}
    for name, wanted in figures.items():
        for lang in ("en", "fr"):
            told = everything(load_guide(name), lang)
            assert [one for one in wanted if one not in told] == [], (name, lang)
    limits = {step.id: step.measured for step in load_guide("wiring-wall-6k5").steps if step.measured}
    assert {id_: (one.lowest, one.highest) for id_, one in limits.items()} == {
        "strip-power": (19.5, 20.5),
        "strip-data": (14.5, 15.5),
        "zero": (0, 1),
        "front": (133, None),
    }

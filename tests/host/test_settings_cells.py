"""Sets of settings for another number of cells in series (PWS-17)."""

from dataclasses import replace

import pytest

from wattstead.catalog.profile import load_profile
from wattstead.host.settings.cells import for_cells
from wattstead.host.settings.check import check_set, errors
from wattstead.host.settings.sets import defaults, differences
from wattstead.model.errors import UsageError

PS = load_profile("ps-20016s")
SHIPPED = defaults(PS)


def test_only_what_belongs_to_the_whole_pack_changes() -> None:
    """3.5 V, 2.5 V and 3.5625 V a cell stay what they are, up to the tenth of a volt that the wire carries."""
    wanted = {
        8: (28.0, 20.0, 28.5),
        9: (31.5, 22.5, 32.0),  # 32.0625 is rounded down
        10: (35.0, 25.0, 35.6),
        11: (38.5, 27.5, 39.1),
        12: (42.0, 30.0, 42.7),
        13: (45.5, 32.5, 46.3),
        14: (49.0, 35.0, 49.8),
        15: (52.5, 37.5, 53.4),
    }
    for cells, (charge, discharge, screen) in wanted.items():
        made = for_cells(PS, SHIPPED, cells)
        assert {one.name: one.right for one in differences(SHIPPED.values, made.values)} == {
            "cell_count": cells,
            "inverter_charge_voltage_v": charge,
            "inverter_discharge_voltage_v": discharge,
            "screen_charge_voltage_v": screen,
        }
        assert not errors(check_set(PS, made.values))
        assert made.source == f"as shipped for {cells} cells"


def test_lower_limits_are_rounded_up() -> None:
    held = replace(SHIPPED, values={**SHIPPED.values, "inverter_discharge_voltage_v": 40.1})
    assert for_cells(PS, held, 9).values["inverter_discharge_voltage_v"] == 22.6  # 22.55625
    assert for_cells(PS, SHIPPED, 16).values == SHIPPED.values


def test_another_make_goes_by_the_same_rule() -> None:
    seplos = load_profile("seplos-v2")
    made = for_cells(seplos, defaults(seplos), 15).values
    assert made["cells_in_series"] == 15
    assert made["pack_overvoltage_protection_v"] == 54.0
    assert made["pack_undervoltage_protection_v"] == 40.5
    assert made["pack_overvoltage_recovery_v"] == 50.62  # 50.625 is rounded down
    assert made["cell_overvoltage_protection_v"] == 3.65
    assert made["balancing_start_voltage_v"] == 3.4


def test_what_cannot_be_is_refused() -> None:
    for cells in (7, 17):
        with pytest.raises(UsageError, match=f"ps-20016s cannot have {cells} cells in series; say 8 to 16"):
            for_cells(PS, SHIPPED, cells)
    unsaid = replace(SHIPPED, values={"inverter_charge_voltage_v": 56.0}, source="part.toml")
    with pytest.raises(UsageError, match=r"part.toml does not say how many cells it is for; add cell_count"):
        for_cells(PS, unsaid, 8)
    broken = replace(SHIPPED, values={**SHIPPED.values, "cell_overvoltage_release_mv": 3800})
    with pytest.raises(UsageError, match="as shipped has errors of its own; correct them first: cell_overvoltage"):
        for_cells(PS, broken, 8)
    with pytest.raises(UsageError, match="aura has no setting for the number of cells"):
        for_cells(load_profile("aura"), defaults(load_profile("aura")), 8)
    seplos = load_profile("seplos-v2")
    with pytest.raises(UsageError, match=r"a set for 0 cells cannot be made of as shipped: .*must lie below"):
        for_cells(seplos, defaults(seplos), 0)


@pytest.mark.parametrize("name", ["seplos-v2", "seplos-v3"])
def test_boards_of_seplos_get_sets_for_8_to_15_cells(name: str) -> None:
    profile = load_profile(name)
    for cells in range(8, 16):
        made = for_cells(profile, defaults(profile), cells)
        assert made.values["cells_in_series"] == cells
        assert not errors(check_set(profile, made.values))

"""What contradicts itself, and what real packs say although it looks odd."""

import pytest

from wattstead.host.plausible import doubt
from wattstead.model.reading import Value


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"cell_voltage_v": (3.3,) * 16, "pack_voltage_v": 528.0}, "its 16 cells add up to 52.8 V, but"),
        ({"pack_current_a": 41.0, "pack_voltage_v": 0.0}, "41.0 A flow, but the pack has 0.0 V"),
        ({"soc_pct": 655.3}, "it says to be 655.3 % full"),
        ({"soc_pct": 33, "pack_voltage_v": 0.33}, "it says to be 33.0 % full, but the pack has 0.3 V"),
        (
            {"remaining_capacity_ah": 481.9, "full_capacity_ah": 103.5},
            "481.9 Ah are left in it, but 103.5 Ah make it full",
        ),
        ({"charge_voltage_limit_v": 1.504, "discharge_voltage_limit_v": 45.44}, "it may be charged up to 1.5 V, but"),
        ({"grid_l1_voltage_v": 2.35e-38}, "grid_l1_voltage_v is 2.35e-38, which nothing measures"),
        ({"cell_voltage_v": (0.0, 1e30)}, "cell_voltage_v is 1e+30, which nothing measures"),
    ],
)
def test_a_contradiction_is_told(values: dict[str, Value], why: str) -> None:
    assert str(doubt(values)).startswith(why)


@pytest.mark.parametrize(
    "values",
    [
        {"remaining_capacity_ah": 75.48, "full_capacity_ah": 74.0},  # a full US3000
        {"pack_current_a": 0.1, "pack_voltage_v": 0.0},  # a board without cells, its zero not calibrated
        {"soc_pct": 100.0, "soh_pct": 107.3},
        {"soc_pct": 50, "pack_voltage_v": 0.0},
        {"charge_voltage_limit_v": 53.25, "discharge_voltage_limit_v": 45.0},
        {"remaining_capacity_ah": 0.0, "full_capacity_ah": 0.0},
        {},
    ],
)
def test_what_can_be_true_is_not_doubted(values: dict[str, Value]) -> None:
    assert doubt(values) is None

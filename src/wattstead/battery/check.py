"""Refusing values that no battery can have: one sentence with the name of the value and the rule."""

import math

from wattstead.model.errors import UsageError


def require(holds: bool, name: str, value: object, rule: str) -> None:  # noqa: FBT001 (a condition reads best first)
    """Raise UsageError where a rule does not hold; ``rule`` completes the sentence "name value must ..."."""
    if not holds:
        raise UsageError(f"{name} {value} must {rule}")


def number(name: str, value: float) -> None:
    """Refuse whatever is no finite number: NaN, infinity, words, flags."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    require(is_number and math.isfinite(value), name, value, "be a finite number")


def above_zero(name: str, value: float, why: str) -> None:
    """Refuse zero and less. why: what a zero would mean."""
    number(name, value)
    require(value > 0, name, value, f"be above 0: {why}")


def between(name: str, value: float, lowest: float, highest: float, why: str) -> None:
    """Refuse a number outside lowest to highest, both allowed. why: what the bounds stand for."""
    number(name, value)
    require(lowest <= value <= highest, name, value, f"lie between {lowest:g} and {highest:g}: {why}")


def whole(name: str, value: int, lowest: int, why: str) -> None:
    """Refuse whatever is no whole number of at least ``lowest``."""
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    require(is_whole and value >= lowest, name, value, f"be a whole number of at least {lowest}: {why}")

"""Quick readers of single fields, for families whose values do not stand in a row."""

from collections.abc import Callable
from typing import Any

from wattstead.wire.layout import Field
from wattstead.wire.quick_text import Text
from wattstead.wire.quick_value import Place, Unpackers, value_of


def one_of(field: Field) -> Callable[[bytes, int], Any]:
    """Write what reads the value of a field at a place. What calls it knows that its bytes are there."""
    text = Text()
    place = Place(field, 0)
    with text.inside("def read(payload, at):"):
        text.line(f"one, = {text.unpacker(place.order + place.code)}(payload, at)")
        text.line(f"return {value_of(field, 'one', text.given)}")
    return text.made("read")


def many_of(field: Field, before: int) -> Callable[[bytes, int, int], tuple[Any, ...]]:
    """Write what reads so many values from a place on. before: bytes in front of each that it passes over."""
    text = Text()
    place = Place(field, 0)
    with text.inside("def read(payload, at, count):"):
        many = text.given("many", Unpackers(place.order, f"{before}x{place.code}"))
        text.line(f"return tuple([{value_of(field, 'one', text.given)} for one in {many}[count](payload, at)])")
    return text.made("read")

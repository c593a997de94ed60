"""What a profile says of calibrating the current sensor: ``[calibration]``, and the check that its names are there."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from wattstead.catalog.spec_base import Name, Spec
from wattstead.catalog.where import Where, nearest
from wattstead.catalog.writing_spec import OrderSpec, check_order
from wattstead.wire.layout import names_of
from wattstead.wire.message import Message

_Bounds = tuple[float, float]


class ZeroSpec(Spec):
    """Taking the zero while nothing flows. changes: the field that it changes.

    within_a: no reading may be further off. steady_a: nor two of them further apart. after_a: what may be read then.
    """

    order: OrderSpec
    changes: Name
    within_a: Annotated[float, Field(gt=0)]
    steady_a: Annotated[float, Field(gt=0)]
    after_a: Annotated[float, Field(gt=0)]


class GainSpec(Spec):
    """Taking the gain at a current that somebody measures outside. changes: the field that it changes.

    reference: the field of the order that carries this current; step_a: what one of it is worth. reference_a: the
    smallest and the largest current that makes sense. within_pct: no reading may be further off the reference.
    steady_pct: nor two of them further apart. total: what the gain may be then, in our unit. after_pct: how far off the
    reading may be then.
    """

    order: OrderSpec
    changes: Name
    reference: Name
    step_a: Annotated[float, Field(gt=0)]
    reference_a: _Bounds
    within_pct: Annotated[float, Field(gt=0)]
    steady_pct: Annotated[float, Field(gt=0)]
    after_pct: Annotated[float, Field(gt=0)]
    total: _Bounds


class CalibrationSpec(Spec):
    """How a current sensor is calibrated, and how that is undone.

    before: orders such as unlocking. read: tells what is in force, in ``fields``; units: what one of a field is worth,
    where that means something. restore: a message that writes these fields. keep: makes it last; drop: goes back to
    what was kept. moving: words of the operating state in which current flows.
    """

    before: tuple[OrderSpec, ...] = ()
    read: Name
    fields: tuple[Name, ...] = Field(min_length=1)
    units: dict[Name, float] = {}
    restore: Name
    keep: OrderSpec
    drop: OrderSpec
    zero: ZeroSpec
    gain: GainSpec
    moving: tuple[Name, ...] = ("charging", "discharging", "precharging")


def check_calibration(where: Where, spec: CalibrationSpec | None, messages: Mapping[str, Message]) -> None:
    """Hold the names against the rest of the file. Raises ProfileError."""
    if spec is None:
        return
    for key, order in (("keep", spec.keep), ("drop", spec.drop), ("zero", spec.zero.order), ("gain", spec.gain.order)):
        check_order(where.inside(key), order, messages)
    for order in spec.before:
        check_order(where.inside("before"), order, messages)
    check_order(
        where.inside("restore"), OrderSpec(message=spec.restore, values=dict.fromkeys(spec.fields, 0)), messages
    )
    if spec.read not in messages:
        raise where.inside("read").wrong(f"there is no message {spec.read!r}", nearest(spec.read, list(messages), ""))
    told = names_of(messages[spec.read].reply)
    _known(where.inside("fields"), spec.fields, told, f"{spec.read} tells no")
    _known(where.inside("units"), spec.units, set(spec.fields), "it has no field")
    _known(where.inside("zero"), (spec.zero.changes,), set(spec.fields), "it has no field")
    _known(where.inside("gain"), (spec.gain.changes,), set(spec.fields), "it has no field")
    carried = names_of(messages[spec.gain.order.message].request)
    _known(where.inside("gain"), (spec.gain.reference,), carried, f"{spec.gain.order.message} carries no")


def _known(
    where: Where, names: "tuple[str, ...] | dict[str, float]", known: "frozenset[str] | set[str]", say: str
) -> None:
    for name in names:
        if name not in known:
            raise where.wrong(f"{say} {name!r}", nearest(name, sorted(known), "name one of its fields"))

"""What a drawing (``words/drawings/*.toml``) may say: its kinds and their keys."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, TypeAdapter

from wattstead.catalog.drawing.conductors import Conductor
from wattstead.catalog.drawing.icons import Icon
from wattstead.catalog.spec import Bilingual
from wattstead.catalog.spec_base import Sentence, Spec

Number = int | float
Place = tuple[Number, Number]


def _both(value: object) -> object:
    """A text that is the same in all languages (the name of a pin) may stand there once."""
    return {"en": value, "fr": value} if isinstance(value, str) else value


Text = Annotated[Bilingual, BeforeValidator(_both)]
Kind = Annotated[Conductor, BeforeValidator(lambda value: Conductor(value) if value in set(Conductor) else value)]
Sign = Annotated[Icon, BeforeValidator(lambda value: Icon(value) if value in set(Icon) else value)]


class Head(Spec):
    """What each drawing has. description: read aloud in its place. notes: below it. source: the document."""

    title: Bilingual
    description: Bilingual
    notes: tuple[Bilingual, ...] = ()
    source: Sentence


class PinSpec(Spec):
    """One contact. name: as the document has it; none where it is empty. text: what it is."""

    name: Sentence | None = None
    text: Text | None = None


class SocketSpec(Head):
    """A socket for RJ45 plugs (8P8C), as one looks into it. latch: which side the picture shows it on."""

    kind: Literal["socket"]
    pins: tuple[PinSpec, ...] = Field(min_length=8, max_length=8)


class StripSpec(Head):
    """A plug of the board with its pins in one row, in the order of the document."""

    kind: Literal["strip"]
    pins: tuple[PinSpec, ...] = Field(min_length=1)


class RibbonSpec(Head):
    """A cable between two boards whose ends count otherwise. links: pin here, pin there, signal (none: empty)."""

    kind: Literal["ribbon"]
    left: Text
    right: Text
    links: tuple[tuple[int, int, str], ...] = Field(min_length=1)


class WireSpec(Spec):
    """One wire of a cable. to: the pin at the other end; none where the other maker says it. left, right: signals."""

    pin: Annotated[int, Field(ge=1, le=8)]
    to: Annotated[int, Field(ge=1, le=8)] | None = None
    left: Sentence | None = None
    right: Sentence | None = None
    text: Text | None = None
    kind: Kind


class CableSpec(Head):
    """A cable with RJ45 plugs. left, right: what its ends go into."""

    kind: Literal["cable"]
    left: Text
    right: Text
    wires: tuple[WireSpec, ...] = Field(min_length=1)


class SwitchRowSpec(Spec):
    """One setting of the switches: those that are on, and what it means."""

    text: Bilingual
    on: tuple[int, ...] = ()


class SwitchRuleSpec(Spec):
    """A row for each number: bits: the switches, the one that counts 1 first. less: what is taken from the number."""

    text: Bilingual
    bits: tuple[int, ...] = Field(min_length=1)
    first: int
    last: int
    less: int = 0


class SwitchesSpec(Head):
    """Small switches in a block, as pictures. free: switches that such a row says nothing of."""

    kind: Literal["switches"]
    count: Annotated[int, Field(ge=1, le=8)]
    rows: tuple[SwitchRowSpec, ...] = ()
    rule: SwitchRuleSpec | None = None
    free: tuple[int, ...] = ()


class OrderStepSpec(Spec):
    """One plug in the order in which things are joined."""

    name: Sentence
    text: Bilingual
    optional: bool = False


class OrderSpec(Head):
    """What is plugged in after what; taken apart from the bottom up."""

    kind: Literal["order"]
    steps: tuple[OrderStepSpec, ...] = Field(min_length=2)


class CellsSpec(Head):
    """Sense wires of the cells. first, last: pins that are shown, of the plugs in ``plugs``."""

    kind: Literal["cells"]
    plugs: tuple[Sentence, ...] = Field(min_length=1)


class NodeSpec(Spec):
    """A thing of a plan: a frame with its top left corner, its sign and its name. bare: without a frame."""

    at: Place
    size: Place
    icon: Sign | None = None
    label: Text | None = None
    bare: bool = False


class RunSpec(Spec):
    """A line of a plan, from point to point."""

    kind: Kind
    path: tuple[Place, ...] = Field(min_length=2)


class RemarkSpec(Spec):
    """A text in a plan. at: base of its first line."""

    at: Place
    text: Text
    anchor: Literal["start", "middle", "end"] = "start"
    width: Number = 120
    bold: bool = False


class MeasureSpec(Spec):
    """A distance between two points, with arrows at both ends."""

    path: tuple[Place, Place]
    text: Text
    text_at: Place
    anchor: Literal["start", "middle", "end"] = "middle"


class PlanSpec(Head):
    """A wiring plan. height: of the picture below its title. dots: where lines join. edges: of walls and floors."""

    kind: Literal["plan"]
    height: Number
    nodes: tuple[NodeSpec, ...] = ()
    runs: tuple[RunSpec, ...] = ()
    dots: tuple[Place, ...] = ()
    edges: tuple[tuple[Place, Place], ...] = ()
    remarks: tuple[RemarkSpec, ...] = ()
    measures: tuple[MeasureSpec, ...] = ()


AnyDrawing = SocketSpec | StripSpec | RibbonSpec | CableSpec | SwitchesSpec | OrderSpec | CellsSpec | PlanSpec
DRAWING: TypeAdapter[AnyDrawing] = TypeAdapter(Annotated[AnyDrawing, Field(discriminator="kind")])

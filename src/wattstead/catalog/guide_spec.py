"""What a guide (``words/guides/*.toml``) may say: its tables and their keys."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from wattstead.catalog.spec import Bilingual
from wattstead.catalog.spec_base import Spec
from wattstead.model.advice import Actor
from wattstead.model.guide import GuideKind

Slug = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
Number = int | float


def _one_of(known: type[Actor | GuideKind]) -> BeforeValidator:
    words = " or ".join(repr(one.value) for one in known)

    def check(value: object) -> object:
        if not isinstance(value, str) or value not in set(known):
            raise PydanticCustomError("word", "{wanted}", {"wanted": words})
        return known(value)

    return BeforeValidator(check)


def _cell(value: object) -> object:
    """A text that is the same in all languages (the name of a pin) may stand there once."""
    return {"en": value, "fr": value} if isinstance(value, str) else value


Cell = Annotated[Bilingual, BeforeValidator(_cell)]


class ValueSpec(Spec):
    """``{ unit = "V", min = 52 }``: what a person measures; min and max are both still right."""

    unit: Cell
    min: Number | None = None
    max: Number | None = None


class StepSpec(Spec):
    """One ``[[part.step]]``. when: the case in which it is to be done. wait_s: to wait once it is done."""

    id: Slug
    text: Bilingual
    why: Bilingual | None = None
    when: Bilingual | None = None
    danger: bool = False
    value: ValueSpec | None = None
    wait_s: Annotated[int, Field(gt=0)] | None = None


class PartSpec(Spec):
    """One ``[[part]]``. columns, rows: a table; a cell is one text, or one in each language."""

    title: Bilingual
    text: Bilingual | None = None
    drawing: Slug | None = None
    columns: tuple[Cell, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()
    step: tuple[StepSpec, ...] = ()


class RemindSpec(Spec):
    """``{ months = 6, step = "recharged" }``: due again so long after the step was done."""

    months: Annotated[int, Field(ge=1, le=120)]
    step: Slug


class HeadSpec(Spec):
    """Which guide it is, for what and for whom; see: other guides that go with it."""

    title: Bilingual
    summary: Bilingual
    kind: Annotated[Any, _one_of(GuideKind)]
    products: tuple[Slug, ...] = Field(min_length=1)
    who: Annotated[Any, _one_of(Actor)]
    requirements: tuple[Annotated[str, Field(pattern=r"^[A-Z]{3}-[0-9]+$")], ...] = Field(min_length=1)
    source: Cell
    see: tuple[Slug, ...] = ()
    remind: RemindSpec | None = None


class GuideSpec(Spec):
    """The whole file."""

    guide: HeadSpec
    part: tuple[PartSpec, ...] = Field(min_length=1)

"""Loads guides: ``words/guides``, one file a guide, and the names of what they are for."""

from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from wattstead.catalog.guide_spec import GuideSpec, PartSpec, StepSpec
from wattstead.catalog.mistakes import explain
from wattstead.catalog.spec import Bilingual
from wattstead.catalog.where import Where, either, nearest
from wattstead.catalog.words import Label, labels, read_toml
from wattstead.model.advice import Text
from wattstead.model.errors import UsageError
from wattstead.model.guide import Guide, GuideKind, Measured, Part, Step, Table
from wattstead.model.reminder import Reminder

ALL = "all"
"""In ``products``: whatever stands in the house."""


@cache
def guide_products() -> Mapping[str, Label]:
    """What guides are for: {"wall-6k5": {"en": "6.5 kWh wall battery", …}, …}."""
    return labels("guide_products.toml")


@cache
def guide_names() -> tuple[str, ...]:
    """Names of the guides that come with the program, in the order in which they are listed."""
    order = list(GuideKind)
    found = [load_guide(file.name.removesuffix(".toml")) for file in _folder().iterdir() if file.name.endswith(".toml")]
    return tuple(guide.name for guide in sorted(found, key=lambda guide: (order.index(guide.kind), guide.name)))


def load_guide(name: str) -> Guide:
    """Load a guide by its name, or from a file of one's own (a path that ends in .toml).

    Raises UsageError for an unknown name, ProfileError for a broken file.
    """
    if name.endswith(".toml"):
        return load_guide_file(Path(name))
    known = sorted(file.name.removesuffix(".toml") for file in _folder().iterdir() if file.name.endswith(".toml"))
    if name not in known:
        near = [one for one in known if name and name in one] or get_close_matches(name, known, n=3, cutoff=0.5)
        hint = f"did you mean {either(near[:3])}?" if near else "`wattstead guides` lists them"
        raise UsageError(f"there is no guide {name!r}; {hint}")
    return _shipped(name)


@cache
def _shipped(name: str) -> Guide:
    return load_guide_file(_folder() / f"{name}.toml")


def _folder() -> Traversable:
    return files("wattstead") / "words" / "guides"


def load_guide_file(file: Traversable) -> Guide:
    """Load a guide from a file. Raises ProfileError: file, place, what is wrong, what would be right."""
    where, data = Where(file.name), _frozen(read_toml(file))
    try:
        spec = GuideSpec.model_validate(data)
    except ValidationError as error:
        raise explain(where, data, error, "docs/guides.md") from None
    _check(where, spec)
    head = spec.guide
    return Guide(
        name=file.name.removesuffix(".toml"),
        title=_text(head.title),
        summary=_text(head.summary),
        kind=head.kind,
        products=head.products,
        who=head.who,
        requirements=head.requirements,
        source=_text(head.source),
        parts=tuple(_part(part) for part in spec.part),
        see=head.see,
        remind=None if head.remind is None else Reminder(head.remind.months, head.remind.step),
    )


def _frozen(data: Any) -> Any:
    if isinstance(data, dict):
        return {key: _frozen(value) for key, value in data.items()}
    return tuple(_frozen(value) for value in data) if isinstance(data, list) else data


def _check(where: Where, spec: GuideSpec) -> None:
    """Refuse what the table as such cannot see."""
    _check_products(where.inside("guide, products"), spec.guide.products, guide_products())
    taken: dict[str, str] = {}
    for part in spec.part:
        here = where.inside(f"part {part.title.en!r}")
        if part.rows and any(len(row) != len(part.columns) for row in part.rows):
            raise here.inside("rows").wrong(f"a row has not {len(part.columns)} cells", "one for each of columns")
        if bool(part.columns) != bool(part.rows):
            raise here.wrong("columns and rows go together", "write both, or neither")
        if not (part.step or part.text or part.drawing or part.rows):
            raise here.wrong("there is nothing in it", "write a step, a text, a drawing or a table")
        for step in part.step:
            _check_step(here.inside(f"step {step.id!r}"), step, taken)
            taken[step.id] = part.title.en
    if not taken:
        raise where.wrong("it has no step", "write at least one [[part.step]]")
    if spec.guide.remind is not None and spec.guide.remind.step not in taken:
        here, wanted = where.inside("guide, remind"), spec.guide.remind.step
        raise here.wrong(f"there is no step {wanted!r}", nearest(wanted, list(taken), "name a step of this guide"))


def _check_products(where: Where, products: tuple[str, ...], known: Mapping[str, Label]) -> None:
    for name in products:
        if name not in known:
            listed = f"those of words/guide_products.toml are {', '.join(known)}"
            raise where.wrong(f"there is no product {name!r}", nearest(name, list(known), listed))
    if ALL in products and len(products) > 1:
        raise where.wrong("'all' stands beside others", "write 'all' alone, or name them")


def _check_step(where: Where, step: StepSpec, taken: Mapping[str, str]) -> None:
    if step.id in taken:
        raise where.wrong(f"the id stands in part {taken[step.id]!r}, too", "give each step its own")
    value = step.value
    if value is not None and value.min is not None and value.max is not None and value.min > value.max:
        raise where.inside("value").wrong(
            f"min {value.min:g} lies above max {value.max:g}", "write the lower one first"
        )


def _part(part: PartSpec) -> Part:
    rows = tuple(tuple(_text(cell) for cell in row) for row in part.rows)
    return Part(
        title=_text(part.title),
        steps=tuple(_step(step) for step in part.step),
        text=None if part.text is None else _text(part.text),
        drawing=part.drawing,
        table=Table(tuple(_text(cell) for cell in part.columns), rows) if rows else None,
    )


def _step(step: StepSpec) -> Step:
    return Step(
        id=step.id,
        text=_text(step.text),
        why=None if step.why is None else _text(step.why),
        when=None if step.when is None else _text(step.when),
        danger=step.danger,
        measured=None if step.value is None else Measured(_text(step.value.unit), step.value.min, step.value.max),
        wait_s=step.wait_s or 0,
    )


def _text(text: Bilingual) -> Text:
    return text.model_dump()

"""Switches of a profile: what a person writes behind its name, as in ``pylontech-can+v1.3``."""

from importlib.resources.abc import Traversable
from pathlib import Path

from wattstead.catalog.can_spec import switched
from wattstead.catalog.spec import ProfileSpec
from wattstead.catalog.where import nearest
from wattstead.model.errors import UsageError


def with_options(spec: ProfileSpec, options: str) -> ProfileSpec:
    """Give the profile with these switches on, + between them. Raises UsageError for one that it does not have."""
    for name in filter(None, options.split("+")):
        known = spec.link.can.options if spec.link.can else {}
        if spec.link.can is None or name not in known:
            has = f"its switches are {', '.join(known)}" if known else "it has no switches"
            raise UsageError(f"{spec.profile.name} has no switch {name!r}; {nearest(name, list(known), has)}")
        option = known[name]
        link = spec.link.model_copy(update={"can": switched(spec.link.can, option)})
        virtual = spec.virtual.model_copy(update={"says": {**spec.virtual.says, **option.says}})
        spec = spec.model_copy(update={"link": link, "virtual": virtual})
    return spec


def beside(file: Traversable) -> Traversable:
    """Give the folder of a file."""
    return Path(str(file)).parent

"""What all tables of a profile file have in common."""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from wattstead.catalog.where import nearest

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Byte = Annotated[int, Field(ge=0, le=0xFF)]
Sentence = Annotated[str, Field(min_length=1)]


def plain(value: object) -> object:
    """Refuse what is more than one value: a list, a table, a time."""
    if not isinstance(value, bool | int | float | str):
        raise PydanticCustomError("plain", "a number, a text or true or false", {})
    return value


Plain = Annotated[Any, BeforeValidator(plain)]
"""bool, int, float or str."""


class Spec(BaseModel):
    """No unknown keys and no silent conversion: a typing slip in a profile must not pass."""

    # A table is compiled when the first file with it is checked: most programs need few of them.
    model_config = ConfigDict(strict=True, frozen=True, allow_inf_nan=False, defer_build=True)

    @model_validator(mode="before")
    @classmethod
    def _known_keys(cls, data: object) -> object:
        keys = list(cls.model_fields)
        for key in data if isinstance(data, dict) else ():
            if key not in keys:
                remedy = nearest(str(key), keys, f"the keys here are {', '.join(keys)}")
                raise PydanticCustomError("key", "there is no key '{key}' here", {"key": key, "remedy": remedy})
        return data


class Bilingual(Spec):
    """One text for people, in both languages."""

    en: Sentence
    fr: Sentence

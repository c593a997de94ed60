"""What a profile does not do that all others do, each with its reason: rules for all profiles look here."""

from pydantic import Field

from wattstead.catalog.spec_base import Name, Sentence, Spec


class ReasonSpec(Spec):
    """Why, in both languages."""

    en: Sentence
    fr: Sentence


class NeverRaisedSpec(ReasonSpec):
    """Codes that a virtual device never raises by itself."""

    codes: tuple[Name, ...] = Field(min_length=1)


class ExceptionsSpec(Spec):
    """``[exceptions]``. never_recorded: why no bytes of such a device are among the captures. never_raised: codes."""

    never_recorded: ReasonSpec | None = None
    never_raised: tuple[NeverRaisedSpec, ...] = ()

    @property
    def dark(self) -> frozenset[str]:
        """All codes that a virtual device never raises by itself."""
        return frozenset(code for one in self.never_raised for code in one.codes)

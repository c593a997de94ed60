"""Numbers that choose the form of the word beside them, in the sentences of code and of ``words/``."""

from typing import Self


class Count(int):
    """A number of things: ``f"{Count(1):block|blocks}"`` is "1 block", and with 2 it is "2 blocks".

    Without a bar in the format it is the number alone. lang: French says 0 in the singular, English in the plural.
    """

    lang: str

    def __new__(cls, number: int, lang: str = "en") -> Self:
        made = super().__new__(cls, number)
        made.lang = lang
        return made

    def __format__(self, forms: str) -> str:
        one, bar, many = forms.partition("|")
        if not bar:
            return super().__format__(forms)
        single = abs(self) < 2 if self.lang == "fr" else abs(self) == 1
        return f"{int(self)} {one if single else many}"


def filled(text: str, lang: str, **values: object) -> str:
    """Fill the gaps of a sentence of ``words/``; whole numbers choose the form of the words beside them."""
    return text.format(**{name: Count(one, lang) if type(one) is int else one for name, one in values.items()})

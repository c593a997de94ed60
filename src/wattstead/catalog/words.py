"""What people read: labels of quantities and codes in English and French, from ``words/``."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from wattstead.model.code import Code, Severity
from wattstead.model.errors import ProfileError
from wattstead.model.quantity import QUANTITIES

LANGUAGES = ("en", "fr")
Label = Mapping[str, str]


def read_toml(file: Traversable) -> dict[str, object]:
    """Read a TOML file. Raises ProfileError with the line where it is broken."""
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ProfileError(file.name, "syntax", str(error), "correct the TOML there") from None
    except UnicodeDecodeError as error:
        raise ProfileError(file.name, f"byte {error.start}", "is no UTF-8 text", "save the file as UTF-8") from None
    except OSError as error:
        raise ProfileError(file.name, "file", f"cannot be read ({error.strerror})", "check the name") from None


@cache
def quantity_labels() -> Mapping[str, Label]:
    """Label of each quantity: {"soc_pct": {"en": "state of charge", "fr": "état de charge"}, …}."""
    file = files("wattstead") / "words" / "quantities.toml"
    table = read_toml(file)
    labels = {name: _label(file.name, name, table.get(name)) for name in QUANTITIES}
    if unknown := sorted(set(table) - set(QUANTITIES)):
        raise ProfileError(file.name, unknown[0], "is no quantity", "add it to model/quantity.py first")
    return labels


@cache
def state_labels() -> Mapping[str, Label]:
    """Label of each word that a state may say: {"charging": {"en": "charging", "fr": "en charge"}, …}."""
    return labels("states.toml")


@cache
def row_labels() -> Mapping[str, Label]:
    """Label of each row of the packs (presets): {"soc_alarm": {"en": "little charge is left", …}, …}."""
    return labels("rows.toml")


@cache
def terminal_words() -> Mapping[str, Label]:
    """What the command line says by itself."""
    return labels("terminal.toml")


@cache
def screen_words() -> Mapping[str, Label]:
    """What the pages in the terminal say by themselves."""
    return labels("screen.toml")


@cache
def record_words() -> Mapping[str, Label]:
    """What records of devices tell beside alarms: {"calibration": {"en": "calibrated", …}, …}."""
    return labels("records.toml")


def labels(name: str) -> dict[str, Label]:
    """Read a file of words. Raises ProfileError where one has no text in a language."""
    file = files("wattstead") / "words" / name
    return {word: _label(file.name, word, entry) for word, entry in read_toml(file).items()}


@cache
def codes(dialect: str) -> Mapping[str, Code]:
    """Codes of a dialect by name; empty where it has none."""
    file = files("wattstead") / "words" / "codes" / f"{dialect}.toml"
    if not file.is_file():
        return {}
    return {name: _code(file.name, dialect, name, entry) for name, entry in read_toml(file).items()}


def _code(file: str, dialect: str, name: str, entry: object) -> Code:
    severity = entry.get("severity") if isinstance(entry, dict) else None
    if severity not in set(Severity):
        raise ProfileError(file, name, f"severity is {severity!r}", f"say one of {', '.join(Severity)}")
    return Code(name, dialect, Severity(severity), _label(file, name, entry))


def _label(file: str, name: str, entry: object) -> Label:
    texts = {language: entry.get(language) for language in LANGUAGES} if isinstance(entry, dict) else {}
    label = {language: text for language, text in texts.items() if isinstance(text, str) and text.strip()}
    if len(label) < len(LANGUAGES):
        missing = " and ".join(language for language in LANGUAGES if language not in label)
        raise ProfileError(file, name, f"has no text in {missing}", "write en and fr in the same entry")
    return label

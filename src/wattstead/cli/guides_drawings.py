"""``wattstead guides drawings`` and ``--svg``: drawings by name, and as files."""

from collections.abc import Iterable
from pathlib import Path

from wattstead.catalog.drawing import draw, drawing_names, drawing_title
from wattstead.cli.guides_show import say
from wattstead.cli.show import as_json, said
from wattstead.model.errors import FileError, UsageError


def print_drawings(lang: str, *, json: bool) -> None:
    """List the drawings with what they show."""
    names = drawing_names()
    wide = max(map(len, names))
    for name in names:
        title = drawing_title(name, lang)
        print(as_json({"name": name, "title": title}) if json else f"{name:<{wide}}  {title}")


def write_all(folder: Path, lang: str) -> None:
    """Write every drawing as a file. Raises FileError."""
    write_drawings(drawing_names(), folder, lang)


def write_drawings(names: Iterable[str], folder: Path, lang: str) -> None:
    """Write drawings as files that stand alone, black on white. Raises FileError, UsageError."""
    wanted = list(names)
    if not wanted:
        raise UsageError("this guide has no drawing; `wattstead guides drawings` lists them all")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in wanted:
            (folder / f"{name}.{lang}.svg").write_text(draw(name, lang, paper=True), encoding="utf-8")
    except OSError as error:
        raise FileError(f"{folder}: {error.strerror}; name another folder with --svg") from None
    said(say("written", lang, file=f"{folder} ({len(wanted)} SVG)"))

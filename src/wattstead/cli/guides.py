"""``wattstead guides``: checklists for the person at the battery, with ticks that are kept."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from platformdirs import user_data_path

from wattstead.app.clock import now_ms
from wattstead.catalog.guides import guide_names, guide_products, load_guide
from wattstead.cli.guides_html import guide_html
from wattstead.cli.guides_show import due_of, print_guide, print_list, print_news, progress_plain, say, wrong_value
from wattstead.cli.options import Json, Lang, language
from wattstead.cli.show import as_json, said
from wattstead.model.errors import FileError, UsageError
from wattstead.model.guide import Guide, Progress, Step
from wattstead.model.guide_plain import guide_plain
from wattstead.plant.guide_keep import GuideKeeper, check_plant

Values = dict[str, float]
DRAWINGS = "drawings"
"""In the place of a guide: all drawings."""


def guides(
    name: Annotated[
        str | None, typer.Argument(help="One guide, a .toml file of one's own, or 'drawings'; without: all.")
    ] = None,
    tick: Annotated[
        list[str] | None, typer.Option("--tick", metavar="STEP", help="Done: number or id; several with commas.")
    ] = None,
    untick: Annotated[list[str] | None, typer.Option("--untick", metavar="STEP", help="Take a tick back.")] = None,
    value: Annotated[
        list[str] | None, typer.Option("--value", metavar="STEP=VALUE", help="What was measured; ticks it if right.")
    ] = None,
    plant: Annotated[str, typer.Option("--for", help="Which battery: a name of your own, such as 'cellar'.")] = "",
    since: Annotated[
        str | None, typer.Option("--since", metavar="DATE", help="Last full charge, for reminders: 2026-05-31.")
    ] = None,
    reset: Annotated[bool, typer.Option("--reset", help="Begin anew; what was ticked is put aside.")] = False,
    html: Annotated[Path | None, typer.Option("--html", help="Write the guide into one file to print or keep.")] = None,
    svg: Annotated[
        Path | None, typer.Option("--svg", metavar="FOLDER", help="Write the guide's drawings as files.")
    ] = None,
    data: Annotated[
        Path | None, typer.Option("--data", help="Folder of the ticks.", show_default="the user's data folder")
    ] = None,
    json: Json = False,
    lang: Lang = "en",
) -> None:
    """List the guides, or show one step by step: wiring, start, storage, transport, emergencies.

    Example: `wattstead guides storage-wall-6k5 --for cellar --tick 1,2 --value 11=53.1`

    Ticks are kept for each name given with --for, with their time. A step where something is measured is ticked by its
    value, and only if that is right. Exit status 1 when a value is not right, or a recharge is late.
    """
    keeper = GuideKeeper(data or user_data_path("wattstead") / "guides")
    check_plant(plant)
    if name is None:
        _refuse_alone(tick=tick, untick=untick, value=value, since=since, reset=reset, html=html, svg=svg)
        print_list(keeper, language(lang), json=json)
        return
    if name == DRAWINGS:
        _refuse_alone(tick=tick, untick=untick, value=value, since=since, reset=reset, html=html)
        _drawings(svg, language(lang), json=json)
        return
    guide = load_guide(name)
    if svg is not None:
        _write_drawings(guide, svg, language(lang))
    if html is not None:
        _write_html(guide, html, language(lang))
    if html is not None or svg is not None:
        return
    _one(guide, keeper, plant, tick or [], untick or [], value or [], since, language(lang), reset=reset, json=json)


def _refuse_alone(**options: object) -> None:
    given = [name for name, value in options.items() if value]
    if given:
        raise UsageError(f"--{given[0]} needs the name of a guide; `wattstead guides` lists them")


def _drawings(folder: Path | None, lang: str, *, json: bool) -> None:
    from wattstead.cli.guides_drawings import print_drawings, write_all  # few want them

    if folder is None:
        print_drawings(lang, json=json)
    else:
        write_all(folder, lang)


def _write_drawings(guide: Guide, folder: Path, lang: str) -> None:
    from wattstead.cli.guides_drawings import write_drawings

    write_drawings(guide.drawings, folder, lang)


def _write_html(guide: Guide, file: Path, lang: str) -> None:
    try:
        file.write_text(guide_html(guide, lang), encoding="utf-8")
    except OSError as error:
        raise FileError(f"{file}: {error.strerror}; name another file with --html") from None
    said(say("written", lang, file=file))


def _one(
    guide: Guide,
    keeper: GuideKeeper,
    plant: str,
    ticks: list[str],
    unticks: list[str],
    values: list[str],
    since: str | None,
    lang: str,
    *,
    reset: bool,
    json: bool,
) -> None:
    measured = _values(guide, values)
    done = _steps(guide, ticks) + [guide.step(id_) for id_ in measured]
    undone = _steps(guide, unticks)
    since_ms = _since(guide, since)
    changes = bool(done or undone or reset or since_ms is not None)
    aside = None
    wrong: list[str] = []
    if changes:
        with keeper.changing(plant) as held:
            if reset and guide.name in held:
                aside = keeper.put_aside(plant, now_ms())
                del held[guide.name]
            progress = held.get(guide.name, Progress())
            if since_ms is not None:
                progress = Progress(progress.ticks, since_ms)
            for step in undone:
                progress = progress.untick(step)
            progress, wrong = _tick(guide, progress, done, measured, lang)
            held[guide.name] = progress
    else:
        progress = keeper.get(plant, guide.name)
    if json:
        print(as_json({**guide_plain(guide, lang, guide_products()), **progress_plain(guide, progress, plant)}))
    elif changes and (done or undone or reset):
        print_news(guide, progress, [one for one in done if one.id in progress.ticks], undone, lang)
        if reset:
            key = "reset" if aside else "nothing_to_reset"
            said(say(key, lang, guide=guide.name, file=aside))
    else:
        print_guide(guide, progress, plant, lang)
    for one in wrong:
        said(f"wattstead: {one}")
    due = due_of(guide, progress)
    if wrong or (due is not None and due.late):
        raise typer.Exit(1)


def _tick(
    guide: Guide, progress: Progress, done: list[Step], measured: Values, lang: str
) -> tuple[Progress, list[str]]:
    """Tick all that can be; what is right is kept though another value is wrong. Gives what was wrong."""
    wrong = []
    for step in done:
        given = measured.get(step.id)
        if given is None and step.id in progress.ticks:
            continue  # ticked already
        if step.measured is not None and (given is None or not step.measured.fits(given)):
            wrong.append(wrong_value(guide, step, given, lang))
            # A value that was right once is no more, where another one was found.
            progress = progress if given is None else progress.untick(step)
        else:
            progress = progress.tick(guide, step, now_ms(), given)
    return progress, wrong


def _steps(guide: Guide, given: list[str]) -> list[Step]:
    parts = [part.strip() for one in given for part in one.split(",")]
    return [guide.step(part) for part in parts if part]


def _values(guide: Guide, given: list[str]) -> Values:
    found: Values = {}
    for one in given:
        name, sign, text = one.partition("=")
        try:
            number = float(text.strip().replace(",", "."))
        except ValueError:
            number = float("nan")
        if not sign or number != number or abs(number) == float("inf"):
            raise UsageError(f"--value {one!r} is no step with a value; write it as STEP=VALUE, such as 3=54.2")
        step = guide.step(name.strip())
        if step.measured is None:
            raise UsageError(f"guide {guide.name}, step {step.id}: nothing is measured there; use --tick {step.id}")
        found[step.id] = number
    return found


def _since(guide: Guide, text: str | None) -> int | None:
    if text is None:
        return None
    if guide.remind is None:
        reminding = [one for one in guide_names() if load_guide(one).remind]
        raise UsageError(f"guide {guide.name} reminds of nothing; --since goes with {' or '.join(reminding)}")
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"--since {text!r} is no date; write it as 2026-05-31") from None
    at_ms = round((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() * 1000)
    if at_ms > now_ms():
        raise UsageError(f"--since {text} lies ahead; give the day of the last full charge")
    return at_ms

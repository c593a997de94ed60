"""``wattstead explain``: what a code means and what to do, for a code, for words, or for a battery on a port."""

import re
from pathlib import Path
from typing import Annotated

import typer

from wattstead.catalog.advice import makes
from wattstead.catalog.advice_search import Found, How, find_codes
from wattstead.cli.explain_show import print_found
from wattstead.cli.options import Address, Baud, Json, Lang, Profile, Wake, language
from wattstead.model.errors import UsageError

_PORT = re.compile(r"(.*://.*|/.*|\\\\\.\\COM\d+|COM\d+)", re.IGNORECASE)


def explain(
    what: Annotated[
        list[str] | None,
        typer.Argument(help="Codes as printed, words such as 'cell overvoltage', or the port of a battery."),
    ] = None,
    profile: Profile = None,
    address: Address = None,
    baud: Baud = None,
    wake: Wake = True,
    data: Annotated[
        Path | None,
        typer.Option("--data", help="The store of `wattstead serve`: its file or folder, while it is not running."),
    ] = None,
    pack: Annotated[str, typer.Option("--pack", help="The name of the pack in the stored readings.")] = "",
    led: Annotated[
        str | None,
        typer.Option(
            "--led", help="What the lamps do, such as 'run=blink alm=on 1-3=on', or list for all that is known."
        ),
    ] = None,
    logger: Annotated[
        str | None, typer.Option("--logger", help="Lamps of a stick logger, NET,COM,READY: off, slow, fast, on or ?.")
    ] = None,
    dialect: Annotated[
        str | None, typer.Option("--dialect", help="Whose lamps, for --led and --state; all devices without it.")
    ] = None,
    state: Annotated[
        str | None, typer.Option("--state", help="Show how a state looks, such as 'charging 30' or no_router.")
    ] = None,
    json: Json = False,
    lang: Lang = "en",
) -> None:
    """Say what a code means: causes, checks with figures, what to do, who acts, how soon.

    Example: `wattstead explain F14`, `wattstead explain "cell overvoltage"`, `wattstead explain OTC -p pylontech`,
    `wattstead explain /dev/ttyUSB0 -p seplos-v2`, `wattstead explain --led "run=on alm=blink 1=blink"`

    Codes may be typed as they look: any case, O for 0, blanks, a letter amiss. With a port it reads the battery and
    shows for each active code the values and limits behind it, what will end it, and advice that fits them; --data
    with --pack adds since when. It only reads. Exit status 1 when a code is not known: the nearest ones are shown.
    --led says what lamps mean, --logger those of a stick logger, --state how a state looks.
    """
    words = what or []
    if led is not None or logger is not None or state is not None:
        from wattstead.cli.explain_lights import explain_lights

        pattern = led if led is None else " ".join([led, *words])  # a pattern typed without quotes
        explain_lights(pattern, logger, dialect or profile, state, json=json, lang=language(lang))
        return
    if dialect is not None:
        profile = profile or dialect
    if data is not None and not pack:
        raise UsageError("--data needs --pack, the name of the pack in the stored readings")
    if data is not None and data.is_dir():
        from wattstead.app.health import store_file  # few name a folder

        data = store_file(data)
    if data is not None and not data.is_file():  # opening would make an empty file
        raise UsageError(f"{data}: there is no such file; --data is the store of `wattstead serve`")
    if len(words) == 1 and _PORT.fullmatch(words[0]):
        from wattstead.cli.explain_reading import explain_port  # it talks to batteries; codes and words do not

        explain_port(words[0], profile, address, baud, data, pack, wake=wake, json=json, lang=language(lang))
        return
    if not words and data is not None:
        if profile is None:
            raise UsageError("--data needs --profile: stored readings do not name their codes")
        from wattstead.cli.explain_reading import explain_stored

        explain_stored(data, pack, profile, json=json, lang=language(lang))
        return
    if not any(word.strip() for word in words):
        raise UsageError("say a code (F14, OTC), words ('cell overvoltage'), or a port; `wattstead codes` lists codes")
    _explain_codes([word for word in words if word.strip()], profile, json=json, lang=language(lang))


def _explain_codes(words: list[str], profile: str | None, *, json: bool, lang: str) -> None:
    make = _make(profile)
    found = _look_up(words, make)
    for one in found:
        print_found(one, make, lang, json=json)
    if any(one.how is How.UNKNOWN for one in found):
        raise typer.Exit(1)


def _make(profile: str | None) -> str | None:
    """Give whose codes are asked for; a profile of one's own has those of none. Raises UsageError."""
    if profile is None or profile in makes():
        return profile
    from wattstead.catalog.profile import load_profile

    name = load_profile(profile).name
    if name not in makes():
        raise UsageError(f"{name} has no codes that are explained; leave --profile out to look in all makes")
    return name


def _look_up(words: list[str], make: str | None) -> list[Found]:
    """Several codes, or one that was written with blanks, or a sentence."""
    single = [find_codes(word, make) for word in words]
    if all(one.how in (How.EXACT, How.LOOK_ALIKE, How.MISPRINT) for one in single):
        return single
    return [find_codes(" ".join(words), make)]

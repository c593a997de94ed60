"""``wattstead explain --led``, ``--logger``, ``--state``: what lamps mean, and how a state looks."""

from collections.abc import Iterable, Sequence
from typing import Any

import typer
from rich.text import Text

from wattstead.catalog.advice_text import colon, semicolon
from wattstead.catalog.fronts import LOGGER, fronts_of
from wattstead.catalog.light_states import state_of
from wattstead.catalog.light_words import any_words, pattern_words, said_words
from wattstead.catalog.lights_plain import Answer, answer_plain, call_plain, front_plain, look_up
from wattstead.cli.explain_show import items, line, print_lines, section, who_text
from wattstead.cli.show import as_json, console
from wattstead.model.errors import UsageError
from wattstead.model.front import Front, FrontMatch, FrontState, Look
from wattstead.model.lamp import Lamp, Pattern, lamp_on

LIST = "list"
_SHOWN = 5  # states that are told in full
_NEAR = 6  # states that are named
_SIGNS = 32
_STEP_S = 0.25
_FINE_STEP_S = 0.1  # for lamps that blink faster than a quarter of a second shows


def explain_lights(
    led: str | None, logger: str | None, dialect: str | None, state: str | None, *, json: bool, lang: str
) -> None:
    """Answer what the options ask. Raises UsageError for what cannot be read, typer.Exit(1) where nothing fits."""
    if logger is not None:
        if led is not None or state is not None:
            raise UsageError("--logger is asked alone: it is --led for the lamps of a stick logger")
        led, dialect = _logger(logger), LOGGER
    if state is not None:
        _show_state(state, dialect, json=json, lang=lang)
    elif led is not None and led.strip().lower() == LIST:
        _show_all(fronts_of(dialect), json=json, lang=lang)
    else:
        _show_answers(look_up(led or "", dialect), json=json, lang=lang)


def _logger(text: str) -> str:
    """Take ``off,on,slow`` as NET, COM and READY; with names it is a pattern as any other."""
    if "=" in text or ":" in text:
        return text
    parts = [part.strip() for part in text.split(",")] if "," in text else text.split()
    names = ("net", "com", "ready")
    if len(parts) != len(names):
        raise UsageError(f"--logger {text!r} must say NET,COM,READY in this order, such as on,on,slow; ? for not seen")
    return " ".join(f"{name}={part}" for name, part in zip(names, parts, strict=True))


# --- lights to states


def _show_answers(answers: Sequence[Answer], *, json: bool, lang: str) -> None:
    found = [(answer, match) for answer in answers for match in answer.matches]
    exact = [(answer, match) for answer, match in found if match.exact]
    if json:
        print(as_json({"panels": [answer_plain(answer) for answer in answers]}))
    elif not found:
        line(said_words("nothing", lang), "bold")
        _print_alone(answers, lang)
    else:
        _print_found(answers, exact, found, lang)
    if not exact:
        raise typer.Exit(1)


def _print_found(
    answers: Sequence[Answer], exact: list[tuple[Answer, FrontMatch]], found: list[tuple[Answer, FrontMatch]], lang: str
) -> None:
    devices = list(dict.fromkeys(answer.front.name for answer, _ in exact))
    if len(devices) > 1:
        line(said_words("doubt_panels", lang, count=len(devices), names=", ".join(devices)), "yellow")
    elif len(exact) > 1:
        every = all(_all_seen(answer, match) for answer, match in exact)
        line(said_words("doubt_states" if every else "open_states", lang, count=len(exact)), "yellow")
    for answer, match in exact[:_SHOWN]:
        _print_match(answer.front, match, lang)
    if len(exact) > _SHOWN:
        line(said_words("more", lang, count=len(exact) - _SHOWN), "dim")
    near = [(a, match) for a, match in found if not match.exact and (not devices or a.front.name in devices)]
    if not exact:
        line(said_words("nearest", lang) + colon(lang), "bold")
        _print_match(near[0][0].front, near[0][1], lang)
        line("")
        _print_alone(answers, lang)
        near = near[1:]
    if near and len(exact) <= _SHOWN:
        line("")
        line(said_words("near", lang) + colon(lang), "bold")
        items([_near_text(answer.front, match, lang) for answer, match in near[:_NEAR]], numbered=False)


def _all_seen(answer: Answer, match: FrontMatch) -> bool:
    return all(answer.seen.get(name) is not None for name in match.look.lights)


def _print_alone(answers: Sequence[Answer], lang: str) -> None:
    """Say what each lamp tells by itself, where a document has words for it."""
    told = [
        f"{lamp.printed or lamp.name}{colon(lang)} {text[lang]}"
        for answer in answers
        for lamp, text in answer.front.says(answer.seen)
    ]
    if told:
        line(said_words("alone", lang) + colon(lang), "bold")
        items(told, numbered=False)


def _print_match(front: Front, match: FrontMatch, lang: str) -> None:
    _heading(front, match.state, lang)
    for doubt in _doubts(front, match, lang):
        line(doubt, "yellow")
    _print_lights(front, match.look, lang)
    _print_calls(front, match.state, lang)


def _heading(front: Front, state: FrontState, lang: str) -> None:
    title = state.title[lang]
    line("")
    print_lines([f"{title[:1].upper()}{title[1:]}  ({front.title[lang]})"], "bold")


def _doubts(front: Front, match: FrontMatch, lang: str) -> list[str]:
    found = []
    if match.differs:
        found.append(said_words("differs", lang, lamps=_named(front, match.differs)))
    if match.unsaid:
        found.append(said_words("unsaid", lang, lamps=_named(front, match.unsaid)))
    return found + ([said_words("assumed", lang)] if match.look.ours else [])


def _near_text(front: Front, match: FrontMatch, lang: str) -> str:
    doubts = f"{semicolon(lang)} ".join(_doubts(front, match, lang))
    return f"{match.state.title[lang]} ({front.title[lang]}){colon(lang)} {doubts}"


def _named(front: Front, names: Iterable[str]) -> str:
    return ", ".join(_label(front, lamp) for lamp in front.lamps if lamp.name in names)


def _label(front: Front, lamp: Lamp) -> str:
    """Give what stands beside a lamp, with its name where that is shared or no word."""
    alone = [one.printed for one in front.lamps].count(lamp.printed) == 1
    return lamp.printed if alone and len(lamp.printed) > 1 else f"{lamp.printed} {lamp.name}".strip()


def _print_calls(front: Front, state: FrontState, lang: str) -> None:
    for call in state.calls:
        advice = front.advice[call]
        line(advice.meaning[lang])
        line(who_text(advice, lang), "dim")
        section("causes", [one[lang] for one in advice.causes], lang)
        if codes := front.codes.get(call):
            line(said_words("codes", lang) + colon(lang), "bold")
            labels = dict.fromkeys(label[lang] for label in codes.values())
            items([f"{semicolon(lang)} ".join(labels)], numbered=False)
        section("check", [one[lang] for one in (*advice.own_check, *advice.check)], lang, numbered=False)
        section("do", [one[lang] for one in (*advice.own_do, *advice.do)], lang)


# --- states to lights


def _show_state(text: str, dialect: str | None, *, json: bool, lang: str) -> None:
    some, found, errors = fronts_of(dialect), [], []
    for front in some:
        try:
            found.append((front, state_of(front, text)))
        except UsageError as error:
            errors.append(error)
    if not found:
        raise (
            errors[0]
            if len(some) == 1
            else UsageError(
                f"no device has a state {text!r}; {errors[0]}; `wattstead explain --led {LIST}` shows all states"
            )
        )
    if json:
        print(as_json({"states": [_state_plain(front, state) for front, state in found]}))
        return
    for front, state in found:
        _heading(front, state, lang)
        _print_looks(front, state, lang)
        _print_calls(front, state, lang)


def _state_plain(front: Front, state: FrontState) -> dict[str, Any]:
    plain = next(one for one in front_plain(front)["states"] if one["name"] == state.name)
    return {"panel": front.name, **plain, "calls": [call_plain(front, name) for name in state.calls]}


def _show_all(some: Sequence[Front], *, json: bool, lang: str) -> None:
    if json:
        print(as_json({"panels": [front_plain(front) for front in some]}))
        return
    for front in some:
        print_lines(["", f"{front.title[lang]} ({front.name})"], "bold cyan")
        for state in front.states:
            line("")
            print_lines([f"{state.title[lang]}  [{state.name}]"], "bold")
            _print_looks(front, state, lang, legend=False)
        step = f"{_step_s(front):g}"
        line("")
        line(said_words("each", lang, step=step.replace(".", ",") if lang == "fr" else step), "dim")
        _section_of("keys", [f"{one.press[lang]}{colon(lang)} {one.does[lang]}" for one in front.keys], lang)
        _section_of("notes", [one[lang] for one in front.notes], lang)


def _section_of(key: str, texts: Sequence[str], lang: str) -> None:
    if texts:
        line(said_words(key, lang) + colon(lang), "bold")
        items(texts, numbered=False)


def _print_looks(front: Front, state: FrontState, lang: str, *, legend: bool = True) -> None:
    for place, look in enumerate(state.looks):
        doubt = f" ({said_words('assumed', lang)})" if look.ours else ""
        if place or doubt:
            line("  " + said_words("or", lang) + doubt if place else doubt.strip(), "dim")
        _print_lights(front, look, lang, legend=legend and place == len(state.looks) - 1)


def _print_lights(front: Front, look: Look, lang: str, *, legend: bool = True) -> None:
    """Draw what each lamp does over time."""
    step_s = _step_s(front)
    rows = []
    for lamp in front.lamps:
        pattern = look.lights.get(lamp.name)
        rows.append(
            (_label(front, lamp), lamp.colour, pattern, pattern_words(pattern, lang) if pattern else any_words(lang))
        )
    wide = max(len(row[0]) for row in rows)
    for label, colour, pattern, text in rows:
        drawn = _drawn(pattern, step_s) if pattern else "?"
        known = colour if colour in ("green", "blue", "red", "yellow", "white") else "yellow"
        row = Text.assemble(f"  {label:<{wide}}  ", (drawn, known), f"{'':<{_SIGNS - len(drawn)}}  {text}")
        console().print(row, soft_wrap=True)
    if legend and any(one is not None and one.text().startswith("blink") for one in look.lights.values()):
        step = f"{step_s:g}"
        line("  " + said_words("each", lang, step=step.replace(".", ",") if lang == "fr" else step), "dim")


def _step_s(front: Front) -> float:
    periods = [p.period_s for s in front.states for look in s.looks for p in look.lights.values() if p.period_s]
    return _FINE_STEP_S if min(periods, default=1.0) < 2 * _STEP_S else _STEP_S


def _drawn(pattern: Pattern, step_s: float) -> str:
    return "".join("#" if lamp_on(pattern, (at + 0.5) * step_s) else "." for at in range(_SIGNS))

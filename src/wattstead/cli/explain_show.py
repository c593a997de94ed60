"""How explanations look on a terminal and as JSON."""

from collections.abc import Iterable, Sequence
from textwrap import wrap

from rich.text import Text

from wattstead.catalog.advice import advice_of, is_typical, printed_codes, rows_of, title_of
from wattstead.catalog.advice_search import Found, How
from wattstead.catalog.advice_text import colon, finding_text, limit_text, phrase
from wattstead.catalog.code_index import codes_by_name
from wattstead.catalog.explained import Case, Explained
from wattstead.catalog.explained_plain import found_plain, now_line, reading_plain
from wattstead.cli.show import as_json, console
from wattstead.model.advice import Advice, Entry

_COLOURS = {"fault": "bold red", "protection": "red", "alarm": "yellow", "information": "cyan"}
_WIDTH = 110


def print_found(found: Found, make: str | None, lang: str, *, json: bool) -> None:
    """Print what a query means, or what is near it."""
    if json:
        print(as_json(found_plain(found)))
        return
    groups = _by_name(found.entries)
    if found.how is How.UNKNOWN:
        key = "vague" if found.vague else "unknown_here" if make else "unknown"
        line(f"{phrase('word', key, lang, query=repr(found.query), title=title_of(make or ''))}.", "bold")
    if found.say:
        line(found.say[lang], "bold")
    if found.how in (How.LOOK_ALIKE, How.MISPRINT):
        line(phrase("word", "taken_for", lang, code=found.entries[0].code), "dim")
    if len(groups) > 1:
        line(phrase("word", "several", lang, count=len(groups)), "yellow")
    for entries in groups:
        _print_group(entries, lang)
    if found.near:
        key = {How.UNKNOWN: "near", How.QUESTION: "question"}.get(found.how, "also")
        line(phrase("word", key, lang) + colon(lang))
        items([_neighbour(one, lang) for one in found.near], numbered=False)
    if found.how is How.QUESTION:
        line(phrase("word", "each", lang), "dim")


def _neighbour(entry: Entry, lang: str) -> str:
    """Write a code with whose it is; one that several makes have is nobody's own."""
    label = entry.label[lang].removeprefix(f"{entry.code} ")
    several = len({one.make for one in codes_by_name().get(entry.name, ())}) > 1 and not entry.listed
    return f"{entry.code}  {label}" if several else f"{entry.code}  {entry.title}{colon(lang)} {label}"


def _by_name(entries: Iterable[Entry]) -> list[list[Entry]]:
    groups: dict[str, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(entry.name, []).append(entry)
    return list(groups.values())


def _print_group(entries: Sequence[Entry], lang: str) -> None:
    """Print what all makes share once, then what each of them adds."""
    first = next((one for one in entries if not one.listed), entries[0])
    if len(entries) == 1:
        _heading(first, lang, title=first.title)
        _print_advice(first.advice, lang)
        _print_limits(entries, lang, named=False)
        return
    _heading(first, lang, title="")
    line(", ".join(dict.fromkeys(one.title for one in entries)), "dim")
    _print_advice(advice_of(first.name), lang)
    alike: dict[tuple[str, ...], list[Entry]] = {}
    bits = {one.make for one in entries if not one.listed}
    for entry in entries:
        if entry.listed and entry.make in bits:
            continue  # the same once more, under its short code
        alike.setdefault(tuple(_of_make(entry, lang)), []).append(entry)
    for same in alike.values():
        _print_limits(same, lang, named=True)


def _print_advice(advice: Advice, lang: str) -> None:
    line(advice.meaning[lang])
    line(who_text(advice, lang), "dim")
    section("causes", [one[lang] for one in advice.causes], lang)
    section("check", [one[lang] for one in (*advice.own_check, *advice.check)], lang, numbered=False)
    section("do", [one[lang] for one in (*advice.own_do, *advice.do)], lang)


def _of_make(entry: Entry, lang: str) -> list[str]:
    """Give what a make adds to what all share: limits, checks and steps of its own."""
    advice = entry.advice
    own = [one[lang] for one in (*advice.own_check, *advice.own_do)]
    return [*(limit_text(row, lang) for row in rows_of(entry)), *own, *([advice.note[lang]] if advice.note else [])]


def _print_limits(entries: Sequence[Entry], lang: str, *, named: bool) -> None:
    """Print what makes that are alike add. named: several are told, so that each group is headed by its makes."""
    first = entries[0]
    rows = [limit_text(row, lang) for row in rows_of(first)]
    note = [first.advice.note[lang]] if first.advice.note else []
    told = _of_make(first, lang) if named else [*rows, *note]
    if not told:
        return
    where = phrase("word", "typical" if is_typical(first.make) else "as_shipped", lang) if rows else ""
    title = ", ".join(dict.fromkeys(one.title for one in entries)) if named or not rows else ""
    line((colon(lang) + " ").join(filter(None, (title, where))) + colon(lang), "bold")
    items(told, numbered=False)


def _heading(entry: Entry, lang: str, *, title: str) -> None:
    severity = phrase("word", entry.severity.value, lang)
    label = entry.label[lang].removeprefix(f"{entry.code} ")
    coloured = (severity, _COLOURS[entry.severity.value])
    tail = f"  {label}" + (f"  ({title})" if title else "")
    console().print(Text.assemble((entry.code, "bold"), "  ", coloured, tail), soft_wrap=True)


def who_text(advice: Advice, lang: str) -> str:
    """Say who acts, what the risk is and how soon to act."""
    pairs = (
        ("who", advice.who.value),
        ("risk", f"risk_{advice.risk.value}"),
        ("urgency", f"urgency_{advice.urgency.value}"),
    )
    return "   ".join(
        f"{phrase('word', name, lang)}{colon(lang)} {phrase('word', value, lang)}" for name, value in pairs
    )


def section(name: str, texts: Sequence[str], lang: str, *, numbered: bool = True) -> None:
    """Print a heading with its texts; nothing where there are none."""
    if texts:
        line(phrase("word", name, lang) + colon(lang), "bold")
        items(texts, numbered=numbered and len(texts) > 1)


def items(texts: Sequence[str], *, numbered: bool) -> None:
    """Print texts one below the other, each in lines that the terminal holds."""
    width = min(console().width, _WIDTH)
    for number, text in enumerate(texts, 1):
        mark = f"  {number}. " if numbered else "  - "
        print_lines(
            wrap(
                text,
                width,
                initial_indent=mark,
                subsequent_indent=" " * len(mark),
                break_long_words=False,
                break_on_hyphens=False,
            )
        )


def line(text: str, style: str = "") -> None:
    """Print a sentence in lines that the terminal holds."""
    width = min(console().width, _WIDTH)
    print_lines(wrap(text, width, break_long_words=False, break_on_hyphens=False) or [""], style)


def print_lines(lines: Sequence[str], style: str = "") -> None:
    """Print lines that are as long as they are to be."""
    console().print(Text("\n".join(lines), style), soft_wrap=True)


def print_reading(found: Explained, address: int | None, lang: str, *, json: bool) -> None:
    """Print each active code with its evidence."""
    if json:
        print(as_json(reading_plain(found, address)))
        return
    line(found.profile.title[lang], "bold")
    if not found.told:
        line(phrase("word", "no_codes", lang), "yellow")
    elif not found.cases:
        line(phrase("word", "nothing", lang), "green")
    for case in found.cases:
        _print_case(case, lang)
    if found.states:
        line(phrase("word", "states", lang) + colon(lang), "bold")
        items([one.advice.meaning[lang] for one in found.states], numbered=False)


def _print_case(case: Case, lang: str) -> None:
    entry, evidence = case.entry, case.evidence
    advice = entry.advice
    line("")
    _heading(entry, lang, title=", ".join((*printed_codes(entry.make, evidence.rows), entry.title)))
    line(advice.meaning[lang])
    section(
        "evidence",
        [now_line(evidence, lang), *(finding_text(one, lang) for one in evidence.findings)],
        lang,
        numbered=False,
    )
    line(who_text(advice, lang), "dim")
    if not evidence.findings:
        section("causes", [one[lang] for one in advice.causes], lang)
    section("check", [one[lang] for one in (*advice.own_check, *advice.check)], lang, numbered=False)
    section("do", [one[lang] for one in (*advice.own_do, *advice.do)], lang)
    if evidence.rows:
        key = "read_from" if case.own_limits else "typical" if is_typical(entry.make) else "as_shipped"
        line(phrase("word", key, lang) + colon(lang), "bold")
        items([limit_text(row, lang) for row in evidence.rows], numbered=False)
    else:
        line(phrase("word", "ends_unknown", lang))
    if advice.note:
        line(advice.note[lang])

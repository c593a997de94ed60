"""What a console says in tables: a line of heads, then a row a module or a cell."""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from wattstead.model.errors import DecodeError, EncodeError
from wattstead.wire.family.console_form import (
    NUMBER,
    Column,
    Form,
    by_name,
    labels_of,
    number_in,
    text_of,
    value_of,
    with_rest,
)
from wattstead.wire.layout import Field, Record
from wattstead.wire.said import ABSENT, SaidPlaces

# A word is looked at from its beginning alone: from each of its characters on, a long line would take for ever.
_TOGETHER = re.compile(
    rb"(\d{2,4}-\d\d-\d\d) +(\d\d:\d\d:\d\d)|(?<!\d)(\d+) +(mAH)|(?<!\S)(\S+) +(State)(?= |$)"
    rb"|(?<!\S)(\d{1,3}%) +(\d+) +(m?WH)(?= |$)"
)
_GONE = b"Absent"


def read_table(form: Form, parts: Sequence[Any], lines: Sequence[bytes]) -> Record:
    """Read rows by the heads that stand above them. Raises DecodeError."""
    known = labels_of(form).heads
    first = form.columns[0].names[0]
    at = next((k for k, line in enumerate(lines) if first[:1] in line and _heads(line)[:1] == (first,)), None)
    if at is None:
        raise DecodeError(f"no line begins with {first.decode()}, the head of the table")
    heads = _heads(lines[at])
    columns = [known.get(head) for head in heads]
    told = [line for line in lines[at + 1 :] if line.lstrip()[:1].isdigit()]
    unknown = [line for line in lines[at + 1 :] if not line.lstrip()[:1].isdigit() and line.strip()]
    fields = by_name(parts)
    numbers = [number for line in lines[:at] if (number := number_in(form, fields, line)) is not None]
    if form.shape == "cells":
        words = _alike(columns, told, known)
        if words is None:
            rows = [_row(columns, _words(line), known) for line in told]
            words = {name: [row[name] for row in rows if name in row] for name in fields}
        return with_rest({**_cells(len(told), words, fields), **({NUMBER: numbers[0]} if numbers else {})}, unknown)
    rows = [_row(columns, _words(line), known) for line in told]
    (group,) = parts
    modules = [
        {name: value_of(fields[name], text) for name, text in row.items() if _GONE not in row.values()} for row in rows
    ]
    while modules and not modules[-1]:
        modules.pop()  # places where no module stands
    return with_rest({group.name: modules}, unknown)


@lru_cache(maxsize=32)
def _heads(line: bytes) -> tuple[bytes, ...]:
    return tuple(_words(line))


def _words(line: bytes) -> list[bytes]:
    return [word.replace(b"\0", b" ") for word in _joined(line).split()]


def _joined(line: bytes) -> bytes:
    """Keep together what has a blank inside: dates with their times, 44231 mAH, Base State."""
    return _TOGETHER.sub(lambda found: b"\0".join(group for group in found.groups() if group), line)


def _row(columns: Sequence[Column | None], words: list[bytes], known: Mapping[bytes, Column]) -> dict[str, bytes]:
    """Give what stands in one row by field."""
    places = _places(columns, words, known)
    return {name: _without(words[at], unit) if unit else words[at] for name, (at, unit) in places.items()}


def _without(word: bytes, unit: bytes) -> bytes:
    return word.removesuffix(unit).removesuffix(b"mAH").strip()


def _places(
    columns: Sequence[Column | None], words: Sequence[bytes], known: Mapping[bytes, Column]
) -> dict[str, tuple[int, bytes]]:
    """Give by field which word tells it, and the unit of it where it is known by its form.

    A share in per cent and a charge are known so: some firmwares have both under one head, or slip them into another
    column.
    """
    found: dict[str, tuple[int, bytes]] = {}
    share = next((k for k, word in enumerate(words) if word[-1:] == b"%" and _is_share(word)), None)
    charge = next((k for k, word in enumerate(words) if word[-3:] == b"mAH"), None)
    for column in known.values():
        if column.unit == b"%" and share is not None:
            found.setdefault(column.field, (share, b"%"))
        elif column.unit == b" mAH" and charge is not None:
            found.setdefault(column.field, (charge, b" mAH"))
    by_form = [words[at] for at in (share, charge) if at is not None]
    rest = iter([k for k, word in enumerate(words) if word not in by_form])
    for head in [column for column in columns if column is None or column.field not in found]:
        place = next(rest, None)
        if place is None:
            break
        if head is not None:
            found[head.field] = place, b""
    return found


def _is_share(word: bytes) -> bool:
    return word.endswith(b"%") and word[:-1].isdigit()


def _alike(
    columns: Sequence[Column | None], lines: Sequence[bytes], known: Mapping[bytes, Column]
) -> dict[str, Sequence[bytes]] | None:
    """Give the words of each field where all rows look alike, as they nearly always do; else None."""
    below = _columns(lines)
    if below is None:
        return None
    first = [column[0] for column in below]
    return {
        name: _all_without(below[at], unit) if unit else below[at]
        for name, (at, unit) in _places(columns, first, known).items()
    }


def _columns(lines: Sequence[bytes]) -> list[tuple[bytes, ...]] | None:
    """Give the words of rows column by column, where only charges have a blank inside; None for all others."""
    whole = b"".join(lines)
    text = whole.decode("latin-1")
    if not (text.isascii() and text.isprintable()) or b"State" in whole or b":" in whole or b"WH" in whole:
        return None
    rows = [line.split() for line in lines]
    if len({len(words) for words in rows}) != 1:
        return None
    below = list(zip(*rows, strict=True))
    firsts = [column[0] for column in below]
    if b"mAH" in firsts:
        at = firsts.index(b"mAH")
        if not at or set(below[at]) != {b"mAH"} or not all(word.isdigit() for word in set(below[at - 1])):
            return None
        below[at - 1 : at + 1] = [tuple([word + b" mAH" for word in below[at - 1]])]
    elif b" mAH" in whole:
        return None
    return below if _one_each(below, whole, b"%", _is_share) and _one_each(below, whole, b"mAH", _is_charge) else None


def _one_each(below: Sequence[Sequence[bytes]], whole: bytes, mark: bytes, is_it: Callable[[bytes], bool]) -> bool:
    """Whether no row has such a word, or each has one, in the same place, and the mark nowhere else."""
    count = whole.count(mark)
    if not count:
        return True
    places = [column for column in below if is_it(column[0])]
    return count == len(below[0]) and len(places) == 1 and all(map(is_it, set(places[0])))


def _is_charge(word: bytes) -> bool:
    return word.endswith(b"mAH")


def _all_without(words: Sequence[bytes], unit: bytes) -> list[bytes]:
    without = {word: _without(word, unit) for word in dict.fromkeys(words)}
    return [without[word] for word in words]


def _cells(count: int, words_of: Mapping[str, Sequence[bytes]], fields: Mapping[str, Field]) -> Record:
    """Give the record of so many rows. words_of: what the rows that have a field say in it."""
    record: Record = {}
    for name, field in fields.items():
        if name == NUMBER:
            continue
        if not isinstance(field.type, SaidPlaces) and field.repeat is None:
            record[name] = count
            continue
        words = words_of.get(name)
        if not words:
            continue
        if len(words) != count:
            raise DecodeError(f"{name}: {len(words)} of {count} rows have it")
        if isinstance(field.type, SaidPlaces):
            record[name] = field.type.read(b" ".join(words))
        else:
            values = {word: value_of(field, word) for word in dict.fromkeys(words)}  # many cells say the same
            record[name] = tuple(map(values.__getitem__, words))
    return record


def write_table(form: Form, parts: Sequence[Any], record: Mapping[str, Any]) -> list[bytes]:
    """Write the rows of all modules or cells."""
    printed = [column for column in form.columns if column.width >= 0]
    if form.shape == "cells":
        rows = cell_rows(printed, by_name(parts), record)
    else:
        rows = _module_rows(form, printed, parts, record)
    return [b"".join([_padded(word, one.width) for word, one in zip(row, printed, strict=True)]) for row in rows]


def _padded(word: bytes, width: int) -> bytes:
    """Give a value with blanks behind it; one that fills its column still gets one."""
    return word.ljust(width) if len(word) < width or not width else word + b" "


def _module_rows(
    form: Form, columns: Sequence[Column], parts: Sequence[Any], record: Mapping[str, Any]
) -> list[list[bytes]]:
    (group,) = parts
    modules, fields = record.get(group.name, None if form.rows else []), by_name(parts)
    if not isinstance(modules, list) or len(modules) > (form.rows or len(modules)):
        raise EncodeError(f"{group.name} is no list of up to {form.rows} modules")
    rows = []
    for number in range(1, (form.rows or len(modules)) + 1):
        module = modules[number - 1] if number <= len(modules) else {}
        if module:
            rows.append([_in_row(column, fields, {"slot": number, **module}) for column in columns])
        else:
            rows.append([_nobody(column, number) for column in columns])
    return rows


def _in_row(column: Column, fields: Mapping[str, Field], module: Mapping[str, Any]) -> bytes:
    field = fields[column.field]
    if field.optional and field.name not in module:
        return ABSENT
    return _with_unit(text_of(field, module), column)


def _with_unit(text: bytes, column: Column) -> bytes:
    return text if text == ABSENT else text + column.unit


def _nobody(column: Column, number: int) -> bytes:
    if column.field == "slot":
        return str(number).encode()
    return _GONE if column.field == "base_state" else ABSENT


def cell_rows(columns: Sequence[Column], fields: Mapping[str, Field], record: Mapping[str, Any]) -> list[list[bytes]]:
    """Give what stands in each row of a cell. Raises EncodeError."""
    lists = [one for name, one in record.items() if name in fields and fields[name].repeat is not None]
    count = max((len(one) for one in lists), default=0)
    writers = [_writer(column, fields[column.field], record, count) for column in columns]
    return [[write(k) for write in writers] for k in range(count)]


def _writer(column: Column, field: Field, record: Mapping[str, Any], count: int) -> Callable[[int], bytes]:
    if isinstance(field.type, SaidPlaces):
        places = record.get(field.name, ())
        return lambda k: b"Y" if k + 1 in places else b"N"
    values = record.get(field.name)
    if values is None and field.optional:
        return lambda _: ABSENT
    if not isinstance(values, list | tuple) or not 0 < len(values) <= count:
        raise EncodeError(f"{field.name} is no list of {count} values")
    try:
        each = [_with_unit(field.type.write(one), column) for one in values]
    except EncodeError as error:
        raise EncodeError(f"{field.name}: {error}") from None
    return lambda k: each[k * len(each) // count]  # a probe measures several cells

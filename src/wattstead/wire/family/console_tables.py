"""What a console says in tables: a line of heads, then a row a module or a cell."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from wattstead.model.errors import DecodeError, EncodeError
from wattstead.wire.family.console_form import NUMBER, Column, Form, by_name, number_in, text_of, value_of, with_rest
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
    known = {name: column for column in form.columns for name in column.names}
    at = next((k for k, line in enumerate(lines) if _heads(line)[:1] == [form.columns[0].names[0]]), None)
    if at is None:
        raise DecodeError(f"no line begins with {form.columns[0].names[0].decode()}, the head of the table")
    heads = _heads(lines[at])
    columns = [known.get(head) for head in heads]
    rows = [_row(columns, _words(line), known) for line in lines[at + 1 :] if line.lstrip()[:1].isdigit()]
    unknown = [line for line in lines[at + 1 :] if not line.lstrip()[:1].isdigit() and line.strip()]
    numbers = [number for line in lines[:at] if (number := number_in(form, line)) is not None]
    fields = by_name(parts)
    if form.shape == "cells":
        return with_rest({**_cells(rows, fields), **({NUMBER: numbers[0]} if numbers else {})}, unknown)
    (group,) = parts
    modules = [
        {name: value_of(fields[name], text) for name, text in row.items() if _GONE not in row.values()} for row in rows
    ]
    while modules and not modules[-1]:
        modules.pop()  # places where no module stands
    return with_rest({group.name: modules}, unknown)


def _heads(line: bytes) -> list[bytes]:
    return [word.replace(b"\0", b" ") for word in _joined(line).split()]


def _words(line: bytes) -> list[bytes]:
    return [word.replace(b"\0", b" ") for word in _joined(line).split()]


def _joined(line: bytes) -> bytes:
    """Keep together what has a blank inside: dates with their times, 44231 mAH, Base State."""
    return _TOGETHER.sub(lambda found: b"\0".join(group for group in found.groups() if group), line)


def _row(columns: Sequence[Column | None], words: list[bytes], known: Mapping[bytes, Column]) -> dict[str, bytes]:
    """Give what stands in one row by field.

    A share in per cent and a charge are known by their form: some firmwares have both under one head, or slip them into
    another column.
    """
    row: dict[str, bytes] = {}
    share = next((word for word in words if word.endswith(b"%") and word[:-1].isdigit()), None)
    charge = next((word for word in words if word.endswith(b"mAH")), None)
    by_form = [column for column in known.values() if column.unit in (b"%", b" mAH")]
    for column in by_form:
        word = share if column.unit == b"%" else charge
        if word is not None:
            row.setdefault(column.field, word.removesuffix(column.unit).removesuffix(b"mAH").strip())
    rest = iter([word for word in words if word not in (share, charge)])
    for head in [column for column in columns if column is None or column.field not in row]:
        word = next(rest, None)
        if word is None:
            break
        if head is not None:
            row[head.field] = word
    return row


def _cells(rows: Sequence[Mapping[str, bytes]], fields: Mapping[str, Field]) -> Record:
    record: Record = {}
    for name, field in fields.items():
        if name == NUMBER:
            continue
        if not isinstance(field.type, SaidPlaces) and field.repeat is None:
            record[name] = len(rows)  # the count of the rows
            continue
        words = [row[name] for row in rows if name in row]
        if not words:
            continue
        if len(words) != len(rows):
            raise DecodeError(f"{name}: {len(words)} of {len(rows)} rows have it")
        record[name] = (
            field.type.read(b" ".join(words))
            if isinstance(field.type, SaidPlaces)
            else tuple([value_of(field, word) for word in words])
        )
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

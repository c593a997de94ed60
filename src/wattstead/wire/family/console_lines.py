"""What a console says line by line: lists of labels, entries, values that end with a sharp, text for people."""

from collections.abc import Mapping, Sequence
from typing import Any

from wattstead.model.errors import DecodeError
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
from wattstead.wire.family.console_tables import cell_rows
from wattstead.wire.framing.console import PAGE_ENDS
from wattstead.wire.layout import Count, Field, Record

# Lists: a label, a colon, a value, its unit.


def read_list(form: Form, parts: Sequence[Any], lines: Sequence[bytes]) -> Record:
    """Read labels and their values. Raises DecodeError where no label is known."""
    fields, record, unknown = by_name(parts), Record(), []
    labels = labels_of(form)
    known, starts = labels.known, labels.starts
    for line in lines:
        if starts and line.strip().startswith(starts) and (number := number_in(form, fields, line)) is not None:
            record[NUMBER] = number
            continue
        label, colon, text = line.partition(b":")
        column = known.get(label.strip()) if colon else _first_words(line, known)
        if column is None:
            if line.strip() not in labels.alone and line.strip(b" -"):
                unknown.append(line)
            continue
        value = text.strip() if colon else line.split()[-1]
        if not value.endswith(column.unit):
            unknown.append(line)  # the same label with another unit: 360000000 mAS of some Pytes
            continue
        value = value.removesuffix(column.unit).strip() if column.unit else value
        record.setdefault(column.field, value_of(fields[column.field], value))
    if not record:
        raise DecodeError(f"no line begins with a label that {form.text.decode()} knows")
    return with_rest(record, unknown)


def _first_words(line: bytes, known: Mapping[bytes, Column]) -> Column | None:
    """Find the label of a line without a colon, such as the first one of the counters."""
    words = line.split()
    return known.get(b" ".join(words[:-1])) if len(words) > 1 else None


def write_list(form: Form, parts: Sequence[Any], record: Mapping[str, Any]) -> list[bytes]:
    """Write labels and their values."""
    fields, lines = by_name(parts), []
    for column in form.columns:
        field = fields[column.field]
        if field.optional and field.name not in record:
            continue
        text = text_of(field, record)
        padded = text.rjust(column.width) if form.right else text.ljust(column.width)
        label = column.names[0]
        if not label.endswith(b" "):
            label = label.ljust(form.label_width) + form.between
        lines.append(b" " * form.indent + label + padded + column.unit)
    return lines


def read_line(form: Form, parts: Sequence[Any], lines: Sequence[bytes]) -> Record:
    """Read the one value of a line. Raises DecodeError."""
    (column,), fields = form.columns, by_name(parts)
    if not lines:
        raise DecodeError(f"{column.field}: its line is missing")
    return with_rest({column.field: value_of(fields[column.field], lines[0].strip())}, list(lines[1:]))


# Entries: lists one after the other, each begins with the first label.


def read_entries(form: Form, parts: Sequence[Any], lines: Sequence[bytes]) -> Record:
    """Read lists that stand one after the other. Raises DecodeError."""
    (group,), entries = parts, []
    for line in lines:
        if line.partition(b":")[0].strip() == form.columns[0].names[0]:
            entries.append([line])
        elif entries:
            entries[-1].append(line)
        else:
            raise DecodeError(f"{group.name}: the first line does not begin with {form.columns[0].names[0].decode()}")
    return {group.name: [read_list(form, parts, entry) for entry in entries]}


# Text: lines for people, kept as they are.


def read_text(form: Form, parts: Sequence[Any], lines: Sequence[bytes]) -> Record:
    """Keep the lines."""
    (column,) = form.columns
    field = by_name(parts)[column.field]
    return {column.field: tuple([value_of(field, line.rstrip()) for line in lines])}


def write_entries(form: Form, parts: Sequence[Any], record: Mapping[str, Any]) -> list[bytes]:
    """Write the entries with an empty line behind each, and what stands at the end of each full page."""
    (group,) = parts
    lines: list[bytes] = []
    for place, one in enumerate(record.get(group.name, ()), 1):
        full = form.page and place % form.page == 0
        lines += [*write_list(form, parts, one), PAGE_ENDS if full else b""]
    return lines


def write_text(form: Form, parts: Sequence[Any], record: Mapping[str, Any]) -> list[bytes]:
    """Write the lines, or those that stand there where a device says no other."""
    (column,) = form.columns
    field, said = by_name(parts)[column.field], record.get(column.field)
    if said is None:
        return [*form.head, *form.foot]
    return [text_of(field, {field.name: line}) for line in said]


# Values that end with a sharp: a line of the pack, a line a cell, then one value a line.


def _split(form: Form, fields: Mapping[str, Field]) -> tuple[list[Column], list[Column], list[Column]]:
    """Give what stands before the cells, of each cell, and after them."""
    cells = [k for k, column in enumerate(form.columns) if fields[column.field].repeat is not None]
    first, last = cells[0], cells[-1] + 1
    return list(form.columns[:first]), list(form.columns[first:last]), list(form.columns[last:])


def read_sharp(form: Form, parts: Sequence[Any], lines: Sequence[bytes]) -> Record:
    """Read the lines of a pack. Raises DecodeError."""
    fields = by_name(parts)
    pack, cell, after = _split(form, fields)
    rows = [[word.strip() for word in line.split(b"#")[:-1]] for line in lines]
    count = len(rows) - 1 - len(after)
    wanted = [len(pack), *[len(cell)] * max(count, 0), *[1] * len(after)]
    if count < 0 or [len(row) for row in rows] != wanted:
        raise DecodeError(f"{len(lines)} lines of values with a sharp are no pack of cells")
    record: Record = {
        column.field: value_of(fields[column.field], text) for column, text in zip(pack, rows[0], strict=True)
    }
    for k, column in enumerate(cell):
        record[column.field] = tuple([value_of(fields[column.field], row[k]) for row in rows[1 : count + 1]])
    for column, row in zip(after, rows[count + 1 :], strict=True):
        record[column.field] = value_of(fields[column.field], row[0])
    counts = {field.repeat.field for field in fields.values() if isinstance(field.repeat, Count)}
    return {**dict.fromkeys(counts, count), **record}


def write_sharp(form: Form, parts: Sequence[Any], record: Mapping[str, Any]) -> list[bytes]:
    """Write the lines of a pack."""
    fields = by_name(parts)
    pack, cell, after = _split(form, fields)
    first = _sharp([text_of(fields[one.field], record) for one in pack], pack)
    rows = [_sharp(row, cell) for row in cell_rows(cell, fields, record)]
    return [first, *rows, *[text_of(fields[one.field], record) + b"#" for one in after]]


def _sharp(words: Sequence[bytes], columns: Sequence[Column]) -> bytes:
    return b"".join([(word + b"#").ljust(one.width) for word, one in zip(words, columns, strict=True)]).rstrip()

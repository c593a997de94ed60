"""The console family: a person's commands and the tables that answer them.

An answer begins with the echo of its command, so it says itself what it answers. Labels and columns differ between
firmwares: they are found by their names, wherever they stand; what nobody knows is kept as it came. An answer is
written as the firmware writes it whose labels and widths the profile has.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from wattstead.model.errors import DecodeError, EncodeError
from wattstead.wire.family.base import Family, No, Side
from wattstead.wire.field import Hex
from wattstead.wire.frame import Frame
from wattstead.wire.framing.console import ANSWER, COMMAND, PROMPT, ConsoleFramer
from wattstead.wire.layout import LEFT_OVER, Count, Field, Record, fields_of
from wattstead.wire.message import Message, Question
from wattstead.wire.said import ABSENT, SaidPlaces

NUMBER = "number"
"""The field that a # in a line of the head stands for."""

NOT_KNOWN = b"Unknown command '%s' - try 'help'"
"""What a US2000C says to a command that it does not know."""

NOT_DONE = b"Invalid command or fail to excute."
"""What a Pytes says to a command that it cannot follow, as recorded with its slip."""

ALL = 0xFF  # in a record: the command without a number asks for all modules
# A word is looked at from its beginning alone: from each of its characters on, a long line would take for ever.
_TOGETHER = re.compile(rb"(\d{2,4}-\d\d-\d\d) +(\d\d:\d\d:\d\d)|(?<!\d)(\d+) +(mAH)|(?<!\S)(\S+) +(State)(?= |$)")
_GONE = b"Absent"


@dataclass(frozen=True, slots=True)
class Column:
    """A label or the head of a column, and the field that it tells.

    names: the first is written, all are read. width: characters of the value, with the blanks behind it; below 0 it is
    read only. unit: what stands behind the value.
    """

    names: tuple[bytes, ...]
    field: str
    width: int = 0
    unit: bytes = b""


@dataclass(frozen=True, slots=True)
class Form:
    """How one message looks.

    text: the command. number: whether a module's number stands behind it: never, for all modules without one, perhaps,
    always. shape: a list of labels, such lists one after the other, a table with a row a module or a cell, one line,
    values that end with a sharp, lines of text. head, foot: lines that stand around it; # is the number of the module;
    of a text, what a device says that has no other. label_width: of a list; a label that ends with a blank stands as
    it is, without what is between. right: values stand at the right. rows: as many has a table of modules.
    """

    text: bytes
    number: Literal["none", "all", "optional", "always"]
    shape: Literal["list", "modules", "cells", "line", "entries", "sharp", "text"]
    columns: Sequence[Column]
    head: Sequence[bytes] = ()
    foot: Sequence[bytes] = ()
    indent: int = 0
    label_width: int = 16
    between: bytes = b": "
    right: bool = False
    rows: int = 16


class Console(Family):
    """forms: how each message looks, by its name."""

    is_text = True

    def __init__(self, device: str, messages: Sequence[Message], forms: Mapping[str, Form]) -> None:
        super().__init__(device, messages)
        self._forms = forms

    def _framer(self) -> ConsoleFramer:
        return ConsoleFramer()

    def side(self, frame: Frame, asked: Question | None = None) -> Side:
        return Side.REQUEST if frame.kind == COMMAND else Side.REPLY

    def refusal(self, frame: Frame, asked: Question | None = None) -> No | None:
        if frame.kind != ANSWER or frame.version == 0:
            return None
        lines = frame.payload.split(b"\n")[1:]
        said = b" ".join(lines).decode("ascii", "replace").strip()
        return No("unknown_command", said or "not completed")

    def asked(self, frame: Frame) -> Message | None:
        return self._find(frame.payload)

    def named(self, frame: Frame) -> Message | None:
        return self._find(frame.payload.partition(b"\n")[0])

    def asked_content(self, frame: Frame, message: Message) -> bytes:
        """Give the number as the one byte that a request's layout reads."""
        if self._forms[message.name].number == "all":
            return bytes((ALL,))
        words = frame.payload.split()
        return bytes((int(words[1]) & 0xFF,)) if len(words) == 2 and words[1].isdigit() else b""

    def content(self, frame: Frame, message: Message) -> bytes:
        return frame.payload.partition(b"\n")[2]

    def request(self, question: Question, content: bytes) -> Frame:
        return Frame(question.address, question.message.command, self._text(question, content), 0, COMMAND)

    def reply(self, question: Question, content: bytes) -> Frame:
        alone = self._forms[question.message.name].number == "optional" and question.address == 1
        # The echo is what was typed: who asked without a number asked the module at the plug.
        unnumbered = alone and "module" not in question.record
        text = self._text(question, b"" if unnumbered else bytes((question.address & 0xFF,)))
        return Frame(question.address, question.message.command, text + b"\n" + content, 0, ANSWER)

    def refuse(self, address: int, reason: str, heard: Frame | None = None) -> Frame | None:
        """An empty line gets a new prompt, a word that nobody knows a sentence."""
        if heard is None:
            return None
        if not heard.payload:
            return Frame(address, 0, b"", 0, PROMPT)
        first = heard.payload.split()[0]
        no = NOT_DONE if self._find(heard.payload) or self._is_command(first) else NOT_KNOWN % first
        return Frame(address, 0, heard.payload + b"\n" + no, 1, ANSWER)

    def read(self, message: Message, content: bytes, *, longer: bool = False) -> Record:
        form = self._forms[message.name]
        lines = [line for line in content.split(b"\n") if line.strip()]
        match form.shape:
            case "list":
                return _read_list(form, message.reply, lines)
            case "line":
                return _read_line(form, message.reply, lines)
            case "entries":
                return _read_entries(form, message.reply, lines)
            case "sharp":
                return _read_sharp(form, message.reply, lines)
            case "text":
                return _read_text(form, message.reply, lines)
        return _read_table(form, message.reply, lines)

    def write(self, message: Message, record: Mapping[str, Any]) -> bytes:
        form = self._forms[message.name]
        match form.shape:
            case "list":
                lines = _write_list(form, message.reply, record)
            case "line":
                (column,) = form.columns
                lines = [column.names[0] + b" " + _said(_fields(message.reply)[column.field], record)]
            case "entries":
                (group,) = message.reply
                lines = [line for one in record.get(group.name, ()) for line in _write_list(form, message.reply, one)]
            case "sharp":
                lines = _write_sharp(form, message.reply, record)
            case "text":
                return b"\n".join(_write_text(form, message.reply, record))
            case _:
                lines = _write_table(form, message.reply, record)
        number = str(record.get(NUMBER, "")).encode()
        return b"\n".join([*[line.replace(b"#", number) for line in form.head], *lines, *form.foot])

    def number(self, command: int) -> str:
        message = self._by_command.get(command)
        return f"'{self._forms[message.name].text.decode()}'" if message else "of this console"

    def _find(self, command: bytes) -> Message | None:
        words = command.split()
        numbered = len(words) == 2 and words[1].isdigit()
        if not words or len(words) > 1 + numbered:
            return None
        fits = ("optional", "always") if numbered else ("none", "all", "optional")
        for message in self.messages:
            form = self._forms[message.name]
            if form.text == words[0] and form.number in fits:
                return message
        return None

    def _is_command(self, word: bytes) -> bool:
        return any(form.text == word for form in self._forms.values())

    def _text(self, question: Question, content: bytes) -> bytes:
        form = self._forms[question.message.name]
        if form.number in ("none", "all") or not content:
            return form.text
        return form.text + b" %d" % content[0]


def _fields(parts: Sequence[Any]) -> dict[str, Field]:
    """Fields by name, those of the modules of a table included."""
    return {one.name: one for one in fields_of(parts)}


def _value(field: Field, data: bytes) -> Any:
    try:
        return field.type.read(data)
    except DecodeError as error:
        raise DecodeError(f"{field.name}: {error}") from None


def _said(field: Field, record: Mapping[str, Any]) -> bytes:
    if field.name not in record:
        raise EncodeError(f"{field.name} is missing")
    try:
        return field.type.write(record[field.name])
    except EncodeError as error:
        raise EncodeError(f"{field.name}: {error}") from None


# Lists: a label, a colon, a value, its unit.


def _read_list(form: Form, parts: Sequence[Any], lines: Sequence[bytes]) -> Record:
    fields, record, unknown = _fields(parts), Record(), []
    known = {name.strip(b" :"): column for column in form.columns for name in column.names}
    alone = {line.strip() for line in (*form.head, *form.foot)}
    for line in lines:
        if (number := _number(form, line)) is not None:
            record[NUMBER] = number
            continue
        label, colon, text = line.partition(b":")
        column = known.get(label.strip()) if colon else _first_words(line, known)
        if column is None:
            if line.strip() not in alone and line.strip(b" -"):
                unknown.append(line)
            continue
        value = text.strip() if colon else line.split()[-1]
        if not value.endswith(column.unit):
            unknown.append(line)  # the same label with another unit: 360000000 mAS of some Pytes
            continue
        value = value.removesuffix(column.unit).strip() if column.unit else value
        record.setdefault(column.field, _value(fields[column.field], value))
    if not record:
        raise DecodeError(f"no line begins with a label that {form.text.decode()} knows")
    return _with_rest(record, unknown)


def _number(form: Form, line: bytes) -> int | None:
    """Find the number of the module in a line that stands around the values."""
    for head in form.head:
        before, mark, after = head.strip().partition(b"#")
        found = line.strip()[len(before) :].removesuffix(after) if mark and line.strip().startswith(before) else b""
        if found.isdigit():
            return int(found)
    return None


def _first_words(line: bytes, known: Mapping[bytes, Column]) -> Column | None:
    """Find the label of a line without a colon, such as the first one of the counters."""
    words = line.split()
    return known.get(b" ".join(words[:-1])) if len(words) > 1 else None


def _write_list(form: Form, parts: Sequence[Any], record: Mapping[str, Any]) -> list[bytes]:
    fields, lines = _fields(parts), []
    for column in form.columns:
        field = fields[column.field]
        if field.optional and field.name not in record:
            continue
        text = _said(field, record)
        padded = text.rjust(column.width) if form.right else text.ljust(column.width)
        label = column.names[0]
        if not label.endswith(b" "):
            label = label.ljust(form.label_width) + form.between
        lines.append(b" " * form.indent + label + padded + column.unit)
    return lines


def _read_line(form: Form, parts: Sequence[Any], lines: Sequence[bytes]) -> Record:
    (column,), fields = form.columns, _fields(parts)
    if not lines:
        raise DecodeError(f"{column.field}: its line is missing")
    return _with_rest({column.field: _value(fields[column.field], lines[0].strip())}, list(lines[1:]))


# Entries: lists one after the other, each begins with the first label.


def _read_entries(form: Form, parts: Sequence[Any], lines: Sequence[bytes]) -> Record:
    (group,), entries = parts, []
    for line in lines:
        if line.partition(b":")[0].strip() == form.columns[0].names[0]:
            entries.append([line])
        elif entries:
            entries[-1].append(line)
        else:
            raise DecodeError(f"{group.name}: the first line does not begin with {form.columns[0].names[0].decode()}")
    return {group.name: [_read_list(form, parts, entry) for entry in entries]}


# Text: lines for people, kept as they are.


def _read_text(form: Form, parts: Sequence[Any], lines: Sequence[bytes]) -> Record:
    (column,) = form.columns
    field = _fields(parts)[column.field]
    return {column.field: tuple([_value(field, line.rstrip()) for line in lines])}


def _write_text(form: Form, parts: Sequence[Any], record: Mapping[str, Any]) -> list[bytes]:
    (column,) = form.columns
    field, said = _fields(parts)[column.field], record.get(column.field)
    if said is None:
        return [*form.head, *form.foot]
    return [_said(field, {field.name: line}) for line in said]


# Values that end with a sharp: a line of the pack, a line a cell, then one value a line.


def _split(form: Form, fields: Mapping[str, Field]) -> tuple[list[Column], list[Column], list[Column]]:
    """Give what stands before the cells, of each cell, and after them."""
    cells = [k for k, column in enumerate(form.columns) if fields[column.field].repeat is not None]
    first, last = cells[0], cells[-1] + 1
    return list(form.columns[:first]), list(form.columns[first:last]), list(form.columns[last:])


def _read_sharp(form: Form, parts: Sequence[Any], lines: Sequence[bytes]) -> Record:
    fields = _fields(parts)
    pack, cell, after = _split(form, fields)
    rows = [[word.strip() for word in line.split(b"#")[:-1]] for line in lines]
    count = len(rows) - 1 - len(after)
    wanted = [len(pack), *[len(cell)] * max(count, 0), *[1] * len(after)]
    if count < 0 or [len(row) for row in rows] != wanted:
        raise DecodeError(f"{len(lines)} lines of values with a sharp are no pack of cells")
    record: Record = {
        column.field: _value(fields[column.field], text) for column, text in zip(pack, rows[0], strict=True)
    }
    for k, column in enumerate(cell):
        record[column.field] = tuple([_value(fields[column.field], row[k]) for row in rows[1 : count + 1]])
    for column, row in zip(after, rows[count + 1 :], strict=True):
        record[column.field] = _value(fields[column.field], row[0])
    counts = {field.repeat.field for field in fields.values() if isinstance(field.repeat, Count)}
    return {**dict.fromkeys(counts, count), **record}


def _write_sharp(form: Form, parts: Sequence[Any], record: Mapping[str, Any]) -> list[bytes]:
    fields = _fields(parts)
    pack, cell, after = _split(form, fields)
    first = _sharp([_said(fields[one.field], record) for one in pack], pack)
    rows = [_sharp(row, cell) for row in _cell_rows(cell, fields, record)]
    return [first, *rows, *[_said(fields[one.field], record) + b"#" for one in after]]


def _sharp(words: Sequence[bytes], columns: Sequence[Column]) -> bytes:
    return b"".join([(word + b"#").ljust(one.width) for word, one in zip(words, columns, strict=True)]).rstrip()


# Tables: a line of heads, then a row a module or a cell.


def _read_table(form: Form, parts: Sequence[Any], lines: Sequence[bytes]) -> Record:
    known = {name: column for column in form.columns for name in column.names}
    at = next((k for k, line in enumerate(lines) if _heads(line)[:1] == [form.columns[0].names[0]]), None)
    if at is None:
        raise DecodeError(f"no line begins with {form.columns[0].names[0].decode()}, the head of the table")
    heads = _heads(lines[at])
    columns = [known.get(head) for head in heads]
    rows = [_row(columns, _words(line), known) for line in lines[at + 1 :] if line.lstrip()[:1].isdigit()]
    unknown = [line for line in lines[at + 1 :] if not line.lstrip()[:1].isdigit() and line.strip()]
    numbers = [number for line in lines[:at] if (number := _number(form, line)) is not None]
    fields = _fields(parts)
    if form.shape == "cells":
        return _with_rest({**_cells(rows, fields), **({NUMBER: numbers[0]} if numbers else {})}, unknown)
    (group,) = parts
    modules = [
        {name: _value(fields[name], text) for name, text in row.items() if _GONE not in row.values()} for row in rows
    ]
    while modules and not modules[-1]:
        modules.pop()  # places where no module stands
    return _with_rest({group.name: modules}, unknown)


def _module(row: Mapping[str, bytes], fields: Mapping[str, Field]) -> Record:
    """Give the record of one module; nothing where none stands."""
    return {} if _GONE in row.values() else {name: _value(fields[name], text) for name, text in row.items()}


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
            else tuple([_value(field, word) for word in words])
        )
    return record


def _write_table(form: Form, parts: Sequence[Any], record: Mapping[str, Any]) -> list[bytes]:
    printed = [column for column in form.columns if column.width >= 0]
    if form.shape == "cells":
        rows = _cell_rows(printed, _fields(parts), record)
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
    modules, fields = record.get(group.name), _fields(parts)
    if not isinstance(modules, list) or len(modules) > form.rows:
        raise EncodeError(f"{group.name} is no list of up to {form.rows} modules")
    rows = []
    for number in range(1, form.rows + 1):
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
    return _with_unit(_said(field, module), column)


def _with_unit(text: bytes, column: Column) -> bytes:
    return text if text == ABSENT else text + column.unit


def _nobody(column: Column, number: int) -> bytes:
    if column.field == "slot":
        return str(number).encode()
    return _GONE if column.field == "base_state" else ABSENT


def _cell_rows(columns: Sequence[Column], fields: Mapping[str, Field], record: Mapping[str, Any]) -> list[list[bytes]]:
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


def _with_rest(record: Record, unknown: Sequence[bytes]) -> Record:
    if unknown:
        record[LEFT_OVER] = Hex().read(b"\n" + b"\n".join(unknown))
    return record

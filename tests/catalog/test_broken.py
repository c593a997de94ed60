"""Each slip in a profile gives one clear sentence: file, place, what is wrong, what would be right."""

from pathlib import Path

import pytest

from tiny_profile import ASK, HEAD, profile, replying
from wattstead.catalog.profile import load_profile
from wattstead.model.errors import ProfileError, UsageError

ALL_TYPES = "u8, u16, u24, u32, i8, i16, i24, i32, text, dotted, hex, time, word, bits, positions"


def sentence(folder: Path, text: str) -> str:
    with pytest.raises(ProfileError) as error:
        profile(folder, text)
    return str(error.value).removeprefix("tiny.toml, ")


@pytest.mark.parametrize(
    ("right", "wrong", "wanted"),
    [
        ("[profile]", "[profile", "syntax: "),
        ('make = "Tiny"\n', "", "profile: make is missing; add it"),
        (', fr = "Petite batterie"', "", "profile, title: fr is missing; write en and fr in the same entry"),
        ('"Petite batterie"', '""', "profile, title, fr: it is empty; write a text"),
        ("make =", "maker =", "profile: there is no key 'maker' here; did you mean 'make'?"),
        (
            '"tiny"',
            '"Tiny One"',
            "profile, name: 'Tiny One' stands there; write a name of lower-case letters, digits and -",
        ),
        ("[9600]", "9600", "link, baud: 9600 stands there; write a list [ … ]"),
        ("[9600]", '[9600, "high"]', "link, baud, number 2: 'high' stands there; write a whole number"),
        ("[9600]", "[]", "link, baud: it is empty; write at least one"),
        ('"ascii_hex"', '"smoke"', "link, framing: 'smoke' stands there; write '"),
        ("0x46", "0x146", "link, ascii_hex, kind: 326 stands there; write a number up to 255"),
        ('probe = "ask"', 'probe = "aks"', "link, probe: there is no message 'aks'; "),
        ("refuse_noise = true", 'refuse_noise = "yes"', "link, refuse_noise: 'yes' stands there; write true or false"),
        ("first = 0", "first = 16", "link, addresses: first 16 lies above last 15; swap them"),
        ("usual = [0]", "usual = [16]", "link, addresses: 16 lies outside; stay within first 0 and last 15"),
        ("ok = 0x00", "fine = 0x00", "status: no return code is called ok; say which one means that all went well"),
        ("0x05", "0x00", "status: ok and format_error are both 00; give each return code one name"),
        ("0x05", "0x42", "status: format_error = 42 is the command of message 'ask', too; "),
        ("[status]", "[statusses]", "file: there is no key 'statusses' here; did you mean 'status'?"),
        ("[virtual]", "[[virtual]]", "virtual: a list stands there; write a table { … }"),
    ],
)
def test_heads_of_a_profile(tmp_path: Path, right: str, wrong: str, wanted: str) -> None:
    assert right in HEAD
    assert sentence(tmp_path, HEAD.replace(right, wrong) + ASK).startswith(wanted)


@pytest.mark.parametrize(
    ("messages", "wanted"),
    [
        ("", "file: message is missing; add it"),
        (ASK + ASK, "message 'ask': 'ask' stands twice; message 'ask' has this name, too: give each its own"),
        (ASK + ASK.replace('"ask"', '"b"'), "message 'b': command 42H stands twice; message 'ask' has it, too"),
        (
            f'{ASK} aliases = ["b"]\n' + ASK.replace('"ask"', '"b"').replace("42", "43"),
            "message 'b': 'b' stands twice; message 'ask' has this name, too",
        ),
        (f'{ASK} poll = "often"', "message 'ask', poll: 'often' stands there; write 'values', 'alarms', 'identity', "),
        (f'{ASK} poll = "never"', "link, probe: 'ask' writes; name a message that only reads"),
        (ASK.replace("0x42", '"42"'), "message 'ask', command: '42' stands there; write a whole number"),
        (ASK.replace('name = "ask"', ""), "message number 1: name is missing; add it"),
        (f'{ASK} reply = "row"', "message 'ask', reply: there is no layout 'row'; write the fields, or add it under"),
        (f"{ASK} reply = 5", "message 'ask', reply: 5 stands there; write a list [ … ]"),
        (f"{ASK} reply = [5]", "message 'ask', reply, field number 1: 5 stands there; write a table { … }"),
    ],
)
def test_messages(tmp_path: Path, messages: str, wanted: str) -> None:
    assert sentence(tmp_path, HEAD + messages).startswith(wanted)


@pytest.mark.parametrize(
    ("field", "wanted"),
    [
        ('name = "x"', "type is missing; add it"),
        ('name = "x", type = "u9"', f"there is no type 'u9'; type is one of {ALL_TYPES}"),
        ('name = "x", type = "txt"', "there is no type 'txt'; did you mean 'text'?"),
        ('name = "x", type = "u8", scael = 2', "there is no key 'scael' here; did you mean 'scale'?"),
        ('name = "x", type = "u8", scale = 0', "scale is 0; "),
        (
            'name = "x", type = "text", size = 3, scale = 0.1',
            "scale means nothing to a text; take it away: its keys are",
        ),
        ('name = "x", type = "time", size = 5', "a time of 5 bytes; write size = 7, or 6 for a year of one byte"),
        ('name = "x", type = "time", scale = 2', "scale means nothing to a time; take it away: its keys are size"),
        ('name = "x", type = "text"', "a text needs its size; add size = number of bytes"),
        ('name = "x", type = "u8", absent = 256', "absent = 256 does not fit 1 byte; "),
        ('name = "x", type = "word"', "a word needs its names; "),
        ('name = "x", type = "word", names = { on = "1" }', "'on' in names is no number; "),
        ('name = "x", type = "word", names = { "1" = "a", "0x01" = "b" }', "0x01 = 'b' in names stands twice; "),
        ('name = "x", type = "word", names = { "1" = "a", "2" = "a" }', "2 = 'a' in names stands twice; "),
        ('name = "x", type = "word", names = { "256" = "on" }', "256 in names does not fit 1 byte; "),
        ('name = "x", type = "bits", bits = ["heater_on", "heater_on"]', "bit 'heater_on' stands twice; "),
        ('name = "x", type = "bits", bits = ["mystery"]', "bit 'mystery' is no flag, no setting and no code; "),
        ('name = "x", type = "bits", bits = ["","","","","","","","",""]', "9 bits do not fit 1 byte; "),
        ('name = "x", type = "u8", quantity = "soc"', "there is no quantity 'soc'; did you mean 'soc_pct'?"),
        ('name = "x", type = "u8", quantity = "zest"', "there is no quantity 'zest'; see `wattstead quantities`"),
        ('name = "device_name", type = "u8"', "u8 cannot tell device_name, which is a text; use another type"),
        ('name = "x", type = "u8", fill = "adress"', "there is no rule 'adress'; did you mean 'address'?"),
        ('name = "x", type = "u8", fill = "address", default = 1', "has both fill and default; "),
        ('name = "x", type = "u8", default = 300', "default: 300 does not fit; the wire carries 0 to 255; "),
        (
            'name = "x", type = "u8", repeat = { count = "n" }',
            "'n' is not read before it; count a field that stands earlier",
        ),
        ('name = "x", type = "hex", repeat = 2', "repeats bytes without a size; "),
        ('name = "x", type = "u8", when = { field = "y", equals = 1 }', "'y' is not read before it; name a field that"),
        (
            'name = "x", type = "u8", absent = 255, absent_when = { field = "y", equals = 1 }',
            "no whole number 'y' stands",
        ),
    ],
)
def test_a_field(tmp_path: Path, field: str, wanted: str) -> None:
    text = sentence(tmp_path, f"{HEAD}{ASK}reply = [{{ {field} }}]")
    name = "device_name" if "device_name" in field else "x"
    assert text.startswith(f"message 'ask', reply, field '{name}': {wanted}")


@pytest.mark.parametrize(
    ("field", "wanted"),
    [
        ('scale = "two"', "scale: 'two' stands there; write a number"),
        ("scale = inf", "scale: inf stands there; write a finite number"),
        ('pad = "ab"', "pad: 'ab' stands there; write a text of 1 character"),
        ('order = "middle"', "order: 'middle' stands there; write 'big' or 'little'"),
        ("default = { a = 1 }", "default: a table stands there; write a number, a text or true or false"),
        ('repeat = "all"', "repeat: 'all' stands there; write a number, 'rest', or the field that counts"),
        ("repeat = 0", "repeat: 0 stands there; write a number from 1 up"),
        ('repeat = { cuont = "n" }', "repeat: there is no key 'cuont' here; did you mean 'count'?"),
        ('repeat = { count = "n", times = 0 }', "repeat, times: 0 stands there; write a number from 1 up"),
        ('when = { field = "n" }', "when: a table stands there; write a condition with equals, or with at_least and"),
        (
            'when = { field = "n", equals = 1, at_most = 2 }',
            "when: a table stands there; write a condition with either",
        ),
        ('quantity = "Bad Name"', "quantity: 'Bad Name' stands there; write "),
    ],
)
def test_a_key_of_a_field(tmp_path: Path, field: str, wanted: str) -> None:
    text = sentence(tmp_path, f'{HEAD}{ASK}reply = [{{ name = "x", type = "u8", {field} }}]')
    assert text.startswith(f"message 'ask', reply, field 'x', {wanted}")


N = '{ name = "n", type = "u8" }, '


@pytest.mark.parametrize(
    ("reply", "wanted"),
    [
        ('{ type = "u8" }', "field number 1: name is missing; add it"),
        ('{ name = "x", type = "u8" }, { name = "x", type = "u8" }', "field 'x': stands twice; give each its own name"),
        (
            '{ name = "x", type = "hex" }, { name = "y", type = "u8" }',
            "field 'y': nothing is left after 'x', which takes",
        ),
        (
            '{ name = "x", type = "u8", repeat = "rest" }, { name = "y", type = "u8" }',
            "field 'y': nothing is left after",
        ),
        (
            '{ name = "n", type = "u8", scale = 0.1 }, { name = "x", type = "u8", repeat = { count = "n" } }',
            "field 'x': 'n' is no whole number; count a field such as u8 without scale",
        ),
        (
            '{ name = "n", type = "text", size = 1 }, { name = "x", type = "u8", when = { field = "n", equals = 1 } }',
            "field 'x': 'n' is no whole number; look at a field such as u8 without scale, or at bits",
        ),
        (N + '{ name = "x", type = "u8", absent_when = { field = "n", equals = 1 } }', "field 'x': has no sign for"),
        ('{ name = "g", parts = [] }', "field 'g', parts: it is empty; write at least one"),
        (
            '{ name = "g", type = "u8", parts = [{ name = "x", type = "u8" }] }',
            "field 'g': there is no key 'type' here",
        ),
        ('{ name = "g", parts = [{ name = "x", type = "u9" }] }', "group 'g', field 'x': there is no type 'u9'"),
        (
            '{ name = "g", parts = [{ name = "p", packs = true, parts = [{ name = "x", type = "u8" }] }] }',
            "group 'g', group 'p': packs stands inside a group or in a request; packs are the outermost groups",
        ),
        (
            N + '{ name = "g", repeat = 2, length = { count = "n" }, parts = [{ name = "x", type = "u8" }] }',
            "group 'g': has both length and repeat; put the repeated group inside the sized one",
        ),
        (
            '{ name = "g", repeat = 2, spare = 1, parts = [{ name = "x", type = "u8" }] }',
            "group 'g': has spare bytes but does not repeat to the end; add repeat = \"rest\", or give it a length",
        ),
        (
            '{ name = "g", repeat = 2, parts = [{ name = "soc_pct", type = "u8" }] }',
            "group 'g', field 'soc_pct': a repeated group cannot tell soc_pct: only one value would be left; ",
        ),
        (
            N + '{ name = "g", length = { count = "m" }, parts = [{ name = "x", type = "u8" }] }',
            "group 'g': 'm' is not read before it; ",
        ),
    ],
)
def test_the_layout_of_a_reply(tmp_path: Path, reply: str, wanted: str) -> None:
    assert sentence(tmp_path, f"{HEAD}{ASK}reply = [{reply}]").startswith(f"message 'ask', reply, {wanted}")


BOOM = '[codes]\nboom = { severity = "alarm", en = "boom", fr = "boum" }\n'


@pytest.mark.parametrize(
    ("tables", "wanted"),
    [
        ('[types]\nmine = { type = "other" }', f"type 'mine': there is no type 'other'; type is one of {ALL_TYPES}"),
        ('[types]\nmine = { type = "u8", size = 3 }', "type 'mine': size means nothing to a u8; "),
        ('[types]\nu8 = { type = "u16" }', "type 'u8': is built in; give your own another name"),
        ('[types]\na = { type = "b" }\nb = { type = "a" }', "type 'a': stands on 'b', which is no built-in type; "),
        (
            '[layouts]\nrow = [{ name = "x", type = 5 }]',
            "layout 'row', field 'x', type: 5 stands there; write a text in",
        ),
        (
            '[codes]\nboom = { severity = "bad", en = "x", fr = "y" }',
            "code 'boom', severity: 'bad' stands there; write",
        ),
        ('[codes]\nboom = { severity = "alarm", en = "x" }', "code 'boom': fr is missing; write en and fr in the same"),
        ('[[setting]]\nname = "a_v"\n[[setting]]\nname = "a_v"', "setting 'a_v': stands twice; give each its own name"),
        ('[[setting]]\nname = "a_v"\ndefault = [1]', "setting 'a_v', default: a list stands there; write a number, a"),
        ('[[note]]\nabout = "x"\nen = "y"', "note 'x': fr is missing; write en and fr in the same entry"),
        ('[virtual.says]\ndevice_name = "x"', "virtual, says: no message carries 'device_name'; "),
    ],
)
def test_the_other_tables(tmp_path: Path, tables: str, wanted: str) -> None:
    assert sentence(tmp_path, f"{HEAD}\n{ASK}\n{tables}\n").startswith(wanted)


def test_of_many_slips_the_first_is_told_and_the_others_are_counted(tmp_path: Path) -> None:
    text = sentence(tmp_path, HEAD.replace('make = "Tiny"', "make = 1").replace("master = 0", "master = -1") + ASK)
    assert text == "profile, make: 1 stands there; write a text in quotes (and 1 more)"


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        (
            'preset = "pylontec-15s"',
            "virtual, preset: there is no preset 'pylontec-15s'; did you mean 'pylontech-15s'?",
        ),
        ("preset = 5", "virtual, preset: 5 stands there; write a text in quotes"),
        (
            'preset = "pylontech-15s"\npanel = "wall"',
            "virtual, panel: there is no panel 'wall'; did you mean 'wall-6k5'?",
        ),
        ('preset = "pylontech-15s"\ncells = 4', "virtual: there is no key 'cells' here; "),
    ],
)
def test_the_virtual_pack(tmp_path: Path, line: str, wanted: str) -> None:
    head = HEAD.replace('preset = "pylontech-15s"', line)
    assert sentence(tmp_path, f"{head}\n{ASK}\n").startswith(wanted)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(
        ProfileError, match=r"no\.toml, file: cannot be read .No such file or directory.; check the name"
    ):
        load_profile(str(tmp_path / "no.toml"))
    (tmp_path / "latin.toml").write_bytes(b'x = "\xe9"')
    with pytest.raises(ProfileError, match=r"latin\.toml, byte 5: is no UTF-8 text; save the file as UTF-8"):
        load_profile(str(tmp_path / "latin.toml"))


@pytest.mark.parametrize(
    ("name", "hint"),
    [("seplos-v", "did you mean seplos-v2 or seplos-v3?"), ("zzz", "ends in .toml. The profiles are aura, ")],
)
def test_a_name_that_nobody_knows(name: str, hint: str) -> None:
    with pytest.raises(UsageError) as error:
        load_profile(name)
    assert hint in str(error.value)


def test_a_profile_of_ones_own_brings_its_codes(tmp_path: Path) -> None:
    own = replying(tmp_path, '{ name = "x", type = "bits", bits = ["boom"] }', tables=BOOM)
    codec = own.codec()
    question, _ = codec.ask("ask", 1)
    (frame,) = own.framer().feed(codec.encode_reply(question.message, 1, {"x": 1}))
    assert codec.understand(frame, question).packs[0].active == ("boom",)  # type: ignore[arg-type]
    assert own.codes["boom"].label["fr"] == "boum"

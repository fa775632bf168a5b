"""A second look at a TOML text says on which line each key stands."""

import tomllib
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.config.lines import Lines

# (the key, how it is written), and values as they may be written; each holds something that could mislead.
KEYS = [
    ("name", "name"),
    ("b-1", "b-1"),
    ("7", "7"),
    ("三级预警", '"三级预警"'),
    ("a.b", '"a.b"'),
    ('say "x" # no', "'say \"x\" # no'"),
    ("tab\tbed", '"tab\\tbed"'),
    ("A", '"\\u0041"'),
    ("", '""'),
]
SCALARS = [
    "1",
    "-1.5e3",
    "true",
    "1979-05-27 07:32:00",
    "07:32:00",
    '"# no comment ] } , ="',
    '"a quote \\" and a backslash \\\\"',
    "'C:\\dir\\'",
    '"""\nfirst ] }\n\\"\\"\\" # still text\n"""',
    '"""ends in quotes"""""',
    "'''\nit's ''here'' [x]\n\nk = 1'''",
    "'''ends in quotes'''''",
    '"""joined \\\n   lines"""',
]
NOISE = ["", "\n", "# a comment: [no] \"table\" '''\n", "\n\t \n"]


class Writer:
    """Writes a random document and keeps the line of each key path while it does."""

    def __init__(self, draw):
        self.draw = draw
        self.text = ""
        self.lines = {}

    def document(self):
        self.table((), "", depth=0)
        return self

    def table(self, path, header, *, depth):
        keys = self.keys()
        pairs = self.draw(st.integers(0, len(keys)))
        for key in keys[:pairs]:
            self.noise()
            self.pair(path, key, depth)
            self.text += self.draw(st.sampled_from(["\n", "  # why\n", "\n\n", "\r\n"]))
        if depth == 3:
            return
        for name, written in keys[pairs:]:
            inner = f"{header}.{written}" if header else written
            if self.draw(st.booleans()):
                self.header((*path, name), f"[{inner}]")
                self.table((*path, name), inner, depth=depth + 1)
                continue
            for i in range(self.draw(st.integers(1, 3))):
                self.header((*path, name, i), f"[[ {inner} ]]")
                self.lines.setdefault((*path, name), self.lines[(*path, name, i)])
                self.table((*path, name, i), inner, depth=depth + 1)

    def header(self, path, written):
        self.noise()
        self.mark(path)
        self.text += written + self.draw(st.sampled_from(["\n", " # [not.this]\n"]))

    def pair(self, path, key, depth):
        dotted = [key, *self.keys()] if self.draw(st.booleans()) else [key]
        for length in range(1, len(dotted) + 1):
            self.mark((*path, *(name for name, _ in dotted[:length])))
        self.text += self.draw(st.sampled_from([".", " . "])).join(written for _, written in dotted)
        self.text += self.draw(st.sampled_from(["=", " = "]))
        self.value((*path, *(name for name, _ in dotted)), depth)

    def value(self, path, depth):
        shape = self.draw(st.sampled_from(["scalar", "scalar", "list", "inline"])) if depth < 3 else "scalar"
        if shape == "scalar":
            self.text += self.draw(st.sampled_from(SCALARS))
        elif shape == "list":
            self.list(path, depth)
        else:
            self.inline_table(path, depth)

    def list(self, path, depth):
        self.text += "["
        length = self.draw(st.integers(0, 3))
        for i in range(length):
            self.text += self.draw(st.sampled_from(["", " ", "\n", "\n # one ] more\n"]))
            self.mark((*path, i))
            self.value((*path, i), depth + 1)
            if i < length - 1 or self.draw(st.booleans()):
                self.text += self.draw(st.sampled_from([",", " ,", "\n,"]))
        self.text += self.draw(st.sampled_from(["]", "\n]"]))

    def inline_table(self, path, depth):
        self.text += "{ "
        for i, key in enumerate(self.keys()):
            self.text += ", " if i else ""
            self.pair(path, key, depth + 1)
        self.text += " }"

    def keys(self):
        return self.draw(st.lists(st.sampled_from(KEYS), max_size=3, unique=True))

    def mark(self, path):
        self.lines.setdefault(path, self.text.count("\n") + 1)

    def noise(self):
        self.text += self.draw(st.sampled_from(NOISE))


@st.composite
def documents(draw):
    return Writer(draw).document()


def paths_in(value, at=()):
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, item in inner:
        yield (*at, name)
        yield from paths_in(item, (*at, name))


@given(documents())
def test_each_key_of_any_document_is_found_on_its_line(document):
    lines = Lines(document.text)
    for path in paths_in(tomllib.loads(document.text)):
        assert lines.of(path) == document.lines[path], path


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("timezone",), 1),
        (("sources",), 3),
        (("sources", 0, "name"), 4),
        (("sources", 0, "fields"), 5),
        (("sources", 0, "fields", "escalated", "is", 1), 8),
        (("sources", 1), 10),
        (("sources", 1, "fields", "id"), 12),
        (("rules", 0, "thresholds", "三级预警"), 14),
    ],
)
def test_a_key_is_found_where_people_look_for_it(path, line):
    text = """\
        timezone = "Asia/Shanghai"

        [[sources]]
        name = "one"
        [sources.fields]
        escalated = { column = "priority", is = [
          "1",
          "2",
        ] }
        [[sources]]
        [sources.fields]
        id = "number"
        [[rules]]
        thresholds = { "三级预警" = 100 }
        """
    assert Lines(dedent(text)).of(path) == line


def test_a_key_that_is_not_written_is_said_to_be_where_its_table_begins():
    lines = Lines("a = 1\n[[rules]]\nname = 'x'\n[[rules]]\nname = 'y'\n")
    assert lines.of(("rules", 1, "kind")) == 4
    assert lines.of(("store", "url")) is None


def test_a_table_that_is_opened_after_its_parts_is_found_at_its_header():
    assert Lines("[a.b]\nx = 1\n[a]\ny = 2\n").of(("a",)) == 3

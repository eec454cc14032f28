from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barbican.edge.config.lines import lines

# In each text every whole number says on which line it stands.
TEXTS = {
    "pairs and comments": """\
a = 1 # a = 9
# b = 9

b = 4
""",
    "tables": """\
[one]
a = 2
[one.two]
a = 4
[ "three" . 'four' ]
a = 6
""",
    "arrays of tables": """\
[[things]]
a = 2

[[things]]
a = 5
[things.inner]
a = 7
[[things.many]]
a = 9
[[things.many]]
a = 11
[[things]]
a = 13
[[things.many]]
a = 15
""",
    "arrays over several lines": """\
a = [
    2, # ], 9
    3, [3,
    4],
    { x = 5 }, 5,
]
b = [7, 7]
""",
    "inline tables": """\
a = { b = 1, c.d = 1, "e f" = [1, { g = 1 }] }
h = { }
i = []
j = 4
""",
    "dotted and quoted keys": """\
a.b.c = 1
a.b."d.e" = 2
'f"g' = 3
"\\u0068\\"" = 4
a . i = 5
1 = 6
""",
    "strings": '''\
a = "# \\" ]"
b = 2
c = """
[not.a.table]
x = 9 \\
"""
d = 7
e = \'\'\'
[[nor.this]]\'\'\'
f = 10
g = """a""quote"""""
h = \'\'\'\'\'quotes\'\'\'\'\'
i = [ """
]""", "", \'\', 14 ]
j = """"""
k = 16
l = 'C:\\'
m = 18
''',
    "other values": """\
a = 1979-05-27 07:32:00Z
b = 2
c = [1.5, true, inf, 3] # 3
d = -1e-3
e = 5""",
    "nothing": "",
    "a comment alone": "# a",
    "a table without keys": "[a]\n[b]\nc = 3",
}


def numbers(value, path=()):
    match value:
        case dict():
            return {
                found: line
                for key, each in value.items()
                for found, line in numbers(each, (*path, key)).items()
            }
        case list():
            return {
                found: line
                for index, each in enumerate(value)
                for found, line in numbers(each, (*path, index)).items()
            }
        case bool():
            return {}
        case int():
            return {path: value}
        case _:
            return {}


def paths_of(text):
    return paths_in(tomllib.loads(text))


def paths_in(value, path=()):
    found = {path} - {()}
    if isinstance(value, dict):
        for key, each in value.items():
            found |= paths_in(each, (*path, key))
    if isinstance(value, list):
        for index, each in enumerate(value):
            found |= paths_in(each, (*path, index))
    return found


class TestFinds:
    @pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
    @pytest.mark.parametrize("ending", ["\n", "\r\n"], ids=["unix", "windows"])
    def test_the_line_of_every_number_and_no_path_too_many(self, text, ending):
        text = text.replace("\n", ending)
        found = lines(text)
        assert found.keys() == paths_of(text)
        for path, line in numbers(tomllib.loads(text)).items():
            assert found[path] == line, path

    def test_the_headers_of_tables(self):
        found = lines(TEXTS["arrays of tables"])
        assert [found["things", index] for index in range(3)] == [1, 4, 12]
        assert found["things", 1, "inner"] == 6
        assert [found["things", 1, "many", index] for index in range(2)] == [8, 10]
        assert found["things", 2, "many", 0] == 14


KEYS = st.text("ab.\"'# é\n", min_size=1, max_size=4)
SCALARS = st.integers(0, 9) | st.booleans() | st.text("a#[]{}\"'\\,\n", max_size=6)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)


def quoted(text):
    escapes = {'"': '\\"', "\\": "\\\\", "\n": "\\n"}
    return '"' + "".join(escapes.get(char, char) for char in text) + '"'


def written(value, inline):
    match value:
        case bool():
            return str(value).lower()
        case int():
            return str(value)
        case str() if "\n" in value and "'''" not in value and not value.endswith("'"):
            return f"'''\n{value}'''"
        case str():
            return quoted(value)
        case list():
            gap = " " if inline else "\n  # ] }\n "
            return "[" + "".join(f"{gap}{written(each, inline)}," for each in value) + gap + "]"
        case _:
            pairs = [f"{quoted(key)} = {written(each, inline)}" for key, each in value.items()]
            return "{ " + ", ".join(pairs) + " }"


class TestNeverLosesTheWay:
    @given(st.dictionaries(KEYS, VALUES, max_size=4), st.booleans())
    def test_through_any_text(self, content, inline):
        text = "".join(f"{quoted(key)} = {written(v, inline)}\n" for key, v in content.items())
        tables = [f"[{quoted(key + 'T')}]\n{text}" for key in content]
        whole = text + "".join(tables)
        assert lines(whole).keys() == paths_of(whole)

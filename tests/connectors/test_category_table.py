"""The category table: three shapes of CSV, and every mistake with its line."""

import pytest

from connectors.category_table import TableError, parse_table, read_table
from connectors.labels import Entry

LEVELS = ("business", "product", "fault")


def parsed(text: str, levels=LEVELS):
    return parse_table(text, name="t.csv", levels=levels)


def mistakes(text: str, levels=LEVELS) -> tuple[str, ...]:
    with pytest.raises(TableError) as caught:
        parsed(text, levels)
    return caught.value.problems


WANTED = (
    Entry(("TV",), "T", (), 2),
    Entry(("TV", "Box"), "TB", ("Decoder", "STB"), 3),
    Entry(("TV", "Box", "No picture"), "TBN", (), 4),
)


@pytest.mark.parametrize(
    "text",
    [
        "code,business,product,fault,aliases\nT,TV\nTB,TV,Box,,Decoder; STB\nTBN,TV,Box,No picture,\n",
        "Level1,level 2,LEVEL3,Code,Aliases\nTV,,,T\nTV,Box,,TB,Decoder|STB\nTV,Box,No picture,TBN\n",
        "category,category2,category3,code,aliases\nTV,,,T\nTV,Box,,TB,Decoder;STB\nTV,Box,No picture,TBN",
        "path,code,aliases\nTV,T,\nTV > Box,TB,Decoder；STB\nTV>Box > No picture,TBN,\n",
        "code,parent,name,aliases\nT,,TV,\nTB,T,Box,Decoder;STB\nTBN,TB,No picture,\n",
        "name,parent,code,aliases\nTV,,T,\nBox,TV,TB,Decoder;STB\nNo picture,Box,TBN,\n",
    ],
)
def test_levels_paths_and_parents_say_the_same(text):
    assert parsed(text).entries == WANTED


def test_columns_of_the_company_are_not_looked_at_and_told():
    table = parsed("business,owner,product\nTV,Ann,Box\n\n,,\nTV,Bob,Remote\n")
    assert [entry.path for entry in table.entries] == [("TV", "Box"), ("TV", "Remote")]
    assert table.ignored == ("owner",)
    assert table.entries[1].line == 5


def test_a_parent_may_stand_below_its_children():
    assert [e.path for e in parsed("name,parent\nBox,TV\nTV,\n").entries] == [("TV", "Box"), ("TV",)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name,parent\nA,B\nB,C\nC,A\n", "line 2: a cycle: A > C > B > A (lines 2, 3, 4); correct"),
        ("name,parent\nX,\nA,A\n", "line 3: a cycle: A > A (lines 3); correct the parent of one"),
        ("name,parent\nA,Z\n", "line 2: parent Z is no row of the table; add it, or correct the name"),
        ("name,parent\nA,\nX,A\nB,\nX,B\nY,X\n", "line 6: parent X may be any of lines 3, 5"),
        ("name,parent\n,A\nA,\n", "line 2: column name is empty; fill it, or take the row out"),
        ("business,product\nTV,Box\nTV,X\nTV,Box\n", "line 4: TV > Box is on line 2 already; leave one"),
        ("code,business\nX,TV\nx,Radio\n", "line 3: code x is that of line 2 too; a code"),
        ("business,product\nTV,Box\nＴＶ,X\n", "line 3: ＴＶ and TV (line 2) are the same but"),
        ("business,product,aliases\nTV,A,\nTV,X,a\n", "line 3: alias a means TV > A (line 2) too; leave it"),
        ("business,product,fault\nTV,,Box\n", "line 2: level 2 is empty, and a level below it is not"),
        ("business,code\n,X\n", "line 2: names no category; fill the row, or take it out"),
        ("business\nTV,Box\n", "line 2: 2 fields, but the header names 1; a name with"),
        ('business\n"TV\n', "line 2: not CSV (unexpected end of data); is a quote missing?"),
        ("business,business\nTV,Box\n", "line 1: column business is there twice; rename one"),
        ("product\nTV\n", "line 1: no column business, but one of a level below it"),
    ],
)  # fmt: skip
def test_a_mistake_is_a_sentence_with_its_line_and_mend(text, said):
    [found] = mistakes(text)
    assert found.startswith(f"t.csv, {said}")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "t.csv: is empty; a header line and a row for each category are needed"),
        ("business\n\n", "t.csv: holds no category; a row for each is needed below the header"),
    ],
)
def test_a_table_without_rows_is_told(text, said):
    assert mistakes(text) == (said,)


@pytest.mark.parametrize(
    "text",
    [
        "level1,level2,level3,level4,level5,level6\nA,B,C,D,E,\nA,B,C,D,E,F\n",
        "path\nA\nA>B>C>D>E>F\n",
        "name,parent\nA,\nB,A\nC,B\nD,C\nE,D\nF,E\n",
    ],
)
def test_six_levels_are_refused_wherever_they_stand(text):
    [said] = mistakes(text, ("a", "b", "c", "d", "e"))
    assert "A > B > C > D > E > F has 6 levels, and the taxonomy has 5: a, b, c, d, e" in said
    assert ", line " in said


def test_a_header_that_says_nothing_is_answered_with_what_is_needed():
    [said] = mistakes("id,title\n1,TV\n")
    assert "line 1: no column says where a category stands; the columns are: id, title. Needed is" in said


def test_all_mistakes_are_told_at_once_and_a_flood_is_counted():
    table = "business\n" + "TV\n" * 40
    with pytest.raises(TableError, match=r"and 19 more") as caught:
        parsed(table)
    assert len(caught.value.problems) == 39


def test_a_table_of_five_thousand_nodes_is_read_from_gb18030(tmp_path):
    rows = "\n".join(f"业务{n % 50},产品{n},故障" for n in range(5000))
    file = tmp_path / "t.csv"
    file.write_bytes(f"business,product,fault\n{rows}\n".encode("gb18030"))
    assert len(read_table(file, LEVELS).entries) == 5000


def test_a_file_that_is_not_there_or_no_text_is_told(tmp_path):
    with pytest.raises(TableError, match=r"t.csv: cannot be read \(No such file"):
        read_table(tmp_path / "t.csv", LEVELS)
    (tmp_path / "t.csv").write_bytes(b"business\n\xff\xff\xff")
    with pytest.raises(TableError, match="neither UTF-8 nor GB18030 from byte 9 on"):
        read_table(tmp_path / "t.csv", LEVELS)

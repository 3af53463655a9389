"""Every gaiji is either in the table with its only target, or apart with the reason."""

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.convert.settle import Basis, GaijiKey, Reason, Settled, Unsettled
from engine.convert.table import Target, build_table, sjis_code
from engine.convert.table_files import (
    APART_COLUMNS,
    COLUMNS,
    FUJITSU_HEADER,
    csv_text,
    for_fujitsu,
    fujitsu_text,
    json_text,
    write_table,
)
from engine.errors import UsageError
from engine.glyph.codes import sjis_to_unicode
from engine.output.csv_text import plain_text
from engine.reference.shrink import load_shrink


@pytest.fixture(scope="module")
def shrink(refset):
    return load_shrink(refset)


def settled(mj, code="U+E000", tied=(), system=""):
    return Settled(GaijiKey("", system, "", code), "a", mj, "", "", Basis.AUTO, tied)


@pytest.fixture(scope="module")
def make(table, shrink):
    def build(target, *entries, unsettled=(), **options):
        full = [
            Settled(e.key, e.source, e.mj, table.codes(e.mj).ucs, table.codes(e.mj).ivs, e.basis, e.tied)
            for e in entries
        ]
        return build_table(full, list(unsettled), Target(target), table, shrink, **options)

    return build


@pytest.mark.parametrize(
    ("target", "mj", "code", "text"),
    [
        ("ucs", "MJ026190", "U+9089", "邉"),
        ("ivs", "MJ026190", "U+9089_E010F", "邉\U000e010f"),
        ("ivs", "MJ000001", "U+3005", "々"),
        ("ivs", "MJ090001", "U+1B002", "\U0001b002"),
        ("mj", "MJ026190", "MJ026190", ""),
        ("jisx0213", "MJ000001", "U+3005", "々"),
    ],
)
def test_the_only_target(make, target, mj, code, text):
    (row,) = make(target, settled(mj)).rows
    assert (row.target, row.text) == (code, text)


def test_a_shrunk_character_names_its_ground(make):
    (row,) = make("jisx0213", settled("MJ000567")).rows
    assert (row.target, row.jisx0213, row.shrink_basis) == ("U+3691", "2-05-31", "JIS包摂規準・UCS統合規則")


def test_several_characters_to_shrink_to_are_apart(make):
    made = make("jisx0213", settled("MJ000004"))
    assert made.rows == ()
    assert made.apart[0].reason == "縮退先が複数ある"
    assert made.apart[0].choices[0] == "U+4E18（戸籍統一文字情報 親字・正字）"
    assert len(made.apart[0].choices) == 2
    (row,) = make("jisx0213", settled("MJ000004"), by_authority=True).rows
    assert (row.text, row.shrink_basis) == ("丘", "戸籍統一文字情報 親字・正字")


def test_no_target_is_apart(make, table):
    without = next(mj for mj, code in zip(table.mj, table.column("ucs").to_pylist(), strict=True) if not code)
    for target in ("ucs", "ivs", "jisx0213"):
        if not (made := make(target, settled(without))).rows:
            assert "がない" in made.apart[0].reason
    assert make("ucs", settled(without)).rows == ()


def test_glyphs_drawn_alike_with_other_targets_are_apart(make):
    entry = settled("MJ026190", tied=("MJ026191",))
    assert make("ivs", entry).apart[0].choices == ("MJ026190", "MJ026191")
    assert make("ucs", entry).rows[0].text == "邉"


def test_what_is_not_settled_is_apart(make):
    key = GaijiKey("", "", "", "U+E001")
    made = make("ucs", unsettled=[Unsettled(key, "a", Reason.UNCONFIRMED, ("MJ026190",))])
    assert (made.apart[0].reason, made.apart[0].choices) == (Reason.UNCONFIRMED.value, ("MJ026190",))


@given(st.integers(0xE000, 0xE757))
def test_sjis_codes_agree_with_the_codec(number):
    code = sjis_code(f"U+{number:04X}")
    assert bytes.fromhex(code).decode("cp932") == chr(number)
    assert sjis_to_unicode(int(code, 16)) == number


def test_codes_outside_shift_jis_have_none():
    assert [sjis_code(code) for code in ("U+E758", "80A1", "", "U+DFFF")] == [""] * 4


def test_csv_and_json_say_the_same(make):
    key = GaijiKey("131016", "=1", "", "U+E001")
    unsettled = Unsettled(key, "a", Reason.UNCONFIRMED, ("MJ026190",))
    made = make(
        "ivs", settled("MJ026190", system="'住基"), settled("MJ000001", "U+E005"), unsettled=[unsettled]
    )
    rows = list(csv.DictReader(io.StringIO(csv_text(made), newline="")))
    document = json.loads(json_text(made))
    assert tuple(rows[0]) == COLUMNS
    assert [{name: plain_text(name, value) for name, value in row.items()} for row in rows] == document[
        "rows"
    ]
    assert document["target"] == "ivs"
    assert document["apart"][0]["choices"] == "MJ026190"
    assert tuple(document["apart"][0]) == APART_COLUMNS


def test_fujitsu(make):
    made = make(
        "ucs",
        settled("MJ026190", "80A1"),  # 邉 is in JIS X 0208: not converted back
        settled("MJ000432", "80A2"),
        settled("MJ000567", "80A3"),
        settled("MJ000567", "80A4"),  # two codes of one character: not converted back
        settled("MJ026190", "80A5", system="a"),
        settled("MJ000567", "80A5", system="b"),
        settled("MJ026190", "U+E000"),
        settled("MJ033216", "80A6"),  # beyond four digits
    )
    kept, reverse = for_fujitsu(made)
    lines = fujitsu_text(kept, reverse).split("\r\n")
    assert lines[0] == FUJITSU_HEADER
    middle = lines.index("Unicode->JEF")
    pairs = [
        [line.split(" ")[0] for line in part if line[:2] == "80"] for part in (lines[:middle], lines[middle:])
    ]
    assert pairs == [["80A1:9089", "80A2:35F4", "80A3:3691", "80A4:3691"], ["80A2:35F4"]]
    assert lines[1] == "JEF->Unicode"
    assert len(kept.apart) == 4


@pytest.mark.parametrize("suffix", [".csv", ".json", ".txt"])
def test_files(make, tmp_path, suffix):
    made = make(
        "ucs",
        settled("MJ000432", "80A2"),
        unsettled=[Unsettled(GaijiKey("", "", "", ""), "b", Reason.NO_CODE)],
    )
    path = tmp_path / f"変換表{suffix}"
    write_table(made, path)
    beside = tmp_path / "変換表-未確定.csv"
    assert beside.exists() == (suffix != ".json")
    assert "35F4" in path.read_text(encoding="cp932" if suffix == ".txt" else "utf-8-sig")
    with pytest.raises(UsageError, match="--force"):
        write_table(made, path)
    write_table(made, path, force=True)
    assert {each.name for each in tmp_path.iterdir()} <= {path.name, beside.name}

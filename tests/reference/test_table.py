import dataclasses
from collections import Counter
from itertools import combinations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import ReferenceSetError, UsageError
from engine.reference.record import Radical
from engine.reference.table import CHARSETS, IDENTIFY_COLUMNS, load_table

# The counts of the published tables (domain.md, §3).
KANJI, HENTAIGANA = 58_862, 299


def test_the_counts_of_the_table(table):
    assert len(table) == len(table.mj) == KANJI + HENTAIGANA
    assert int(table.is_hentaigana.sum()) == HENTAIGANA
    assert int(table.charset_mask("juki").sum()) == 19_563
    assert int(table.charset_mask("koseki")[~table.is_hentaigana].sum()) == 55_270
    assert table.charset_mask("mj").all()


def test_nineteen_kanji_cannot_be_written_at_all(table):
    """They have neither an implemented code point nor an IVS: only their name leads to their glyph."""
    implemented, ivs = (table.column(name).to_pylist() for name in ("ucs_implemented", "ivs"))
    kanji = ~table.is_hentaigana
    bare = [table.mj[r] for r in np.flatnonzero(kanji) if implemented[r] is None and ivs[r] is None]
    assert len(bare) == 19
    assert "MJ037229" in bare


def test_siblings_by_difference_of_strokes(table):
    groups = {}
    for code, strokes in zip(table.code_points[~table.is_hentaigana], table.strokes, strict=False):
        if code:
            groups.setdefault(int(code), []).append(int(strokes))
    pairs = Counter(abs(a - b) for group in groups.values() for a, b in combinations(group, 2))
    assert pairs[0] == 4257
    assert pairs[1] == 3556


def test_jis_unification_rules(table):
    classes = table.column("jisx0213_class").to_pylist()
    assert Counter(classes) == {None: KANJI + HENTAIGANA - 13_707, 0: 10_909, 2: 2_798}
    rules = {rule for rules in table.column("jisx0213_rules").to_pylist() for rule in rules}
    numbers = {int(rule[1:]) for rule in rules}
    assert min(numbers) >= 1
    assert max(numbers) <= 199
    assert int(table.charset_mask("jisx0213").sum()) == 10_909


def test_a_whole_record(table):
    record = table.record("MJ026190")
    assert record.character == "邉"
    assert record.sequence == "邉\U000e010f"
    assert (record.koseki, record.juki, record.toki) == ("445000", "J+9089", "00445000")
    assert record.jisx0213 == "1-78-21"
    assert record.strokes == 17
    assert record.radicals == (Radical(162, 13),)
    assert "ヘン" in record.readings
    assert record.ids[0].startswith("⿺")
    assert record.daikanwa == "補611"
    assert record.other == {}
    assert record.codes == table.codes("MJ026190")


def test_a_hentaigana(table):
    record = table.record("MJ090001")
    assert record.kind == "hentaigana"
    assert record.character == "\U0001b002"
    assert record.jibo_character == "安"
    assert record.phonetics == ("あ",)


def test_compatibility_ideographs_stay_themselves(table):
    rows = table.rows_of_ucs("\u795e")
    implemented = [table.value("ucs_implemented", int(row)) for row in rows]
    assert "U+FA19" in implemented
    assert "U+795E" in implemented


def test_siblings_share_the_code_point(table):
    siblings = table.siblings("MJ026190")
    assert "MJ026190" not in siblings
    assert len(siblings) == 15
    assert {table.codes(mj).ucs for mj in siblings} == {"邉"}
    assert all("MJ026190" in table.siblings(mj) for mj in siblings)


def test_who_has_no_code_point_has_no_siblings(table):
    assert table.codes("MJ037229").ucs == ""
    assert table.siblings("MJ037229") == ()


@given(data=st.data())
def test_lookup_by_code_point_is_a_scan(table, data):
    row = data.draw(st.integers(0, len(table) - 1))
    code = int(table.code_points[row])
    expected = np.flatnonzero(table.code_points == code) if code else np.zeros(0)
    found = table.rows_of_ucs(chr(code)) if code else table.rows_of_ucs("")
    assert np.array_equal(found, expected)
    assert table.row(table.mj[row]) == row


def test_an_absent_code_point_gives_no_rows(table):
    assert table.rows_of_ucs("U+0041").size == 0


def test_unknown_names_are_refused(table):
    assert "MJ999999" not in table
    with pytest.raises(UsageError, match="MJ999999"):
        table.record("MJ999999")
    with pytest.raises(UsageError, match="文字集合"):
        table.charset_mask("unicode")
    with pytest.raises(UsageError, match="列 nothing"):
        table.column("nothing")


def test_columns_beyond_the_asked_ones_come_when_needed(refset, table):
    small = load_table(refset, ["mj"])
    assert small.record("MJ000001") == table.record("MJ000001")
    assert set(IDENTIFY_COLUMNS) <= set(table.column_names)


def test_a_set_without_optional_columns(tiny_refset):
    table = load_table(tiny_refset)
    assert len(table) == 24
    assert table.record("GJ000004").other == {"font_code": "U+F0004"}
    assert table.record("GJ000004").koseki is None
    assert table.codes("GJ000003").juki == "J+0003"
    assert table.siblings("GJ000001") == ("GJ000002",)
    assert table.strokes[table.row("GJ090001")] == -1
    assert int(table.charset_mask("juki").sum()) == 7
    with pytest.raises(UsageError, match="koseki"):
        table.charset_mask("koseki")
    assert set(CHARSETS) == {"mj", "juki", "koseki", "jisx0213"}


def rewritten(refset, tmp_path, content, *, counts=None, **declared):
    """Give the made-up set with another table and, where asked, other declared facts."""
    path = tmp_path / "table.parquet"
    pq.write_table(content, path)
    file = dataclasses.replace(refset.table, path=path, **{"rows": len(content), **declared})
    return dataclasses.replace(refset, table=file, counts=counts or refset.counts)


@pytest.mark.parametrize(
    ("dropped", "changes", "complaint"),
    [
        (["ucs"], {}, "列が定義と合いません"),
        ([], {"columns": ("mj", "kind", "ucs")}, "列が定義と合いません"),
        ([], {"rows": 25}, "定義では 25 行"),
        ([], {"counts": {"kanji": 24}}, "内訳"),
    ],
)
def test_a_table_that_is_not_the_declared_one_is_refused(tiny_refset, tmp_path, dropped, changes, complaint):
    rows = pq.ParquetFile(tiny_refset.table.path).read().drop_columns(dropped)
    with pytest.raises(ReferenceSetError, match=complaint):
        load_table(rewritten(tiny_refset, tmp_path, rows, **changes))


@pytest.mark.parametrize("order", [[1, 0], [0, 0]])
def test_names_must_be_unique_and_in_order(tiny_refset, tmp_path, order):
    rows = pq.ParquetFile(tiny_refset.table.path).read().slice(0, 2).take(pa.array(order))
    with pytest.raises(ReferenceSetError, match="並んで"):
        load_table(rewritten(tiny_refset, tmp_path, rows, counts={"kanji": 2}))


def test_a_file_that_is_no_parquet_is_refused(tiny_refset, tmp_path):
    path = tmp_path / "table.parquet"
    path.write_bytes(b"PAR1" + bytes(100))
    broken = dataclasses.replace(tiny_refset, table=dataclasses.replace(tiny_refset.table, path=path))
    with pytest.raises(ReferenceSetError, match="読めません"):
        load_table(broken)

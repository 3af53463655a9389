"""The finder over the whole reference set: whatever the table says of a character leads back to it."""

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import UsageError
from engine.lookup.codes import SPECS
from engine.lookup.finder import MAX_LIMIT, Finder
from engine.lookup.match import NONE
from engine.lookup.parse import parse_query
from engine.lookup.query import (
    AnyOf,
    ByCharacter,
    ByCode,
    ByParts,
    ByRadical,
    ByReading,
    ByRelation,
    ByStrokes,
    CodeKind,
    Query,
    Script,
)
from engine.lookup.typed import hiragana
from engine.reference.codes import to_characters
from engine.reference.table import load_table

ROWS = st.integers(0, 59_160)
EXAMPLES = settings(max_examples=150, deadline=None)


def met(finder, criterion):
    return finder.match(criterion).penalty != NONE


def names(finder, query, **options):
    return [hit.mj for hit in finder.find(query, limit=MAX_LIMIT, **options).hits]


# --- Every MJ by everything that the table says of it ---


@pytest.mark.parametrize("kind", list(CodeKind))
def test_every_code_leads_to_its_character(finder, table, kind):
    """A few thousand of each kind, evenly spread; a code leads to nothing that has another one."""
    columns = [table.column(name).to_pylist() for name in SPECS[kind].columns]
    coded = [(row, str(value)) for values in columns for row, value in enumerate(values) if value is not None]
    assert coded
    for row, code in coded[:: max(len(coded) // 120, 1)]:
        found = finder.match(ByCode(kind, code)).penalty
        assert found[row] == 0, code
        assert {str(column[other]) for other in np.flatnonzero(found == 0) for column in columns} >= {code}


@settings(max_examples=40, deadline=None)
@given(ROWS)
def test_every_code_as_it_is_typed(finder, table, row):
    record = table.record_at(row)
    typed = [
        record.mj,
        record.mj.lower(),
        record.ucs,
        record.ivs,
        record.svs,
        *record.ivs_extra,
        record.ucs_implemented,
    ]
    typed += [record.compat, record.koseki, record.juki, record.toki, record.jisx0213, record.daikanwa]
    typed += [record.nyukan_seiji, record.character, record.sequence, to_characters(record.compat or "")]
    typed += [
        f"大漢和:{record.daikanwa}" if record.daikanwa else None,
        f"区点:{record.jisx0212}" if record.jisx0212 else None,
    ]
    for text in filter(None, typed):
        matches = [finder.match(criterion) for criterion in parse_query(text).criteria]
        assert all(match.penalty[row] != NONE for match in matches), text


@EXAMPLES
@given(ROWS, st.data())
def test_every_reading(finder, table, row, data):
    record = table.record_at(row)
    for reading in (*record.readings, *record.phonetics):
        given_ = hiragana(reading)
        script = Script.ON if given_ != reading else Script.KUN
        exact = finder.match(ByReading(given_)).penalty
        assert exact[row] == 0
        assert finder.match(ByReading(given_, script)).penalty[row] == 0
        begun = given_[: data.draw(st.integers(1, len(given_)))]
        assert met(finder, ByReading(begun))[row]


@EXAMPLES
@given(ROWS)
def test_every_radical_with_strokes(finder, table, row):
    record = table.record_at(row)
    for each in record.radicals:
        assert met(finder, ByRadical((each.radical,)))[row]
        if each.strokes is not None:
            assert met(finder, ByRadical((each.radical,), each.strokes, each.strokes))[row]
            assert (
                not met(finder, ByRadical((each.radical,), each.strokes + 1, 99))[row]
                or len(record.radicals) > 1
            )
    if record.strokes is not None:
        assert met(finder, ByStrokes(record.strokes, record.strokes))[row]
        assert not met(finder, ByStrokes(record.strokes + 1, 99))[row]


@settings(max_examples=120, deadline=None)
@given(ROWS, st.data())
def test_any_of_a_characters_own_parts(finder, table, row, data):
    """Its parts and theirs, down to any depth, as often as they are there."""
    parts = own_parts(table, row, data)
    if parts:
        chosen = data.draw(st.lists(st.sampled_from(range(len(parts))), min_size=1, max_size=4, unique=True))
        assert met(finder, ByParts(tuple(parts[number] for number in chosen)))[row]


def own_parts(table, row, data, depth=3):
    ids = table.value("ids", row) or []
    if not ids or depth == 0:
        return []
    text = data.draw(st.sampled_from(ids))
    if any(sign in text for sign in "{？\u31ef〾") or len(text) < 3:
        return []
    parts = []
    for sign in text:
        if "\u2ff0" <= sign <= "\u2fff":
            continue
        rows = table.rows_of_ucs(sign)
        inner = (
            own_parts(table, int(rows[0]), data, depth - 1) if len(rows) and data.draw(st.booleans()) else []
        )
        parts += inner or [sign]
    return parts


def test_every_whole_ids_leads_to_its_characters(finder, table):
    for row in range(0, len(table), 997):
        for text in table.value("ids", row) or ():
            if len(text) > 2 and not any(sign in text for sign in "{？\u31ef〾"):
                parts = tuple(sign for sign in text if not "\u2ff0" <= sign <= "\u2fff")
                assert finder.match(ByParts(parts, text)).penalty[row] == 0, text


@EXAMPLES
@given(ROWS)
def test_siblings_are_related_both_ways(finder, table, row):
    mj = table.mj[row]
    related = met(finder, ByRelation(mj))
    assert related[row]
    for sibling in table.siblings(mj)[:3]:
        assert related[table.row(sibling)]
        assert met(finder, ByRelation(sibling))[row]


# --- What a person expects ---


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("木 目", "相"),
        ("木木", "林"),
        ("木 木 木", "森"),
        ("辶 刀", "辺"),
        ("⿰木目", "相"),
        ("氵度", "渡"),
        ("水 度", "渡"),
        ("扌 合", "拾"),
        ("さんずい 度", "渡"),
        ("MJ026190", "邉"),
        ("U+9089_E010F", "邉"),
        ("渡辺の辺", "辺"),
        ("食べる", "食"),
        ("渡る", "渡"),
        ("1-1-25", "々"),
        ("部首:示 神", "神"),
        ("戸籍:445000", "邉"),
        ("\ufa19", "神"),
    ],
)
def test_the_first_hit(finder, query, first):
    assert finder.find(query).hits[0].record.character == first


@pytest.mark.parametrize(
    ("query", "character", "there"),
    [
        ("辶 自", "邉", True),
        ("辶 自", "道", True),
        ("辶 刀 刀", "辺", False),
        ("木木", "森", True),
        ("木木木", "林", False),
        ("⿱木目", "相", False),
        ("⿰木？", "相", True),
        ("渡辺の辺", "邊", True),
        ("渡辺の辺", "邉", True),
        ("阝 可", "阿", True),
        ("阜 可", "阿", True),
        ("月 旨", "脂", True),
        ("肉 旨", "脂", True),
        ("忄 青", "情", True),
        ("心 青", "情", True),
        ("艸 化", "花", True),
        ("さい 部首:水 画数:8-10", "済", False),
        ("しんにょう 19画", "邊", True),
    ],
)
def test_what_is_among_the_hits(finder, query, character, there):
    assert (character in {hit.record.character for hit in finder.find(query, limit=MAX_LIMIT).hits}) is there


def test_all_glyphs_of_a_character_are_found_by_its_parts(finder, table):
    """IDS belong to the UCS: every MJ of 邉 is found, whatever its shape."""
    assert set(names(finder, "⿺辶⿳自穴口")) >= {table.mj[row] for row in table.rows_of_ucs("邉")}


def test_radical_and_strokes_belong_together(finder, table):
    """A character with two radicals is not found by the one with the strokes of the other."""
    both = Query((ByRadical((163, 170), 8, 8),))
    for mj in names(finder, both)[:50]:
        assert any(each.radical in (163, 170) and each.strokes == 8 for each in table.record(mj).radicals)


def test_relations_of_watanabe(finder, table):
    found = finder.find(Query((ByRelation("MJ026190"),)), limit=MAX_LIMIT)
    assert found.hits[0].mj == "MJ026190"
    characters = {hit.record.character for hit in found.hits}
    assert {"邉", "辺", "邊"} <= characters
    reasons = {hit.mj: hit.reasons[0] for hit in found.hits}
    assert reasons["MJ026191"] == "MJ026190 と同じ文字の別の図形"
    assert "縮退先" in reasons["MJ025758"]
    assert "親字・正字" in reasons["MJ025758"]


# --- Order, bounds, reasons ---


def test_exact_goes_before_the_rest_then_strokes_then_name(finder):
    found = finder.find("なべ").hits
    keys = [
        (min(len(text) for text in hit.record.readings if hiragana(text).startswith("なべ")),
         hit.record.strokes, hit.mj)
        for hit in found
    ]  # fmt: skip
    assert keys == sorted(keys)
    assert keys[0][0] == 2 < keys[-1][0]


def test_a_hit_carries_the_whole_record(finder, table):
    for hit in finder.find("しんにょう 17画").hits:
        assert hit.record == table.record(hit.mj)


def test_pages_of_one_answer(finder):
    whole = finder.find("しんにょう 15画以上", limit=100)
    pages = [finder.find("しんにょう 15画以上", limit=40, offset=at).hits for at in (0, 40, 80)]
    assert [hit.mj for page in pages for hit in page][:100] == [hit.mj for hit in whole.hits]
    assert whole.count > 100


@pytest.mark.parametrize("charset", ["mj", "juki", "koseki", "jisx0213"])
def test_only_characters_of_the_set(finder, table, charset):
    mask = table.charset_mask(charset)
    found = finder.find("木", charset=charset, limit=MAX_LIMIT)
    assert found.hits
    assert all(mask[table.row(hit.mj)] for hit in found.hits)
    assert found.count == int(
        (met(finder, AnyOf((ByCharacter("木", related=True), ByParts(("木",))))) & mask).sum()
    )


def test_every_hit_has_a_reason_for_each_criterion(finder):
    for query in ("さい 部首:水 画数:8-10", "木 目", "渡辺の辺", "26190", "食べる", "一 5画"):
        criteria = parse_query(query).criteria
        for hit in finder.find(query).hits:
            assert len(hit.reasons) == len(criteria)
            assert all(hit.reasons)


@pytest.mark.parametrize(
    ("query", "charset", "word"),
    [
        ("渡辺", "mj", "渡辺の辺"),
        ("ぬぬぬ", "mj", "読み"),
        ("しんにょう 2画", "mj", "条件"),
        ("MJ058866", "jisx0213", "範囲"),
        ("☃", "mj", "手掛かり"),
    ],
)
def test_no_hits_come_with_a_hint(finder, query, charset, word):
    found = finder.find(query, charset=charset)
    assert (found.hits, found.count) == ((), 0)
    assert word in found.hint


@pytest.mark.parametrize(
    "options", [{"limit": 0}, {"limit": MAX_LIMIT + 1}, {"offset": -1}, {"charset": "big5"}]
)
def test_bounds(finder, options):
    with pytest.raises(UsageError):
        finder.find("木", **options)


def test_an_unknown_mj_has_no_relations(finder):
    with pytest.raises(UsageError):
        finder.find("関連:MJ999999")


@settings(max_examples=60, deadline=None)
@given(
    st.text(
        st.one_of(
            st.characters(), st.sampled_from("木目辶氵⿰⿺？さいのべ:部首画数0123456789MJU+-~ \U000e0100{}")
        ),
        max_size=30,
    )
)
def test_no_text_breaks_it(finder, text):
    try:
        found = finder.find(text, limit=3)
    except UsageError as error:
        assert str(error)
    else:
        assert (found.count == 0) == bool(found.hint)


def test_a_set_without_readings_parts_and_shrink_map(tiny_refset):
    finder = Finder(load_table(tiny_refset))
    assert names(finder, "GJ000001") == ["GJ000001"]
    for query in ("さい", "木 目", "部首:水", "関連:GJ000001", "445000", "補1", "1-1-1", "渡辺の辺"):
        assert finder.find(query).count >= 0


def test_a_query_is_fast_enough_for_typing(finder):
    """Seen: 1–20 ms on two busy cores; the bound leaves room for slower machines."""
    finder.warm()
    for query in ("口", "し", "⿱？口", "26190", "関連:MJ026190", "画数:1-99"):
        begin = time.process_time()
        finder.find(query)
        assert time.process_time() - begin < 0.25, query

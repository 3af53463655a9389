"""The ministry's table: a hand-made case, sums that agree to the last glyph, files that can be read back."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter

import pytest
from hypothesis import given, settings
from python_calamine import CalamineWorkbook

from engine.report.summary import summarise
from engine.report.survey import IDENTIFIED, Count, Target, count, target_of
from engine.report.survey_files import WRITERS
from engine.report.survey_table import as_json, tables
from engine.result import Review, Verdict
from tests.report.material import RESULTS, ROWS, row


def test_a_small_case_by_hand():
    survey = count(RESULTS)
    lines = {line.title: line for line in survey.whole.lines}
    similar = lines["類似"]
    assert similar.targets == (Count(2, 1, 2), Count(0, 0, 0), Count(0, 0, 0))
    assert lines["デザイン差"].targets == (Count(0, 0, 0), Count(1, 1, 1), Count(0, 0, 0))
    assert lines["同定できたもの"].total == Count(4, 2, 3)  # 類似 and デザイン差 are of the same MJ
    assert lines["同定不可能（記号等）"].total == Count(1, 0, 1)
    assert lines["計"].total.glyphs == 5
    assert (survey.whole.failed, survey.whole.glyphs, survey.whole.duplicates) == (1, 6, 1)
    assert [(section.submitted, section.glyphs) for section in survey.by_submitted] == [("2", 1), ("", 5)]


@settings(deadline=None, max_examples=80)
@given(ROWS)
def test_sums_agree_with_the_rows_to_the_last_glyph(rows):
    survey = count(rows)
    assert survey.whole.glyphs == sum(section.glyphs for section in survey.by_submitted) == len(rows)
    assert survey.whole.failed == sum(each.verdict is None for each in rows)
    for section in (survey.whole, *survey.by_submitted):
        *known, identified, unknown, hentaigana, symbols, unidentified, every = section.lines
        assert sum(line.total.glyphs for line in known) == identified.total.glyphs
        assert (
            unknown.total.glyphs + hentaigana.total.glyphs + symbols.total.glyphs == unidentified.total.glyphs
        )
        assert identified.total.glyphs + unidentified.total.glyphs == every.total.glyphs
        assert every.total.glyphs + section.failed == section.glyphs
        for line in (*known, identified):
            assert sum(each.glyphs for each in line.targets) == line.total.glyphs
            assert sum(each.required for each in line.targets) == line.total.required
            assert max((each.kinds for each in line.targets), default=0) <= line.total.kinds
    cells = Counter((each.verdict, target_of(each)) for each in rows if each.verdict in IDENTIFIED)
    for line in survey.whole.lines[: len(IDENTIFIED)]:
        assert {target: each.glyphs for target, each in zip(Target, line.targets, strict=True)} == {
            target: cells[line.verdict, target] for target in Target
        }
    names = {each.mj for each in rows if each.verdict in IDENTIFIED and each.mj}
    assert survey.whole.lines[len(IDENTIFIED)].total.kinds == len(names)


@settings(deadline=None, max_examples=40)
@given(ROWS)
def test_the_summary_of_a_list_counts_the_same(rows):
    survey, summary = count(rows), summarise(rows)
    assert summary.glyphs == survey.whole.glyphs
    assert summary.auto + summary.required == survey.whole.lines[-1].total.glyphs
    assert summary.required == survey.whole.lines[-1].total.required
    assert sum(summary.sources.values()) == len(rows)


def test_the_target_is_what_the_codes_say():
    assert target_of(row()) is Target.JUKI
    assert target_of(row(juki="")) is Target.KOSEKI
    assert target_of(row(juki="", koseki="")) is Target.NEITHER


def test_a_target_that_occurs_nowhere_has_no_column():
    assert not any("番号なし" in heading for heading in tables(count(RESULTS))[0].headings)
    with_one = tables(count([*RESULTS, row(9, juki="", koseki="")]))
    assert all("番号なし 字数" in table.headings for table in with_one)
    assert all(len(line) == len(table.headings) for table in with_one for line in table.lines)


def written(suffix: str, rows=RESULTS) -> bytes:
    stream = io.BytesIO()
    WRITERS[suffix](count(rows), stream)
    assert not stream.closed
    return stream.getvalue()


def test_csv_holds_every_section():
    text = written(".csv").decode("utf-8-sig")
    lines = list(csv.DictReader(io.StringIO(text, newline="")))
    assert "\r\n" in text
    totals = {line["提出区分"]: int(line["計 字数"]) for line in lines if line["区分"] == "計"}
    assert totals == {"全体": 5, "② 既存住基システム外字": 1, "種類の記載なし": 4}


def test_json_is_the_survey():
    document = json.loads(written(".json"))
    assert document == as_json(count(RESULTS))
    whole = document["sections"][0]
    assert (whole["glyphs"], whole["unreadable"]["glyphs"], whole["duplicates"]) == (6, 1, 1)
    similar = next(line for line in whole["lines"] if line["class"] == Verdict.SIMILAR)
    assert similar["targets"]["住基ネット統一文字"]["glyphs"] == 2


def test_markdown_has_a_table_for_each_section():
    text = written(".md").decode("utf-8")
    assert text.count("| --- |") == 3
    assert "| 類似 | 2 | 1 | 0 | 0 | 2 | 1 | 2 |" in text


def test_excel_has_the_same_numbers(tmp_path):
    path = tmp_path / "集計.xlsx"
    path.write_bytes(written(".xlsx"))
    cells = CalamineWorkbook.from_path(path).get_sheet_by_name("集計").to_python()
    (similar, *_) = [line for line in cells if line[0] == "類似"]
    assert similar[1:8] == [2, 1, 0, 0, 2, 1, 2]


@pytest.mark.parametrize("suffix", list(WRITERS))
def test_nothing_at_all_is_a_table_of_noughts(suffix):
    assert written(suffix, rows=[])


def test_what_needs_a_look_is_counted():
    survey = count([row(0), row(1, review=Review.AUTO, verdict=Verdict.SAME)])
    assert survey.whole.lines[-1].total.required == 1

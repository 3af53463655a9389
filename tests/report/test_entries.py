"""Lines of the list: duplicates together, what is asked for, the order for the eye."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from engine.errors import UsageError
from engine.report.entries import FAILED, Entry, Order, arranged, selection, together
from engine.result import Review, Subclass, Verdict
from tests.report.material import RESULTS, ROWS, row


def test_duplicates_stand_in_one_line_with_the_first():
    lines = together(RESULTS)
    assert lines[0] == Entry(RESULTS[0], (RESULTS[2],))
    assert [entry.row for entry in lines[1:]] == [RESULTS[1], *RESULTS[3:]]


def test_a_picture_is_named_by_its_source_alone():
    first, second = row(gaiji_code="", source="a.png"), row(gaiji_code="", source="b.png", same_as="a.png")
    assert together([first, second]) == [Entry(first, (second,))]


def test_what_names_nobody_or_two_stays_a_line_of_its_own():
    rows = [
        row(0),
        row(1),
        row(2, same_as="EUDC.TTE"),
        row(3, same_as="gone"),
        row(4, same_as="EUDC.TTE#U+E003"),
    ]
    assert together(rows) == [Entry(each) for each in rows]


@settings(deadline=None, max_examples=40)
@given(ROWS)
def test_every_row_is_in_exactly_one_line_of_every_order(rows):
    for order in Order:
        lines = arranged(together(rows), order)
        held = [each for entry in lines for each in (entry.row, *entry.same)]
        assert sorted(map(id, held)) == sorted(map(id, rows))


def test_what_needs_a_look_comes_first_and_alike_things_stand_together():
    other = {"mj": "MJ013641", "ucs": "来"}
    rows = [
        row(0, verdict=Verdict.SAME, review=Review.AUTO),
        row(1, **other),
        row(2, verdict=None, status="empty-glyph"),
        row(3, verdict=Verdict.DESIGN),
        row(4),
        row(5, **other),
        row(6, verdict=Verdict.UNIDENTIFIED, subclass=Subclass.UNKNOWN, mj="", ucs=""),
    ]
    codes = [int(entry.row.gaiji_code[-1]) for entry in arranged(map(Entry, rows), Order.CHECK)]
    assert codes == [1, 5, 4, 3, 6, 0, 2]


def test_the_least_sure_first():
    rows = [row(0, confidence=0.9), row(1, confidence=0.1), row(2, confidence=None, verdict=None)]
    assert [entry.row for entry in arranged(map(Entry, rows), Order.CONFIDENCE)] == [
        rows[1],
        rows[0],
        rows[2],
    ]


@pytest.mark.parametrize(
    ("words", "places"),
    [
        ([], [0, 1, 2, 3, 4, 5]),
        (["auto"], [1]),
        (["required", "類似"], [0, 2]),
        (["類似", "デザイン差"], [0, 2, 4]),
        (["同定不可能"], [3]),
        (["記号等", "字形一致"], [1, 3]),
        (["auto", "required", "記号等"], [3]),
        ([FAILED], [5]),
    ],
)
def test_selection(words, places):
    wanted = selection(words)
    assert [place for place, each in enumerate(RESULTS) if wanted(each)] == places


def test_an_unknown_word_is_told_with_those_that_there_are():
    with pytest.raises(UsageError, match="required"):
        selection(["maybe"])

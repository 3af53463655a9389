"""The criteria on paper."""

import numpy as np
import pytest

from engine.judge.criteria import load_criteria
from engine.judge.vocabulary import load_vocabulary
from engine.sheet.face import ReferenceFace
from engine.sheet.overlay import CANDIDATE_ONLY, GAIJI_ONLY
from engine.sheet.rules import difference_chapters, rule_chapters, rules_page, rules_sheet
from tests.judge.test_criteria import SOUND
from tests.judge.test_example import EXAMPLES


@pytest.fixture(scope="module")
def face(reference_font):
    return ReferenceFace(reference_font)


@pytest.fixture
def chapters(tmp_path):
    (tmp_path / "t.toml").write_text(SOUND + EXAMPLES, encoding="utf-8")
    return rule_chapters(load_criteria("t", tmp_path))


def test_rules_in_words():
    classes, reviews = rule_chapters(load_criteria("v1"))
    first, last = classes.entries[0], classes.entries[-1]
    assert (first.id, first.outcome) == ("N1", "同定不可能（記号等）")
    assert first.conditions[0] == "最良の候補は仮名・英数字・記号などである"
    assert last.conditions == ("ほかの規則が当てはまらない",)
    assert [entry.outcome for entry in reviews.entries] == [
        "人が確かめる", "人の確認は要らない", "人が確かめる",
    ]  # fmt: skip
    assert dict(first.facts)["出典"].startswith("平成23")


def test_kinds_of_difference_by_what_follows_from_them():
    design, form = difference_chapters(load_vocabulary())
    assert [entry.id for entry in form.entries] == ["f-1", "f-2", "f-3", "f-4", "f-5"]
    assert len(design.entries) == 13
    assert "千と干" in design.preface


def test_a_sheet_is_as_long_as_its_entries_and_cuts_nothing(face, chapters):
    short = rules_sheet("題", chapters[:1], face)
    long = rules_sheet("題", chapters * 6, face)
    assert long.height > 6 * (short.height - 200)
    assert (np.asarray(long)[-200:-20] < 128).any()
    pixels = np.asarray(rules_sheet("題", chapters, face))
    assert (pixels == np.array(GAIJI_ONLY)).all(-1).any()
    assert (pixels == np.array(CANDIDATE_ONLY)).all(-1).any()


def test_an_example_that_cannot_be_drawn_says_so(face, tmp_path):
    missing = EXAMPLES.replace("MJ009454", "MJ999999")
    (tmp_path / "t.toml").write_text(SOUND + missing, encoding="utf-8")
    chapters = rule_chapters(load_criteria("t", tmp_path))
    page = rules_page("題", chapters, face)
    assert "描けません" in page
    assert page.count("<figure>") == 7
    assert page.count('<div class="pictures">') == page.count("</div>") == 3
    assert rules_sheet("題", chapters, face).height > 300

"""A proposed gaiji: it exists, it may be made, or it may not."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings

from engine.policy.action import NewGaiji
from engine.policy.load import load_policy
from engine.policy.screen import Answer, screen
from engine.result import Identification, Review, Subclass, Verdict
from tests.policy.material import policies, rows

STANDARD, LOOSE = load_policy("standard"), load_policy("loose")


def row(verdict, **more):
    return Identification("申請.png", verdict=verdict, **({"review": Review.AUTO} | more))


def test_what_exists_is_not_made_again(targets):
    told = screen(STANDARD, row(Verdict.SAME, mj="MJ026190"), targets)
    assert told.headline == "この字は MJ026190 として既にあります。"
    assert (told.answer, told.answer.may_go_on) == (Answer.EXISTS, False)
    assert told.replacement[0] == "邉"
    unsure = screen(STANDARD, row(Verdict.DESIGN, mj="MJ026190", review=Review.REQUIRED), targets)
    assert "見比べて" in unsure.headline
    assert not unsure.answer.may_go_on


def test_what_exists_outside_the_set_is_drawn_from_the_standard(targets):
    told = screen(STANDARD, row(Verdict.SAME, mj="MJ058862", system="住基ネット"), targets)
    assert told.answer is Answer.EXISTS
    assert any("縮退先はありません" in each and "gaiji export eudc" in each for each in told.details)


@pytest.mark.parametrize(
    ("verdict", "subclass", "answer"),
    [
        (Verdict.SIMILAR, None, Answer.ASK_FIRST),
        (Verdict.UNIDENTIFIED, Subclass.UNKNOWN, Answer.APPROVE),
        (Verdict.UNIDENTIFIED, None, Answer.APPROVE),
        (Verdict.UNIDENTIFIED, Subclass.HENTAIGANA, Answer.ASK_FIRST),
        (Verdict.UNIDENTIFIED, Subclass.SYMBOL, Answer.FORBID),
    ],
)
def test_every_class_has_its_answer(targets, verdict, subclass, answer):
    given_row = row(verdict, subclass=subclass, mj="MJ026190" if verdict is Verdict.SIMILAR else "")
    told = screen(STANDARD, given_row, targets)
    assert told.answer is answer
    if told.answer.may_go_on:
        assert any(STANDARD.new_gaiji.approver in each for each in told.details)
        assert sum("作る前に" in each for each in told.details) == len(STANDARD.new_gaiji.checks)
    assert not screen(LOOSE, given_row, targets).answer.may_go_on


def test_a_symbol_is_told_with_its_character(targets):
    told = screen(
        STANDARD, row(Verdict.UNIDENTIFIED, subclass=Subclass.SYMBOL, evidence=("char:U+3231",)), targets
    )
    assert told.replacement == "㈱"
    bad = row(Verdict.UNIDENTIFIED, subclass=Subclass.SYMBOL, evidence=("char:U+FFFFFFFFFF",))
    assert screen(STANDARD, bad, targets).replacement == ""


def test_what_could_not_be_read_does_not_go_on(targets):
    told = screen(STANDARD, Identification("申請.png", status="empty-glyph", message="字がない。"), targets)
    assert (told.answer, told.answer.may_go_on) == (Answer.UNREADABLE, False)
    assert "字がない。" in told.headline


@given(policies(), rows())
@settings(max_examples=60, deadline=None)
def test_nothing_that_exists_is_ever_made_and_forbidding_is_obeyed(targets, policy, row):
    told = screen(policy, row, targets)
    if row.verdict in (Verdict.SAME, Verdict.DESIGN, None):
        assert not told.answer.may_go_on
    never = replace(
        policy.new_gaiji, **dict.fromkeys(("similar", "unknown", "hentaigana", "symbol"), NewGaiji.FORBID)
    )
    assert not screen(replace(policy, new_gaiji=never), row, targets).answer.may_go_on

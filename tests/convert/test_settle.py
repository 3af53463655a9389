"""Only what the machine is sure of, or a person decided, is settled; a key with two outcomes is not."""

import dataclasses

import pytest

from engine.convert.settle import Basis, GaijiKey, Reason, settle
from engine.output.load import Decision, Ruling
from engine.result import Identification, Review, Subclass, Verdict

AUTO = Identification(
    "EUDC.TTE", "U+E000", Verdict.SAME, mj="MJ026190", confidence=1.0, review=Review.AUTO, system="住基"
)
REQUIRED = dataclasses.replace(AUTO, review=Review.REQUIRED, verdict=Verdict.SIMILAR)


def ruled(verdict: Ruling, mj: str = "", code: str = "U+E000", **more: str) -> Decision:
    return Decision("EUDC.TTE", code, mj, verdict, **more)


def outcome(results, decisions, table):
    settled, unsettled = settle(results, decisions, table)
    return [(s.mj, s.basis) for s in settled], [(u.reason, u.proposed) for u in unsettled]


def test_what_the_machine_is_sure_of(table):
    settled, unsettled = settle([AUTO], [], table)
    assert unsettled == []
    (only,) = settled
    assert only.key == GaijiKey("", "住基", "", "U+E000")
    assert (only.mj, only.ucs, only.ivs, only.basis) == ("MJ026190", "邉", "邉\U000e010f", Basis.AUTO)


@pytest.mark.parametrize(
    ("row", "decision", "expected"),
    [
        (REQUIRED, None, (Reason.UNCONFIRMED, ("MJ026190",))),
        (REQUIRED, ruled(Ruling.ACCEPTED, "MJ026190"), ("MJ026190", Basis.PERSON)),
        (REQUIRED, ruled(Ruling.OTHER, "MJ026191"), ("MJ026191", Basis.PERSON)),
        (REQUIRED, ruled(Ruling.REJECTED), (Reason.KEPT, ("MJ026190",))),
        (AUTO, ruled(Ruling.REJECTED), (Reason.KEPT, ("MJ026190",))),
        (AUTO, ruled(Ruling.OPEN), (Reason.OPEN, ("MJ026190",))),
        (AUTO, ruled(Ruling.OTHER, "MJ026191"), ("MJ026191", Basis.PERSON)),
        (AUTO, ruled(Ruling.OTHER, "MJ999999"), (Reason.UNKNOWN_MJ, ("MJ999999",))),
        (
            dataclasses.replace(AUTO, verdict=Verdict.UNIDENTIFIED, subclass=Subclass.SYMBOL, mj=""),
            None,
            (Reason.UNIDENTIFIED, ()),
        ),
        (
            dataclasses.replace(REQUIRED, verdict=Verdict.UNIDENTIFIED, subclass=Subclass.UNKNOWN, mj=""),
            ruled(Ruling.ACCEPTED),
            (Reason.UNIDENTIFIED, ()),
        ),
        (dataclasses.replace(AUTO, status="empty-glyph"), None, (Reason.UNREADABLE, ())),
        (dataclasses.replace(AUTO, gaiji_code=""), None, (Reason.NO_CODE, ("MJ026190",))),
    ],
)
def test_one_row(table, row, decision, expected):
    settled, unsettled = outcome([row], [decision] if decision else [], table)
    assert settled + unsettled == [expected]


def test_decisions_that_differ_settle_nothing(table):
    decisions = [ruled(Ruling.ACCEPTED, "MJ026190"), ruled(Ruling.OTHER, "MJ026191")]
    assert outcome([AUTO], decisions, table) == (
        [],
        [(Reason.CONFLICTING_DECISIONS, ("MJ026190", "MJ026191"))],
    )
    assert outcome([AUTO], decisions[:1] * 2, table)[0] == [("MJ026190", Basis.PERSON)]


def test_a_decision_without_a_row_is_told(table):
    decisions = [ruled(Ruling.ACCEPTED, "MJ026190", code="U+E001"), ruled(Ruling.REJECTED, system="税")]
    assert outcome([AUTO], decisions, table) == (
        [("MJ026190", Basis.AUTO)],
        [(Reason.NO_RESULT, ("MJ026190",)), (Reason.NO_RESULT, ())],
    )


def test_the_same_code_of_two_systems_is_two_gaiji(table):
    other = dataclasses.replace(AUTO, system="税", mj="MJ026191")
    assert len(settle([AUTO, other], [], table)[0]) == 2


@pytest.mark.parametrize(
    "other",
    [
        dataclasses.replace(AUTO, source="b", mj="MJ026191"),
        dataclasses.replace(REQUIRED, source="b", mj="MJ026191"),
    ],
)
def test_a_key_with_two_outcomes_is_a_conflict(table, other):
    expected = ([], [(Reason.CONFLICT, ("MJ026190", "MJ026191"))])
    assert outcome([AUTO, other], [], table) == expected


def test_a_key_that_is_given_twice_alike_is_one(table):
    twice = [
        AUTO,
        dataclasses.replace(AUTO, source="b"),
        dataclasses.replace(AUTO, source="c", status="timeout"),
    ]
    settled, unsettled = settle(twice, [], table)
    assert [s.source for s in settled] == ["EUDC.TTE"]
    assert [u.reason for u in unsettled] == [Reason.UNREADABLE]


@pytest.mark.parametrize("name", ["EUDC.TTE#U+E000", "EUDC.TTE U+E000"])
def test_a_decision_holds_for_the_same_picture(table, name):
    again = dataclasses.replace(REQUIRED, gaiji_code="U+E005", same_as=name)
    near = dataclasses.replace(REQUIRED, gaiji_code="U+E006", near_same=name)
    decisions = [ruled(Ruling.OTHER, "MJ026191")]
    assert outcome([REQUIRED, again, near], decisions, table) == (
        [("MJ026191", Basis.PERSON), ("MJ026191", Basis.SAME_PICTURE)],
        [(Reason.UNCONFIRMED, ("MJ026190",))],
    )
    decisions.append(ruled(Ruling.REJECTED, code="U+E005"))
    assert outcome([REQUIRED, again], decisions, table)[1] == [(Reason.KEPT, ("MJ026190",))]


def test_ties_are_kept_where_nobody_decided(table):
    row = dataclasses.replace(AUTO, evidence=("S1", "tie:MJ026191"))
    assert settle([row], [], table)[0][0].tied == ("MJ026191",)
    assert settle([row], [ruled(Ruling.ACCEPTED, "MJ026190")], table)[0][0].tied == ()

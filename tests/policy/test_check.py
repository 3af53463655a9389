"""What a policy objects to: counted by hand on a few gaiji of two municipalities."""

from __future__ import annotations

from engine.policy.action import Action
from engine.policy.check import Objection, check
from engine.policy.columns import from_rows
from engine.policy.load import load_policy
from engine.policy.signatures import look
from engine.result import Identification, Review, Subclass, Verdict

STANDARD, LOOSE = load_policy("standard"), load_policy("loose")
SAME, DESIGN, SIMILAR, UNKNOWN = Verdict.SAME, Verdict.DESIGN, Verdict.SIMILAR, Verdict.UNIDENTIFIED


def row(code: int, verdict: Verdict, **more) -> Identification:
    given = {"municipality": "131016", "system": "住民記録", "font": "EUDC", "review": Review.AUTO} | more
    if verdict is not UNKNOWN:
        given = {"mj": "MJ026190"} | given
    return Identification("外字.tte", f"U+{0xE000 + code:04X}", verdict, **given)


def objections(policy, given, targets) -> list[tuple[int, str, int, bool]]:
    checked = check(policy, look(from_rows(given)), targets)
    return [(each.place, each.objection.value, each.other, each.sure) for each in checked.violations]


def test_a_gaiji_that_exists_is_needless_and_an_unsure_one_is_to_be_looked_at(targets):
    given = [
        row(0, SAME),
        row(1, DESIGN, mj="MJ008095", review=Review.REQUIRED),
        row(2, SIMILAR),
        row(3, UNKNOWN),
    ]
    assert objections(STANDARD, given, targets) == [(0, "exists", -1, True), (1, "exists", -1, False)]


def test_doubles_are_found_within_one_system_only(targets):
    first = "外字.tte#U+E000"
    given = [
        row(0, SIMILAR),
        row(1, SIMILAR, same_as=first),
        row(2, SIMILAR, same_as=first, system="税"),
        row(3, SIMILAR, same_as=first, municipality="011002"),
        row(4, SIMILAR, same_as=first, municipality="011002"),
        row(5, UNKNOWN, near_same=first, review=Review.REQUIRED),
    ]
    assert objections(STANDARD, given, targets) == [
        (1, "same-picture", 0, True),
        (4, "same-picture", 3, True),
        (5, "near-picture", 0, False),
    ]


def test_two_pictures_of_one_mj_are_doubles_and_only_where_they_are_that_mj(targets):
    given = [row(0, SAME), row(1, DESIGN), row(2, SIMILAR), row(3, DESIGN, system="税")]
    found = objections(STANDARD, given, targets)
    assert [each for each in found if each[1] != "exists"] == [(1, "same-mj", 0, True)]


def test_the_same_row_twice_is_no_double(targets):
    checked = check(STANDARD, look(from_rows([row(0, SIMILAR), row(0, SIMILAR)])), targets)
    assert (checked.violations, checked.repeated) == ((), 1)


def test_a_character_outside_the_set_of_its_system_is_told_with_the_rule(targets):
    given = [row(0, SAME, mj="MJ058862", system="住基ネット"), row(1, SAME, mj="MJ058862", system="戸籍")]
    checked = check(STANDARD, look(from_rows(given)), targets)
    assert [(each.place, each.objection, each.rule) for each in checked.violations] == [
        (0, Objection.OUTSIDE, "O2"),
        (1, Objection.EXISTS, ""),
    ]


def test_what_the_policy_forbids_is_told(targets):
    given = [
        row(0, UNKNOWN, subclass=Subclass.UNKNOWN),
        row(1, SIMILAR, mj="MJ008095", review=Review.REQUIRED),
    ]
    checked = check(LOOSE, look(from_rows(given)), targets)
    assert [(each.place, each.objection) for each in checked.violations] == [(0, Objection.FORBIDDEN)]
    assert checked.counts[Objection.FORBIDDEN] == checked.rows == 1
    allowed = LOOSE.with_action("C4", Action.KEEP)
    assert check(allowed, look(from_rows(given)), targets).violations == ()


def test_what_could_not_be_read_is_no_violation(targets):
    unread = [Identification("a.tte", f"U+E00{at}", status="unreadable-image") for at in range(2)]
    assert objections(LOOSE, unread, targets) == []

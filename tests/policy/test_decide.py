"""Which rule decides, and what no rule can loosen: by hand, one case after the other."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.difference import DifferenceKind
from engine.policy.action import Action, SecondReview
from engine.policy.decide import Features, Floor, Ruler, decide
from engine.policy.load import load_policy
from engine.policy.policy import ExceptionRule, HosetsuRule
from engine.policy.targets import Target
from engine.result import Identification, Review, Subclass, Verdict
from tests.policy.material import policies, rows

STANDARD = load_policy("standard")
CROSSING, ADDED, LENGTH = DifferenceKind.CROSSING, DifferenceKind.STROKE_ADDED, DifferenceKind.LENGTH


def ruling(features: Features, policy=STANDARD):
    return Ruler(policy).rule_on(features)


def features(verdict, *, kinds=(), hosetsu=(), required=True, target=Target.MJ, subclass=None, exception=""):
    return Features(verdict, subclass, required, frozenset(kinds), frozenset(hosetsu), exception, target)


def test_a_sure_match_is_replaced_unseen_and_an_unsure_one_is_not():
    assert ruling(features(Verdict.SAME, required=False)).action is Action.REPLACE
    unsure = ruling(features(Verdict.SAME))
    assert (unsure.action, unsure.rule, unsure.floors) == (Action.LOOK, "C1", (Floor.REQUIRED,))
    assert unsure.reason.startswith("字形一致: ")
    assert unsure.reason.endswith(Floor.REQUIRED.value)


def test_the_strictest_difference_decides_and_an_unnamed_one_counts_as_the_class():
    crossing = ruling(features(Verdict.DESIGN, kinds=[CROSSING, LENGTH]))
    assert (crossing.action, crossing.rule, set(crossing.considered)) == (Action.TWO, "D1", {"D1", "C2"})
    loose = STANDARD.with_action("D1", Action.REPLACE)
    kept_by_class = ruling(features(Verdict.DESIGN, kinds=[CROSSING, LENGTH]), loose)
    assert (kept_by_class.action, kept_by_class.rule) == (Action.LOOK, "C2")


def test_a_unification_rule_comes_before_differences_and_an_exception_before_both():
    both = features(Verdict.SIMILAR, kinds=[ADDED], hosetsu=["U082"])
    assert ruling(features(Verdict.SIMILAR, kinds=[ADDED])).rule == "D2"
    assert ruling(both).rule == "H1"
    policy = replace(
        STANDARD,
        exceptions=(ExceptionRule("X", Action.KEEP, "例", ("MJ026190",), (Verdict.SIMILAR,)),),
    )
    row = Identification("a.png", verdict=Verdict.SIMILAR, mj="MJ026190", evidence=("hosetsu:U082",))
    assert Ruler(policy).exception("MJ026190", Verdict.SIMILAR) == "X"
    assert Ruler(policy).exception("MJ026190", Verdict.SAME) == ""
    assert ruling(replace(both, exception="X"), policy).rule == "X"
    assert row.mj in policy.exceptions[0].mj


def test_a_numbered_rule_comes_before_the_one_for_every_number():
    policy = replace(
        STANDARD, hosetsu_rules=(*STANDARD.hosetsu_rules, HosetsuRule("H2", Action.KEEP, "例", ("U082",)))
    )
    assert ruling(features(Verdict.SIMILAR, hosetsu=["U128"]), policy).rule == "H1"
    assert ruling(features(Verdict.SIMILAR, hosetsu=["U082"]), policy).rule == "H2"
    assert ruling(features(Verdict.SIMILAR, hosetsu=["U128", "U082"]), policy).rule == "H2"


def test_an_mj_outside_the_character_set_replaces_nothing():
    shrinkable = ruling(features(Verdict.SAME, required=False, target=Target.SHRINK))
    assert (shrinkable.action, shrinkable.rule) == (Action.TWO, "O1")
    outside = ruling(features(Verdict.SAME, required=False, target=Target.OUTSIDE))
    assert (outside.action, outside.rule) == (Action.KEEP, "O2")
    kept = ruling(features(Verdict.UNIDENTIFIED, subclass=Subclass.UNKNOWN, target=Target.OUTSIDE))
    assert (kept.action, kept.rule) == (Action.KEEP, "C4")


def test_a_symbol_without_a_character_stays():
    named = features(Verdict.UNIDENTIFIED, subclass=Subclass.SYMBOL, target=Target.CHARACTER)
    assert ruling(named).action is Action.LOOK
    nothing = ruling(replace(named, target=Target.NOTHING))
    assert (nothing.action, nothing.floors) == (Action.KEEP, (Floor.NOTHING,))


@pytest.mark.parametrize(
    ("who", "similar", "design"),
    [
        (SecondReview.NEVER, Action.LOOK, Action.LOOK),
        (SecondReview.SIMILAR, Action.TWO, Action.LOOK),
        (SecondReview.ALL, Action.TWO, Action.TWO),
    ],
)
def test_the_second_review_makes_one_look_two(who, similar, design):
    policy = replace(STANDARD.with_action("C3", Action.LOOK), second_review=who)
    assert ruling(features(Verdict.SIMILAR), policy).action is similar
    assert ruling(features(Verdict.DESIGN), policy).action is design


def test_what_could_not_be_read_is_not_ruled_on(targets):
    told = decide(STANDARD, Identification("a.png", status="unreadable-image"), targets)
    assert (told.action, told.rule) == (None, "")
    odd = Identification("a.png", verdict=Verdict.SAME, status="timeout")
    assert decide(STANDARD, odd, targets).action is None


def test_the_character_set_of_the_system_counts(targets):
    def told(mj, system, policy=STANDARD):
        row = Identification("a.png", verdict=Verdict.SAME, mj=mj, review=Review.AUTO, system=system)
        decided = decide(policy, row, targets)
        return decided.rule, decided.action

    rare, variant = "MJ058862", "MJ014255"  # only in 戸籍統一文字; a form that JIS X 0213 unifies
    assert told(rare, "住民記録") == told(rare, "戸籍") == ("C1", Action.REPLACE)
    assert told(rare, "住基ネット") == ("O2", Action.KEEP)
    assert told(variant, " 住基ネット ") == ("C1", Action.REPLACE)
    loose = load_policy("loose")
    assert told(variant, "", loose) == ("O1", Action.LOOK)
    assert told(rare, "", loose) == ("O1", Action.LOOK)  # by a dictionary only
    assert told("MJ090003", "", loose) == ("O2", Action.FORBID)


def test_a_shrunk_character_follows_the_policys_order(targets):
    order = ("koseki-seiji", "jis-ucs")
    assert targets.of_name("MJ020872", "jisx0213", ()) is Target.OUTSIDE
    assert targets.of_name("MJ020872", "jisx0213", order) is Target.SHRINK
    assert targets.replacement("MJ020872", "jisx0213", order) == "聡"
    assert targets.replacement("MJ020872", "jisx0213", order[::-1]) == "聰"
    assert targets.replacement("MJ020872", "jisx0213", ()) == ""
    assert targets.of_name("MJ999999", "mj", order) is Target.OUTSIDE


@given(policies(), rows())
@settings(max_examples=60, deadline=None)
def test_the_safety_floor_holds_whatever_a_policy_says(targets, policy, row):
    told = decide(policy, row, targets)
    if told.action is Action.REPLACE:
        assert row.review is Review.AUTO
        assert row.verdict in (Verdict.SAME, Verdict.DESIGN)
        assert told.target is Target.MJ
    if told.action is not None and told.action.replaces:
        assert told.target not in (Target.NOTHING, Target.OUTSIDE)
    if policy.second_review is SecondReview.ALL:
        assert told.action is not Action.LOOK
    assert (told.action is None) == (row.verdict is None)
    assert told.rule in told.considered or told.action is None


@given(policies(), rows(), st.data())
@settings(max_examples=60, deadline=None)
def test_a_rule_without_a_say_changes_nothing(targets, policy, row, data):
    told = decide(policy, row, targets)
    rule = data.draw(st.sampled_from(policy.rules))
    other = decide(policy.with_action(rule.id, data.draw(st.sampled_from(rule.allowed))), row, targets)
    if rule.id not in told.considered:
        assert other == told
    elif told.rule != other.rule or told.action != other.action:
        assert rule.id in (told.rule, other.rule)

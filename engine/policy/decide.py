"""What a policy says of one gaiji: the rule that decides, and what no rule can loosen.

This is the one place where precedence is decided (:mod:`engine.policy.policy` tells it in words). Simulating
a million rows asks it once for each distinct set of :class:`Features`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from engine.difference import DifferenceKind
from engine.policy.action import Action, SecondReview
from engine.policy.policy import Policy, Rule
from engine.policy.targets import Target, Targets
from engine.result import Identification, Review, Subclass, Verdict

UNREADABLE = "読み取れなかった外字で、どの規則も当てはまらない。"


class Floor(StrEnum):
    """What made an action stricter than its rule."""

    NOTHING = "置き換える相手の文字がないので、外字のまま残す。"
    REQUIRED = "エンジンが要確認としたので、見ないで置き換えることはしない。"
    UNIDENTIFIED = "同じ字と同定されていないので、見ないで置き換えることはしない。"
    SECOND = "このポリシーでは、二人目も見る。"


@dataclass(frozen=True, slots=True)
class Features:
    """All of a row that a policy looks at.

    Attributes
    ----------
    verdict : Verdict or None
        None for what could not be read.
    subclass : Subclass or None
        不明文字 where a 同定不可能 row does not say.
    required : bool
    kinds : frozenset of DifferenceKind
    hosetsu : frozenset of str
    exception : str
        Id of the exception for the row's MJ and class; empty for none.
    target : Target
    """

    verdict: Verdict | None
    subclass: Subclass | None = None
    required: bool = True
    kinds: frozenset[DifferenceKind] = frozenset()
    hosetsu: frozenset[str] = frozenset()
    exception: str = ""
    target: Target = Target.NOTHING


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a policy says of one gaiji.

    Attributes
    ----------
    action : Action or None
        None for what could not be read.
    rule : str
        Id of the rule that decided; empty where none did.
    floors : tuple of Floor
        What made the action stricter than the rule's.
    considered : tuple of str
        Ids of all rules that had a say: changing another rule changes nothing here.
    reason : str
        Japanese.
    target : Target
    """

    action: Action | None
    rule: str
    floors: tuple[Floor, ...]
    considered: tuple[str, ...]
    reason: str
    target: Target


class Ruler:
    """A policy, made ready to be asked.

    Parameters
    ----------
    policy : Policy
    """

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self._rules = {rule.id: rule for rule in policy.rules}
        self._classes = {(rule.verdict, rule.subclass): rule for rule in policy.class_rules}
        self._kinds = {
            (kind, verdict): rule
            for rule in policy.difference_rules
            for kind in rule.kinds
            for verdict in rule.verdicts
        }
        self._numbers = {number: rule for rule in policy.hosetsu_rules for number in rule.numbers}
        self._any_number = next((rule for rule in policy.hosetsu_rules if not rule.numbers), None)
        self._outside = {rule.shrinkable: rule for rule in policy.outside_rules}
        self._exceptions = {
            (mj, verdict): rule.id
            for rule in policy.exceptions
            for mj in rule.mj
            for verdict in rule.verdicts
        }

    def exception(self, mj: str, verdict: Verdict | None) -> str:
        """Return the id of the exception for an MJ and a class; empty for none."""
        return self._exceptions.get((mj, verdict), "") if verdict else ""

    def features(self, row: Identification, targets: Targets) -> Features:
        """Return what the policy looks at in a row."""
        if row.verdict is None or row.status != "ok":
            return Features(None)
        subclass = None
        if row.verdict is Verdict.UNIDENTIFIED:
            subclass = row.subclass or Subclass.UNKNOWN
        told = [each.partition(":") for each in row.evidence]
        target = targets.of_name(row.mj, self.policy.charset_of(row.system), self.policy.shrink_order)
        if target is Target.NOTHING and any(name == "char" for name, _, _ in told):
            target = Target.CHARACTER
        return Features(
            row.verdict,
            subclass,
            row.review is Review.REQUIRED,
            frozenset(KINDS[value] for name, _, value in told if name == "diff" and value in KINDS),
            frozenset(value for name, _, value in told if name == "hosetsu"),
            self.exception(row.mj, row.verdict),
            target,
        )

    def rule_on(self, features: Features) -> Ruling:
        """Return what the policy says of a row with these features."""
        if features.verdict is None:
            return Ruling(None, "", (), (), UNREADABLE, features.target)
        having_a_say = self._having_a_say(features)
        decider = min(having_a_say, key=lambda rule: (-rule.action.rank, rule.id))
        if decider.action.replaces and features.target in (Target.SHRINK, Target.OUTSIDE):
            outside = self._outside[features.target is Target.SHRINK]
            having_a_say = (*having_a_say, outside)
            if outside.action.rank > decider.action.rank:
                decider = outside
        action, floors = self._raised(decider.action, features)
        reason = f"{decider.title}: {decider.rationale}{''.join(floors)}"
        considered = tuple(sorted({rule.id for rule in having_a_say}))
        return Ruling(action, decider.id, floors, considered, reason, features.target)

    def _having_a_say(self, features: Features) -> tuple[Rule, ...]:
        """Rules of the most particular level that has any; the strictest of them decides."""
        verdict = features.verdict or Verdict.UNIDENTIFIED
        if features.exception:
            return (self._rules[features.exception],)
        own = self._classes[verdict, features.subclass]
        if verdict is Verdict.SIMILAR and features.hosetsu:
            named = [self._numbers.get(number, self._any_number) for number in features.hosetsu]
            if any(named):
                return tuple(rule or own for rule in named)
        by_kind = [self._kinds.get((kind, verdict)) for kind in features.kinds]
        if any(by_kind):
            return tuple(rule or own for rule in by_kind)
        return (own,)

    def _raised(self, action: Action, features: Features) -> tuple[Action, tuple[Floor, ...]]:
        """Make an action as strict as it must be, and say why."""
        floors: list[Floor] = []
        if action.replaces and features.target is Target.NOTHING:
            return Action.KEEP, (Floor.NOTHING,)
        if action is Action.REPLACE:
            if features.verdict not in (Verdict.SAME, Verdict.DESIGN):
                floors.append(Floor.UNIDENTIFIED)
            elif features.required:
                floors.append(Floor.REQUIRED)
            action = Action.LOOK if floors else action
        second = self.policy.second_review
        wanted = second is SecondReview.ALL or (
            second is SecondReview.SIMILAR and features.verdict is Verdict.SIMILAR
        )
        if action is Action.LOOK and wanted:
            action = Action.TWO
            floors.append(Floor.SECOND)
        return action, tuple(floors)


KINDS: dict[str, DifferenceKind] = {kind.value: kind for kind in DifferenceKind}


def decide(policy: Policy, row: Identification, targets: Targets) -> Ruling:
    """Return what a policy says of one row.

    Parameters
    ----------
    policy : Policy
    row : Identification
    targets : Targets
        Of the reference set in use.

    Notes
    -----
    For many rows keep a :class:`Ruler`, or simulate.
    """
    ruler = Ruler(policy)
    return ruler.rule_on(ruler.features(row, targets))


def decide_all(policy: Policy, rows: Iterable[Identification], targets: Targets) -> list[Ruling]:
    """Return what a policy says of each row, in order."""
    ruler = Ruler(policy)
    return [ruler.rule_on(ruler.features(row, targets)) for row in rows]

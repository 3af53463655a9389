"""判定基準 as data: rules with an id, a Japanese rationale, a source, conditions and a verdict.

Why this seam exists: the ministry's 2012 包摂基準書 is not public, and a municipality may want to be
stricter. The criteria are therefore a versioned file that can be swapped, not code; a result names the
version that it used.
"""

from __future__ import annotations

import itertools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np

from engine.errors import ReferenceSetError
from engine.judge.example import Example, example
from engine.judge.measure import MEASURES, Scale
from engine.result import Review, Subclass, Verdict

CRITERIA_FOLDER = Path(__file__).with_name("criteria")


class Comparison(StrEnum):
    """What compares a gaiji with its candidates."""

    MEASURED = "measured"
    """The measured residual alone (:mod:`engine.compare.pair`)."""
    NETWORK = "network"
    """The pair network, which also sees the pictures (:mod:`engine.compare.network`)."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One bound on one measure; either limit may be missing."""

    measure: str
    at_least: float | None = None
    below: float | None = None

    def holds(self, measures: Mapping[str, float]) -> bool:
        """Whether the measured value lies inside the bounds."""
        value = measures[self.measure]
        return (self.at_least is None or value >= self.at_least) and (
            self.below is None or value < self.below
        )

    @property
    def bounds(self) -> str:
        """The bounds in words, without what is measured: ``70 % 以上``."""
        measure = MEASURES[self.measure]
        limits = ((self.at_least, "以上"), (self.below, "未満"))
        said = (
            (measure.say(limit, unlike=round(limit)), word) for limit, word in limits if limit is not None
        )
        # A space only behind a sign or a digit, as elsewhere: 70 % 以上, 4 画素以上.
        return "、".join(text + " " * text.isascii() + word for text, word in said)

    @property
    def sentence(self) -> str:
        """The condition in words: ``最良の候補と同じ字形である確率が 70 % 以上``."""
        measure = MEASURES[self.measure]
        if measure.scale is Scale.FLAG:
            return measure.title if (self.at_least or 0) > 0 else measure.otherwise
        return f"{measure.title}が {self.bounds}"

    def describe(self, value: float) -> str:
        """Return a measured value beside the bounds: ``…確率は 93.2 %（条件は 70 % 以上）``."""
        measure = MEASURES[self.measure]
        if measure.scale is Scale.FLAG:
            return measure.say(value)
        nearest = min(
            (bound for bound in (self.at_least, self.below) if bound is not None),
            key=lambda bound: abs(bound - value),
        )
        return f"{measure.title}は {measure.say(value, unlike=nearest)}（条件は {self.bounds}）"


@dataclass(frozen=True, slots=True)
class TracedCondition:
    """A condition with the value that it met.

    Attributes
    ----------
    condition : Condition
    value : float
    holds : bool
    """

    condition: Condition
    value: float
    holds: bool

    @property
    def sentence(self) -> str:
        """Value and bounds in words."""
        return self.condition.describe(self.value)


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the criteria.

    Attributes
    ----------
    id : str
        Permanent; appears in the ``evidence`` column.
    title, rationale, source : str
        Japanese, for people.
    conditions : tuple of Condition
        All must hold.
    verdict : Verdict or None
        None for a rule that only speaks about review.
    subclass : Subclass or None
    review : Review or None
        What it says about review; None to leave that to later rules.
    examples : tuple of Example
        What to draw for a person.
    """

    id: str
    title: str
    rationale: str
    source: str
    conditions: tuple[Condition, ...]
    verdict: Verdict | None = None
    subclass: Subclass | None = None
    review: Review | None = None
    examples: tuple[Example, ...] = ()

    def fires(self, measures: Mapping[str, float]) -> bool:
        """Whether every condition holds."""
        return all(condition.holds(measures) for condition in self.conditions)

    def asks(self, measure: str) -> bool:
        """Whether a condition looks at a measure."""
        return any(condition.measure == measure for condition in self.conditions)

    def trace(self, measures: Mapping[str, float]) -> tuple[TracedCondition, ...]:
        """Return every condition with its measured value, and whether it held."""
        return tuple(
            TracedCondition(condition, float(measures[condition.measure]), condition.holds(measures))
            for condition in self.conditions
        )


@dataclass(frozen=True, slots=True)
class Criteria:
    """A version of the 判定基準.

    Attributes
    ----------
    version : str
    title : str
    class_rules : tuple of Rule
        The first that fires gives the class.
    review_rules : tuple of Rule
        The first that fires says whether a person must look.
    comparison : Comparison
        Which comparison the rules' bounds were measured with.
    calibration : mapping of str to tuple of (certainty, share right)
        By the id of a class rule; both ascending. Measured by :mod:`engine.training.calibrate`.
    """

    version: str
    title: str
    class_rules: tuple[Rule, ...]
    review_rules: tuple[Rule, ...]
    comparison: Comparison = Comparison.MEASURED
    calibration: Mapping[str, tuple[tuple[float, float], ...]] = field(default_factory=dict)

    @property
    def rules(self) -> tuple[Rule, ...]:
        """All rules in the order in which they are asked."""
        return self.class_rules + self.review_rules

    def confidence(self, rule: str, certainty: float) -> float:
        """Probability that a verdict of a class rule is right, by linear interpolation of its calibration."""
        points = self.calibration.get(rule)
        if not points:
            return certainty
        return float(np.interp(certainty, [at for at, _ in points], [share for _, share in points]))

    def rule(self, identifier: str) -> Rule | None:
        """Return the rule with an id; None where there is none."""
        return next((rule for rule in self.rules if rule.id == identifier), None)


def load_criteria(version: str, folder: Path = CRITERIA_FOLDER) -> Criteria:
    """Read a version of the criteria.

    Parameters
    ----------
    version : str
        As a reference set names it, for example ``v1``.
    folder : Path
        Where ``<version>.toml`` is.

    Raises
    ------
    ReferenceSetError
        There is no such version, or a rule in it is not well formed.
    """
    path = folder / f"{version}.toml"
    known = sorted(each.stem for each in folder.glob("*.toml"))
    if version not in known:  # also keeps a name from leading out of the folder
        msg = (
            f"判定基準 {version} がありません（ある版: {'・'.join(known) or 'なし'}）。"
            "--criteria か reference.toml の criteria を直してください。"
        )
        raise ReferenceSetError(msg)
    try:
        with path.open("rb") as stream:
            values = tomllib.load(stream)
    except tomllib.TOMLDecodeError as error:
        msg = f"判定基準 {path.name} を読めません: {error}"
        raise ReferenceSetError(msg) from error
    try:
        criteria = Criteria(
            version=values["version"],
            title=values["title"],
            class_rules=tuple(_rule(rule) for rule in values["class_rule"]),
            review_rules=tuple(_rule(rule) for rule in values["review_rule"]),
            comparison=Comparison(values.get("comparison", Comparison.MEASURED)),
            calibration={
                rule: tuple((float(at), float(share)) for at, share in points)
                for rule, points in values.get("calibration", {}).items()
            },
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        msg = f"判定基準 {path.name} の規則に誤りがあります: {error}"
        raise ReferenceSetError(msg) from error
    _check(criteria, path)
    return criteria


def _rule(values: Mapping[str, Any]) -> Rule:
    return Rule(
        id=values["id"],
        title=values["title"],
        rationale=values["rationale"],
        source=values["source"],
        conditions=tuple(Condition(**condition) for condition in values.get("when", ())),
        verdict=Verdict(values["verdict"]) if "verdict" in values else None,
        subclass=Subclass(values["subclass"]) if "subclass" in values else None,
        review=Review(values["review"]) if "review" in values else None,
        examples=tuple(example(each) for each in values.get("examples", ())),
    )


def _check(criteria: Criteria, path: Path) -> None:
    ids = [rule.id for rule in criteria.rules]
    problems = [f"id {i} が重複しています" for i in sorted({i for i in ids if ids.count(i) > 1})]
    problems += [
        f"規則 {rule.id} の測定量 {condition.measure} はありません"
        for rule in criteria.rules
        for condition in rule.conditions
        if condition.measure not in MEASURES
    ]
    problems += [
        f"規則 {rule.id} の {condition.measure} に at_least も below もありません"
        for rule in criteria.rules
        for condition in rule.conditions
        if condition.at_least is None and condition.below is None
    ]
    problems += [
        f"規則 {rule.id} に verdict がありません" for rule in criteria.class_rules if not rule.verdict
    ]
    problems += [
        f"規則 {rule.id} に review がありません" for rule in criteria.review_rules if not rule.review
    ]
    class_ids = {rule.id for rule in criteria.class_rules}
    for rule_id, points in criteria.calibration.items():
        ascending = all(a[0] < b[0] and a[1] <= b[1] for a, b in itertools.pairwise(points))
        if rule_id not in class_ids or not points or not ascending:
            problems.append(
                f"calibration.{rule_id}  は、区分の規則の、昇順の [確かさ, 割合] の並びではありません"
            )
    if criteria.version != path.stem:
        problems.append(f"version {criteria.version} がファイル名と違います")
    for rules, name in ((criteria.class_rules, "class_rule"), (criteria.review_rules, "review_rule")):
        if not rules or rules[-1].conditions:
            problems.append(f"最後の {name} は条件のない規則でなければなりません")
    if problems:
        msg = f"判定基準 {path.name} に誤りがあります: " + "、".join(problems)
        raise ReferenceSetError(msg)

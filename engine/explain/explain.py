"""From a glyph to the explanation of its row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from engine.compare.pair import probability
from engine.explain.explanation import ACCEPTED, ExplainedCandidate, Explanation, TracedRule
from engine.explain.place import Place
from engine.judge.criteria import Criteria, Rule
from engine.result import Review, Verdict

if TYPE_CHECKING:
    from engine.glyph.model import Glyph
    from engine.identify import Identifier, Inspection
    from engine.reference.table import MojiTable

_VISIBLE = 1.0
"""Strength from which on a difference is told, as in ``evidence``."""


def explain(identifier: Identifier, glyph: Glyph, *, top: int = 5) -> Explanation:
    """Identify one glyph and say why.

    Parameters
    ----------
    identifier : Identifier
    glyph : Glyph
    top : int
        Candidates explained, the decided one and the runner-up among them; at least two.

    Raises
    ------
    UsageError
        The glyph has no ink.
    """
    inspection = identifier.inspect(glyph)
    order = _order(inspection)
    shape = inspection.kinds.shape
    best = order[0]
    others = [k for k in order[1:] if shape[k] != shape[best]]
    named = (k for k in others if inspection.names[k] == inspection.row.mj)  # on offer, where the best is not
    rival = next(named, others[0] if others else None)
    shown = order[: max(top, 2)]
    if rival is not None and rival not in shown:
        shown[-1] = rival
    candidates = {k: _candidate(inspection, identifier.table, k) for k in shown}
    fired, missed = _traces(inspection, identifier.criteria)
    return Explanation(
        glyph=glyph,
        row=inspection.row,
        criteria=identifier.criteria,
        fired=fired,
        missed=missed,
        candidates=tuple(candidates.values()),
        runner_up=None if rival is None else candidates[rival],
    )


def _order(inspection: Inspection) -> list[int]:
    """Positions of the compared candidates: the decided one, then the others, the likeliest first."""
    best = inspection.judgement.best
    likeliest = np.argsort(-inspection.compared.log_odds, kind="stable")
    return [best, *(k for k in likeliest.tolist() if k != best)]


def _candidate(inspection: Inspection, table: MojiTable, k: int) -> ExplainedCandidate:
    from engine.compare.differences import differences

    name = inspection.names[k]
    codes = table.codes(name) if name in table else None
    found = differences(inspection.square, inspection.registered[k])
    visible = (each for each in found if each.strength >= _VISIBLE)
    plainest = sorted(visible, key=lambda each: (-each.strength, each.y_px, each.x_px))
    best, kinds = inspection.judgement.best, inspection.kinds
    tied = bool(kinds.shape[k] == kinds.shape[best])
    return ExplainedCandidate(
        name=name,
        ucs=codes.ucs if codes else name,
        ivs=codes.ivs if codes else "",
        probability=float(probability(inspection.compared.log_odds[k : k + 1])[0]),
        similarity=float(inspection.compared.similarity[k]),
        offered=bool(kinds.offered[k]),
        tied=tied,
        sibling=bool(kinds.family[k] == kinds.family[best]) and not tied,
        places=tuple(Place(number, each) for number, each in enumerate(plainest, 1)),
        square=inspection.squares[k],
        registered=inspection.registered[k],
    )


def _traces(
    inspection: Inspection, criteria: Criteria
) -> tuple[tuple[TracedRule, ...], tuple[TracedRule, ...]]:
    """Rules that fired, and those asked before them that would have settled the matter."""
    fired, missed = [], []
    named = set(inspection.judgement.evidence)
    for rules in (criteria.class_rules, criteria.review_rules):
        at = next((place for place, rule in enumerate(rules) if rule.id in named), None)
        if at is None:  # nothing asks for review where the class needs it anyway
            continue
        fired.append(TracedRule(rules[at], rules[at].trace(inspection.measures)))
        if rules[at].verdict is Verdict.UNIDENTIFIED or rules[at].review is Review.AUTO:
            continue
        missed += [
            TracedRule(rule, rule.trace(inspection.measures))
            for rule in rules[:at]
            if rule.verdict in ACCEPTED or (rule.verdict is None and rule.review is Review.AUTO)
            if _concerns(rule, inspection.measures)
        ]
    return tuple(fired), tuple(missed)


def _concerns(rule: Rule, measures: Mapping[str, float]) -> bool:
    """Whether a rule about review is written for the class that was given."""
    asked = [c.measure for c in rule.conditions if c.measure in {"accepted", "unidentified"}]
    return all(measures[name] >= 1 for name in asked)

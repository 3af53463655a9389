"""An explanation as plain values, for JSON."""

from __future__ import annotations

from typing import Any

from engine.explain.explanation import ExplainedCandidate, Explanation, TracedRule

_DIGITS = 4


def as_json(explanation: Explanation) -> dict[str, Any]:
    """Return an explanation as plain values, for JSON.

    The columns of the row come first, under their names in the command-line contract.
    """
    best, rival = explanation.decided, explanation.runner_up
    return {
        **explanation.row.row(),
        "meaning": explanation.meaning,
        "criteria": {"version": explanation.criteria.version, "title": explanation.criteria.title},
        "rules_fired": [_rule_json(each) for each in explanation.fired],
        "rules_missed": [_rule_json(each) for each in explanation.missed],
        "compared": [
            _candidate_json(each)
            | {"role": "decided" if each is best else "runner-up" if each is rival else "other"}
            for each in explanation.candidates
        ],
        "runner_up": rival.name if rival else None,
        "runner_up_reason": explanation.runner_up_sentence,
        "ties": list(explanation.ties),
        "notes": list(explanation.notes),
    }


def _rule_json(traced: TracedRule) -> dict[str, Any]:
    rule = traced.rule
    return {
        "id": rule.id,
        "title": rule.title,
        "rationale": rule.rationale,
        "source": rule.source,
        "class": rule.verdict.value if rule.verdict else None,
        "subclass": rule.subclass.value if rule.subclass else None,
        "review": rule.review.value if rule.review else None,
        "conditions": [
            {
                "measure": each.condition.measure,
                "value": round(each.value, _DIGITS),
                "at_least": each.condition.at_least,
                "below": each.condition.below,
                "holds": each.holds,
                "text": each.sentence,
            }
            for each in traced.conditions
        ],
    }


def _candidate_json(candidate: ExplainedCandidate) -> dict[str, Any]:
    return {
        "name": candidate.name,
        "ucs": candidate.ucs,
        "ivs": candidate.ivs,
        "probability": round(candidate.probability, _DIGITS),
        "similarity": round(candidate.similarity, _DIGITS),
        "offered": candidate.offered,
        "tied": candidate.tied,
        "sibling": candidate.sibling,
        "differences": [
            {
                "number": place.number,
                "kind": place.difference.kind.value,
                "title": place.difference.kind.japanese,
                "within_design": place.difference.kind.within_design,
                "place": place.where,
                "x_px": round(float(place.difference.x_px), 1),
                "y_px": round(float(place.difference.y_px), 1),
                "radius_px": round(float(place.difference.radius_px), 1),
                "strength": round(float(place.difference.strength), 2),
            }
            for place in candidate.places
        ],
    }

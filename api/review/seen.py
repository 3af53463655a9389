"""What a person saw when deciding, kept with the decision so that it can be shown again.

The application itself puts down what the page was made of: a decision names the version of the shape that it
was made on, so suggestion and earlier decisions are still those that were shown. What only the page knows (an
MJ found by searching, say) it sends along, and it is kept apart, under ``page``: a claim, not a record.

The second person is to judge, not to nod: the first decision is hidden until the second one is made. There is
no switch for it; a conference shows both.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from api.domain.standing import Stage, Standing
from api.errors import InvalidError
from api.prototypes.hits import Hit
from api.review.rule import Rule
from api.store.models import Suggestion

_PAGE_CHARACTERS = 4000


def first_is_hidden(standing: Standing, user_id: int) -> bool:
    """Tell whether somebody must not see the first decision yet: all but who made it, until the second."""
    if standing.next_stage is not Stage.SECOND:
        return False
    return all(each.user_id != user_id for each in standing.live)


def snapshot(
    *,
    suggestion: Suggestion | None,
    explanation_id: int | None,
    hits: Sequence[Hit],
    standing: Standing,
    rule: Rule,
    page: Mapping[str, Any],
) -> dict[str, Any]:
    """Put down what was shown.

    Parameters
    ----------
    suggestion : Suggestion or None
        What the machine said.
    explanation_id : int or None
        Of its explanation, if one was made.
    hits : sequence of Hit
        Earlier decisions that were shown beside it.
    standing : Standing
        Before the decision.
    rule : Rule
        In force.
    page : mapping
        What the page (or program) adds.

    Returns
    -------
    dict
        ``suggestion_id``, ``explanation_id``, ``candidates`` (MJ names in their order), ``prototypes``,
        ``earlier`` (ids of the live decisions) with ``earlier_shown``, ``second_review``, ``policy_id``,
        ``policy``, ``page``.

    Raises
    ------
    InvalidError
        ``page`` is too long or no JSON.
    """
    return {
        "suggestion_id": suggestion.id if suggestion else None,
        "explanation_id": explanation_id,
        "candidates": suggestion.candidates.split() if suggestion else [],
        "prototypes": [hit.as_seen() for hit in hits],
        "earlier": [each.id for each in standing.live],
        "earlier_shown": standing.next_stage is not Stage.SECOND,
        "second_review": rule.second_review.value,
        "policy_id": rule.policy_id,
        "policy": rule.policy_label,
        "page": _checked(page),
    }


def _checked(page: Mapping[str, Any]) -> dict[str, Any]:
    try:
        text = json.dumps(dict(page), ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise InvalidError("seen には JSON で表せる値だけを入れてください。", {"field": "seen"}) from error
    if len(text) > _PAGE_CHARACTERS or "\\u0000" in text:
        message = f"seen は {_PAGE_CHARACTERS} 字までにしてください（今は {len(text)} 字）。"
        raise InvalidError(message, {"field": "seen"})
    return dict(page)

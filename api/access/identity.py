"""From rows of the database to an :class:`~api.domain.rights.Actor`: shared by every way of logging in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from api.domain.rights import Actor, Role
from api.store.models import Membership, User

ACCOUNT = (
    User.id.label("user_id"),
    User.login,
    User.is_operator,
    User.must_change_password,
    Membership.municipality_id,
    Membership.role,
)
"""Columns that an actor is made of: one row for each municipality, or one with None."""


def actor_from(
    rows: Sequence[Any],
    *,
    session_id: int | None = None,
    token_id: int | None = None,
    vouched: bool = False,
) -> Actor:
    """Make the actor of at least one row with the columns of :data:`ACCOUNT`.

    Parameters
    ----------
    rows : sequence of Row
        All of one person.
    session_id, token_id : int, optional
        What the request came with.
    vouched : bool
        A proxy did the logging in: the password kept here, if any, is beside the point.
    """
    first = rows[0]
    return Actor(
        user_id=first.user_id,
        login=first.login,
        roles={row.municipality_id: Role(row.role) for row in rows if row.municipality_id is not None},
        is_operator=first.is_operator,
        must_change_password=first.must_change_password and not vouched,
        session_id=session_id,
        token_id=token_id,
    )

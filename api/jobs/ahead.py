"""Explaining ahead, while no job waits: the page of a gaiji is there at once when a person comes to it.

An explanation takes some tenths of a second and about 20 KB, and most of a large delivery is decided weeks
after it came, if not in bulk. So no more are made ahead than people decide in some days; as they do, more
follow.
"""

from __future__ import annotations

import contextlib
import time
from collections import deque

from sqlalchemy import exists, func, select

from api.domain.standing import State
from api.pictures.explanations import explanation_of
from api.services import Services
from api.store.models import Explanation, Shape, Suggestion
from engine.errors import GaijiError
from engine.result import Review

MOST_AHEAD = 2000
"""Explained shapes that nobody has settled yet, in the whole installation."""

_AT_ONCE = 64
_REST_S = 60.0
"""How long to wait until what is left to do is looked for again."""


class Ahead:
    """Makes one explanation at a time, in the order in which the shapes came.

    Parameters
    ----------
    services : Services
    most : int
        Explained shapes in hand.
    rest_s : float
        Between two looks at the database where there was nothing to do.
    """

    def __init__(self, services: Services, *, most: int = MOST_AHEAD, rest_s: float = _REST_S) -> None:
        self._services = services
        self._most = most
        self._rest_s = rest_s
        self._next: deque[int] = deque()
        self._after = 0
        self._looked = -rest_s

    def look_again(self) -> None:
        """Begin from the first shape: a job has added some, or said something new of others."""
        self._next.clear()
        self._after, self._looked = 0, -self._rest_s

    def explain_one(self) -> bool:
        """Make one explanation; tell whether there was one to make."""
        if not self._next and not self._look():
            return False
        shape_id = self._next.popleft()
        with self._services.database.reading() as session:
            found = session.execute(
                select(Shape, Suggestion)
                .join(Suggestion, Suggestion.id == Shape.suggestion_id)
                .where(Shape.id == shape_id, Shape.state != State.SETTLED.value)
            ).one_or_none()
        if found is not None:
            with contextlib.suppress(GaijiError):  # the page says why, when somebody opens it
                explanation_of(self._services, shape=found[0], suggestion=found[1])
        return True

    def _look(self) -> bool:
        """Find what comes next; at the end, and where enough is in hand, look away for a while."""
        if time.monotonic() - self._looked < self._rest_s:
            return False
        with self._services.database.reading() as session:
            in_hand = session.scalar(
                select(func.count())
                .select_from(Explanation)
                .join(Suggestion, Suggestion.id == Explanation.suggestion_id)
                .join(Shape, Shape.id == Suggestion.shape_id)
                .where(Shape.state != State.SETTLED.value)
            )
            room = min(_AT_ONCE, self._most - (in_hand or 0))
            if room > 0:
                self._next.extend(
                    session.scalars(
                        select(Shape.id)
                        .where(
                            Shape.id > self._after,
                            Shape.review == Review.REQUIRED.value,
                            Shape.state != State.SETTLED.value,
                            Shape.suggestion_id.is_not(None),
                            ~exists().where(Explanation.suggestion_id == Shape.suggestion_id),
                        )
                        .order_by(Shape.id)
                        .limit(room)
                    )
                )
        if self._next:
            self._after = self._next[-1]
            return True
        self._after, self._looked = 0, time.monotonic()
        return False

"""How often somebody may try: counted in memory by the one server process, over a moving window."""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Callable, Mapping
from typing import Annotated

from fastapi import Depends, Request
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from api.access.current import current_actor
from api.domain.rights import Actor
from api.errors import RateLimitError
from engine.errors import UsageError


class Rates:
    """The limits of one application.

    Parameters
    ----------
    texts : mapping
        By name, as ``20/minute``.

    Raises
    ------
    UsageError
        A limit is not written as limits are.
    """

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._limits = {name: _parsed(name, text) for name, text in texts.items()}

    def hit(self, name: str, *who: str) -> None:
        """Count one try.

        Parameters
        ----------
        name : str
            Which limit.
        *who : str
            Whose tries are counted together; only a digest is kept.

        Raises
        ------
        RateLimitError
            There were too many; ``retry_after_s`` says when there will be room again.
        """
        limit = self._limits[name]
        key = hashlib.sha256("\0".join(who).encode("utf-8", "surrogatepass")).hexdigest()
        if not self._limiter.hit(limit, name, key):
            until = self._limiter.get_window_stats(limit, name, key).reset_time
            seconds = max(1, math.ceil(until - time.time()))
            raise RateLimitError(
                f"回数が多すぎます。{seconds} 秒待ってから、もう一度試してください。",
                {"retry_after_s": seconds},
            )


def rates_of(request: Request) -> Rates:
    """Return the application's limits."""
    rates: Rates = request.app.state.rates
    return rates


def by_user(name: str) -> Callable[..., None]:
    """Make the dependency of a route that each person may use only so often.

    Parameters
    ----------
    name : str
        Which limit: ``identify`` for everything that sets the engine to work.
    """

    def count(
        actor: Annotated[Actor, Depends(current_actor)], rates: Annotated[Rates, Depends(rates_of)]
    ) -> None:
        rates.hit(name, "user", str(actor.user_id))

    return count


def address_of(request: Request) -> str:
    """Return the address that a request came from, as the server believes it."""
    return request.client.host if request.client else ""


def _parsed(name: str, text: str) -> RateLimitItem:
    try:
        return parse(text)
    except ValueError as error:
        raise UsageError(
            f"GAIJI_SERVER_{name.upper()}_RATE の「{text}」が読めません。20/minute のように書いてください。"
        ) from error

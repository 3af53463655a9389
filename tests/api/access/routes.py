"""Walks the routes of an application, and tells what each asks for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from fastapi import FastAPI
from fastapi.routing import APIRoute

from api.access.current import arriving_person, current_actor, current_person
from api.domain.rights import Action


@dataclass(frozen=True, slots=True)
class Walked:
    """One route and method.

    Attributes
    ----------
    method, path : str
    actions : frozenset of Action
        What its gates ask for.
    needs : frozenset of callable
        ``current_actor``, ``current_person``, ``arriving_person``.
    """

    method: str
    path: str
    actions: frozenset
    needs: frozenset

    @property
    def names(self) -> list[str]:
        """Parameters of the path."""
        return re.findall(r"{(\w+)(?::\w+)?}", self.path)

    def at(self, values: dict[str, object]) -> str:
        """The path with values in it."""
        return re.sub(r"{(\w+)(?::\w+)?}", lambda found: str(values[found[1]]), self.path)

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def walk(app: FastAPI) -> Iterator[Walked]:
    """Give every route of the application; routers within routers too (newer FastAPI keeps them nested)."""
    for route in app.routes:
        nested = getattr(route, "effective_route_contexts", None)
        for each in nested() if nested else [route]:
            dependant = getattr(each, "dependant", None)
            if dependant is None:
                assert not isinstance(each, APIRoute)
                yield Walked("GET", each.path, frozenset(), frozenset())
                continue
            calls = frozenset(_calls(dependant))
            actions = frozenset(
                call.action for call in calls if isinstance(getattr(call, "action", None), Action)
            )
            needs = calls & {current_actor, current_person, arriving_person}
            for method in sorted(each.methods):
                yield Walked(method, each.path, actions, needs)


def _calls(dependant) -> Iterator[object]:
    for each in dependant.dependencies:
        yield each.call
        yield from _calls(each)

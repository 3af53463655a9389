"""Entering a municipality: the one gate in front of every route that has its code in the path."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Path, Request
from sqlalchemy import select

from api.access.current import current_actor
from api.domain.rights import Action, Actor, Role
from api.domain.standing import SecondReview
from api.errors import ForbiddenError, NotFoundError
from api.services import Services
from api.store.models import Municipality


@dataclass(frozen=True, slots=True)
class Place:
    """A municipality, entered by somebody who may do what the route does.

    Every query below it must filter by :attr:`municipality_id`.
    """

    actor: Actor
    role: Role
    municipality_id: int
    code: str
    name: str
    second_review: SecondReview

    def may(self, action: Action) -> bool:
        """Tell whether the person may do something here."""
        return self.actor.may(action, self.municipality_id)

    def require(self, action: Action, why: str) -> None:
        """Refuse what the role does not allow.

        Parameters
        ----------
        action : Action
        why : str
            Japanese, for the person who is refused.

        Raises
        ------
        ForbiddenError
        """
        if not self.may(action):
            raise ForbiddenError(why, {"action": action.value, "role": self.role.value})


async def services_of(request: Request) -> Services:
    """Return what the application shares; in the event loop, a thread of its own would cost more."""
    services: Services = request.app.state.services
    return services


Gate = Callable[..., Place]


def enter(action: Action) -> Gate:
    """Make the dependency of a route that does ``action`` in the municipality of its path.

    Raises
    ------
    NotFoundError
        No such municipality, or not one of the person's: which of them is not told.
    ForbiddenError
        The role does not allow it.
    """

    def gate(
        actor: Annotated[Actor, Depends(current_actor)],
        services: Annotated[Services, Depends(services_of)],
        code: Annotated[str, Path(pattern=r"^[0-9]{6}$", description="団体コード（検査数字を含む 6 桁）")],
    ) -> Place:
        with services.database.reading() as session:
            municipality = session.scalar(select(Municipality).where(Municipality.code == code))
        role = actor.roles.get(municipality.id) if municipality else None
        if municipality is None or role is None:
            raise NotFoundError("この団体はないか、あなたの団体ではありません。")
        if not actor.may(action, municipality.id):
            raise ForbiddenError(
                f"この操作は「{role.japanese}」の役割ではできません。団体の管理者に相談してください。",
                {"action": action.value, "role": role.value},
            )
        return Place(
            actor,
            role,
            municipality.id,
            municipality.code,
            municipality.name,
            SecondReview(municipality.second_review),
        )

    gate.__dict__["action"] = action  # the authorisation test reads which right a route asks for
    return gate


def operate(actor: Annotated[Actor, Depends(current_actor)]) -> Actor:
    """Let only an operator of the installation through."""
    if not actor.may(Action.OPERATE):
        raise ForbiddenError("この操作は、システムの運用者だけができます。", {"action": Action.OPERATE.value})
    return actor


operate.__dict__["action"] = Action.OPERATE

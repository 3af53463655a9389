"""Who may do what: roles per municipality, and the actions each of them allows.

That the second decision is another person's than the first is not a matter of roles; :mod:`api.review` sees
to it for every shape.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Role(StrEnum):
    """What a person is in one municipality."""

    VIEWER = "viewer"
    FIRST = "first"
    SECOND = "second"
    ADMIN = "admin"

    @property
    def japanese(self) -> str:
        """Name in the pages."""
        return _ROLE_TITLES[self]


_ROLE_TITLES = {
    Role.VIEWER: "閲覧",
    Role.FIRST: "一次判定",
    Role.SECOND: "二次判定",
    Role.ADMIN: "管理",
}


class Action(StrEnum):
    """Everything that a route may ask for."""

    READ = "read"
    UPLOAD = "upload"
    DECIDE_FIRST = "decide-first"
    DECIDE_SECOND = "decide-second"
    CONFER = "confer"
    WITHDRAW_OWN = "withdraw-own"
    WITHDRAW_ANY = "withdraw-any"
    BULK = "bulk"
    EXPORT = "export"
    MANAGE_PROJECTS = "manage-projects"
    MANAGE_POLICY = "manage-policy"
    MANAGE_MEMBERS = "manage-members"
    READ_AUDIT = "read-audit"
    OPERATE = "operate"
    """The whole installation: accounts, municipalities, its own page. No role of a municipality has it."""


_READING = frozenset({Action.READ, Action.EXPORT})
_FIRST = _READING | {Action.UPLOAD, Action.DECIDE_FIRST, Action.WITHDRAW_OWN}
_SECOND = _FIRST | {Action.DECIDE_SECOND, Action.CONFER, Action.BULK}

RIGHTS: Mapping[Role, frozenset[Action]] = {
    Role.VIEWER: _READING,
    Role.FIRST: _FIRST,
    Role.SECOND: _SECOND,
    Role.ADMIN: _SECOND
    | {
        Action.WITHDRAW_ANY,
        Action.MANAGE_PROJECTS,
        Action.MANAGE_POLICY,
        Action.MANAGE_MEMBERS,
        Action.READ_AUDIT,
    },
}


@dataclass(frozen=True, slots=True)
class Actor:
    """Who is asking.

    Attributes
    ----------
    user_id : int
    login : str
        Never logged.
    roles : mapping of int to Role
        By municipality id.
    is_operator : bool
        May run the installation. It opens no municipality's data by itself.
    must_change_password : bool
    session_id, token_id : int or None
        What the request was authenticated by; both None for a trusted proxy.
    """

    user_id: int
    login: str
    roles: Mapping[int, Role] = field(default_factory=dict)
    is_operator: bool = False
    must_change_password: bool = False
    session_id: int | None = None
    token_id: int | None = None

    def may(self, action: Action, municipality_id: int | None = None) -> bool:
        """Tell whether an action is allowed, in a municipality or (None) in the installation."""
        if municipality_id is None:
            return action is Action.OPERATE and self.is_operator
        role = self.roles.get(municipality_id)
        return role is not None and action in RIGHTS[role]

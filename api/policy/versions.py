"""Versions of a municipality's policy: begun, changed while they are drafts, adopted once and for all."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.access.place import Place
from api.audit.record import record
from api.domain.japan import JAPAN
from api.errors import ConflictError, InvalidError, NotFoundError, StaleError
from api.review.rule import rule_in_force
from api.store.models import PolicyVersion
from api.store.types import now
from engine.policy.load import PolicyError, load_policy, parse_policy, starting_policies
from engine.policy.write import to_toml

if TYPE_CHECKING:
    from engine.policy.policy import Policy

MOST_DRAFTS = 200
"""Versions that were never adopted; a municipality has a handful."""
_TITLE, _LABEL = 100, 40


@dataclass(frozen=True, slots=True)
class Version:
    """One version.

    Attributes
    ----------
    id : int
    title, label, toml, identity : str
    created_at : datetime
    adopted_at, in_force_from : datetime or None
        None for a draft.
    is_in_force : bool
    """

    id: int
    title: str
    label: str
    toml: str
    identity: str
    created_at: datetime
    adopted_at: datetime | None
    in_force_from: datetime | None
    is_in_force: bool

    @property
    def is_draft(self) -> bool:
        """Whether it can still be changed."""
        return self.adopted_at is None

    @property
    def seen(self) -> str:
        """What a change must name: it differs as soon as the text does."""
        return digest(self.toml)

    @property
    def standing(self) -> str:
        """Japanese: what it is at present."""
        if self.adopted_at is None:
            return "案"
        if self.is_in_force:
            return "施行中"
        return "施行前" if self.in_force_from is not None and self.in_force_from > now() else "以前の版"


def digest(toml: str) -> str:
    """Return what tells one text from another."""
    return hashlib.sha256(toml.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def list_versions(session: Session, *, place: Place) -> list[Version]:
    """Return the versions of a municipality, the newest first."""
    rows = session.scalars(
        select(PolicyVersion)
        .where(PolicyVersion.municipality_id == place.municipality_id)
        .order_by(PolicyVersion.id.desc())
    )
    in_force = rule_in_force(session, place.municipality_id).policy_id
    return [_version(row, in_force) for row in rows]


def get_version(session: Session, *, place: Place, policy_id: int) -> Version:
    """Return one version.

    Raises
    ------
    NotFoundError
    """
    return _version(_row(session, place, policy_id), rule_in_force(session, place.municipality_id).policy_id)


def begin(session: Session, *, place: Place, base: str, bases: Sequence[str]) -> int:
    """Begin a draft from a starting policy, or from another version; return its id.

    Parameters
    ----------
    session : Session
    place : Place
    base : str
        Name of a starting policy, or the id of a version.
    bases : sequence of str
        縮退 bases that the reference set has; others of a starting policy are left out.

    Raises
    ------
    ConflictError
        Too many drafts.
    InvalidError, NotFoundError
    """
    drafts = select(PolicyVersion.id).where(
        PolicyVersion.municipality_id == place.municipality_id, PolicyVersion.adopted_at.is_(None)
    )
    if len(session.scalars(drafts.limit(MOST_DRAFTS)).all()) >= MOST_DRAFTS:
        raise ConflictError(f"案が {MOST_DRAFTS} あります。今ある案を直して使ってください。")
    if base in starting_policies():
        start = load_policy(base)
        policy = replace(start, shrink_order=tuple(each for each in start.shrink_order if each in bases))
    elif base.isascii() and base.isdigit() and len(base) < 18:
        toml = _row(session, place, int(base)).toml
        try:
            policy = replace(parse_policy(toml), adopted=None)
        except PolicyError as error:
            raise InvalidError(str(error), {"field": "base"}) from error
    else:
        raise InvalidError("出発点を選んでください。", {"field": "base"})
    row = PolicyVersion(
        municipality_id=place.municipality_id,
        title=policy.title[:_TITLE],
        version_label=policy.version[:_LABEL],
        toml=to_toml(policy),
        identity=policy.identity,
        created_by=place.actor.user_id,
    )
    session.add(row)
    session.flush()
    _record(session, place, "policy.created", row)
    return row.id


def change(session: Session, *, place: Place, policy_id: int, policy: Policy, seen: str) -> None:
    """Write a draft anew.

    Parameters
    ----------
    session : Session
    place : Place
    policy_id : int
    policy : Policy
        Checked.
    seen : str
        :attr:`Version.seen` of the text that was changed.

    Raises
    ------
    ConflictError
        It has been adopted.
    StaleError
        Somebody else has changed it.
    NotFoundError
    """
    row = _row(session, place, policy_id, lock=True)
    _still_a_draft(row)
    if digest(row.toml) != seen:
        raise StaleError("ほかの人がこの案を変えました。開き直して、もう一度変えてください。")
    row.title, row.version_label = policy.title[:_TITLE], policy.version[:_LABEL]
    row.toml, row.identity = to_toml(replace(policy, adopted=None)), policy.identity
    _record(session, place, "policy.changed", row)


def adopt(session: Session, *, place: Place, policy_id: int, seen: str, label: str, day: str) -> None:
    """Adopt a draft; nobody changes it any more.

    Parameters
    ----------
    session : Session
    place : Place
    policy_id : int
    seen : str
        :attr:`Version.seen` of the text that was decided on.
    label : str
        What the version is called.
    day : str
        ``2026-04-01``: from when it is in force, a day in Japan, today or later.

    Raises
    ------
    InvalidError
        ``details["field"]`` says which value.
    ConflictError, StaleError, NotFoundError
    """
    row = _row(session, place, policy_id, lock=True)
    _still_a_draft(row)
    if digest(row.toml) != seen:
        raise StaleError("ほかの人がこの案を変えました。内容を確かめてから採用してください。")
    label = " ".join(label.split())
    if not label or len(label) > _LABEL or not label.isprintable():
        raise InvalidError(f"版の名を {_LABEL} 字までで書いてください。", {"field": "label"})
    taken = select(PolicyVersion.id).where(
        PolicyVersion.municipality_id == place.municipality_id,
        PolicyVersion.adopted_at.is_not(None),
        PolicyVersion.version_label == label,
    )
    if session.scalar(taken) is not None:
        raise InvalidError(
            f"版「{label}」は、すでに採用されています。別の名にしてください。", {"field": "label"}
        )
    starts = _day(day)
    try:
        policy = parse_policy(row.toml)
    except PolicyError as error:
        raise InvalidError(str(error), {"field": "toml"}) from error
    row.toml = to_toml(replace(policy, version=label, adopted=starts))
    row.version_label = label
    row.adopted_at, row.adopted_by = now(), place.actor.user_id
    row.in_force_from = datetime.combine(starts, time(), JAPAN)
    _record(session, place, "policy.adopted", row)


def _day(text: str) -> date:
    try:
        found = date.fromisoformat(text.strip())
    except ValueError:
        raise InvalidError("施行日を、2026-04-01 のように書いてください。", {"field": "day"}) from None
    today = now().astimezone(JAPAN).date()
    if found < today:
        raise InvalidError("施行日は、今日か、それより後の日にしてください。", {"field": "day"})
    if found.year > today.year + 10:
        raise InvalidError("施行日が先すぎます。年を確かめてください。", {"field": "day"})
    return found


def _row(session: Session, place: Place, policy_id: int, *, lock: bool = False) -> PolicyVersion:
    query = select(PolicyVersion).where(
        PolicyVersion.id == policy_id, PolicyVersion.municipality_id == place.municipality_id
    )
    row = session.scalar(query.with_for_update() if lock else query)
    if row is None:
        raise NotFoundError("このポリシーの版はありません。")
    return row


def _still_a_draft(row: PolicyVersion) -> None:
    if row.adopted_at is not None:
        raise ConflictError("採用した版は変えられません。この版から新しい案を作ってください。")


def _record(session: Session, place: Place, action: str, row: PolicyVersion) -> None:
    record(
        session,
        action,
        actor=place.actor,
        municipality_id=place.municipality_id,
        object_type="policy",
        object_id=row.id,
        detail={"identity": row.identity},
    )


def _version(row: PolicyVersion, in_force: int | None) -> Version:
    return Version(
        row.id,
        row.title,
        row.version_label,
        row.toml,
        row.identity,
        row.created_at,
        row.adopted_at,
        row.in_force_from,
        row.id == in_force,
    )

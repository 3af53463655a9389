"""From the tables to :func:`api.domain.standing.stand` and back: records in, derived columns out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.domain.standing import DecisionRecord, Finding, Stage, Standing, State, stand
from api.store.models import Decision, Withdrawal
from engine.result import Subclass, Verdict


@dataclass(frozen=True, slots=True)
class Derived:
    """What follows from one shape's records.

    Attributes
    ----------
    standing : Standing
    settled_at : datetime or None
        When the decision was made that settled it.
    records : tuple of DecisionRecord
        All of them.
    """

    standing: Standing
    settled_at: datetime | None = None
    records: tuple[DecisionRecord, ...] = ()

    def followed_by(self, record: DecisionRecord, at: datetime) -> Derived:
        """What follows once a further decision is made."""
        records = (*self.records, record)
        standing = stand(records)
        return Derived(standing, at if standing.state is State.SETTLED else None, records)

    @property
    def settled_by(self) -> int | None:
        """Id of the decision that settled it."""
        return self.standing.live[-1].id if self.standing.state is State.SETTLED else None

    @property
    def columns(self) -> dict[str, Any]:
        """The derived columns of ``shape``, by name."""
        standing = self.standing
        finding = standing.finding
        first = next((each for each in standing.live if each.stage is Stage.FIRST), None)
        return {
            "state": standing.state.value,
            "final_class": finding.verdict.value if finding else "",
            "final_subclass": finding.subclass.value if finding and finding.subclass else "",
            "final_mj": finding.mj if finding else "",
            "settled_at": self.settled_at,
            "first_user_id": first.user_id if first else None,
        }


def finding_of(verdict: str, subclass: str, mj: str) -> Finding:
    """Make a finding of three columns."""
    return Finding(Verdict(verdict), Subclass(subclass) if subclass else None, mj)


def derive(session: Session, shape_ids: Sequence[int]) -> Mapping[int, Derived]:
    """Derive what follows from the records of shapes.

    Parameters
    ----------
    session : Session
    shape_ids : sequence of int
        At most a few hundred: they are named one by one in the query.

    Returns
    -------
    mapping of int to Derived, one for each.
    """
    rows = session.execute(
        select(
            Decision.id,
            Decision.shape_id,
            Decision.stage,
            Decision.user_id,
            Decision.verdict,
            Decision.subclass,
            Decision.mj,
            Decision.needs_second,
            Decision.answers,
            Decision.created_at,
            Withdrawal.id.label("withdrawal_id"),
        )
        .outerjoin(Withdrawal, Withdrawal.decision_id == Decision.id)
        .where(Decision.shape_id.in_(shape_ids))
    ).all()
    records: dict[int, list[DecisionRecord]] = defaultdict(list)
    times: dict[int, datetime] = {}
    for row in rows:
        times[row.id] = row.created_at
        records[row.shape_id].append(
            DecisionRecord(
                id=row.id,
                stage=Stage(row.stage),
                user_id=row.user_id,
                finding=finding_of(row.verdict, row.subclass, row.mj),
                needs_second=row.needs_second,
                answers=row.answers,
                withdrawn=row.withdrawal_id is not None,
            )
        )
    found = {}
    for shape_id in shape_ids:
        standing = stand(records[shape_id])
        settled = standing.state is State.SETTLED
        settled_at = times[standing.live[-1].id] if settled else None
        found[shape_id] = Derived(standing, settled_at, tuple(records[shape_id]))
    return found

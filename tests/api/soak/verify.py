"""What must hold of decisions after a soak, whatever happened during it."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from api.review.check import check
from api.services import Services
from api.store.models import AuditEvent, Decision, Shape, Withdrawal


@dataclass(frozen=True, slots=True, order=True)
class Said:
    """A decision as it was sent: who, on what, on which version, what."""

    user_id: int
    shape_id: int
    version: int
    verdict: str
    subclass: str
    mj: str


def last_ids(services: Services) -> tuple[int, int, int]:
    """The last decision, withdrawal and audit event so far: what comes behind them is the soak's."""
    with services.database.reading() as session:
        ids = [session.scalar(select(func.max(each.id))) for each in (Decision, Withdrawal, AuditEvent)]
    return ids[0] or 0, ids[1] or 0, ids[2] or 0


def wrong_decisions(
    services: Services, since: tuple[int, int, int], *, told: Iterable[Said], unsure: Iterable[Said] = ()
) -> list[str]:
    """Compare what people were told with what the database holds.

    Parameters
    ----------
    services : Services
    since : tuple of int
        From :func:`last_ids`, before.
    told : iterable of Said
        Decisions that were acknowledged: each must be there exactly once.
    unsure : iterable of Said
        Sent, but no answer came: may be there once, or not.

    Returns
    -------
    list of str
        What is wrong; empty where nothing is.
    """
    wrong: list[str] = []
    with services.database.reading() as session:
        rows: Sequence[Decision] = session.scalars(
            select(Decision).where(Decision.id > since[0]).order_by(Decision.id)
        ).all()
        every: Sequence[Decision] = session.scalars(
            select(Decision)
            .where(Decision.shape_id.in_(select(Decision.shape_id).where(Decision.id > since[0])))
            .order_by(Decision.id)
        ).all()
        fallen = set(session.scalars(select(Withdrawal.decision_id)))
        shapes = {
            row.id: row.version
            for row in session.execute(
                select(Shape.id, Shape.version).where(
                    Shape.id.in_(select(Decision.shape_id).where(Decision.id > since[0]))
                )
            )
        }
        events = session.execute(
            select(AuditEvent.action, AuditEvent.object_id).where(
                AuditEvent.id > since[2], AuditEvent.object_type == "decision"
            )
        ).all()
        withdrawn = session.scalars(select(Withdrawal.decision_id).where(Withdrawal.id > since[1])).all()
    held = Counter(
        Said(row.user_id, row.shape_id, row.shape_version, row.verdict, row.subclass, row.mj) for row in rows
    )
    sent = Counter(told)
    wrong += [f"acknowledged {count} times: {said}" for said, count in sent.items() if count > 1]
    wrong += [f"lost: {said}" for said in sent if said not in held]
    wrong += [f"{count} times in the database: {said}" for said, count in held.items() if count > 1]
    known = set(sent) | set(unsure)
    wrong += [f"nobody sent it: {said}" for said in held if said not in known]
    wrong += _wrong_chains(every, fallen, shapes)
    wrong += _wrong_events(
        "decision.made",
        [row.id for row in rows],
        [row.object_id for row in events if row[0] == "decision.made"],
    )
    wrong += _wrong_events(
        "decision.withdrawn", withdrawn, [row.object_id for row in events if row[0] == "decision.withdrawn"]
    )
    checked = check(services)
    wrong += [f"derived column: {each}" for each in checked.mismatches[:20]]
    return wrong


def _wrong_chains(rows: Sequence[Decision], fallen: set[int], shapes: dict[int, int]) -> list[str]:
    wrong = []
    chains: dict[int, list[Decision]] = defaultdict(list)
    by_id = {row.id: row for row in rows}
    for row in rows:
        chains[row.shape_id].append(row)
    for shape_id, chain in chains.items():
        versions = [row.shape_version for row in chain]
        if any(later <= earlier for earlier, later in itertools.pairwise(versions)):
            wrong.append(f"shape {shape_id}: versions do not rise: {versions}")
        if shapes[shape_id] <= versions[-1]:
            wrong.append(f"shape {shape_id}: its version {shapes[shape_id]} is not behind {versions[-1]}")
        live = [row for row in chain if row.id not in fallen and not (row.answers and row.answers in fallen)]
        stages = Counter(row.stage for row in live)
        wrong += [
            f"shape {shape_id}: {count} live {stage} decisions"
            for stage, count in stages.items()
            if count > 1
        ]
        for row in chain:
            if row.stage == "second" and row.answers and by_id[row.answers].user_id == row.user_id:
                wrong.append(f"shape {shape_id}: user {row.user_id} is both first and second")
    return wrong


def _wrong_events(action: str, objects: Iterable[int], events: Iterable[int | None]) -> list[str]:
    acted, noted = Counter(objects), Counter(events)
    return [
        f"{action} {each}: {noted[each]} audit events"
        for each in acted.keys() | noted.keys()
        if noted[each] != acted[each]
    ]

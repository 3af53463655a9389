"""A municipality with 100,000 shapes and everything that years of work leave: records, prototypes, people.

Most pictures are made up (:mod:`tests.api.large`). Those that people decide during a measurement are real
gaiji, identified against the whole reference set and explained, so that their pages are as long as real ones;
a few are copied many times, with a digest of their own each.
"""

from __future__ import annotations

import random
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, insert, select, text, update

from api.access import sessions
from api.pictures.explanations import _compute
from api.services import Services
from api.store.models import (
    AuditEvent,
    Decision,
    Explanation,
    Membership,
    Municipality,
    Project,
    Prototype,
    Shape,
    Suggestion,
    User,
)
from api.store.types import now
from engine.demo import DOT_CHARACTERS, build_dots
from engine.glyph.model import Glyph
from engine.glyph.read import ReadOptions, read_glyphs
from engine.reference.fetch import debian_font
from tests.api.large import CHUNK, fill
from tests.api.review.material import png_of

CODE, NAME = "131016", "千代田区"
_OTHERS = (("同定不可能", "不明文字", ""), ("同定不可能", "記号等", ""))
_COLUMNS = (Shape.id, Shape.state, Shape.machine_class, Shape.machine_subclass, Shape.machine_mj,
            Shape.final_class, Shape.final_subclass, Shape.final_mj)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Person:
    """A reviewer: account, role, the token of a login."""

    user_id: int
    role: str
    token: str


@dataclass(frozen=True, slots=True)
class Town:
    """What was made.

    Attributes
    ----------
    municipality_id, project_id : int
    people : sequence of Person
    open, awaiting : sequence of int
        Ids of the shapes with real pages, by the state that they begin in, in the order of the list.
    """

    municipality_id: int
    project_id: int
    people: Sequence[Person]
    open: Sequence[int]
    awaiting: Sequence[int]


def make(services: Services, *, shapes: int, real: int, people: int) -> None:
    """Fill an empty database of the present schema.

    Parameters
    ----------
    services : Services
    shapes : int
    real : int
        How many of them have real pages, the first ones: half wait for a first decision, half for a second.
    people : int
        Half of them have the role of the first reviewer, half of the second.
    """
    with services.database.writing() as session:
        here = Municipality(code=CODE, name=NAME)
        roles = ["admin", *(("first", "second")[number % 2] for number in range(people))]
        users = [
            User(login=f"{role}-{number}", display_name=f"担当 {number}", must_change_password=False)
            for number, role in enumerate(roles)
        ]
        colleague = User(login="colleague", display_name="前任 一郎", must_change_password=False)
        session.add_all([here, colleague, *users])
        session.flush()
        session.add(Membership(user_id=colleague.id, municipality_id=here.id, role="second"))
        session.add_all(
            Membership(user_id=user.id, municipality_id=here.id, role=role)
            for user, role in zip(users, roles, strict=True)
        )
        here_id, before, former = here.id, users[0].id, colleague.id
    fill(services.database, municipality_id=here_id, user_id=before, shapes=shapes, gaiji=shapes * 6 // 5)
    _make_real(services, before, real)
    _suggest(services, real)
    _make_records(services, here_id, before, former)
    with services.database.writing() as session:
        if not services.database.is_sqlite:
            for table in ("shape", "gaiji", "decision", "suggestion"):
                last = f"(SELECT max(id) FROM {table})"
                session.execute(text(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), {last})"))
        session.execute(text("ANALYZE"))


def enter(services: Services, people: int, role: str = "") -> Town:
    """Log people into a town that was made, and say what there is in it; of one role where named."""
    with services.database.writing() as session:
        here_id = session.scalars(select(Municipality.id).where(Municipality.code == CODE)).one()
        project_id = session.scalars(
            select(Project.id).where(Project.municipality_id == here_id).order_by(Project.id).limit(1)
        ).one()
        rows = session.execute(
            select(User.id, Membership.role)
            .join(Membership, Membership.user_id == User.id)
            .where(User.login.like("%-%"), Membership.role == role if role else Membership.role != "admin")
            .order_by(User.id)
            .limit(people)
        ).all()
        entered = [
            Person(row.id, row.role, sessions.begin(session, user_id=row.id, settings=services.settings))
            for row in rows
        ]
        real = session.execute(
            select(Shape.id, Shape.state)
            .join(Explanation, Explanation.suggestion_id == Shape.suggestion_id)
            .order_by(Shape.id)
        ).all()
    return Town(
        here_id,
        project_id,
        entered,
        [each.id for each in real if each.state == "open"],
        [each.id for each in real if each.state == "awaiting-second"],
    )


def _make_real(services: Services, user_id: int, real: int) -> None:
    """Put real gaiji in the place of the first shapes: pictures, suggestions, explanations."""
    patterns = _patterns(services)
    for numbers in _runs(1, real):
        chosen = [(number, patterns[number % len(patterns)]) for number in numbers]
        with services.database.writing() as session:
            session.execute(
                update(Shape),
                [
                    {
                        "id": number, "suggestion_id": number, **each.shape,
                        "final_class": "", "final_subclass": "", "final_mj": "",
                        "state": "open" if number <= real // 2 else "awaiting-second",
                        "first_user_id": None if number <= real // 2 else user_id,
                    }
                    for number, each in chosen
                ],
            )  # fmt: skip
            session.execute(
                insert(Suggestion),
                [{"id": number, "shape_id": number, **each.suggestion} for number, each in chosen],
            )
            session.execute(
                insert(Explanation),
                [{"suggestion_id": number, **each.explanation} for number, each in chosen],
            )


@dataclass(frozen=True, slots=True)
class _Pattern:
    """One real gaiji: columns of the rows that are made of it."""

    shape: dict[str, Any]
    suggestion: dict[str, Any]
    explanation: dict[str, Any]


def _patterns(services: Services) -> list[_Pattern]:
    dots = Path(services.settings.data_dir) / "dots.bdf"
    dots.parent.mkdir(parents=True, exist_ok=True)
    jiskan = debian_font("xfonts-jisx0213", "jiskan16-2004-1.pcf.gz", services.engine_settings.cache_dir)
    build_dots(jiskan, DOT_CHARACTERS, dots)
    read = [each for each in read_glyphs([dots], ReadOptions()) if isinstance(each, Glyph)]
    found = []
    for glyph, row in zip(read, services.identifier().identify(read), strict=True):
        subclass = row.subclass.value if row.subclass else ""
        shape = {
            "png": png_of(glyph.ink), "ink_kind": glyph.kind.value, "machine_class": row.verdict.value,
            "machine_subclass": subclass, "machine_mj": row.mj, "confidence": row.confidence,
            "review": row.review.value,
        }  # fmt: skip
        suggestion = {
            "verdict": row.verdict.value, "subclass": subclass, "mj": row.mj, "confidence": row.confidence,
            "review": row.review.value, "candidates": " ".join(row.candidates),
            "evidence": " ".join(row.evidence), "charset": "mj", "reference": row.reference,
            "engine": row.engine,
        }  # fmt: skip
        document, pictures = _compute(services, Shape(**shape), Suggestion(**suggestion))
        found.append(_Pattern(shape, suggestion, {"document": document, "pictures": pictures}))
    return found


def _suggest(services: Services, real: int) -> None:
    """Let the machine have said something about the made-up shapes too."""
    rng = random.Random(2)
    with services.database.reading() as session:
        last = session.scalar(select(func.max(Shape.id)))
    for numbers in _runs(real + 1, last):
        with services.database.writing() as session:
            held = (Shape.id >= numbers[0], Shape.id <= numbers[-1])
            rows = session.execute(select(*_COLUMNS).where(*held)).all()
            session.execute(
                insert(Suggestion),
                [
                    {
                        "id": row.id, "shape_id": row.id, "verdict": row.machine_class,
                        "subclass": row.machine_subclass, "mj": row.machine_mj, "confidence": 0.5,
                        "review": "required", "evidence": "rule:A1",
                        "candidates": " ".join(f"MJ{rng.randrange(1, 58_863):06}" for _ in range(10)),
                        "reference": "made up", "engine": "made up",
                    }
                    for row in rows
                ],
            )  # fmt: skip
            session.execute(
                update(Shape)
                .where(*held)
                .values(suggestion_id=Shape.id)
                .execution_options(synchronize_session=False)
            )


def _make_records(services: Services, here_id: int, first: int, second: int) -> None:
    """Write the decisions from which the states follow, as two people made them."""
    rng, at, number = random.Random(3), now() - timedelta(days=90), 0
    with services.database.reading() as session:
        last = session.scalar(select(func.max(Shape.id)))
    for numbers in _runs(1, last):
        decisions, prototypes, events, settled = [], [], [], []
        with services.database.writing() as session:
            held = (Shape.id >= numbers[0], Shape.id <= numbers[-1], Shape.state != "open")
            for shape in session.execute(select(*_COLUMNS).where(*held).order_by(Shape.id)).all():
                finding = (shape.final_class, shape.final_subclass, shape.final_mj)
                if shape.state != "settled":
                    finding = (shape.machine_class, shape.machine_subclass, shape.machine_mj)
                other = next(each for each in _OTHERS if each != finding)
                said = {"awaiting-second": (finding,), "disputed": (finding, other)}
                for stage, told in enumerate(said.get(shape.state, (finding, finding))):
                    number += 1
                    at += timedelta(seconds=rng.uniform(1, 20))
                    decisions.append(
                        {
                            "id": number, "shape_id": shape.id, "municipality_id": here_id,
                            "user_id": (first, second)[stage], "stage": ("first", "second")[stage],
                            "verdict": told[0], "subclass": told[1], "mj": told[2],
                            "needs_second": stage == 0, "answers": number - 1 if stage else None,
                            "suggestion_id": shape.id, "shape_version": stage + 1, "created_at": at,
                            "seen": {"candidates": [], "prototypes": [], "earlier": []},
                        }
                    )  # fmt: skip
                    events.append(
                        {
                            "at": at, "user_id": (first, second)[stage], "municipality_id": here_id,
                            "action": "decision.made", "object_type": "decision", "object_id": number,
                            "detail": {"shape_id": shape.id}, "request_id": secrets.token_hex(16),
                        }
                    )  # fmt: skip
                changed = {"id": shape.id, "version": 1 + len(said.get(shape.state, (1, 2)))}
                if shape.state == "settled":
                    prototypes.append(
                        {
                            "municipality_id": here_id, "shape_id": shape.id, "decision_id": number,
                            "verdict": finding[0], "subclass": finding[1], "mj": finding[2],
                        }
                    )  # fmt: skip
                settled.append(changed | {"settled_at": at if shape.state == "settled" else None})
            session.execute(insert(Decision), decisions)
            session.execute(insert(AuditEvent), events)
            session.execute(update(Shape), settled)
            if prototypes:
                session.execute(insert(Prototype), prototypes)


def _runs(first: int, last: int) -> Iterator[range]:
    for start in range(first, last + 1, CHUNK):
        yield range(start, min(start + CHUNK, last + 1))

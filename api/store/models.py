"""The tables.

Append-only, never changed or deleted (:mod:`api.store.append_only` and triggers see to it): ``suggestion``,
``explanation``, ``decision``, ``withdrawal``, ``audit_event``. What the machine says and what people decide
are different records; the state of a shape is derived from them (:mod:`api.domain.standing`) and kept beside
the shape, in the same transaction, only so that lists can filter and sort.

A *gaiji* is one submitted character, known by (municipality, system, font, code). A *shape* is one distinct
picture within a municipality: all gaiji that look exactly alike share it, across its projects, and are
decided once.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from api.store.types import UtcDateTime, now

_Id = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers only INTEGER keys by itself


_QUEUED = ("state", "machine_class", "review")
_LISTED = ("machine_subclass", "machine_mj", "final_class", "final_subclass", "final_mj", "first_user_id")
"""Columns of ``shape`` that the list is filtered by."""


class Base(DeclarativeBase):
    """Base of all tables; constraints are named, so that migrations can name them too."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UtcDateTime,
        dict[str, Any]: JSON,
        list[Any]: JSON,
        bytes: LargeBinary,
    }


# --- People ---


class Municipality(Base):
    """A 団体; nobody sees another one's data."""

    __tablename__ = "municipality"

    id: Mapped[int] = mapped_column(_Id, primary_key=True)
    code: Mapped[str] = mapped_column(String(6), unique=True)
    """団体コード with its check digit."""
    name: Mapped[str] = mapped_column(String(100))
    second_review: Mapped[str] = mapped_column(String(16), default="all")
    """A :class:`api.domain.standing.SecondReview`."""
    shares_prototypes: Mapped[bool] = mapped_column(Boolean, default=False)
    """Whether others may be shown what was confirmed here (the picture and the MJ, nothing else)."""
    created_at: Mapped[datetime] = mapped_column(default=now)
    version: Mapped[int] = mapped_column(default=1)


class User(Base):
    """A person with an account."""

    __tablename__ = "user_account"

    id: Mapped[int] = mapped_column(_Id, primary_key=True)
    login: Mapped[str] = mapped_column(String(100), unique=True)
    """Case-folded."""
    display_name: Mapped[str] = mapped_column(String(100))
    password_hash: Mapped[str | None] = mapped_column(String(255))
    """argon2id; None where only the proxy vouches for the person."""
    must_change_password: Mapped[bool] = mapped_column(Boolean, default=True)
    is_operator: Mapped[bool] = mapped_column(Boolean, default=False)
    disabled_at: Mapped[datetime | None]
    failed_logins: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]
    password_changed_at: Mapped[datetime | None]
    last_login_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
    version: Mapped[int] = mapped_column(default=1)


class Membership(Base):
    """What a person is in a municipality: one role."""

    __tablename__ = "membership"
    __table_args__ = (UniqueConstraint("user_id", "municipality_id"),)

    id: Mapped[int] = mapped_column(_Id, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    municipality_id: Mapped[int] = mapped_column(ForeignKey("municipality.id"), index=True)
    role: Mapped[str] = mapped_column(String(16))
    """A :class:`api.domain.rights.Role`."""
    created_at: Mapped[datetime] = mapped_column(default=now)

    user: Mapped[User] = relationship()
    municipality: Mapped[Municipality] = relationship()


class LoginSession(Base):
    """A login in a browser; the cookie holds a token of which only the digest is kept."""

    __tablename__ = "login_session"

    id: Mapped[int] = mapped_column(_Id, primary_key=True)
    token_digest: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    seen_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    agent: Mapped[str] = mapped_column(String(200), default="")
    """Browser, so that a person recognises the login in the list of theirs."""


class ApiToken(Base):
    """A key for programs: acts as its owner, in one municipality, at most with the given role."""

    __tablename__ = "api_token"

    id: Mapped[int] = mapped_column(_Id, primary_key=True)
    token_digest: Mapped[str] = mapped_column(String(64), unique=True)
    prefix: Mapped[str] = mapped_column(String(12))
    """What the list shows to tell tokens apart."""
    name: Mapped[str] = mapped_column(String(100))
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    municipality_id: Mapped[int] = mapped_column(ForeignKey("municipality.id"), index=True)
    role: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]


# --- Work ---


class Project(Base):
    """One system's gaiji."""

    __tablename__ = "project"
    __table_args__ = (UniqueConstraint("municipality_id", "name"),)

    id: Mapped[int] = mapped_column(_Id, primary_key=True)
    municipality_id: Mapped[int] = mapped_column(ForeignKey("municipality.id"), index=True)
    name: Mapped[str] = mapped_column(String(100))
    system: Mapped[str] = mapped_column(String(100))
    kind: Mapped[str] = mapped_column(String(1), default="")
    """A key of :data:`engine.intake.key.KINDS`, or empty."""
    charset: Mapped[str] = mapped_column(String(16), default="mj")
    """Candidates on offer: a key of :data:`engine.reference.table.CHARSETS`."""
    created_at: Mapped[datetime] = mapped_column(default=now)
    created_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    archived_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    municipality: Mapped[Municipality] = relationship()


class Upload(Base):
    """A file handed in, and the job that identifies it.

    ``state`` is ``queued``, ``running``, ``done``, ``failed`` or ``cancelled``. A worker claims the job by
    setting ``lease_until`` and renews it; a job whose lease has run out is claimed again and goes on behind
    ``done``, the number of members whose rows are committed.
    """

    __tablename__ = "upload"
    __table_args__ = (Index("ix_upload_state_id", "state", "id"),)

    id: Mapped[int] = mapped_column(_Id, primary_key=True)
    municipality_id: Mapped[int] = mapped_column(ForeignKey("municipality.id"), index=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), index=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    name: Mapped[str] = mapped_column(String(255))
    """File name as given, without folders."""
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64))
    """Names the file under the uploads folder."""
    options: Mapped[dict[str, Any]] = mapped_column(default=dict)
    state: Mapped[str] = mapped_column(String(16), default="queued")
    total: Mapped[int | None]
    """Glyphs in the file, once they are counted."""
    done: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)
    """Of those done, the ones that could not be read."""
    attempts: Mapped[int] = mapped_column(default=0)
    worker: Mapped[str] = mapped_column(String(64), default="")
    lease_until: Mapped[datetime | None]
    message: Mapped[str] = mapped_column(Text, default="")
    """Japanese, for the person who handed it in."""
    created_at: Mapped[datetime] = mapped_column(default=now)
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]

    project: Mapped[Project] = relationship()


class Shape(Base):
    """One distinct picture within a municipality, with what follows from its records."""

    __tablename__ = "shape"
    __table_args__ = (
        UniqueConstraint("municipality_id", "digest"),
        # Each holds all that the list is filtered by: a row is long with its picture, and the list would
        # read every one of them.
        Index("ix_shape_list", "municipality_id", "id", *_QUEUED, "confidence", *_LISTED),
        Index("ix_shape_confidence", "municipality_id", "confidence", "id", *_QUEUED, *_LISTED),
        Index("ix_shape_queue", "municipality_id", *_QUEUED, "id", "confidence", *_LISTED),
        Index("ix_shape_machine_mj", "municipality_id", "machine_mj"),
        Index("ix_shape_final_mj", "municipality_id", "final_mj"),
    )

    id: Mapped[int] = mapped_column(_Id, primary_key=True)
    municipality_id: Mapped[int] = mapped_column(ForeignKey("municipality.id"))
    digest: Mapped[str] = mapped_column(String(32))
    """Of the ink within its box: :func:`engine.intake.digest.ink_digest`."""
    png: Mapped[bytes]
    """The cleaned ink as a grey PNG, 255 = ink, at most 256 px a side."""
    ink_kind: Mapped[str] = mapped_column(String(16), default="image")
    """An :class:`engine.glyph.model.GlyphKind`."""
    created_at: Mapped[datetime] = mapped_column(default=now)

    # Of the latest suggestion.
    suggestion_id: Mapped[int | None]
    machine_class: Mapped[str] = mapped_column(String(8), default="")
    machine_subclass: Mapped[str] = mapped_column(String(8), default="")
    machine_mj: Mapped[str] = mapped_column(String(12), default="")
    confidence: Mapped[float | None] = mapped_column(Float)
    review: Mapped[str] = mapped_column(String(8), default="required")

    # Derived from decisions and withdrawals.
    state: Mapped[str] = mapped_column(String(16), default="open")
    final_class: Mapped[str] = mapped_column(String(8), default="")
    final_subclass: Mapped[str] = mapped_column(String(8), default="")
    final_mj: Mapped[str] = mapped_column(String(12), default="")
    settled_at: Mapped[datetime | None]
    first_user_id: Mapped[int | None]
    """Who made the live first decision: the second must be somebody else's."""
    version: Mapped[int] = mapped_column(default=1)
    """Rises with every decision, withdrawal and suggestion; a write names the one it was made on."""


class ProjectShape(Base):
    """Which shapes a project has, and how many of its gaiji share each."""

    __tablename__ = "project_shape"
    __table_args__ = (Index("ix_project_shape_held", "shape_id", "project_id", "gaiji_count"),)

    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), primary_key=True)
    shape_id: Mapped[int] = mapped_column(ForeignKey("shape.id"), primary_key=True)
    gaiji_count: Mapped[int] = mapped_column(default=0)
    first_gaiji_id: Mapped[int]
    """For the list: its code and source."""


class Gaiji(Base):
    """One submitted character of one upload; ``shape_id`` is None where it could not be read."""

    __tablename__ = "gaiji"
    __table_args__ = (
        UniqueConstraint("upload_id", "ordinal"),
        Index("ix_gaiji_project_code", "project_id", "code"),
        Index(
            "ix_gaiji_unreadable",
            "project_id",
            "id",
            sqlite_where=text("shape_id IS NULL"),
            postgresql_where=text("shape_id IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(_Id, primary_key=True)
    municipality_id: Mapped[int] = mapped_column(ForeignKey("municipality.id"), index=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    upload_id: Mapped[int] = mapped_column(ForeignKey("upload.id"))
    ordinal: Mapped[int]
    """Place in the file, from 0."""
    shape_id: Mapped[int | None] = mapped_column(ForeignKey("shape.id"), index=True)
    source: Mapped[str] = mapped_column(Text)
    code: Mapped[str] = mapped_column(String(20), default="")
    """外字コード (``U+E000``), or empty."""
    font: Mapped[str] = mapped_column(String(100), default="")
    kind: Mapped[str] = mapped_column(String(1), default="")
    status: Mapped[str] = mapped_column(String(32), default="ok")
    message: Mapped[str] = mapped_column(Text, default="")
    near_shape_id: Mapped[int | None]
    """An earlier shape of this municipality that is nearly the same picture."""

    shape: Mapped[Shape | None] = relationship()
    project: Mapped[Project] = relationship()


# --- The machine's records (append-only) ---


class Suggestion(Base):
    """What one version of the engine said about a shape."""

    __tablename__ = "suggestion"

    id: Mapped[int] = mapped_column(_Id, primary_key=True)
    shape_id: Mapped[int] = mapped_column(ForeignKey("shape.id"), index=True)
    upload_id: Mapped[int | None] = mapped_column(ForeignKey("upload.id"))
    verdict: Mapped[str] = mapped_column(String(8))
    subclass: Mapped[str] = mapped_column(String(8), default="")
    mj: Mapped[str] = mapped_column(String(12), default="")
    confidence: Mapped[float] = mapped_column(Float)
    review: Mapped[str] = mapped_column(String(8))
    candidates: Mapped[str] = mapped_column(Text)
    """MJ names, best first, one space between."""
    evidence: Mapped[str] = mapped_column(Text)
    charset: Mapped[str] = mapped_column(String(16), default="mj")
    reference: Mapped[str] = mapped_column(String(100))
    """Reference set and criteria version."""
    engine: Mapped[str] = mapped_column(String(100))
    """Engine version and learned models."""
    created_at: Mapped[datetime] = mapped_column(default=now)


class Explanation(Base):
    """Why a suggestion was made, as the decision page shows it; made when first needed, then kept.

    ``document`` is :func:`engine.explain.document.as_json`'s, compressed; ``pictures`` a ZIP of grey PNGs by
    name: ``square`` (the normalised gaiji) and, for each compared candidate, ``MJ…`` (as it is) and
    ``MJ….laid`` (laid over the gaiji).
    """

    __tablename__ = "explanation"

    id: Mapped[int] = mapped_column(_Id, primary_key=True)
    suggestion_id: Mapped[int] = mapped_column(ForeignKey("suggestion.id"), unique=True)
    document: Mapped[bytes]
    pictures: Mapped[bytes]
    created_at: Mapped[datetime] = mapped_column(default=now)


# --- People's records (append-only) ---


class Decision(Base):
    """What a person decided about a shape."""

    __tablename__ = "decision"
    __table_args__ = (Index("ix_decision_user_created", "user_id", "created_at"),)

    id: Mapped[int] = mapped_column(_Id, primary_key=True)
    shape_id: Mapped[int] = mapped_column(ForeignKey("shape.id"), index=True)
    municipality_id: Mapped[int] = mapped_column(ForeignKey("municipality.id"), index=True)
    project_id: Mapped[int | None] = mapped_column(ForeignKey("project.id"))
    """The project it was decided from."""
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    stage: Mapped[str] = mapped_column(String(12))
    verdict: Mapped[str] = mapped_column(String(8))
    subclass: Mapped[str] = mapped_column(String(8), default="")
    mj: Mapped[str] = mapped_column(String(12), default="")
    reason: Mapped[str] = mapped_column(Text, default="")
    needs_second: Mapped[bool] = mapped_column(Boolean, default=False)
    answers: Mapped[int | None] = mapped_column(ForeignKey("decision.id"))
    suggestion_id: Mapped[int | None] = mapped_column(ForeignKey("suggestion.id"))
    """What the machine said when it was decided."""
    shape_version: Mapped[int]
    """The version that the person saw."""
    seen: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """What else the page showed: candidates in their order, prototypes, the first decision, the policy."""
    policy_id: Mapped[int | None] = mapped_column(ForeignKey("policy_version.id"))
    bulk_id: Mapped[int | None] = mapped_column(ForeignKey("bulk_confirmation.id"), index=True)
    seconds: Mapped[float | None] = mapped_column(Float)
    """From showing to deciding, where the page measured it."""
    created_at: Mapped[datetime] = mapped_column(default=now)

    user: Mapped[User] = relationship()


class Withdrawal(Base):
    """A decision taken back, with the reason; the decision stays on record."""

    __tablename__ = "withdrawal"

    id: Mapped[int] = mapped_column(_Id, primary_key=True)
    decision_id: Mapped[int] = mapped_column(ForeignKey("decision.id"), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    reason: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(default=now)


class AuditEvent(Base):
    """Who did what, when. ``detail`` holds ids and codes, never a name."""

    __tablename__ = "audit_event"
    __table_args__ = (Index("ix_audit_event_place", "municipality_id", "id"),)

    id: Mapped[int] = mapped_column(_Id, primary_key=True)
    at: Mapped[datetime] = mapped_column(default=now)
    user_id: Mapped[int | None]
    municipality_id: Mapped[int | None]
    action: Mapped[str] = mapped_column(String(40), index=True)
    """``noun.verb``: ``decision.made``, ``login.failed``, …"""
    object_type: Mapped[str] = mapped_column(String(40), default="")
    object_id: Mapped[int | None]
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)
    request_id: Mapped[str] = mapped_column(String(36), default="")


# --- Bulk, prototypes, policies, idempotency ---


class BulkConfirmation(Base):
    """A filtered set of ``auto`` shapes confirmed together, after a sample of it was looked at.

    ``state``: ``sampling`` (the sample waits to be judged), ``confirming`` (some of it is decided),
    ``confirmed``, ``abandoned``.
    """

    __tablename__ = "bulk_confirmation"

    id: Mapped[int] = mapped_column(_Id, primary_key=True)
    municipality_id: Mapped[int] = mapped_column(ForeignKey("municipality.id"), index=True)
    project_id: Mapped[int | None] = mapped_column(ForeignKey("project.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    filter: Mapped[dict[str, Any]] = mapped_column(default=dict)
    last_shape_id: Mapped[int]
    """The set is what matched among the shapes up to this one, with the suggestion they had then."""
    size: Mapped[int]
    sample: Mapped[list[Any]] = mapped_column(default=list)
    """Shape ids, drawn from the seed that is the confirmation's id."""
    findings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """By shape id: ``right`` or ``wrong``."""
    state: Mapped[str] = mapped_column(String(16), default="sampling")
    confirmed: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(default=now)
    finished_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)


class Prototype(Base):
    """A settled shape that later gaiji are compared with; ``ended_at`` is set when the decision falls."""

    __tablename__ = "prototype"
    __table_args__ = (UniqueConstraint("shape_id", "decision_id"),)

    id: Mapped[int] = mapped_column(_Id, primary_key=True)
    municipality_id: Mapped[int] = mapped_column(ForeignKey("municipality.id"), index=True)
    shape_id: Mapped[int] = mapped_column(ForeignKey("shape.id"))
    decision_id: Mapped[int] = mapped_column(ForeignKey("decision.id"))
    """The decision that settled it."""
    verdict: Mapped[str] = mapped_column(String(8))
    subclass: Mapped[str] = mapped_column(String(8), default="")
    mj: Mapped[str] = mapped_column(String(12), default="")
    vector: Mapped[bytes | None]
    """The description, float32, with ``describe`` naming the model; made anew where the model changed."""
    describe: Mapped[str] = mapped_column(String(40), default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
    ended_at: Mapped[datetime | None]


class PrototypeHit(Base):
    """An earlier decision that speaks for a shape: evidence beside the machine's suggestion."""

    __tablename__ = "prototype_hit"
    __table_args__ = (UniqueConstraint("shape_id", "prototype_id"),)

    id: Mapped[int] = mapped_column(_Id, primary_key=True)
    shape_id: Mapped[int] = mapped_column(ForeignKey("shape.id"), index=True)
    prototype_id: Mapped[int] = mapped_column(ForeignKey("prototype.id"), index=True)
    likeness: Mapped[str] = mapped_column(String(8))
    """``same`` (pixel by pixel), ``near`` (but for noise) or ``form`` (the same form, it seems)."""
    probability: Mapped[float] = mapped_column(Float)
    created_at: Mapped[datetime] = mapped_column(default=now)


class PolicyVersion(Base):
    """A version of a municipality's 文字運用ポリシー; the latest adopted one is in force."""

    __tablename__ = "policy_version"

    id: Mapped[int] = mapped_column(_Id, primary_key=True)
    municipality_id: Mapped[int] = mapped_column(ForeignKey("municipality.id"), index=True)
    title: Mapped[str] = mapped_column(String(100))
    version_label: Mapped[str] = mapped_column(String(40))
    toml: Mapped[str] = mapped_column(Text)
    identity: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(default=now)
    created_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    adopted_at: Mapped[datetime | None]
    adopted_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    in_force_from: Mapped[datetime | None]


class IdempotencyKey(Base):
    """The answer to a write that a program may send again."""

    __tablename__ = "idempotency_key"
    __table_args__ = (UniqueConstraint("user_id", "key"),)

    id: Mapped[int] = mapped_column(_Id, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    key: Mapped[str] = mapped_column(String(100))
    request_digest: Mapped[str] = mapped_column(String(64))
    """Of method, path and body: the same key with another request is an error."""
    status: Mapped[int]
    body: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime] = mapped_column(default=now, index=True)


class Note(Base):
    """A small fact about the installation by name: last backup, worker heartbeat, …"""

    __tablename__ = "note"

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    value: Mapped[dict[str, Any]] = mapped_column(default=dict)
    at: Mapped[datetime] = mapped_column(default=now)

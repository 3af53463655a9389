"""A write that is sent twice has one effect: ``Idempotency-Key``.

A program that does not know whether its request arrived sends it again with the same key, and gets the first
answer again. The key is taken before the effect and in its transaction: there is never an effect without its
answer on record, nor the reverse, whatever is killed when. Of two at the same time one waits for the other.
Errors are not kept: nothing was done, so the request may be tried again.

Answers with a secret in them (passwords, tokens) are not to be had twice, and take no key.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Header, Request, Response
from sqlalchemy import Delete, delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api.access.current import current_actor
from api.domain.rights import Actor
from api.errors import ConflictError, InvalidError
from api.services import Services
from api.store.models import IdempotencyKey
from api.store.types import now
from api.v1.schema import Schema

KEPT = timedelta(days=7)
REPLAYED = "Idempotent-Replayed"
"""Header of an answer that was given before."""

_CREATED = 201
_UNDER_WAY = 0
_PRUNED_AT_ONCE = 100

_Answer = TypeVar("_Answer", bound=Schema)


class MismatchError(InvalidError):
    """The key has been used for another request."""

    code = "idempotency-mismatch"


class InProgressError(ConflictError):
    """The same request is being served right now."""

    code = "in-progress"


class TakenError(Exception):
    """Somebody with the same key was faster: ask :meth:`Call.kept` again."""


@dataclass(frozen=True, slots=True)
class Call:
    """A write and its key.

    Attributes
    ----------
    user_id : int
        Keys of different people have nothing to do with each other.
    key : str or None
        None where the caller gives none: then every request has its effect.
    target : str
        Method and path.
    response : Response
        Its headers tell whether the answer was given before.
    """

    user_id: int
    key: str | None
    target: str
    response: Response

    def digest(self, content: Schema | str) -> str:
        """Return what tells this request from another one with the same key.

        Parameters
        ----------
        content : Schema or str
            The body, or what stands for it.
        """
        body = content if isinstance(content, str) else content.model_dump_json(by_alias=True)
        return hashlib.sha256(f"{self.target}\n{body}".encode()).hexdigest()

    def kept(self, session: Session, digest: str, answer: type[_Answer]) -> _Answer | None:
        """Return the answer that was given to this request; None where it is new.

        Raises
        ------
        MismatchError
            The key was another request's.
        InProgressError
            There is no answer yet.
        """
        if self.key is None:
            return None
        row = session.scalar(
            select(IdempotencyKey).where(
                IdempotencyKey.user_id == self.user_id,
                IdempotencyKey.key == self.key,
                IdempotencyKey.created_at > now() - KEPT,
            )
        )
        if row is None:
            return None
        if row.request_digest != digest:
            raise MismatchError(
                "この Idempotency-Key は、別の内容の要求に使われています。新しいキーを付けてください。",
                {"field": "Idempotency-Key"},
            )
        if row.status == _UNDER_WAY:
            raise InProgressError("同じ要求を処理しています。少し待ってから、もう一度送ってください。")
        self.response.headers[REPLAYED] = "true"
        return answer.model_validate(row.body)

    def take(self, session: Session, digest: str) -> Callable[[Schema], None]:
        """Take the key in the transaction of the effect; return what puts the answer down.

        Raises
        ------
        TakenError
            Somebody else has it.
        """
        if self.key is None:
            return lambda _answer: None
        _prune(session, self.user_id, self.key)
        row = IdempotencyKey(
            user_id=self.user_id, key=self.key, request_digest=digest, status=_UNDER_WAY, body={}
        )
        session.add(row)
        try:
            session.flush()
        except IntegrityError as error:
            raise TakenError from error

        def put_down(answer: Schema) -> None:
            row.status, row.body = _CREATED, dump(answer)

        return put_down


def _call(
    request: Request,
    response: Response,
    actor: Annotated[Actor, Depends(current_actor)],
    idempotency_key: Annotated[
        str | None,
        Header(
            description="同じ要求をもう一度送っても一度しか行われないようにする、要求ごとのでたらめな文字列"
            "（UUID など）。7 日間有効です。",
            min_length=1,
            max_length=100,
            pattern=r"^[!-~]+$",
            examples=["1c6a9f0e-8f0b-4b0e-9a53-0d2b7c1f6a11"],
        ),
    ] = None,
) -> Call:
    return Call(actor.user_id, idempotency_key, f"{request.method} {request.url.path}", response)


Calling = Annotated[Call, Depends(_call)]


def once(
    services: Services,
    call: Call,
    content: Schema | str,
    answer: type[_Answer],
    effect: Callable[[Session], _Answer],
) -> _Answer:
    """Have an effect once, in one transaction with its answer.

    Parameters
    ----------
    services : Services
    call : Call
    content : Schema or str
        What the request asks for.
    answer : type
        Of the answer.
    effect : callable
        Does it in the session it is given.

    Raises
    ------
    MismatchError, InProgressError
    """
    digest = call.digest(content)
    for _ in range(2):
        try:
            with services.database.writing() as session:
                kept = call.kept(session, digest, answer)
                if kept is not None:
                    return kept
                put_down = call.take(session, digest)
                made = effect(session)
                put_down(made)
                return made
        except TakenError:  # a database in which two can write: the other one has ended now
            continue
    raise InProgressError("同じ要求を処理しています。少し待ってから、もう一度送ってください。")


def dump(answer: Schema) -> dict[str, Any]:
    """Return an answer as JSON has it."""
    return answer.model_dump(mode="json", by_alias=True)


def _prune(session: Session, user_id: int, key: str) -> None:
    """Forget keys that are too old: some, so that no write waits for many; and this one."""
    expired = IdempotencyKey.created_at <= now() - KEPT
    some = select(IdempotencyKey.id).where(expired).order_by(IdempotencyKey.created_at).limit(_PRUNED_AT_ONCE)
    ids = list(session.scalars(some))
    if ids:
        session.execute(_plainly(delete(IdempotencyKey).where(IdempotencyKey.id.in_(ids))))
    own = (IdempotencyKey.user_id == user_id, IdempotencyKey.key == key, expired)
    session.execute(_plainly(delete(IdempotencyKey).where(*own)))


def _plainly(statement: Delete) -> Delete:
    return statement.execution_options(synchronize_session=False)

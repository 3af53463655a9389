"""Why the machine said what it said, computed once and kept: the decision page must not wait for it.

An explanation belongs to a suggestion. It is computed when first needed, or ahead by the worker, with the
engine of that moment; the document says which version it was.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from api.pictures.archive import pack, unpack
from api.pictures.frame import black_on_white, glyph_of, ink_of_page
from api.store.models import Explanation, Shape, Suggestion

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from api.services import Services
    from engine.explain.explanation import ExplainedCandidate
    from engine.explain.explanation import Explanation as Explained
    from engine.glyph.model import Ink

SQUARE = "square"
"""Name of the gaiji's own picture."""
LAID = ".laid"
"""Ending of the name of a candidate's picture laid over the gaiji."""

_TOP = 9
"""Candidates explained, as many as the decision page has keys for."""
_MOST_DOCUMENT_BYTES = 4 * 2**20


@dataclass(frozen=True, eq=False)
class StoredExplanation:
    """An explanation as it is kept.

    Attributes
    ----------
    id, suggestion_id : int
    document : mapping
        :func:`engine.explain.document.as_json`'s, with the sentences of the page under ``words`` and, in each
        compared candidate, ``label``, ``role``, ``preface`` and the differences' ``what``.
    """

    id: int
    suggestion_id: int
    document: Mapping[str, Any]
    archive: bytes

    @cached_property
    def pictures(self) -> Mapping[str, bytes]:
        """The pictures as PNG files, 64 px a side, black on white."""
        return unpack(self.archive)

    def ink(self, name: str) -> Ink | None:
        """Return one picture, (64, 64) uint8, ink = 255; None where there is none of this name."""
        stored = self.pictures.get(name)
        return None if stored is None else ink_of_page(stored)


def explanation_of(services: Services, *, shape: Shape, suggestion: Suggestion) -> StoredExplanation:
    """Return the explanation of a suggestion, computed and stored where there is none yet.

    Parameters
    ----------
    services : Services
    shape : Shape
        The caller has seen to it that the person may see it.
    suggestion : Suggestion
        Of the shape.

    Raises
    ------
    GaijiError
        The engine cannot be opened, or cannot read the shape.
    """
    with services.database.reading() as session:
        kept = stored_for(session, suggestion.id)
    if kept is not None:
        return kept
    document, archive = _compute(services, shape, suggestion)
    return _store(services, suggestion.id, document, archive)


def stored_explanation(services: Services, explanation_id: int, *, shape_id: int) -> StoredExplanation | None:
    """Return a kept explanation of a shape by its id; None where there is none."""
    with services.database.reading() as session:
        row = session.scalar(
            select(Explanation)
            .join(Suggestion, Suggestion.id == Explanation.suggestion_id)
            .where(Explanation.id == explanation_id, Suggestion.shape_id == shape_id)
        )
    return None if row is None else _opened(row)


def stored_for(session: Session, suggestion_id: int) -> StoredExplanation | None:
    """Return the kept explanation of a suggestion; None where none was made yet."""
    row = session.scalar(select(Explanation).where(Explanation.suggestion_id == suggestion_id))
    return None if row is None else _opened(row)


def _opened(row: Explanation) -> StoredExplanation:
    text = zlib.decompressobj().decompress(row.document, _MOST_DOCUMENT_BYTES)
    return StoredExplanation(row.id, row.suggestion_id, json.loads(text), row.pictures)


def _store(services: Services, suggestion_id: int, document: bytes, archive: bytes) -> StoredExplanation:
    """Keep an explanation, unless another request was faster: then it is that one that counts."""
    try:
        with services.database.writing() as session:
            kept = stored_for(session, suggestion_id)
            if kept is not None:
                return kept
            row = Explanation(suggestion_id=suggestion_id, document=document, pictures=archive)
            session.add(row)
            session.flush()
            return _opened(row)
    except IntegrityError:  # PostgreSQL lets both of them get this far
        with services.database.reading() as session:
            kept = stored_for(session, suggestion_id)
        if kept is None:
            raise
        return kept


def _compute(services: Services, shape: Shape, suggestion: Suggestion) -> tuple[bytes, bytes]:
    from engine.explain.explain import explain

    glyph = glyph_of(shape.png, shape.ink_kind)
    with services.engine_lock:
        identifier = services.identifier(suggestion.charset)
        explained = explain(identifier, glyph, top=_TOP)
    document = json.dumps(_document(explained), ensure_ascii=False, separators=(",", ":"))
    return zlib.compress(document.encode(), 6), pack(_pictures(explained))


def _document(explained: Explained) -> dict[str, Any]:
    from engine.explain.document import as_json

    document = as_json(explained)
    for told, candidate in zip(document["compared"], explained.candidates, strict=True):
        told["label"] = candidate.label
        told["preface"] = explained.places_preface(candidate)
        told["role_title"] = _role(explained, candidate)
        for difference, place in zip(told["differences"], candidate.places, strict=True):
            difference["what"] = place.what
    document["words"] = {"review": explained.review, "role": explained.role}
    return document


def _role(explained: Explained, candidate: ExplainedCandidate) -> str:
    if candidate is explained.decided:
        return explained.role
    if candidate is explained.runner_up:
        return explained.runner_up_role
    return ""


def _pictures(explained: Explained) -> dict[str, bytes]:
    from engine.describe.normalise import normalise

    found = {SQUARE: black_on_white(normalise(explained.glyph.ink))}
    for candidate in explained.candidates:
        name = picture_name(candidate.name)
        if name in found:
            continue  # a sign has several drawings of one name; the best one comes first
        found[name] = black_on_white(candidate.square)
        found[name + LAID] = black_on_white(candidate.registered)
    return found


def picture_name(candidate: str) -> str:
    """Return the name of a candidate's picture: its MJ name, or ``U+30A2`` for a character itself."""
    from engine.reference.codes import to_code

    return to_code(candidate) if len(candidate) == 1 else candidate

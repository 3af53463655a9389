"""Pictures by URL: gaiji, MJ glyphs, both on top of each other, and those of an explanation.

A shape's picture never changes, nor do those of an explanation; an MJ glyph's does with the reference set,
whose version is therefore part of the address (``v``) where a page wants it kept for long.
"""

from __future__ import annotations

import hashlib
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from sqlalchemy import select

from api.access.current import current_actor
from api.access.place import Place, enter, services_of
from api.domain.rights import Action, Actor
from api.errors import NotFoundError
from api.pictures.explanations import StoredExplanation, stored_explanation
from api.pictures.frame import (
    Frame,
    black_on_white,
    checked_size,
    framed,
    glyph_of,
    normal_square,
    red_and_blue,
)
from api.pictures.reference import reference_of
from api.pictures.served import FOR_A_DAY, FOR_EVER, known, picture, unchanged
from api.services import Services
from api.store.models import Shape
from engine.report.tiles import is_dotted
from engine.sheet.explain import enlarged

router = APIRouter(include_in_schema=False)

DRAWN = "1"
"""Raised when the way of drawing changes, so that no browser keeps the old pictures."""

_Reader = Annotated[Place, Depends(enter(Action.READ))]
_Services = Annotated[Services, Depends(services_of)]
_Id = Annotated[int, Path(ge=1, lt=2**31)]
_Mj = Annotated[str, Path(pattern=r"^[A-Z]{2}[0-9]{6}$", description="MJ文字図形名")]
_Size = Annotated[int, Query(description="一辺の画素数")]


@router.get("/m/{code}/shapes/{shape_id}.png")
def shape_picture(
    request: Request,
    place: _Reader,
    services: _Services,
    shape_id: _Id,
    size: _Size = 128,
    frame: Frame = Frame.TILE,
) -> Response:
    """Draw a gaiji, black on white."""
    size_px = checked_size(size)
    digest = _digest(services, place, shape_id)
    tag = f"{digest}-{size_px}-{frame}-{DRAWN}"
    if known(request, tag):
        return unchanged(tag, FOR_EVER)

    def draw() -> bytes:
        stored = _shape(services, place, shape_id)
        return black_on_white(framed(glyph_of(stored.png, stored.ink_kind), size_px, frame))

    return picture(reference_of(services).pictures.get(("shape", tag), draw), tag, FOR_EVER)


@router.get("/mj/{mj}.png")
def mj_picture(
    request: Request,
    _actor: Annotated[Actor, Depends(current_actor)],
    services: _Services,
    mj: _Mj,
    size: _Size = 128,
    frame: Frame = Frame.TILE,
    v: str = "",
) -> Response:
    """Draw an MJ glyph, black on white."""
    size_px, reference = checked_size(size), reference_of(services)
    tag = f"{mj}-{size_px}-{frame}-{reference.version}"
    keep = FOR_EVER if v == reference.version else FOR_A_DAY
    if known(request, tag):
        return unchanged(tag, keep)
    return picture(reference.picture(mj, size_px, frame), tag, keep)


@router.get("/mj/{mj}.svg")
def mj_outline(
    request: Request,
    _actor: Annotated[Actor, Depends(current_actor)],
    services: _Services,
    mj: _Mj,
    v: str = "",
) -> Response:
    """Draw an MJ glyph as an outline."""
    reference = reference_of(services)
    tag = f"{mj}-svg-{reference.version}"
    keep = FOR_EVER if v == reference.version else FOR_A_DAY
    if known(request, tag):
        return unchanged(tag, keep)
    return picture(reference.svg(mj), tag, keep, media="image/svg+xml")


@router.get("/m/{code}/shapes/{shape_id}/over/{mj}.png")
def over(
    request: Request, place: _Reader, services: _Services, shape_id: _Id, mj: _Mj, size: _Size = 288
) -> Response:
    """Draw a gaiji and an MJ glyph on top of each other, only their sizes made equal."""
    size_px, reference = checked_size(size), reference_of(services)
    tag = f"{_digest(services, place, shape_id)}-{mj}-{size_px}-{reference.version}-{DRAWN}"
    if known(request, tag):
        return unchanged(tag, FOR_A_DAY)

    def draw() -> bytes:
        stored = _shape(services, place, shape_id)
        gaiji = framed(glyph_of(stored.png, stored.ink_kind), size_px, Frame.NORMAL)
        return red_and_blue(gaiji, normal_square(reference.ink(mj), size_px))

    return picture(reference.pictures.get(("over", tag), draw), tag, FOR_A_DAY)


@router.get("/m/{code}/shapes/{shape_id}/explanation/{explanation_id}/{name}.png")
def explanation_picture(
    request: Request,
    place: _Reader,
    services: _Services,
    shape_id: _Id,
    explanation_id: _Id,
    name: Annotated[str, Path(pattern=r"^[A-Za-z0-9+]{1,12}(\.laid)?(\.over)?$")],
    size: _Size = 288,
) -> Response:
    """Draw a picture of an explanation: ``square``, ``MJ…``, ``MJ….laid``; with ``.over``, on the gaiji."""
    size_px = checked_size(size)
    digest = _digest(services, place, shape_id)
    tag = f"{digest}-{explanation_id}-{hashlib.blake2b(name.encode(), digest_size=6).hexdigest()}"
    tag = f"{tag}-{size_px}-{DRAWN}"
    if known(request, tag):
        return unchanged(tag, FOR_EVER)

    def draw() -> bytes:
        explained = stored_explanation(services, explanation_id, shape_id=shape_id)
        if explained is None:
            raise NotFoundError("この説明はありません。")
        return _explained(services, place, shape_id, explained, name, size_px)

    return picture(reference_of(services).pictures.get(("explanation", tag), draw), tag, FOR_EVER)


def _explained(
    services: Services, place: Place, shape_id: int, explained: StoredExplanation, name: str, size_px: int
) -> bytes:
    ink = explained.ink(name.removesuffix(".over"))
    if ink is None:
        raise NotFoundError("この説明に、その図はありません。", {"name": name})
    square = enlarged(ink, size_px)
    if not name.endswith(".over"):
        return black_on_white(square)
    stored = _shape(services, place, shape_id)
    glyph = glyph_of(stored.png, stored.ink_kind)
    return red_and_blue(normal_square(glyph.ink, size_px, dots=is_dotted(glyph)), square)


def _digest(services: Services, place: Place, shape_id: int) -> str:
    """Return what names the picture of a shape of this municipality, without reading the picture itself."""
    with services.database.reading() as session:
        found = session.execute(
            select(Shape.digest, Shape.ink_kind).where(
                Shape.id == shape_id, Shape.municipality_id == place.municipality_id
            )
        ).one_or_none()
    if found is None:
        raise NotFoundError("この図形はないか、あなたの団体のものではありません。")
    return f"{found.digest}-{found.ink_kind}"


def _shape(services: Services, place: Place, shape_id: int) -> Shape:
    with services.database.reading() as session:
        shape = session.scalar(
            select(Shape).where(Shape.id == shape_id, Shape.municipality_id == place.municipality_id)
        )
    if shape is None:
        raise NotFoundError("この図形はないか、あなたの団体のものではありません。")
    return shape

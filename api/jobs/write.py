"""One block's results in the database: everything in one short transaction, or nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.domain.standing import State
from api.jobs.near import encoded
from api.jobs.plan import Member, PlannedBlock, Stamp, bears
from api.store.models import Gaiji, Municipality, ProjectShape, Shape, Suggestion, Upload
from engine.errors import READ_CODES
from engine.glyph.model import ReadFailure
from engine.pool import Lost
from engine.result import Identification

_CRASHED = "この図形を同定する処理が異常終了しました。図形の画像を作り直して、登録し直してください。"
_SOURCE_CHARACTERS, _FONT_CHARACTERS, _CODE_CHARACTERS = 1000, 100, 20
_UNSTORED = dict.fromkeys((*range(0x20), 0x7F, *range(0xD800, 0xE000)), "\ufffd")
"""Controls and lone surrogates: names inside hostile files hold them, databases do not take them."""


def write_block(
    session: Session,
    upload: Upload,
    block: PlannedBlock,
    rows: Sequence[Identification | Lost],
    stamp: Stamp,
    *,
    advance: Callable[[int], None],
) -> dict[str, int]:
    """Write shapes, suggestions, gaiji and counts of one block.

    Parameters
    ----------
    session : Session
        A writing one.
    upload : Upload
        For its ids only.
    block : PlannedBlock
    rows : sequence of Identification or Lost
        One for each of ``block.wanted``.
    stamp : Stamp
        Of the suggestions.
    advance : callable
        Called with the number of failures: counts the block on the upload, or raises where the job is not
        the caller's any more.

    Returns
    -------
    dict of str to int
        Ids of the shapes that have been identified, by digest.
    """
    # One writer a municipality at a time (SQLite has one in any case): shapes of the same picture meet here.
    session.execute(
        select(Municipality.id)
        .where(Municipality.id == upload.municipality_id)
        .with_for_update(key_share=True)
    )
    found = {
        digest: row
        for digest, row in zip(block.wanted, rows, strict=True)
        if isinstance(row, Identification) and row.status == "ok"
    }
    shapes = _shapes(session, upload.municipality_id, block)
    new = [digest for digest in found if digest not in shapes]
    shapes.update(_added(session, upload.municipality_id, block, new))
    # A picture that an earlier block was asked for, and that ended its process there, has no shape.
    shapeless = sum(each.digest not in shapes for each in block.members)
    advance(shapeless)
    _suggest(session, upload, shapes, found, stamp)
    near = _near_ids(session, upload.municipality_id, {digest: block.near.get(digest, "") for digest in new})
    # The first gaiji of a new shape says what it is near to: the others are the same as that one.
    gaiji = [
        _gaiji(upload, each, shapes.get(each.digest), near.pop(each.digest, None)) for each in block.members
    ]
    session.add_all(gaiji)
    session.flush()
    _count(session, upload.project_id, gaiji)
    return {digest: shapes[digest].id for digest in found}


def _shapes(session: Session, municipality_id: int, block: PlannedBlock) -> dict[str, Shape]:
    """Return the shapes that there are already, by digest; nobody else changes them meanwhile."""
    digests = sorted({each.digest for each in block.members if each.digest})
    if not digests:
        return {}
    found = session.scalars(
        select(Shape)
        .where(Shape.municipality_id == municipality_id, Shape.digest.in_(digests))
        .order_by(Shape.id)
        .with_for_update()
    )
    return {shape.digest: shape for shape in found}


def _added(
    session: Session, municipality_id: int, block: PlannedBlock, digests: Sequence[str]
) -> dict[str, Shape]:
    added = {}
    for digest in digests:
        glyph = block.wanted[digest]
        added[digest] = Shape(
            municipality_id=municipality_id,
            digest=digest,
            png=encoded(glyph.ink),
            ink_kind=glyph.kind.value,
            state=State.OPEN.value,
            version=1,
        )
    session.add_all(added.values())
    session.flush()
    return added


def _suggest(
    session: Session,
    upload: Upload,
    shapes: Mapping[str, Shape],
    rows: Mapping[str, Identification],
    stamp: Stamp,
) -> None:
    """Put the engine's answers on record, each once."""
    told = set(
        session.scalars(
            select(Suggestion.shape_id).where(
                Suggestion.shape_id.in_([shapes[digest].id for digest in rows]), *bears(stamp)
            )
        )
    )
    made = {
        digest: suggestion(row, shapes[digest].id, upload.id, stamp)
        for digest, row in rows.items()
        if shapes[digest].id not in told  # another worker, with another file, may have been faster
    }
    session.add_all(made.values())
    session.flush()
    for digest, each in made.items():
        make_current(shapes[digest], each)


def suggestion(row: Identification, shape_id: int, upload_id: int | None, stamp: Stamp) -> Suggestion:
    """Return the record of what the engine said.

    Parameters
    ----------
    row : Identification
        With status ``ok``.
    shape_id : int
    upload_id : int or None
        Whose job asked.
    stamp : Stamp
    """
    return Suggestion(
        shape_id=shape_id,
        upload_id=upload_id,
        verdict=row.verdict.value if row.verdict else "",
        subclass=row.subclass.value if row.subclass else "",
        mj=row.mj,
        confidence=row.confidence or 0.0,
        review=row.review.value,
        candidates=" ".join(row.candidates),
        evidence=" ".join(row.evidence),
        charset=stamp.charset,
        reference=stamp.reference,
        engine=stamp.engine,
    )


def make_current(shape: Shape, latest: Suggestion) -> bool:
    """Let the latest suggestion be what lists and pages show; tell whether it is.

    A shape that somebody has decided on keeps the suggestion that was decided on: the latest one is on
    record, and :func:`api.jobs.reidentify.changed` lists where it says something else.
    """
    if shape.state != State.OPEN.value:
        return False
    if shape.suggestion_id is not None:
        shape.version += 1
    shape.suggestion_id = latest.id
    shape.machine_class = latest.verdict
    shape.machine_subclass = latest.subclass
    shape.machine_mj = latest.mj
    shape.confidence = latest.confidence
    shape.review = latest.review
    return True


def _near_ids(session: Session, municipality_id: int, near: Mapping[str, str]) -> dict[str, int]:
    """Ids of the shapes that some are near to, by the digests of those that are."""
    digests = sorted({digest for digest in near.values() if digest})
    if not digests:
        return {}
    of_these = (Shape.municipality_id == municipality_id, Shape.digest.in_(digests))
    ids = {row.digest: row.id for row in session.execute(select(Shape.digest, Shape.id).where(*of_these))}
    return {one: ids[other] for one, other in near.items() if other in ids}


def _gaiji(upload: Upload, member: Member, shape: Shape | None, near_shape_id: int | None) -> Gaiji:
    item, key = member.delivered.item, member.delivered.key
    status, message = "ok", ""
    if isinstance(item, ReadFailure):
        status, message = item.code, item.message or READ_CODES.get(item.code, "")
    elif shape is None:
        status, message = "crashed", _CRASHED
    return Gaiji(
        municipality_id=upload.municipality_id,
        project_id=upload.project_id,
        upload_id=upload.id,
        ordinal=member.ordinal,
        shape_id=shape.id if shape else None,
        source=_text(item.source, _SOURCE_CHARACTERS),
        code=_text(item.gaiji_code, _CODE_CHARACTERS),
        font=_text(key.font or item.font, _FONT_CHARACTERS),
        kind=key.kind,
        status=status,
        message=_text(message, _SOURCE_CHARACTERS),
        near_shape_id=near_shape_id,
    )


def _count(session: Session, project_id: int, gaiji: Sequence[Gaiji]) -> None:
    """Keep the numbers of gaiji that share a shape, within the project."""
    counts = Counter(each.shape_id for each in gaiji if each.shape_id is not None)
    if not counts:
        return
    kept = {
        each.shape_id: each
        for each in session.scalars(
            select(ProjectShape).where(
                ProjectShape.project_id == project_id, ProjectShape.shape_id.in_(sorted(counts))
            )
        )
    }
    for each in gaiji:
        if each.shape_id is None:
            continue
        shared = kept.get(each.shape_id)
        if shared is None:
            shared = ProjectShape(
                project_id=project_id, shape_id=each.shape_id, gaiji_count=0, first_gaiji_id=each.id
            )
            session.add(shared)
            kept[each.shape_id] = shared
        shared.gaiji_count += 1
    session.flush()


def _text(text: str, most: int) -> str:
    return text.translate(_UNSTORED)[:most]

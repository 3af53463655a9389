"""Which shapes of a municipality are nearly the same picture: what a worker remembers of them.

Nothing is stored: what is remembered is made from the shapes' pictures when a worker first meets a
municipality (0.4 ms each, the latest 100,000), and kept up with what other workers add.
"""

from __future__ import annotations

import io
from collections.abc import Sequence

from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.pictures.frame import ink_of
from api.store.models import Shape
from engine.glyph.model import Glyph, Ink
from engine.intake.duplicates import NEAR_AMONG, Duplicates

_CHUNK = 512


class NearShapes:
    """The pictures of one municipality's shapes, for telling which new one is nearly an earlier one.

    Parameters
    ----------
    municipality_id : int
    """

    def __init__(self, municipality_id: int) -> None:
        self._municipality_id = municipality_id
        self._duplicates = Duplicates()
        self._digests: list[str] = []
        self._known: set[str] = set()
        self._last_id = 0

    def catch_up(self, session: Session) -> None:
        """Take in the shapes that were added since the last time."""
        known = select(Shape.id).where(Shape.municipality_id == self._municipality_id)
        newest = known.where(Shape.id > self._last_id).order_by(Shape.id.desc())
        first = session.scalar(newest.offset(NEAR_AMONG - 1).limit(1))
        last = (first or self._last_id + 1) - 1
        while True:
            chunk = session.execute(
                select(Shape.id, Shape.digest, Shape.png)
                .where(Shape.municipality_id == self._municipality_id, Shape.id > last)
                .order_by(Shape.id)
                .limit(_CHUNK)
            ).all()
            if not chunk:
                break
            self._take_in([(digest, png) for _, digest, png in chunk if digest not in self._known])
            last = chunk[-1].id
        self._last_id = max(self._last_id, last)

    def compare(self, glyphs: Sequence[Glyph], digests: Sequence[str]) -> dict[str, str]:
        """Compare pictures with all before them, and remember them.

        Parameters
        ----------
        glyphs : sequence of Glyph
            Not seen before.
        digests : sequence of str
            Theirs.

        Returns
        -------
        dict of str to str
            For the digest of a picture, that of the earliest one that is nearly the same.
        """
        numbers = range(len(self._digests), len(self._digests) + len(glyphs))
        found = self._duplicates.compare(glyphs, numbers)
        self._digests.extend(digests)
        self._known.update(digests)
        return {
            digest: self._digests[likeness.near]
            for digest, likeness in zip(digests, found, strict=True)
            if likeness.near is not None
        }

    def _take_in(self, pictures: Sequence[tuple[str, bytes]]) -> None:
        """Remember stored pictures, without looking for what they are near to."""
        if not pictures:
            return
        start, apart = len(self._digests), Duplicates()
        apart.compare([Glyph(ink_of(png), "") for _, png in pictures], range(start, start + len(pictures)))
        self._duplicates.remember(apart.marks_since(start))
        self._digests.extend(digest for digest, _ in pictures)
        self._known.update(digest for digest, _ in pictures)


def encoded(ink: Ink) -> bytes:
    """Return a picture as a grey PNG, 255 = ink.

    Parameters
    ----------
    ink : (H, W) uint8
    """
    file = io.BytesIO()
    Image.fromarray(ink).save(file, "PNG")
    return file.getvalue()

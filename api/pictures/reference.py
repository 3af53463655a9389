"""The reference set as people look at it: what a character is, and how it is drawn.

Opened once for each application and shared by all requests. The engine's identifier is another matter: it
takes half a second to open, works for one thread at a time, and is not needed to show a character.
"""

from __future__ import annotations

import hashlib
import threading
import weakref
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from api.errors import NotFoundError
from api.pictures.cache import ByteCache
from api.pictures.character import Character, character_of
from api.pictures.frame import Frame, black_on_white, normal_square, thumbnail
from engine.errors import UsageError
from engine.reference.refset import ReferenceSet, find_reference_set
from engine.reference.shrink import ShrinkMap, load_shrink
from engine.reference.table import MojiTable, load_table

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from api.services import Services
    from engine.glyph.model import Ink
    from engine.glyph.raster import OutlineRasteriser
    from engine.lookup.finder import Finder
    from engine.settings import Settings
    from engine.sheet.face import ReferenceFace

_EM_PX = 512
"""Size at which outlines are drawn before they are reduced: as large as the largest picture."""
_PICTURES_BYTES = 32 * 2**20
_CHARACTERS = 20_000


class Reference:
    """One reference set.

    Parameters
    ----------
    settings : Settings
        Where it is.

    Attributes
    ----------
    version : str
        Changes with the set and with the way in which it is drawn; part of the pictures' addresses.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.refset: ReferenceSet = find_reference_set(settings)
        name = f"{self.refset.id} {self.refset.font.sha256} {self.refset.table.sha256} 1"
        self.version = hashlib.blake2b(name.encode(), digest_size=6).hexdigest()
        self.pictures = ByteCache(_PICTURES_BYTES)
        self._masks: dict[str, NDArray[np.bool_]] = {}
        self._drawing = threading.Lock()  # FreeType's faces are for one thread at a time
        self.character = lru_cache(maxsize=_CHARACTERS)(self._character)

    @cached_property
    def table(self) -> MojiTable:
        """The set's table."""
        return load_table(self.refset)

    @cached_property
    def shrink(self) -> ShrinkMap:
        """The set's 縮退マップ."""
        return load_shrink(self.refset)

    @cached_property
    def finder(self) -> Finder:
        """Looks characters up by what a person knows of them."""
        from engine.lookup.finder import Finder

        return Finder(self.table)

    def holds(self, mj: str, charset: str) -> bool:
        """Tell whether an MJ name of the table belongs to a character set."""
        if charset not in self._masks:
            self._masks[charset] = self.table.charset_mask(charset)
        return bool(self._masks[charset][self.table.row(mj)])

    def ink(self, mj: str) -> Ink:
        """Draw one glyph, (H, W) uint8, ink = 255, cut to its box.

        Raises
        ------
        NotFoundError
            The set has no such name, or no glyph for it.
        """
        with self._drawing:
            glyph_id = self._face.glyph_id(mj) if mj in self.table else 0
            ink = self._rasteriser.render(glyph_id) if glyph_id else None
        if ink is None or not ink.any():
            raise NotFoundError(f"{mj} の図形がありません。", {"mj": mj})
        return ink

    def picture(self, mj: str, size_px: int, frame: Frame = Frame.TILE) -> bytes:
        """Return one glyph as a PNG, black on white.

        Raises
        ------
        NotFoundError
            As for :meth:`ink`.
        """

        def draw() -> bytes:
            ink = self.ink(mj)
            square = thumbnail(ink, size_px) if frame is Frame.TILE else normal_square(ink, size_px)
            return black_on_white(square)

        return self.pictures.get((mj, size_px, frame), draw)

    def svg(self, mj: str) -> bytes:
        """Return one glyph as an SVG document.

        Raises
        ------
        NotFoundError
            As for :meth:`ink`.
        """
        if mj not in self.table:
            raise NotFoundError(f"{mj} の図形がありません。", {"mj": mj})

        def draw() -> bytes:
            with self._drawing:
                try:
                    return self._face.svg(mj).encode()
                except UsageError as error:
                    raise NotFoundError(str(error), {"mj": mj}) from error

        return self.pictures.get((mj, "svg"), draw)

    def _character(self, mj: str) -> Character | None:
        return character_of(self.table, self.shrink, mj) if mj in self.table else None

    @cached_property
    def _face(self) -> ReferenceFace:
        from engine.sheet.face import ReferenceFace

        return ReferenceFace.of(self.refset, self._settings)

    @cached_property
    def _rasteriser(self) -> OutlineRasteriser:
        from engine.glyph.raster import OutlineRasteriser

        return OutlineRasteriser(self._face.path, em_px=_EM_PX)


_opened: weakref.WeakKeyDictionary[Services, Reference] = weakref.WeakKeyDictionary()
_opening = threading.Lock()


def reference_of(services: Services) -> Reference:
    """Return the application's reference set, opened when first asked for.

    Raises
    ------
    ReferenceSetError
        It is missing or damaged.
    """
    with _opening:
        reference = _opened.get(services)
        if reference is None:
            reference = _opened[services] = Reference(services.engine_settings)
        return reference


def warm(services: Services) -> None:
    """Open everything that the first decision page would wait for; may run beside the server's start.

    Raises
    ------
    ReferenceSetError
        The reference set, its font or its index is missing.
    """
    reference = reference_of(services)
    first = reference.table.mj[0]
    reference.character(first)
    reference.picture(first, _EM_PX)
    reference.finder.warm()
    services.identifier()

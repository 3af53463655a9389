"""What the name of a file says about the gaiji in it: its private code, the font that it belongs to.

Only a name that is unmistakably a code gives one: ``E000.bmp`` is, ``1234.png`` may be a running number, and
a wrong code is worse than none. The whole stem must be the code, unless the caller insists.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from engine.glyph.codes import (
    LAST_CODE,
    bare_hexadecimal,
    is_host_code,
    is_private_use,
    prefixed_unicode,
    sjis_to_unicode,
    unicode_label,
)
from engine.glyph.model import Glyph, GlyphKind, ReadFailure

PICTURE_SUFFIXES = frozenset(
    {".png", ".bmp", ".dib", ".pbm", ".pgm", ".ppm", ".pnm", ".gif", ".tif", ".tiff", ".jpg", ".jpeg"}
)
FONT_SUFFIXES = frozenset(
    {".tte", ".ttf", ".otf", ".ttc", ".otc", ".woff", ".woff2", ".bdf", ".pcf", ".pcf.gz", ".bdf.gz", ".euf"}
)

_TOKEN = re.compile(r"(?<![0-9A-Z])(?:U\+|UNI|U|0X)?[0-9A-F]{4,6}(?![0-9A-Z])", re.IGNORECASE)
_FIRST_PLANE_15 = 0xF0000
_HOST_DIGITS = 4


def split_source(source: str) -> tuple[str, str, str]:
    """Split a source into folder or container, stem and suffix.

    Parameters
    ----------
    source : str
        A path, or ``path#member`` for a member of a container.

    Returns
    -------
    place, stem, suffix : str
        ``外字.zip#a/E000.bmp`` gives ``外字.zip#a``, ``E000`` and ``.bmp`` (in small letters).
    """
    place, separator, name = _cut(source)
    for suffix in (".pcf.gz", ".bdf.gz"):
        if name.lower().endswith(suffix):
            return place, name[: -len(suffix)], suffix
    stem, dot, suffix = name.rpartition(".")
    if not separator:
        place = ""
    return (place, stem, f".{suffix.lower()}") if dot and stem else (place, name, "")


def _cut(source: str) -> tuple[str, str, str]:
    position = max(source.rfind(separator) for separator in "/\\#")
    return (
        (source[:position], source[position], source[position + 1 :]) if position >= 0 else ("", "", source)
    )


def code_from_name(stem: str, *, insist: bool = False, unicode_set: bool = False) -> str:
    """Return the private code that a file's name spells.

    Parameters
    ----------
    stem : str
        The name without its suffix: ``E000``, ``U+E000``, ``uE000``, ``F040`` (Shift_JIS), ``80A1`` (host).
    insist : bool
        Take any four to six hexadecimal digits for a code, also with other words around them
        (``住基_E000``), as long as there is one such group only.
    unicode_set : bool
        Read F040–F8FC as Unicode: the names beside it show that the set is named so.

    Returns
    -------
    str
        ``U+E000`` for Unicode and Shift_JIS, host codes as written, empty where the name is no code.
    """
    text = stem.strip()
    if insist:
        found = _TOKEN.findall(text)
        text = found[0] if len(found) == 1 else text
    code = prefixed_unicode(text)
    bare = bare_hexadecimal(text) if code is None else None
    if bare is not None:
        value, digits = bare
        code = _bare_unicode(value, unicode_set)
        if code is None and len(digits) == _HOST_DIGITS and (insist or is_host_code(value)):
            return digits
        if code is None and value >= _FIRST_PLANE_15 and (insist or not digits.isdigit()):
            code = value if value <= LAST_CODE else None
    return "" if code is None else unicode_label(code)


def _bare_unicode(value: int, unicode_set: bool) -> int | None:
    """Code point of four bare digits: private use, or Shift_JIS's user area."""
    from_sjis = sjis_to_unicode(value)
    if from_sjis is not None and not (unicode_set and is_private_use(value)):
        return from_sjis
    return value if is_private_use(value) else None


def says_unicode(stem: str) -> bool:
    """Whether a bare name is a private code of Unicode that Shift_JIS does not have."""
    bare = bare_hexadecimal(stem.strip())
    return bare is not None and is_private_use(bare[0]) and sjis_to_unicode(bare[0]) is None


class NamedSource:
    """Adds what the names say to the glyphs of one run, in their order.

    Parameters
    ----------
    codes : bool or None
        True: also read codes from names that might be something else. False: never. None: only from names
        that are unmistakably codes.

    Notes
    -----
    F040–F8FC are codes in Shift_JIS and in Unicode. Names are read in sorted order, so that ``E000`` comes
    first: where such a name was seen in the same folder or container, the rest of the set is Unicode too.
    Fonts of the same name in different folders would make different gaiji one; the later ones get the name
    of their folder before theirs.
    """

    def __init__(self, codes: bool | None = None) -> None:
        self._codes = codes
        self._unicode_sets: set[str] = set()
        self._fonts: dict[str, str] = {}

    def state(self) -> dict[str, Any]:
        """Return what has been learned from the names so far, as JSON can hold it."""
        return {"unicode_sets": sorted(self._unicode_sets), "fonts": dict(self._fonts)}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a :meth:`state`."""
        self._unicode_sets = set(map(str, state["unicode_sets"]))
        self._fonts = {str(font): str(source) for font, source in state["fonts"].items()}

    def follow(self, items: Iterable[Glyph | ReadFailure]) -> Iterator[Glyph | ReadFailure]:
        """Yield every item with the code and the font that its name tells."""
        for item in items:
            yield self.add(item)

    def add(self, item: Glyph | ReadFailure) -> Glyph | ReadFailure:
        """Return an item with the code and the font that its name tells."""
        place, stem, suffix = split_source(item.source)
        if not item.gaiji_code and suffix in PICTURE_SUFFIXES and _is_picture(item):
            if self._codes is False:
                return item
            if says_unicode(stem):
                self._unicode_sets.add(place)
            code = code_from_name(stem, insist=bool(self._codes), unicode_set=place in self._unicode_sets)
            return replace(item, gaiji_code=code) if code else item
        font = item.font or (stem if suffix in FONT_SUFFIXES or _is_from_font(item) else "")
        if not font:
            return item
        font = self._distinct(font, item.source, place)
        return item if font == item.font else replace(item, font=font)

    def _distinct(self, font: str, source: str, place: str) -> str:
        if self._fonts.setdefault(font, source) == source:
            return font
        longer = f"{_cut(place)[2]}/{font}"
        return longer if self._fonts.setdefault(longer, source) == source else source


def _is_from_font(item: Glyph | ReadFailure) -> bool:
    return isinstance(item, Glyph) and item.kind is not GlyphKind.IMAGE


def _is_picture(item: Glyph | ReadFailure) -> bool:
    return not isinstance(item, Glyph) or item.kind is GlyphKind.IMAGE

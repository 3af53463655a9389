"""The gaiji of result rows, read again from where the rows say they came from.

Why this seam exists: results are text, and what a person checks is a picture. Reports, the counter sheet and
the application therefore go back to the inputs. A ``source`` is text from outside: it is opened only as an
input would be (the readers of :mod:`engine.glyph`, with their limits and their worker), only if it is a
regular file, and never across the network unless the user names the folder.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path, PureWindowsPath
from typing import TYPE_CHECKING

import cv2
import numpy as np

from engine.glyph.model import Glyph, GlyphKind, Ink, ReadFailure
from engine.result import Identification

if TYPE_CHECKING:
    from engine.glyph.options import CodeRange, ReadOptions
    from engine.glyph.worker import GlyphWorker

Progress = Callable[[str, int, int], None]

_CELL = re.compile(r"#p[0-9]+r[0-9]+c[0-9]+")
"""A member of a printed list (:mod:`engine.glyph.page`)."""
_NOWHERE = "ファイルが見つかりません。--inputs で、外字のファイルがあるフォルダーを指定してください。"
_ON_NETWORK = (
    "ネットワーク上の場所は、そのままでは開きません。--inputs で、そのフォルダーを指定してください。"
)
_CHANGED = "ファイルの中に、この字がありません。同定したときのファイルか確かめてください。"
_CUT_OTHERWISE = (
    "印刷した一覧を、同定したときと同じようには切り分けられません。"
    "同定したときの --sheet-grid と --sheet-caption を指定してください。"
)
_STAGE = "外字の図形を読んでいます"
_MOST_MARKS = 32
"""Places in a source at which a member's name may begin; a file name rarely has more than one ``#``."""
_MOST_RANGES = 256
"""A font is asked for each of its characters whether a range holds it."""
_NETWORK = ("//", "\\\\", "/\\", "\\/")
_DEVICE_STARTS = ("\\??\\",)
_FAST = (cv2.IMWRITE_PNG_COMPRESSION, 1)


@dataclass(frozen=True, slots=True)
class Missing:
    """An input whose pictures are not there.

    Attributes
    ----------
    source : str
        The file as the rows name it, without the member.
    rows : int
        How many rows have no picture for it.
    message : str
        Japanese: why, and what to do.
    """

    source: str
    rows: int
    message: str


@dataclass(frozen=True, eq=False)
class GaijiPictures:
    """Ink by row; losslessly packed, since a delivery has thousands.

    A row is known by all that it says: two deliveries may each have an ``EUDC.TTE`` with a U+E000.

    Attributes
    ----------
    missing : tuple of Missing
        What could not be read, in the order of the rows.
    """

    _packed: Mapping[Identification, tuple[bytes, GlyphKind]] = field(repr=False)
    missing: tuple[Missing, ...] = ()

    def glyph(self, row: Identification) -> Glyph | None:
        """Return the gaiji of a row as it was read; None where there is no picture of it."""
        packed = self._packed.get(row)
        if packed is None:
            return None
        ink = cv2.imdecode(np.frombuffer(packed[0], np.uint8), cv2.IMREAD_GRAYSCALE)
        return Glyph(np.asarray(ink, np.uint8), row.source, row.gaiji_code, packed[1])

    def ink(self, row: Identification) -> Ink | None:
        """Return the ink of a row, (H, W) uint8, ink = 255; None where there is no picture of it."""
        glyph = self.glyph(row)
        return None if glyph is None else glyph.ink

    def __len__(self) -> int:
        return len(self._packed)

    @classmethod
    def merged(cls, parts: Iterable[GaijiPictures]) -> GaijiPictures:
        """Put the pictures of several results together."""
        packed: dict[Identification, tuple[bytes, GlyphKind]] = {}
        missing: list[Missing] = []
        for part in parts:
            packed.update(part._packed)
            missing += part.missing
        return cls(packed, tuple(missing))


NO_PICTURES = GaijiPictures({})


def read_pictures(
    rows: Sequence[Identification],
    *,
    folders: Sequence[Path] = (),
    beside: Sequence[Path] = (),
    options: ReadOptions | None = None,
    progress: Progress | None = None,
) -> GaijiPictures:
    """Read the inputs of some rows again.

    Parameters
    ----------
    rows : sequence of Identification
        Of one file of results. Each input is read once, whatever the order; rows that could not be read the
        first time are left out.
    folders : sequence of Path
        Where an input is looked for before its own path: under its whole path (where that is relative) and
        under its file name. The first folder that has it wins.
    beside : sequence of Path
        Where it is looked for after its own path: usually beside the results.
    options : ReadOptions, optional
        As the rows were made with; which characters of a font are read follows from the rows.
    progress : callable, optional
        Called with (text, glyphs read, glyphs wanted).

    Returns
    -------
    GaijiPictures
        Nothing raises for an input that is gone, changed or damaged: it is in ``missing``.
    """
    from engine.glyph.worker import GlyphWorker

    wanted: dict[str, list[Identification]] = defaultdict(list)
    located: dict[str, tuple[Path | None, str]] = {}
    for row in rows:
        if row.status != "ok":
            continue
        container, path = _locate(row.source, folders, beside, located)
        wanted[container].append(row)
    packed: dict[Identification, tuple[bytes, GlyphKind]] = {}
    missing: list[Missing] = []
    total = sum(map(len, wanted.values()))
    with GlyphWorker() as worker:
        for container, its_rows in wanted.items():
            path = located[container][0]
            if path is None:
                missing.append(Missing(container, len(its_rows), located[container][1]))
                continue
            problems: Counter[str] = Counter()
            for row, found in _read(path, container, its_rows, options, worker):
                if isinstance(found, str):
                    problems[found] += 1
                    continue
                data = cv2.imencode(".png", found.ink, _FAST)[1].tobytes()
                packed[row] = (data, found.kind)
                if progress is not None:
                    progress(_STAGE, len(packed), total)
            missing += [Missing(container, count, message) for message, count in problems.items()]
    return GaijiPictures(packed, tuple(missing))


def _locate(
    source: str,
    folders: Sequence[Path],
    beside: Sequence[Path],
    located: dict[str, tuple[Path | None, str]],
) -> tuple[str, Path | None]:
    """Find the file of ``path#member``; remember under its container where it is, or why nowhere."""
    for head in _heads(source):
        if head not in located:
            path = _find(head, folders, beside)
            if path is None:
                continue
            located[head] = (path, "")
        if located[head][0] is not None:
            return head, located[head][0]
    container = source.partition("#")[0]
    reason = _ON_NETWORK if source.startswith(_NETWORK) else _NOWHERE
    located.setdefault(container, (None, reason))
    return container, None


def _heads(source: str) -> Iterator[str]:
    """Every beginning of a source that may be the path: the whole, then up to each ``#``."""
    yield source
    yield from islice((source[:at] for at, char in enumerate(source) if char == "#"), _MOST_MARKS)


def _find(head: str, folders: Sequence[Path], beside: Sequence[Path]) -> Path | None:
    own = Path(head)
    # Opening a share sends the user's credentials to it: only where the user named it.
    elsewhere = head.startswith((*_NETWORK, *_DEVICE_STARTS))
    return (
        _inside(folders, head) or (own if not elsewhere and _is_file(own) else None) or _inside(beside, head)
    )


def _inside(folders: Sequence[Path], head: str) -> Path | None:
    for folder in folders:
        for name in (head, PureWindowsPath(head).name):
            relative = Path(name)
            if not name or relative.is_absolute() or relative.drive or ".." in relative.parts:
                continue
            if _is_file(folder / relative):
                return folder / relative
    return None


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # too long, or a character that no path may hold
        return False


def _read(
    path: Path,
    container: str,
    rows: Sequence[Identification],
    options: ReadOptions | None,
    worker: GlyphWorker,
) -> Iterator[tuple[Identification, Glyph | str]]:
    """Yield each row with its glyph, or with the reason why there is none."""
    from engine.glyph.read import read_glyphs

    by_member: dict[str, dict[str, list[Identification]]] = defaultdict(dict)
    for row in rows:
        by_member[row.source[len(container) :]].setdefault(row.gaiji_code, []).append(row)
    is_page = any(_CELL.fullmatch(member) for member in by_member)
    held: list[tuple[Identification, Glyph]] = []
    reason = _CHANGED
    for item in read_glyphs([path], _options(rows, options, is_page=is_page), worker=worker):
        member = item.source.removeprefix(str(path))
        if isinstance(item, ReadFailure):
            if not member and not item.gaiji_code:
                reason = item.message
            continue
        for row in _matching(by_member.get(member), item):
            if is_page:
                held.append((row, item))
            else:
                yield row, item
    left = [row for codes in by_member.values() for same in codes.values() for row in same]
    if is_page and left and held:
        # Cut otherwise than the first time: the cell of this name may be another one.
        left, held, reason = list(rows), [], _CUT_OTHERWISE
    yield from held
    for row in left:
        yield row, reason


def _matching(candidates: dict[str, list[Identification]] | None, glyph: Glyph) -> list[Identification]:
    """Take the rows of a glyph out of those of its member; the code of a picture may come from elsewhere."""
    if not candidates:
        return []
    code = glyph.gaiji_code
    if code not in candidates:
        return candidates.popitem()[1] if not code and len(candidates) == 1 else []
    rows = candidates.pop(code)
    if len({row.font for row in rows}) > 1:  # faces of one collection
        others = [row for row in rows if row.font != glyph.font]
        if others:
            candidates[code] = others
        rows = [row for row in rows if row.font == glyph.font]
    return rows


def _options(rows: Sequence[Identification], options: ReadOptions | None, *, is_page: bool) -> ReadOptions:
    """Ask a font for the characters that the rows name, a picture for no code, a page for its cells."""
    from engine.glyph.options import ReadOptions
    from engine.glyph.page.options import SheetOptions

    given = options or ReadOptions()
    codes = {code for row in rows if (code := _code_point(row.gaiji_code)) is not None}
    return replace(
        given,
        codes_from_names=False,
        ranges=_ranges(sorted(codes)) if codes else given.ranges,
        sheet=(given.sheet or SheetOptions()) if is_page else None,
    )


def _ranges(codes: Sequence[int]) -> tuple[CodeRange, ...]:
    """Return ascending code points as ranges; one range over all where they are too scattered to be told."""
    ranges: list[CodeRange] = []
    for code in codes:
        if ranges and code == ranges[-1][1] + 1:
            ranges[-1] = (ranges[-1][0], code)
        else:
            ranges.append((code, code))
    return tuple(ranges) if len(ranges) <= _MOST_RANGES else ((codes[0], codes[-1]),)


def _code_point(gaiji_code: str) -> int | None:
    digits = gaiji_code.removeprefix("U+")
    if digits == gaiji_code or not 1 <= len(digits) <= 6 or not digits.isalnum():
        return None
    try:
        code = int(digits, 16)
    except ValueError:
        return None
    return code if code <= 0x10FFFF else None

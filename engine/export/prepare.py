"""From results and decisions to what is exported: settle, find the glyphs, keep the font's licence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from engine.export.licence import Origin, origin_of
from engine.export.replacement import Plan, plan

if TYPE_CHECKING:
    from engine.output.load import Decision
    from engine.result import Identification
    from engine.settings import Settings


@dataclass(frozen=True, slots=True)
class Prepared:
    """All that a writer needs.

    Attributes
    ----------
    plan : Plan
    font_path : Path
        The reference font.
    origin : Origin
        What its licence wants said.
    """

    plan: Plan
    font_path: Path
    origin: Origin


def prepare(
    results: Sequence[Identification],
    decisions: Iterable[Decision],
    settings: Settings,
    *,
    reference: str | None = None,
) -> Prepared:
    """Settle results and find the glyphs of what is settled.

    Parameters
    ----------
    results : sequence of Identification
    decisions : iterable of Decision
        What people decided about them.
    settings : Settings
    reference : str, optional
        Name of the reference set; the one in the settings where left out.

    Raises
    ------
    UsageError
        The reference font's licence is not known; gaiji of several systems or fonts are mixed.
    ExportError
        Nothing is settled, or a gaiji is settled to two MJ.
    FontMissingError, ReferenceSetError
        The reference set is not complete.
    """
    from engine.convert.settle import settle
    from engine.reference.font import glyph_ids, locate_font
    from engine.reference.refset import find_reference_set
    from engine.reference.table import load_table

    refset = find_reference_set(settings, reference)
    font_path = locate_font(refset, settings)
    origin = origin_of(refset, font_path)
    settled, unsettled = settle(results, decisions, load_table(refset))
    names = sorted({row.mj for row in settled})
    ids = dict(zip(names, map(int, glyph_ids(refset, font_path, names)), strict=True))
    return Prepared(plan(settled, unsettled, lambda mj: ids[mj]), font_path, origin)

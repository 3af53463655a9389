"""The answer key and the fonts, from the reference set in use and from the Debian packages."""

from __future__ import annotations

from pathlib import Path

from engine.evaluation.materials import Materials
from engine.evaluation.truth import MjRecord, Truth, build_truth
from engine.reference.codes import code_point
from engine.reference.fetch import debian_font
from engine.reference.font import glyph_ids, obtain_font
from engine.reference.identical import load_identical
from engine.reference.refset import ReferenceSet, find_reference_set
from engine.reference.table import load_table
from engine.settings import Settings


def open_truth(refset: ReferenceSet) -> Truth:
    """Build the answer key from a reference set's table.

    Parameters
    ----------
    refset : ReferenceSet

    Raises
    ------
    ReferenceSetError
        The table is damaged.
    """
    table = load_table(refset, ("mj", "kind", "ucs", "ucs_implemented", "strokes"))
    codes = table.column("ucs").to_pylist()
    implemented = table.column("ucs_implemented").to_pylist()
    records = [
        MjRecord(
            mj=mj,
            ucs=code_point(codes[row]) or None,
            implemented=code_point(implemented[row]) or None,
            strokes=int(table.strokes[row]) if table.strokes[row] >= 0 else None,
            hentaigana=bool(table.is_hentaigana[row]),
        )
        for row, mj in enumerate(table.mj)
    ]
    return build_truth(records, set(load_identical(refset).values()))


def open_materials(settings: Settings, reference: str | None) -> Materials:
    """Open everything that the sets are drawn from; evaluation fonts are fetched when first used.

    Parameters
    ----------
    settings : Settings
    reference : str or None
        Name of the reference set; None for the one in the settings.

    Raises
    ------
    ReferenceSetError
        Table or font of the reference set are missing or damaged.
    """
    refset = find_reference_set(settings, reference)
    font = obtain_font(refset, settings)
    names = load_table(refset, ("mj", "kind")).mj
    ids = glyph_ids(refset, font, names)
    drawn = {mj: int(glyph) for mj, glyph in zip(names, ids, strict=True) if glyph > 0}

    def locate(package: str, filename: str) -> Path:
        return debian_font(package, filename, settings.cache_dir)

    return Materials(open_truth(refset), font, drawn, locate)

"""The list of what an export holds, and what a person is told of the rest."""

from __future__ import annotations

from collections.abc import Sequence

from engine.convert.table import ApartRow
from engine.export.replacement import Plan
from engine.output.csv_text import cell_text, quoted

COLUMNS: tuple[str, ...] = (
    "municipality", "system", "font", "gaiji_code", "mj", "ucs", "ivs", "basis", "tied", "source",
)  # fmt: skip
"""Other programs read them: add at the end only."""

_NEWLINE = "\r\n"


def glyph_list(plan: Plan) -> str:
    """Return the codes that an export holds, with their MJ, as CSV: :data:`COLUMNS`, CRLF."""
    rows = [
        {
            "municipality": row.key.municipality,
            "system": row.key.system,
            "font": row.key.font,
            "gaiji_code": row.key.code,
            "mj": row.mj,
            "ucs": row.ucs,
            "ivs": row.ivs,
            "basis": row.basis.value,
            "tied": " ".join(row.tied),
            "source": row.source,
        }
        for row in plan.settled
    ]
    lines = [",".join(quoted(cell_text(name, row[name])) for name in COLUMNS) for row in rows]
    return _NEWLINE.join([",".join(COLUMNS), *lines, ""])


def left_out_lines(left_out: Sequence[ApartRow], shown: int = 8) -> list[str]:
    """Return a Japanese line for each reason: how many gaiji, and the first codes.

    Parameters
    ----------
    left_out : sequence of ApartRow
    shown : int
        Codes named in a line.
    """
    by_reason: dict[str, list[str]] = {}
    for row in left_out:
        by_reason.setdefault(row.reason, []).append(row.key.code or row.source)
    return [
        f"  {reason}: {len(codes):,} 字（{' '.join(codes[:shown])}{' …' if len(codes) > shown else ''}）"
        for reason, codes in by_reason.items()
    ]

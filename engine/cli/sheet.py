"""The options on printed lists that ``gaiji identify`` and ``gaiji cut`` share."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from engine.errors import UsageError

if TYPE_CHECKING:
    from engine.glyph.page.options import CaptionSide, SheetOptions

_PANEL = "一覧の読み取り"
_GRID = re.compile(r"(\d{1,3})\s*[x×*]\s*(\d{1,3})", re.IGNORECASE)
_CAPTION = re.compile(r"(auto|none|top|bottom)(?::(\d{1,2})%?)?")

SHEET = typer.Option(
    "--sheet", rich_help_panel=_PANEL,
    help="画像を、印刷した外字一覧として切り分けて読む（PDF はいつも一覧）。例: 一覧.png --sheet",
)  # fmt: skip
GRID = typer.Option(
    "--sheet-grid", metavar="10x20", rich_help_panel=_PANEL,
    help="1 ページの字の行数と列数（見出しを除く）。省くと自動。例: --sheet-grid 10x20",
)  # fmt: skip
CODES = typer.Option(
    "--sheet-codes", metavar="codes.csv", rich_help_panel=_PANEL,
    help="外字コードの表（CSV）。列は page,row,col,code か、code だけ。例: --sheet-codes codes.csv",
)  # fmt: skip
FIRST_CODE = typer.Option(
    "--first-code", metavar="E000", rich_help_panel=_PANEL,
    help="最初のマスの外字コード。空きのマスも数えて一つずつ増える。例: --first-code E000",
)  # fmt: skip
ORDER = typer.Option(
    "--sheet-order", metavar="rows|columns", rich_help_panel=_PANEL,
    help="コードの並び。rows は左から右へ、columns は上から下へ。例: --sheet-order columns",
)  # fmt: skip
CAPTION = typer.Option(
    "--sheet-caption", metavar="bottom:20", rich_help_panel=_PANEL,
    help="マスに印字されたコードの位置: auto none top bottom。bottom:20 は下の 20 % を切り落とす。",
)  # fmt: skip


def sheet_options(
    paths: Sequence[str],
    *,
    grid: str | None,
    codes: Path | None,
    first_code: str | None,
    order: str,
    caption: str,
) -> SheetOptions:
    """Read the options of a printed list.

    Parameters
    ----------
    paths : sequence of str
        The inputs: codes that run on from cell to cell belong to one file.
    grid, codes, first_code, order, caption
        As typed.

    Raises
    ------
    UsageError
        The message names the option and gives an example.
    """
    from engine.glyph.page.code_table import CodeTable, read_code_table
    from engine.glyph.page.options import Order, SheetOptions

    if order not in tuple(Order):
        raise UsageError(f"--sheet-order「{order}」はありません。rows か columns にしてください。")
    table = CodeTable() if codes is None else read_code_table(codes)
    names_files = bool(table.placed) and all(entry.file for entry in table.placed)
    if (codes is not None or first_code is not None) and not names_files and _several(paths):
        raise UsageError(
            "--sheet-codes と --first-code は、一つのファイルに使ってください。"
            "複数の一覧をまとめて読むときは、コードの表に file の列（ファイル名）を加えてください。"
        )
    caption_side, caption_share = _parse_caption(caption)
    return SheetOptions(
        grid=None if grid is None else parse_grid(grid),
        sequence=table.sequence,
        placed=table.placed,
        first_code=None if first_code is None else parse_first_code(first_code),
        order=Order(order),
        caption=caption_side,
        caption_share=caption_share,
    )


def chosen_sheet(
    paths: Sequence[str],
    *,
    as_sheet: bool,
    grid: str | None,
    codes: Path | None,
    first_code: str | None,
    order: str,
    caption: str,
) -> SheetOptions | None:
    """Read the options of a printed list where there is one; None where pictures hold one glyph each.

    Parameters
    ----------
    paths : sequence of str
        The inputs.
    as_sheet : bool
        Whether pictures are printed lists; a PDF is one in any case.
    grid, codes, first_code, order, caption
        As typed.

    Raises
    ------
    UsageError
        An option on lists, but no list; or as :func:`sheet_options`.
    """
    asked = (grid, codes, first_code) != (None, None, None) or (order, caption) != ("rows", "auto")
    if not as_sheet and not (asked and all(path.lower().endswith(".pdf") for path in paths)):
        if asked:
            raise UsageError("一覧の指定（--sheet-grid など）は、--sheet と一緒に使ってください。")
        return None
    return sheet_options(paths, grid=grid, codes=codes, first_code=first_code, order=order, caption=caption)


def parse_grid(text: str) -> tuple[int, int]:
    """Read ``10x20``: rows and columns.

    Parameters
    ----------
    text : str
        As typed.

    Raises
    ------
    UsageError
    """
    match = _GRID.fullmatch(text.strip())
    if match is None or not (int(match[1]) and int(match[2])):
        raise UsageError(f"--sheet-grid「{text}」は、行数 x 列数の形で書いてください。例: --sheet-grid 10x20")
    return int(match[1]), int(match[2])


def parse_first_code(text: str) -> int:
    """Read the code of the first cell: ``E000``, ``U+E000``, or ``F040`` of Shift_JIS.

    Parameters
    ----------
    text : str
        As typed.

    Raises
    ------
    UsageError
        No code that can be counted up.
    """
    from engine.glyph.codes import normal_code, prefixed_unicode

    code = prefixed_unicode(normal_code(text))
    if code is None:
        raise UsageError(
            f"--first-code「{text}」は Unicode か Shift_JIS の外字コードではありません（例: E000）。"
            "ホストのコードは、マスごとの表にして --sheet-codes で指定してください。"
        )
    return code


def _parse_caption(text: str) -> tuple[CaptionSide, float]:
    from engine.glyph.page.options import CaptionSide

    match = _CAPTION.fullmatch(text.strip())
    share = int(match[2] or 0) / 100.0 if match else 0.0
    if match is None or share > 0.5 or (match[2] and match[1] in ("auto", "none")):
        raise UsageError(
            f"--sheet-caption「{text}」は、auto・none・top・bottom か、"
            "bottom:20 のように切り落とす割合（50 まで）を付けて書いてください。"
        )
    return CaptionSide(match[1]), share


def _several(paths: Sequence[str]) -> bool:
    """Whether the inputs may hold more than one list."""
    return len(paths) > 1 or any(Path(path).is_dir() or path.lower().endswith(".zip") for path in paths)

"""The options on dumps of dot patterns, which the commands that read glyphs share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from engine.errors import UsageError

if TYPE_CHECKING:
    from engine.glyph.raw import RawLayout

ORDER, ROWS, CELLS = "msb", "byte", "A1-FE"
"""Defaults."""

_PANEL = "ドットパターン"

Size = Annotated[
    str | None,
    typer.Option(
        "--raw",
        metavar="24x24",
        rich_help_panel=_PANEL,
        help="PATH を、ドットパターンだけを並べたファイルとして読む。横×縦のドット数。例: --raw 24x24",
    ),
]
Order = Annotated[
    str,
    typer.Option(
        "--raw-order",
        metavar="msb|lsb",
        rich_help_panel=_PANEL,
        help="バイトの中で左端に来るビット。例: --raw-order lsb",
    ),
]
Rows = Annotated[
    str,
    typer.Option(
        "--raw-rows",
        metavar="byte|bit",
        rich_help_panel=_PANEL,
        help="行の始まり。byte はバイトの境目から、bit は前の行の続きから。例: --raw-rows bit",
    ),
]
Skip = Annotated[
    int,
    typer.Option(
        "--raw-skip",
        metavar="N",
        rich_help_panel=_PANEL,
        help="先頭の読み飛ばすバイト数。例: --raw-skip 128",
    ),
]
FirstCode = Annotated[
    str,
    typer.Option(
        "--raw-code",
        metavar="80A1",
        rich_help_panel=_PANEL,
        help="最初の字の外字コード。次の字からは順に進む。例: --raw-code 80A1、--raw-code U+E000",
    ),
]
Cells = Annotated[
    str,
    typer.Option(
        "--raw-cells",
        metavar="A1-FE",
        rich_help_panel=_PANEL,
        help="コードの下位バイトの範囲。JEF・KEIS は A1-FE、IBM は 41-FE。例: --raw-cells 41-FE",
    ),
]


def raw_layout(
    size: str | None, order: str, rows: str, skip: int, first_code: str, cells: str
) -> RawLayout | None:
    """Put the options on raw dot patterns together.

    Parameters
    ----------
    size : str or None
        ``24x24``; None where the inputs are no dumps.
    order, rows : str
        ``msb`` or ``lsb``; ``byte`` or ``bit``.
    skip : int
        Bytes before the first cell.
    first_code, cells : str
        ``80A1`` and ``A1-FE``.

    Returns
    -------
    RawLayout or None

    Raises
    ------
    UsageError
        A value that makes no sense, or any of them without ``size``.
    """
    from engine.glyph.raw import BitOrder, RawLayout, RowPacking, parse_size, parse_trails

    if size is None:
        if (order, rows, skip, first_code, cells) != (ORDER, ROWS, 0, "", CELLS):
            raise UsageError("--raw-… の指定は --raw と一緒に使ってください。例: --raw 24x24")
        return None
    if order not in tuple(BitOrder):
        raise UsageError(f"--raw-order「{order}」は msb か lsb にしてください。")
    if rows not in tuple(RowPacking):
        raise UsageError(f"--raw-rows「{rows}」は byte か bit にしてください。")
    width, height = parse_size(size)
    return RawLayout(
        width, height, BitOrder(order), RowPacking(rows), skip, first_code.strip(), parse_trails(cells)
    )

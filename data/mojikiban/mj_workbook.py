"""Read the MJ文字情報一覧表 from the workbook that its publisher hands out (``mji.00602.xlsx`` and later).

The file is Strict OOXML, which openpyxl reads as an empty sheet; calamine reads it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import python_calamine

PLAIN = {
    "戸籍統一文字番号": "koseki",
    "住基ネット統一文字コード": "juki",
    "入管正字コード": "nyukan_seiji",
    "入管外字コード": "nyukan_gaiji",
    "漢字施策": "policy",
    "X0213": "jisx0213",
    "X0212": "jisx0212",
    "MJ文字図形バージョン": "version",
    "登記統一文字番号(参考)": "toki",
    "大漢和": "daikanwa",
    "備考": "note",
}
CODES = {
    "対応するUCS": "ucs",
    "実装したUCS": "ucs_implemented",
    "対応する互換漢字": "compat",
    "実装したSVS": "svs",
}
NUMBERS = {
    "X0213 包摂区分": "jisx0213_class",
    "総画数(参考)": "strokes",
    "日本語漢字辞典": "nihongo_kanji",
    "新大字典": "shindaijiten",
    "大字源": "daijigen",
    "大漢語林": "daikangorin",
}
LISTS = {"X0213 包摂連番": "jisx0213_rules", "読み(参考)": "readings"}
NAME, IVS = "MJ文字図形名", "実装したMoji_JohoコレクションIVS"
RADICALS = [(f"部首{number}(参考)", f"内画数{number}(参考)") for number in range(1, 5)]


def read_workbook(path: Path) -> list[dict[str, Any]]:
    """Read the rows of the first sheet by the column names of ``table.parquet``.

    Raises
    ------
    ValueError
        The sheet lacks a column, or has no rows.
    """
    rows = [
        {
            "mj": _text(cells[NAME]),
            **{ours: _text(cells[theirs]) for theirs, ours in PLAIN.items()},
            **{ours: _code(cells[theirs]) for theirs, ours in CODES.items()},
            **{ours: _number(cells[theirs]) for theirs, ours in NUMBERS.items()},
            **{ours: _split(cells[theirs], "・") for theirs, ours in LISTS.items()},
            "sequences": [_code(part) for part in _split(cells[IVS], ";")],
            "radicals": [
                {"radical": _number(cells[radical]), "strokes": _number(cells[strokes])}
                for radical, strokes in RADICALS
                if _number(cells[radical]) is not None
            ],
        }
        for cells in _sheet(path)
    ]
    if not rows:
        msg = f"{path}: the first sheet has no rows"
        raise ValueError(msg)
    return rows


def _sheet(path: Path) -> Iterator[dict[str, object]]:
    with python_calamine.load_workbook(str(path)) as book:
        lines = book.get_sheet_by_index(0).to_python(skip_empty_area=True)
    header = [str(cell).strip() for cell in lines[0]] if lines else []
    wanted = [NAME, IVS, *PLAIN, *CODES, *NUMBERS, *LISTS, *(name for pair in RADICALS for name in pair)]
    missing = [name for name in wanted if name not in header]
    if missing:
        msg = f"{path}: the first sheet has no column {', '.join(missing)}"
        raise ValueError(msg)
    for line in lines[1:]:
        cells = dict(zip(header, line, strict=True))
        if _text(cells[NAME]):
            yield cells


def _text(cell: object) -> str | None:
    """Read a cell as text; a whole number without its ``.0``."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip() or None


def _number(cell: object) -> int | None:
    text = _text(cell)
    return int(text) if text and text.isdecimal() else None  # "-" stands for none


def _split(cell: object, separator: str) -> list[str]:
    return [part.strip() for part in (_text(cell) or "").split(separator) if part.strip()]


def _code(cell: object) -> str | None:
    """Write ``U+342A`` and ``342A_E0103`` alike: ``U+342A``, ``U+342A_E0103``."""
    text = _text(cell)
    return f"U+{text.upper().removeprefix('U+')}" if text else None

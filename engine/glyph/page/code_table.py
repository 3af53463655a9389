"""The codes of a printed list, from a CSV: one a line, or by page, row and column."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.errors import ReadError, UsageError
from engine.glyph.codes import normal_code
from engine.glyph.files import read_whole
from engine.glyph.page.options import PlacedCode

_LIMIT_MB = 20
_LONGEST_CODE = 40
_LARGEST_NUMBER = 100_000

_NAMES = {
    "file": ("file", "ファイル", "ファイル名"),
    "page": ("page", "ページ", "頁"),
    "row": ("row", "行"),
    "col": ("col", "column", "列"),
    "code": ("code", "コード", "外字コード", "gaiji_code"),
}
_WITHOUT_HEADER = {1: ("code",), 3: ("row", "col", "code"), 4: ("page", "row", "col", "code")}


@dataclass(frozen=True, slots=True)
class CodeTable:
    """What a file of codes says: either ``sequence`` or ``placed``.

    Attributes
    ----------
    sequence : tuple of str
        A code a cell, empty where the cell has none.
    placed : tuple of PlacedCode
    """

    sequence: tuple[str, ...] = ()
    placed: tuple[PlacedCode, ...] = ()


def read_code_table(path: Path) -> CodeTable:
    """Read a file of codes.

    Parameters
    ----------
    path : Path
        CSV in UTF-8 or Shift_JIS. With a header: ``page``, ``row``, ``col``, ``code`` (``page`` and ``file``
        may be missing), other columns are left out. Without: code; row, col, code; or page, row, col, code.

    Raises
    ------
    UsageError
        The file cannot be read, or a line cannot be understood; the message names the line.
    """
    try:
        data = read_whole(path, _LIMIT_MB)
    except ReadError as error:
        raise UsageError(f"コードの表を開けません。{error}: {path}") from error
    try:
        lines = list(csv.reader(io.StringIO(_decoded(data), newline="")))
    except (csv.Error, UnicodeDecodeError) as error:
        raise UsageError(
            f"コードの表を CSV として読めません。UTF-8 か Shift_JIS で保存し直してください: {path}"
        ) from error
    while lines and not any(cell.strip() for cell in lines[-1]):
        lines.pop()
    if not lines:
        raise UsageError(f"コードの表が空です: {path}")
    columns, first = _columns(lines, path)
    if "row" in columns and "col" in columns:
        return CodeTable(placed=_placed(lines, columns, first, path))
    return CodeTable(sequence=_sequence(lines, columns, first, path))


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp932")


def _columns(lines: Sequence[Sequence[str]], path: Path) -> tuple[dict[str, int], int]:
    """Tell what the columns are, and the first line below the header."""
    heads = [cell.strip().lower() for cell in lines[0]]
    found = {
        name: place for name, words in _NAMES.items() for place, head in enumerate(heads) if head in words
    }
    if found:
        if "code" not in found or ("row" in found) != ("col" in found):
            raise UsageError(
                "コードの表の見出しには「code」が、位置で示すなら「row」「col」の両方が要ります"
                f"（外字コード・行・列でもよい）: {path}"
            )
        return found, 1
    width = max(len(line) for line in lines)
    if width not in _WITHOUT_HEADER:
        raise UsageError(
            f"コードの表の列が {width} 列あり、どれがコードか分かりません。"
            f"一行目に見出し（page,row,col,code）を付けてください: {path}"
        )
    return {name: place for place, name in enumerate(_WITHOUT_HEADER[width])}, 0


def _sequence(
    lines: Sequence[Sequence[str]], columns: dict[str, int], first: int, path: Path
) -> tuple[str, ...]:
    seen: dict[str, int] = {}
    codes = []
    for number, line in enumerate(lines[first:], first + 1):
        code = _code(line, columns, number, path)
        _check_once(code, seen, number, path)
        codes.append(code)
    return tuple(codes)


def _placed(
    lines: Sequence[Sequence[str]], columns: dict[str, int], first: int, path: Path
) -> tuple[PlacedCode, ...]:
    seen: dict[str, int] = {}
    places: dict[tuple[str, int, int, int], int] = {}
    found = []
    for number, line in enumerate(lines[first:], first + 1):
        code = _code(line, columns, number, path)
        if not code:
            continue
        _check_once(code, seen, number, path)
        file = line[columns["file"]].strip() if "file" in columns and columns["file"] < len(line) else ""
        page = _number(line, columns, "page", number, path) if "page" in columns else 1
        row, col = (_number(line, columns, name, number, path) for name in ("row", "col"))
        other = places.setdefault((file, page, row, col), number)
        if other != number:
            raise UsageError(f"コードの表の {other} 行目と {number} 行目が同じマスを指しています: {path}")
        found.append(PlacedCode(page, row, col, code, file))
    return tuple(found)


def _code(line: Sequence[str], columns: dict[str, int], number: int, path: Path) -> str:
    code = normal_code(line[columns["code"]]) if columns["code"] < len(line) else ""
    if len(code) > _LONGEST_CODE or not code.isprintable():
        raise UsageError(f"コードの表の {number} 行目のコードが正しくありません（例: E000）: {path}")
    return code


def _check_once(code: str, seen: dict[str, int], number: int, path: Path) -> None:
    if code and (other := seen.setdefault(code, number)) != number:
        raise UsageError(f"コードの表の {other} 行目と {number} 行目に同じコード {code} があります: {path}")


def _number(line: Sequence[str], columns: dict[str, int], name: str, number: int, path: Path) -> int:
    text = line[columns[name]].strip() if columns[name] < len(line) else ""
    if not (text.isascii() and text.isdecimal() and 1 <= int(text[:9]) <= _LARGEST_NUMBER):
        raise UsageError(f"コードの表の {number} 行目の {name} が 1 以上の整数ではありません: {path}")
    return int(text)

"""The map of a conversion: private codes and the characters that take their place."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unicodedata import category

from engine.convert.encoding import code_index
from engine.convert.errors import ConvertError
from engine.convert.table import Target
from engine.convert.table_files import COLUMNS, FORMAT, VERSION
from engine.errors import UsageError
from engine.output.csv_text import plain_text
from engine.output.tabular import read_table

MAP_MB = 500
_NEEDED = ("gaiji_code", "target")
_LONGEST_TEXT = 16
_NO_CHARACTERS = ("Cc", "Cf", "Co", "Cs", "Zl", "Zp", "Zs")
"""Unicode categories; what takes a gaiji's place must not be a delimiter, a blank or another gaiji."""


@dataclass(frozen=True, slots=True)
class CodeMap:
    """What private code points become.

    Attributes
    ----------
    texts : mapping of int to str
        By code point: the character, or a variation sequence.
    reasons : mapping of int to str
        Why others are not converted, where the map says so.
    """

    texts: Mapping[int, str]
    reasons: Mapping[int, str]


def read_code_map(
    path: Path, *, municipality: str | None = None, system: str | None = None, font: str | None = None
) -> CodeMap:
    """Read a table of ``gaiji export table``.

    Parameters
    ----------
    path : Path
        ``.json`` or ``.csv``.
    municipality, system, font : str or None
        Take only the rows of this one; None: of every one.

    Returns
    -------
    CodeMap
        A code that the rows taken convert to different characters is among ``reasons``.

    Raises
    ------
    UsageError
        Another suffix, or no private code of Unicode is left.
    ConvertError, LoadError
        The file is no such table.
    """
    if path.suffix.lower() == ".json":
        rows, apart = _read_json(path)
    elif path.suffix.lower() == ".csv":
        rows, apart = _read_csv(path), []
    else:
        raise UsageError(f"変換表は gaiji export table で作った .json か .csv を指定してください: {path}")
    wanted = {"municipality": municipality, "system": system, "font": font}
    chosen = [row for row in rows if _is_wanted(row, wanted)]
    texts: dict[int, set[str]] = defaultdict(set)
    for row in chosen:
        code = _code_point(row.get("gaiji_code", ""))
        if code is not None:
            texts[code].add(_text(row.get("target", ""), path))
    reasons = {
        code: f"未確定: {row.get('reason', '')}"
        for row in apart
        if _is_wanted(row, wanted) and (code := _code_point(row.get("gaiji_code", ""))) is not None
    }
    conflict = "変換表で、システムやフォントによって別の字になる（--system・--font などで選ぶ）"
    reasons |= {code: conflict for code, found in texts.items() if len(found) > 1}
    certain = {
        code: next(iter(found)) for code, found in texts.items() if len(found) == 1 and code not in reasons
    }
    if not certain:
        raise UsageError(f"変換表に、使える外字コード（U+E000 の形）の行がありません: {path}")
    return CodeMap(certain, reasons)


def _read_json(path: Path) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    try:
        if path.stat().st_size > MAP_MB * 1_000_000:
            raise ConvertError(f"変換表が大きすぎます（{MAP_MB} MB まで）: {path}")
        document: Any = json.loads(path.read_bytes())
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ConvertError(f"変換表を開けません（{reason}）: {path}") from error
    except (ValueError, RecursionError) as error:
        raise ConvertError(f"変換表を JSON として読めません: {path}") from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise ConvertError(f"gaiji export table が作った変換表ではありません: {path}")
    if document.get("version") != VERSION:
        raise ConvertError(f"この版では読めない変換表です。gaiji export table で作り直してください: {path}")
    if document.get("target") == Target.MJ.value:
        raise ConvertError(_no_text(path))
    return _rows(document.get("rows"), path), _rows(document.get("apart"), path)


def _rows(value: object, path: Path) -> list[dict[str, str]]:
    good = isinstance(value, list) and all(
        isinstance(row, dict) and all(isinstance(cell, str) for cell in row.values()) for row in value
    )
    if not good or not isinstance(value, list):
        raise ConvertError(f"変換表の形が違います。gaiji export table で作り直してください: {path}")
    return value


def _read_csv(path: Path) -> list[dict[str, str]]:
    def header(cells: Iterable[str]) -> list[str | None] | None:
        names = [cell if cell in COLUMNS else None for cell in cells]
        return names if set(_NEEDED) <= set(names) else None

    return [
        {name: plain_text(name, str(value)) for name, value in row.values.items()}
        for row in read_table(path, header)
    ]


def _is_wanted(row: Mapping[str, str], wanted: Mapping[str, str | None]) -> bool:
    return all(value is None or row.get(name, "") == value for name, value in wanted.items())


def _code_point(code: str) -> int | None:
    try:
        number = int(code[2:], 16) if code.startswith("U+") else -1
    except ValueError:
        number = -1
    return number if code_index(number) is not None else None


def _text(target: str, path: Path) -> str:
    if not target.startswith("U+"):
        raise ConvertError(_no_text(path))
    try:
        text = "".join(chr(int(part, 16)) for part in target[2:].split("_"))
        text.encode("utf-8")
    except (ValueError, OverflowError) as error:
        raise ConvertError(f"変換表の変換先「{target[:40]}」は文字コードではありません: {path}") from error
    if len(text) > _LONGEST_TEXT or any(ord(c) < 0x80 or category(c) in _NO_CHARACTERS for c in text):
        raise ConvertError(f"変換表の変換先「{target[:40]}」は文字ではありません: {path}")
    return text


def _no_text(path: Path) -> str:
    return (
        "MJ 名への変換表では、データを変換できません。"
        f"--target ucs・ivs・jisx0213 のどれかで作り直してください: {path}"
    )

"""Conversion tables as files: CSV, JSON, and the text that Fujitsu's code converters read."""

from __future__ import annotations

import contextlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from engine.convert.settle import GaijiKey
from engine.convert.table import ApartRow, ConversionTable, TableRow, sjis_code
from engine.output.csv_text import cell_text, quoted
from engine.output.sink import AtomicFile, check_output

SUFFIXES = (".csv", ".json", ".txt")
FORMAT = "gaiji-conversion-table"
VERSION = 1
COLUMNS: tuple[str, ...] = (
    "municipality", "system", "font", "gaiji_code", "sjis_code", "target", "text", "mj", "ucs", "ivs",
    "jisx0213", "basis", "shrink_basis", "reference",
)  # fmt: skip
"""Of the table as CSV, and the keys of a row as JSON. Other programs read them: add at the end only."""

APART_COLUMNS: tuple[str, ...] = (
    "municipality", "system", "font", "gaiji_code", "sjis_code", "source", "reason", "choices",
)  # fmt: skip

FUJITSU_HEADER = "CODE_CONVERT_Unicode-FJHOSTcode_USER_TABLE1.0"
_NEWLINE = "\r\n"


def apart_path(path: Path) -> Path:
    """Return where the rows go that are listed apart; the file itself for JSON, which has a part for them."""
    return path if path.suffix.lower() == ".json" else path.with_name(f"{path.stem}-未確定.csv")


def check_table_output(path: Path, *, force: bool) -> None:
    """Refuse an output path before any work is done for it.

    Raises
    ------
    UsageError
        As :func:`engine.output.sink.check_output`, for the table and the list beside it.
    """
    check_output(path, force=force, suffixes=SUFFIXES)
    check_output(apart_path(path), force=force, suffixes=SUFFIXES)


def write_table(table: ConversionTable, path: Path, *, force: bool = False) -> ConversionTable:
    """Write a table, in the format that the suffix names, and beside it the list of what is apart.

    Parameters
    ----------
    table : ConversionTable
    path : Path
        ``.csv``, ``.json`` or ``.txt`` (Fujitsu).
    force : bool
        Whether existing files may be replaced.

    Returns
    -------
    ConversionTable
        What was written: rows that the format cannot hold are apart.

    Raises
    ------
    UsageError, OutputError
    """
    check_table_output(path, force=force)
    if path.suffix.lower() == ".txt":
        table, reverse = for_fujitsu(table)
        files = {path: fujitsu_text(table, reverse).encode("cp932", "replace")}
    elif path.suffix.lower() == ".json":
        files = {path: json_text(table).encode("utf-8")}
    else:
        files = {path: csv_text(table).encode("utf-8-sig")}
    files.setdefault(apart_path(path), apart_text(table.apart).encode("utf-8-sig"))
    with contextlib.ExitStack() as stack:
        for each, content in files.items():
            stack.enter_context(AtomicFile(each, force=force)).write(content)
    return table


def csv_text(table: ConversionTable) -> str:
    """Return the table as CSV: :data:`COLUMNS`, CRLF."""
    return _csv(COLUMNS, map(_plain, table.rows))


def apart_text(apart: Sequence[ApartRow]) -> str:
    """Return what is apart as CSV: :data:`APART_COLUMNS`, CRLF."""
    return _csv(APART_COLUMNS, map(_plain_apart, apart))


def json_text(table: ConversionTable) -> str:
    """Return the table as JSON, a row a line: ``rows``, and ``apart`` for what is not converted."""
    head = {"format": FORMAT, "version": VERSION, "target": table.target.value}
    parts = [f"{json.dumps(name)}: {json.dumps(value)}" for name, value in head.items()]
    parts += [f'"rows": {_lines(map(_plain, table.rows))}']
    parts += [f'"apart": {_lines(map(_plain_apart, table.apart))}']
    return "{\n" + ",\n".join(parts) + "\n}\n"


def for_fujitsu(table: ConversionTable) -> tuple[ConversionTable, frozenset[str]]:
    """Return what a Fujitsu user table can hold, and which of its codes are in both directions.

    Returns
    -------
    ConversionTable
        Apart is also: what is no host code, what is not one code point of four digits, and a code that
        different systems or fonts use for different characters.
    frozenset of str
        Codes of ``Unicode->JEF``. Left out are targets of several codes, and characters of JIS X 0208: the
        host has codes of its own for them, which the user table would override.
    """
    of_code: dict[str, set[str]] = defaultdict(set)
    of_target: dict[str, set[str]] = defaultdict(set)
    for row in table.rows:
        of_code[row.key.code].add(row.target)
        of_target[row.target].add(row.key.code)
    kept: dict[str, TableRow] = {}
    apart = list(table.apart)
    for row in table.rows:
        reason = ""
        if not _four_digits(row.key.code):
            reason = "ホストの外字コード（80A1 の形）ではない"
        elif not (row.target.startswith("U+") and _four_digits(row.target[2:])):
            reason = "変換先が Unicode の 4 桁の符号位置ではない"
        elif len(of_code[row.key.code]) > 1:
            reason = "同じ外字コードが、システムやフォントによって別の字になる"
        if reason:
            apart.append(ApartRow(row.key, "", reason, (row.target,)))
        else:
            kept.setdefault(row.key.code, row)
    reverse = frozenset(
        code for code, row in kept.items() if len(of_target[row.target]) == 1 and not _in_jisx0208(row.text)
    )
    return replace(table, rows=tuple(kept.values()), apart=tuple(apart)), reverse


def fujitsu_text(table: ConversionTable, reverse: frozenset[str]) -> str:
    """Return a user table for Fujitsu's converters between JEF and Unicode.

    Parameters
    ----------
    table : ConversionTable
        From :func:`for_fujitsu`.
    reverse : frozenset of str
        Codes that are also converted back.
    """
    lines = [f"{row.key.code}:{row.target[2:]} ;{row.mj} {row.shrink_basis}".rstrip() for row in table.rows]
    back = [line for line, row in zip(lines, table.rows, strict=True) if row.key.code in reverse]
    left = f";JIS X 0208 の字と、複数の外字コードに当たる字は戻さない（{len(lines) - len(back)} 件）"
    parts = [FUJITSU_HEADER, "JEF->Unicode", ";JEF:Unic", *lines, "Unicode->JEF", ";JEF:Unic", left, *back]
    return _NEWLINE.join(parts) + _NEWLINE


def _four_digits(code: str) -> bool:
    return len(code) == 4 and all(digit in "0123456789ABCDEF" for digit in code)


def _in_jisx0208(character: str) -> bool:
    try:
        return len(character.encode("euc_jp")) <= 2
    except UnicodeEncodeError:
        return False


def _key(key: GaijiKey) -> dict[str, str]:
    return {
        "municipality": key.municipality,
        "system": key.system,
        "font": key.font,
        "gaiji_code": key.code,
        "sjis_code": sjis_code(key.code),
    }


def _plain(row: TableRow) -> dict[str, str]:
    own = ("target", "text", "mj", "ucs", "ivs", "jisx0213", "basis", "shrink_basis", "reference")
    return _key(row.key) | {name: getattr(row, name) for name in own}


def _plain_apart(row: ApartRow) -> dict[str, str]:
    return _key(row.key) | {"source": row.source, "reason": row.reason, "choices": " ".join(row.choices)}


def _csv(columns: Sequence[str], rows: Iterable[dict[str, str]]) -> str:
    cell: Callable[[str, str], str] = lambda name, value: quoted(cell_text(name, value))  # noqa: E731
    lines = [",".join(columns)]
    lines += [",".join(cell(name, row[name]) for name in columns) for row in rows]
    return _NEWLINE.join(lines) + _NEWLINE


def _lines(rows: Iterable[dict[str, str]]) -> str:
    texts = [json.dumps(row, ensure_ascii=False) for row in rows]
    return "[\n" + ",\n".join(texts) + "\n]" if texts else "[]"

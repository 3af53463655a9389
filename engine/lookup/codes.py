"""Codes → characters: each kind of code with its columns, and how it is spelled."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine.lookup.match import Match, improve, nothing
from engine.lookup.query import ByCode, CodeKind
from engine.reference.table import MojiTable

if TYPE_CHECKING:
    import pyarrow as pa

_INSIDE_DIGITS = 4
"""Fewer digits are part of too many MJ names to be a help."""


@dataclass(frozen=True, slots=True)
class CodeSpec:
    """How one kind of code is written and kept.

    Attributes
    ----------
    columns : tuple of str
        Of the table.
    pattern : str
        What people type, in capitals.
    example : str
    spell : callable
        The match of the pattern → the code as in the table.
    """

    columns: tuple[str, ...]
    pattern: str
    example: str
    spell: Callable[[re.Match[str]], str] = lambda found: found[0]


def _kuten(found: re.Match[str]) -> str:
    return f"{int(found[1] or 1)}-{int(found[2]):02}-{int(found[3]):02}"


SPECS: dict[CodeKind, CodeSpec] = {
    CodeKind.MJ: CodeSpec(("mj",), r"[A-Z]{0,2}\d{1,6}", "MJ026190"),
    CodeKind.KOSEKI: CodeSpec(("koseki",), r"\d{1,6}", "445000"),
    CodeKind.JUKI: CodeSpec(("juki",), r"(?:J\+?)?([0-9A-F]{4})", "J+9089", lambda m: f"J+{m[1]}"),
    CodeKind.TOKI: CodeSpec(("toki",), r"\d{1,8}", "00445000"),
    CodeKind.NYUKAN: CodeSpec(
        ("nyukan_seiji", "nyukan_gaiji"), r"(?:0X)?([0-9A-F]{4,5})", "0x9089", lambda m: f"0x{m[1]}"
    ),
    CodeKind.JISX0213: CodeSpec(("jisx0213",), r"(?:([12])-)?(\d{1,2})-(\d{1,2})", "1-78-21", _kuten),
    CodeKind.JISX0212: CodeSpec(
        ("jisx0212",), r"(\d{1,2})-(\d{1,2})", "16-01", lambda m: f"{int(m[1]):02}-{int(m[2]):02}"
    ),
    CodeKind.HENTAIGANA: CodeSpec(("hentaigana_id",), r"\d{1,9}", "010010010"),
    CodeKind.DAIKANWA: CodeSpec(("daikanwa",), r"補?\d{1,5}'{0,2}", "38941"),
    CodeKind.NIHONGO_KANJI: CodeSpec(("nihongo_kanji",), r"\d{1,5}", "31"),
    CodeKind.SHINDAIJITEN: CodeSpec(("shindaijiten",), r"\d{1,5}", "110"),
    CodeKind.DAIJIGEN: CodeSpec(("daijigen",), r"\d{1,5}", "43"),
    CodeKind.DAIKANGORIN: CodeSpec(("daikangorin",), r"\d{1,5}", "33"),
}


def by_code(kind: CodeKind, text: str) -> ByCode | None:
    """Read a code as it is typed; None where it is not spelled like one."""
    spec = SPECS[kind]
    found = re.fullmatch(spec.pattern, text.upper(), re.ASCII)
    return ByCode(kind, spec.spell(found)) if found else None


def match_code(table: MojiTable, wanted: ByCode) -> Match:
    """Find the rows with a code; the beginning or four digits of an MJ name will do."""
    penalty = nothing(len(table))
    if wanted.kind is CodeKind.MJ and wanted.value in table:
        penalty[table.row(wanted.value)] = 0
        return Match(penalty, lambda _: "MJ文字図形名")
    for column in SPECS[wanted.kind].columns:
        if column in table.column_names:
            for value, equal in enumerate(_tests(table.column(column), wanted)):
                improve(penalty, equal, value)

    def reason(row: int) -> str:
        if wanted.kind is CodeKind.MJ:
            return "MJ文字図形名" if not penalty[row] else f"MJ文字図形名に {wanted.value} がある"
        codes = (table.value(column, row) for column in SPECS[wanted.kind].columns)
        return f"{wanted.kind} {next(code for code in codes if code is not None)}"

    return Match(penalty, reason)


def _tests(column: pa.Array, wanted: ByCode) -> list[NDArray[np.bool_]]:
    """Return where a column has a code, the exact spelling first."""
    import pyarrow as pa
    import pyarrow.compute as pc

    value = wanted.value
    if wanted.kind is CodeKind.MJ:
        return [_true(pc.match_substring_regex(column, pattern)) for pattern in _name_patterns(value)]
    if pa.types.is_integer(column.type):
        return [_true(pc.equal(pc.cast(column, pa.int64()), int(value)))]
    if value.isdigit():
        return [_true(pc.equal(pc.utf8_ltrim(column, "0"), value.lstrip("0")))]
    return [_true(pc.equal(column, value))]


def _name_patterns(value: str) -> list[str]:
    letters = value.rstrip("0123456789")
    digits = value[len(letters) :]
    prefix = f"^{letters}" if letters else "^[A-Z]+"
    patterns = [f"{prefix}0*{digits.lstrip('0') or '0'}$", f"{prefix}{digits}"]
    return [*patterns, f"{prefix}.*{digits}"] if len(digits) >= _INSIDE_DIGITS else patterns


def _true(found: pa.BooleanArray) -> NDArray[np.bool_]:
    values: NDArray[np.bool_] = found.fill_null(False).to_numpy(zero_copy_only=False)
    return values

"""Private codes as people write them: Unicode, Shift_JIS's user area, the hexadecimal codes of host systems.

A gaiji has one spelling of its code in the results, whatever the file or the ledger says: ``U+E000`` for
Unicode and for Shift_JIS (whose user area has a fixed counterpart in Unicode), the four digits as written for
the codes of hosts (JEF, KEIS, IBM), whose counterpart is each system's own table.
"""

from __future__ import annotations

import re

SJIS_LEADS = range(0xF0, 0xFA)
"""Lead bytes of the user area of Windows' Shift_JIS (CP932): F040–F9FC."""

_SJIS_CELLS, _BEFORE_7F = 188, 0x3F
"""Cells of a lead byte, and those before 0x7F, which is no trail byte."""
_FIRST_PRIVATE = 0xE000
_LAST_PRIVATE = 0xF8FF
LAST_CODE = 0x10FFFF
"""The last code point of Unicode."""

HOST_LEADS = range(0x80, 0xA1)
HOST_TRAILS = range(0xA1, 0xFF)
"""User areas of Fujitsu's JEF (80A1–A0FE) and Hitachi's KEIS (81A1–A0FE)."""

_UNICODE = re.compile(r"(?:U\+|U|UNI)([0-9A-F]{4,6})", re.IGNORECASE)
_HEX = re.compile(r"(?:0X)?([0-9A-F]{4,6})", re.IGNORECASE)


def unicode_label(code: int) -> str:
    """Spell a code point: ``U+E000``."""
    return f"U+{code:04X}"


def sjis_to_unicode(code: int) -> int | None:
    """Return the code point of a character in the user area of CP932.

    Parameters
    ----------
    code : int
        Both bytes, 0xF040–0xF9FC.

    Returns
    -------
    int or None
        U+E000–U+E757; None for any other code.
    """
    lead, trail = divmod(code, 0x100)
    if lead not in SJIS_LEADS or not 0x40 <= trail <= 0xFC or trail == 0x7F:
        return None
    return _FIRST_PRIVATE + _SJIS_CELLS * (lead - SJIS_LEADS[0]) + trail - (0x40 if trail < 0x7F else 0x41)


def unicode_to_sjis(code: int) -> int | None:
    """Return both bytes, 0xF040–0xF9FC, of a private code point in CP932; None for any but U+E000–U+E757."""
    lead, cell = divmod(code - _FIRST_PRIVATE, _SJIS_CELLS)
    if not 0 <= lead < len(SJIS_LEADS):
        return None
    return SJIS_LEADS[lead] * 0x100 + cell + (0x40 if cell < _BEFORE_7F else 0x41)


def is_private_use(code: int) -> bool:
    """Whether a code point is in the Basic Multilingual Plane's private-use area."""
    return _FIRST_PRIVATE <= code <= _LAST_PRIVATE


def is_host_code(code: int) -> bool:
    """Whether two bytes lie in the user areas of JEF and KEIS."""
    lead, trail = divmod(code, 0x100)
    return lead in HOST_LEADS and trail in HOST_TRAILS


def prefixed_unicode(text: str) -> int | None:
    """Read ``U+E000``, ``uE000`` or ``uniE000``; None for anything else."""
    match = _UNICODE.fullmatch(text)
    if match is None or int(match[1], 16) > LAST_CODE:
        return None
    return int(match[1], 16)


def bare_hexadecimal(text: str) -> tuple[int, str] | None:
    """Read four to six hexadecimal digits, with ``0x`` before them or not: (value, digits in capitals)."""
    match = _HEX.fullmatch(text)
    return None if match is None else (int(match[1], 16), match[1].upper())


def normal_code(text: str) -> str:
    """Bring a code from a ledger or an option to the spelling of the results.

    Parameters
    ----------
    text : str
        ``U+E000``, ``E000``, ``F040`` (Shift_JIS), ``80A1`` (a host's), or any other sign.

    Returns
    -------
    str
        ``U+E000`` for the first three, else the text as it is, without the blanks around it.

    Notes
    -----
    Bare digits from F040 on can be either; they are taken for Shift_JIS, as in file names
    (:mod:`engine.glyph.names`). ``U+F040`` is how to write the other.
    """
    text = text.strip()
    code = prefixed_unicode(text)
    if code is not None:
        return unicode_label(code)
    bare = bare_hexadecimal(text)
    if bare is None:
        return text
    value, digits = bare
    from_sjis = sjis_to_unicode(value)
    if from_sjis is not None:
        return unicode_label(from_sjis)
    if is_private_use(value) or value >= 0xF0000:
        return unicode_label(value) if value <= LAST_CODE else text
    return digits if len(digits) == 4 else text

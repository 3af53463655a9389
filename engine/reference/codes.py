"""Code points as text and back: ``U+8FBB``, and ``U+8FBB_E0102`` for a variation sequence."""

from __future__ import annotations

import unicodedata


def to_characters(code: str) -> str:
    """Return the character or variation sequence that ``code`` names; empty for an empty code.

    Never normalised: U+FA19 stays U+FA19.

    Raises
    ------
    ValueError
        ``code`` is not of the form ``U+8FBB`` or ``U+8FBB_E0102``.
    """
    if not code:
        return ""
    if not code.startswith("U+"):
        msg = f"code: expected U+8FBB or U+8FBB_E0102, got {code!r}"
        raise ValueError(msg)
    return "".join(chr(int(part, 16)) for part in code[2:].split("_"))


def to_code(characters: str) -> str:
    """Return ``U+8FBB`` for a character, ``U+8FBB_E0102`` for a variation sequence; empty for no text."""
    return "U+" + "_".join(f"{ord(character):04X}" for character in characters) if characters else ""


def code_point(code: str | None) -> int:
    """Return the first code point of ``code``; 0 where there is none."""
    return int(code[2:].split("_")[0], 16) if code else 0


def unified(code: int) -> int:
    """Return the unified ideograph that a compatibility ideograph stands for; any other code point as it is.

    For finding the siblings of a character only: U+FA19 and U+795E are one character in two shapes, and no
    text is ever normalised.
    """
    compatibility = 0xF900 <= code <= 0xFAFF or 0x2F800 <= code <= 0x2FA1F
    return ord(unicodedata.normalize("NFD", chr(code))) if compatibility else code

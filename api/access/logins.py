"""The shape of a login name: the same for accounts made here and for what a proxy says."""

from __future__ import annotations

import re

from api.errors import InvalidError

LONGEST = 100
_FORM = re.compile(r"[a-z0-9][a-z0-9._@+\\-]{1,99}")


def fold(text: str) -> str:
    """Return a login as the database has it: without blanks around it, in lower case.

    Anything that cannot be a login comes back empty.
    """
    folded = text.strip().casefold()
    return folded if _FORM.fullmatch(folded) else ""


def parse(text: str) -> str:
    """Return a login as the database has it.

    Raises
    ------
    InvalidError
        It is not made of what a login is made of.
    """
    folded = fold(text)
    if not folded:
        raise InvalidError(
            "ログイン名は、半角の英数字と . _ @ + - \\ の 2～100 字で、英数字から始めてください。"
            "大文字と小文字は区別しません。",
            {"field": "login"},
        )
    return folded

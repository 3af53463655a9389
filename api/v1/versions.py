"""Which version a write is made on: named in the body or by ``If-Match``, told by ``ETag``."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import Depends, Header, Response

from api.errors import InvalidError

_TAG = re.compile(r'"([1-9][0-9]{0,9})"')
_LARGEST = 2**31 - 1


def _match(
    if_match: Annotated[
        str | None,
        Header(description='見た版。`"3"` の形で、本文の `version` の代わりになります。', max_length=40),
    ] = None,
) -> int | None:
    if if_match is None:
        return None
    found = _TAG.fullmatch(if_match.strip())
    if found is None or int(found[1]) > _LARGEST:
        raise InvalidError('If-Match は "3" の形で書いてください。', {"field": "If-Match"})
    return int(found[1])


Match = Annotated[int | None, Depends(_match)]
"""The version of ``If-Match``; None without one."""


def seen_version(body: int | None, match: int | None) -> int:
    """Return the version that a write is made on.

    Raises
    ------
    InvalidError
        Neither is given, or they differ.
    """
    if body is not None and match is not None and body != match:
        raise InvalidError(
            "version と If-Match が違います。どちらか一つにしてください。", {"field": "version"}
        )
    seen = match if body is None else body
    if seen is None:
        raise InvalidError("見た版を、本文の version か If-Match で示してください。", {"field": "version"})
    return seen


def tell_version(response: Response, version: int) -> None:
    """Send a version along."""
    response.headers["ETag"] = f'"{version}"'

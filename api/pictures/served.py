"""Pictures as answers: kept by the browser, and not sent again where it has them."""

from __future__ import annotations

from fastapi import Request, Response

FOR_EVER = "private, max-age=31536000, immutable"
"""For an address that names everything the picture depends on."""
FOR_A_DAY = "private, max-age=86400"


def known(request: Request, tag: str) -> bool:
    """Tell whether the browser has the picture with this tag already."""
    given = request.headers.get("if-none-match", "")
    return any(each.strip().removeprefix("W/") == f'"{tag}"' for each in given.split(","))


def unchanged(tag: str, keep: str) -> Response:
    """Answer that the browser has the picture."""
    return Response(status_code=304, headers=_headers(tag, keep))


def picture(content: bytes, tag: str, keep: str, *, media: str = "image/png") -> Response:
    """Send a picture."""
    return Response(content, media_type=media, headers=_headers(tag, keep))


def _headers(tag: str, keep: str) -> dict[str, str]:
    return {"ETag": f'"{tag}"', "Cache-Control": keep, "Vary": "Cookie"}

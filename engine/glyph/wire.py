"""What the worker and its parent say to each other: JSON for the words, raw bytes for the pixels.

No pickle: the worker parses hostile files, so its parent must not run anything that it sends.

A frame is two big-endian 32-bit lengths, the JSON, the pixels. Many glyphs travel in one frame.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

import numpy as np

from engine.errors import READ_CODES
from engine.glyph.model import Glyph, GlyphKind, ReadFailure

_HEADER = struct.Struct(">II")
_MAX_FRAME_BYTES = 64_000_000
_MAX_SIDE_PX = 512
_FAILURE_WORDS = 5


class WireError(Exception):
    """The other side does not speak the protocol (any more)."""


def send(stream: BinaryIO, message: dict[str, Any], pixels: Sequence[bytes] = ()) -> None:
    """Write one frame and flush."""
    words = json.dumps(message, ensure_ascii=False).encode("utf-8", "surrogatepass")
    stream.write(_HEADER.pack(len(words), sum(len(part) for part in pixels)))
    stream.write(words)
    for part in pixels:
        stream.write(part)
    stream.flush()


def receive(stream: BinaryIO) -> tuple[dict[str, Any], bytes] | None:
    """Read one frame; None at the end of the stream.

    Raises
    ------
    WireError
        The frame is cut short or malformed.
    """
    header = stream.read(_HEADER.size)
    if not header:
        return None
    if len(header) < _HEADER.size:
        raise WireError("cut short")
    words_length, pixels_length = _HEADER.unpack(header)
    if words_length > _MAX_FRAME_BYTES or pixels_length > _MAX_FRAME_BYTES:
        raise WireError("frame too long")
    words, pixels = stream.read(words_length), stream.read(pixels_length)
    if len(words) < words_length or len(pixels) < pixels_length:
        raise WireError("cut short")
    try:
        message = json.loads(words.decode("utf-8", "surrogatepass"))
    except ValueError as error:
        raise WireError("not JSON") from error
    if not isinstance(message, dict):
        raise WireError("not an object")
    return message, pixels


def pack(items: Sequence[Glyph | ReadFailure]) -> tuple[list[list[Any]], list[bytes]]:
    """Return the words and the pixels of a chunk."""
    words: list[list[Any]] = []
    pixels: list[bytes] = []
    for item in items:
        if isinstance(item, Glyph):
            words.append([item.source, item.gaiji_code, item.font, item.kind.value, *item.ink.shape])
            pixels.append(item.ink.tobytes())
        else:
            words.append([item.source, item.gaiji_code, item.font, item.code, item.message])
    return words, pixels


def unpack(words: Sequence[Sequence[Any]], pixels: bytes) -> Iterator[Glyph | ReadFailure]:
    """Undo :func:`pack`, believing nothing.

    Raises
    ------
    WireError
        Shapes and bytes do not agree, or a code is unknown.
    """
    position = 0
    for entry in words:
        try:
            if len(entry) == _FAILURE_WORDS:
                source, gaiji_code, font, code, message = map(str, entry)
                if code not in READ_CODES:
                    raise WireError("unknown code")
                yield ReadFailure(source, code, message, gaiji_code, font)
                continue
            source, gaiji_code, font, kind, height, width = entry
            size = height * width
            if not (0 < height <= _MAX_SIDE_PX and 0 < width <= _MAX_SIDE_PX) or position + size > len(
                pixels
            ):
                raise WireError("bad shape")
            ink = np.frombuffer(pixels, np.uint8, size, position).reshape(height, width).copy()
            position += size
            yield Glyph(ink, str(source), str(gaiji_code), GlyphKind(kind), str(font))
        except (TypeError, ValueError) as error:
            raise WireError("malformed item") from error

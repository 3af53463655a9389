"""The conversion in the most obvious way, character by character: the oracle of the fast one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

PRIVATE = [range(0xE000, 0xF900), range(0xF0000, 0x110000)]


def characters(data: bytes, encoding: str) -> Iterator[bytes]:
    """Cut bytes into characters; what is no text is cut into bytes (UTF-16: units)."""
    at = 0
    while at < len(data):
        width = _width(data[at : at + 4], encoding)
        yield data[at : at + width]
        at += width


def _width(data: bytes, encoding: str) -> int:
    if encoding == "cp932":
        lead = 0x81 <= data[0] <= 0x9F or 0xE0 <= data[0] <= 0xFC
        trail = len(data) > 1 and 0x40 <= data[1] <= 0xFC and data[1] != 0x7F
        return 2 if lead and trail else 1
    sizes = (2, 3, 4) if encoding == "utf-8" else (4,)
    for size in sizes:
        if len(data) >= size:
            try:
                if len(data[:size].decode(encoding)) == 1:
                    return size
            except UnicodeDecodeError:
                pass
    return 1 if encoding == "utf-8" else min(2, len(data))


def private(character: bytes, encoding: str) -> int | None:
    """Return the private code point that a character is."""
    if encoding == "cp932" and not (len(character) == 2 and 0xF0 <= character[0] <= 0xF9):
        return None
    try:
        text = character.decode(encoding)
    except UnicodeDecodeError:
        return None
    return ord(text) if len(text) == 1 and any(ord(text) in span for span in PRIVATE) else None


def csv_places(tokens: list[bytes], encoding: str) -> Iterator[tuple[int, int]]:
    """Give row and column of every character."""
    comma, quote, feed, back = (mark.encode(encoding) for mark in ',"\n\r')
    row, column, quoted, begin, skip = 1, 1, False, True, False
    for number, token in enumerate(tokens):
        following = tokens[number + 1] if number + 1 < len(tokens) else b""
        yield row, column
        if skip:
            skip = False
        elif quoted:
            if token == quote and following == quote:
                skip = True
            elif token == quote:
                quoted = False
        elif token == quote and begin:
            quoted = True
        elif token == comma:
            column += 1
            begin = True
            continue
        elif token == feed or (token == back and following != feed):
            row, column, begin = row + 1, 1, True
            continue
        begin = False


def convert_csv(
    data: bytes, encoding: str, texts: Mapping[int, str], columns: frozenset[int] | None
) -> tuple[bytes, list[tuple[int, int, int]]]:
    """Return the converted bytes, and (row, column, code) of what is left."""
    tokens = list(characters(data, encoding))
    out, left = [], []
    for token, (row, column) in zip(tokens, csv_places(tokens, encoding), strict=True):
        code = private(token, encoding)
        if code is None or (columns is not None and column not in columns):
            out.append(token)
            continue
        try:
            out.append(texts[code].encode(encoding))
        except (KeyError, UnicodeEncodeError):
            out.append(token)
            left.append((row, column, code))
    return b"".join(out), left

"""Malformed inputs, always the same: cut short, mutated, lying about their size, or not files at all."""

from __future__ import annotations

import gzip
import io
import os
import random
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import brotli
import numpy as np
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTCollection, TTFont
from fontTools.ttLib.sfnt import SFNTReader, SFNTWriter
from PIL import Image

SEED = 20121
MUTANTS_PER_FORMAT = 13


def write_hostile_inputs(folder: Path, pcf: bytes) -> list[Path]:
    """Write all of them below ``folder`` and return their paths; at least 200.

    ``pcf`` is a sound PCF font: nothing here can write one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, data in _files(pcf):
        path = folder / name
        path.write_bytes(data)
        paths.append(path)
    return paths + _not_files(folder)


def picture(side: int = 48) -> Image.Image:
    """Draw a 十 on white."""
    pixels = np.full((side, side), 255, np.uint8)
    inside = slice(side // 8, -(side // 8))
    stroke = slice(side // 2 - max(1, side // 24), side // 2 + max(1, side // 24))
    pixels[stroke, inside] = 0
    pixels[inside, stroke] = 0
    return Image.fromarray(pixels)


def image_bytes(suffix: str, mode: str = "L") -> bytes:
    stream = io.BytesIO()
    picture().convert(mode).save(stream, suffix)
    return stream.getvalue()


def font_bytes(flavor: str | None = None, codes: tuple[int, ...] = (0xE000, 0xE001, 0x4E00)) -> bytes:
    """Build a font whose every character is a black square with a hole."""
    stream = io.BytesIO()
    font = _font(codes)
    font.flavor = flavor
    font.save(stream)
    return stream.getvalue()


def _font(codes: tuple[int, ...], side: int = 800, upem: int = 1000) -> TTFont:
    names = [".notdef", *(f"g{code:X}" for code in codes)]
    pen = TTGlyphPen(None)
    for low, high in ((0, side), (side // 4, side // 2)):
        corners = [(low, low), (low, high), (high, high), (high, low)]
        corners = corners if low == 0 else corners[::-1]
        pen.moveTo(corners[0])
        for corner in corners[1:]:
            pen.lineTo(corner)
        pen.closePath()
    square = pen.glyph()
    builder = FontBuilder(upem, isTTF=True)
    builder.setupGlyphOrder(names)
    builder.setupCharacterMap(dict(zip(codes, names[1:], strict=True)))
    builder.setupGlyf(dict.fromkeys(names, square))
    builder.setupHorizontalMetrics(dict.fromkeys(names, (upem, 0)))
    builder.setupHorizontalHeader(ascent=880, descent=-120)
    builder.setupNameTable({"familyName": "Hostile", "styleName": "Regular"})
    builder.setupOS2()
    builder.setupPost()
    return builder.font


def collection_bytes() -> bytes:
    collection = TTCollection()
    collection.fonts = [_font((0xE000,)), _font((0xE001,))]
    stream = io.BytesIO()
    collection.save(stream)
    return stream.getvalue()


BDF = """STARTFONT 2.1
FONT -misc-test-medium-r-normal--16-160-75-75-c-160-iso10646-1
SIZE 16 75 75
FONTBOUNDINGBOX 16 16 0 -2
STARTPROPERTIES 4
FONT_ASCENT 14
FONT_DESCENT 2
CHARSET_REGISTRY "ISO10646"
CHARSET_ENCODING "1"
ENDPROPERTIES
CHARS 2
STARTCHAR a
ENCODING 57344
SWIDTH 1000 0
DWIDTH 16 0
BBX 16 4 0 2
BITMAP
FFFF
8001
8001
FFFF
ENDCHAR
STARTCHAR b
ENCODING 57345
SWIDTH 1000 0
DWIDTH 16 0
BBX 8 2 0 2
BITMAP
FF
81
ENDCHAR
ENDFONT
"""


def zip_bytes(members: dict[str, bytes], **options: int) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", **options) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return stream.getvalue()


def _files(pcf: bytes) -> Iterator[tuple[str, bytes]]:
    random_numbers = random.Random(SEED)
    seeds = {
        "png": image_bytes("PNG"),
        "bmp": image_bytes("BMP"),
        "pbm": image_bytes("PPM", "1"),
        "gif": image_bytes("GIF"),
        "tiff": image_bytes("TIFF"),
        "lzw.tiff": _compressed_tiff("tiff_lzw"),
        "jpg": image_bytes("JPEG"),
        "zip": zip_bytes({"a.png": image_bytes("PNG"), "b.tte": font_bytes()}),
        "ttf": font_bytes(),
        "ttc": collection_bytes(),
        "woff": font_bytes("woff"),
        "woff2": font_bytes("woff2"),
        "bdf": BDF.encode(),
        "pcf": pcf,
        "pcf.gz": gzip.compress(pcf, mtime=0),
    }
    for suffix, sound in seeds.items():
        for number in range(MUTANTS_PER_FORMAT):
            yield f"mutant-{number:02}.{suffix}", mutate(sound, number, random_numbers)
    yield from _bombs()
    yield from _oddities()


def mutate(data: bytes, number: int, numbers: random.Random) -> bytes:
    """Damage a file; ``number`` picks the way, ``numbers`` the place."""
    changed = bytearray(data)
    size = len(changed)
    way = number % 5
    if way == 0:
        return bytes(changed[: numbers.randrange(1, size)])
    if way == 1:  # a few bytes anywhere
        for _ in range(numbers.randrange(1, 20)):
            changed[numbers.randrange(size)] = numbers.randrange(256)
    elif way == 2:  # the header, where sizes and offsets are
        for _ in range(numbers.randrange(1, 8)):
            changed[numbers.randrange(4, min(size, 96))] = numbers.choice((0, 1, 0x7F, 0x80, 0xFF))
    elif way == 3:  # a hole
        start = numbers.randrange(8, size)
        end = min(size, start + numbers.randrange(4, 64))
        changed[start:end] = bytes([numbers.choice((0, 0xFF))]) * (end - start)
    else:  # shifted
        start = numbers.randrange(8, size)
        changed[start:start] = numbers.randbytes(numbers.randrange(1, 16))
    return bytes(changed)


def _compressed_tiff(compression: str) -> bytes:
    stream = io.BytesIO()
    picture().save(stream, "TIFF", compression=compression)
    return stream.getvalue()


def png_bytes(width: int, height: int, *, pixels: bytes = b"", extra: bytes = b"") -> bytes:
    """A 1-bit PNG of any claimed size."""
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", header)
        + extra
        + _chunk(b"IDAT", pixels or zlib.compress(bytes(64)))
        + _chunk(b"IEND", b"")
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _deflated_zeros(megabytes: int) -> bytes:
    packer = zlib.compressobj(1)
    block = bytes(1_000_000)
    return b"".join(packer.compress(block) for _ in range(megabytes)) + packer.flush()


def _tiff(tags: dict[int, tuple[int, int, int]], next_directory: int = 0) -> bytes:
    entries = b"".join(struct.pack("<HHII", tag, *fields) for tag, fields in sorted(tags.items()))
    return (
        b"II*\0" + struct.pack("<IH", 8, len(tags)) + entries + struct.pack("<I", next_directory) + bytes(64)
    )


def _bombs() -> Iterator[tuple[str, bytes]]:
    yield "side-30000.png", png_bytes(30_000, 30_000, pixels=_deflated_zeros(113))
    yield "text-bomb.png", png_bytes(48, 48, extra=_chunk(b"zTXt", b"a\0\0" + _deflated_zeros(100)))
    yield "profile-bomb.png", png_bytes(48, 48, extra=_chunk(b"iCCP", b"a\0\0" + _deflated_zeros(100)))
    yield "side-huge.png", png_bytes(0x7FFFFFFF, 0x7FFFFFFF)
    yield "side-zero.png", png_bytes(0, 0)
    yield "strip.png", png_bytes(1, 1_000_000)
    yield (
        "side-huge.bmp",
        b"BM" + struct.pack("<IHHIIiiHHIIiiII", 54, 0, 0, 54, 40, 60_000, -60_000, 1, 24, *[0] * 6),
    )
    yield "negative.bmp", b"BM" + struct.pack("<IHHIIiiHHIIiiII", 54, 0, 0, 54, 40, -5, -5, 1, 24, *[0] * 6)
    yield "side-huge.pbm", b"P4 99999 99999\n" + bytes(100)
    yield "endless-number.pbm", b"P1 " + b"9" * 100_000
    yield "maxval-zero.pgm", b"P5 4 4 0\n" + bytes(16)
    yield "comment.ppm", b"P3\n#" + b"x" * 1_000_000
    yield "side-huge.gif", b"GIF89a" + struct.pack("<HHBBB", 65535, 65535, 0, 0, 0) + b"," + bytes(20)
    yield "side-huge.jpg", b"\xff\xd8\xff\xc0\0\x11\x08" + struct.pack(">HH", 65500, 65500) + bytes(40)
    sides = {256: (4, 1, 30_000), 257: (4, 1, 30_000), 258: (3, 1, 8), 273: (4, 1, 8), 279: (4, 1, 9)}
    yield "side-30000.tiff", _tiff({**sides, 262: (3, 1, 1), 277: (3, 1, 1), 278: (4, 1, 30_000)})
    small = {256: (4, 1, 40), 257: (4, 1, 40)}
    yield "count-huge.tiff", _tiff({**small, 273: (4, 0x7FFFFFFF, 8), 279: (4, 0x7FFFFFFF, 8)})
    yield "loop.tiff", _tiff(small, next_directory=8)
    yield "bomb.zip", zip_bytes({"a.png": bytes(50_000_000)}, compression=zipfile.ZIP_DEFLATED)
    yield "bomb.pcf.gz", gzip.compress(b"\x01fcp" + bytes(150_000_000), 1, mtime=0)
    yield "no-ink-65535.ttf", empty_glyphs_font(65_535)
    yield "one-for-all.ttf", many_to_one_font()
    yield "outline-huge.ttf", _outline_bomb()
    yield "composite-loop.ttf", _composite_font(depth=1)
    yield "composite-tower.ttf", _composite_font(depth=40)
    yield "bomb.woff2", brotli_bomb(300)
    yield (
        "unpacked-huge.woff2",
        b"wOF2\0\1\0\0" + struct.pack(">IHHII", 100, 1, 0, 0x7FFFFFFF, 40) + bytes(60),
    )
    yield "unpacked-huge.woff", b"wOFF\0\1\0\0" + struct.pack(">IHHI", 100, 1, 0, 0x7FFFFFFF) + bytes(60)
    yield "faces-huge.ttc", b"ttcf\0\1\0\0\xff\xff\xff\xff" + bytes(60)
    yield "box-huge.bdf", BDF.replace("BBX 16 4", "BBX 65535 65535").encode()
    yield "box-negative.bdf", BDF.replace("BBX 16 4", "BBX -16 -4").encode()
    yield "chars-huge.bdf", BDF.replace("CHARS 2", "CHARS 2147483647").encode()
    yield "line-long.bdf", BDF.replace("FFFF", "F" * 3_000_000).encode()


def _oddities() -> Iterator[tuple[str, bytes]]:
    sound = image_bytes("PNG")
    yield "empty.png", b""
    yield "empty.zip", zip_bytes({})
    yield "text.png", "外字".encode()
    yield "page.ttf", b"<!DOCTYPE html><html></html>"
    yield "EUDC.EUF", bytes(range(256)) * 4
    yield "white.png", _saved(Image.new("L", (40, 40), 255))
    yield "clear.png", _saved(Image.new("RGBA", (40, 40), (0, 0, 0, 0)))
    yield "dot.png", _saved(Image.new("L", (1, 1), 0))
    yield "nested.zip", zip_bytes({"inner.zip": zip_bytes({"a.png": sound}), "b.png": sound})
    yield "traversal.zip", zip_bytes({"../../a.png": sound, "/etc/b.png": sound, "C:\\c.png": sound})
    yield "lzma.zip", zip_bytes({"a.png": sound}, compression=zipfile.ZIP_LZMA)
    yield (
        "mixed.zip",
        zip_bytes({"a.png": sound, "b.png": sound[:60], "c.txt": b"hello", "d.ttf": font_bytes()[:200]}),
    )
    encrypted = bytearray(zip_bytes({"a.png": sound}))
    encrypted[6] |= 1
    encrypted[encrypted.index(b"PK\x01\x02") + 8] |= 1
    yield "encrypted.zip", bytes(encrypted)
    lying = bytearray(zip_bytes({"a.png": sound}, compression=zipfile.ZIP_DEFLATED))
    struct.pack_into("<I", lying, lying.index(b"PK\x01\x02") + 24, 10)
    yield "lying.zip", bytes(lying)
    yield "end-only.zip", b"PK\x05\x06" + b"\xff" * 18
    yield "no-private-use.ttf", font_bytes(codes=(0x4E00, 0x4E01))


def _saved(image: Image.Image) -> bytes:
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return stream.getvalue()


def empty_glyphs_font(count: int) -> bytes:
    """A font whose ``count`` glyphs are all empty, on the code points from U+F0000."""

    def change(tables: dict[str, bytes]) -> None:
        _resize(tables, count)
        tables["loca"] = bytes(2 * (count + 1))
        tables["glyf"] = b"\0"
        tables["cmap"] = _cmap(12, 0xF0000, 0xF0000 + count - 2, 1)

    return _changed(font_bytes(), change)


def brotli_bomb(megabytes: int) -> bytes:
    """A WOFF2 whose compressed stream is far longer than it announces."""
    packer = brotli.Compressor(quality=1)
    packed = b"".join(packer.process(bytes(1_000_000)) for _ in range(megabytes)) + packer.finish()
    directory = bytes([0x3F]) + b"ABCD" + bytes([0x10])
    length = 48 + len(directory) + len(packed)
    header = b"wOF2\0\1\0\0" + struct.pack(">IHHII", length, 1, 0, 1000, len(packed)) + bytes(24)
    return header + directory + packed


def many_to_one_font() -> bytes:
    """A font that gives every code point of Unicode the same glyph (cmap format 13)."""
    return _changed(font_bytes(), lambda tables: tables.update(cmap=_cmap(13, 0, 0x10FFFF, 1)))


def _outline_bomb() -> bytes:
    stream = io.BytesIO()
    font = _font((0xE000,), side=32_000, upem=16)
    font.save(stream)
    return stream.getvalue()


def _composite_font(depth: int) -> bytes:
    """Glyph n is made of glyph n+1 twice; the last one of itself (depth 1) or of nothing."""
    count = depth + 2
    glyphs = [b""]
    for index in range(1, count):
        target = index if depth == 1 else min(index + 1, count - 1)
        part = struct.pack(">HHbb", 0x0002, target, 0, 0)
        first = struct.pack(">HHbb", 0x0022, target, 0, 0)
        glyphs.append(struct.pack(">hhhhh", -1, 0, 0, 800, 800) + first + part)
    offsets = np.cumsum([0, *(len(glyph) for glyph in glyphs)])

    def change(tables: dict[str, bytes]) -> None:
        _resize(tables, count)
        tables["glyf"] = b"".join(glyphs)
        tables["loca"] = b"".join(struct.pack(">H", offset // 2) for offset in offsets)
        tables["cmap"] = _cmap(12, 0xE000, 0xE000 + count - 2, 1)
        tables["maxp"] = tables["maxp"][:28] + struct.pack(">HH", 2, 0xFFFF)

    return _changed(font_bytes(), change)


def _resize(tables: dict[str, bytes], count: int) -> None:
    tables["maxp"] = tables["maxp"][:4] + struct.pack(">H", count) + tables["maxp"][6:]
    tables["hhea"] = tables["hhea"][:-2] + struct.pack(">H", 1)
    tables["hmtx"] = struct.pack(">Hh", 1000, 0) + bytes(2 * (count - 1))
    tables["head"] = tables["head"][:50] + struct.pack(">h", 0) + tables["head"][52:]
    tables["post"] = struct.pack(">I", 0x00030000) + tables["post"][4:32]


def _cmap(kind: int, first: int, last: int, glyph: int) -> bytes:
    table = struct.pack(">HHIIIIII", kind, 0, 28, 0, 1, first, last, glyph)
    return struct.pack(">HHHHI", 0, 1, 3, 10, 12) + table


def _changed(font: bytes, change: Callable[[dict[str, bytes]], None]) -> bytes:
    reader = SFNTReader(io.BytesIO(font))
    tables = {tag: reader[tag] for tag in reader.tables}
    change(tables)
    stream = io.BytesIO()
    writer = SFNTWriter(stream, len(tables), reader.sfntVersion)
    for tag, data in tables.items():
        writer[tag] = data
    writer.close()
    return stream.getvalue()


def _not_files(folder: Path) -> list[Path]:
    odd = folder / "odd"
    odd.mkdir()
    paths = [odd / "never-was.png", odd / "nul\0.png", odd / ("n" * 300 + ".png")]
    (odd / "folder.png").mkdir()
    paths.append(odd / "folder.png")
    if hasattr(os, "mkfifo"):
        os.mkfifo(odd / "pipe.png")
        (odd / "loop.png").symlink_to(odd / "loop.png")
        (odd / "dangling.png").symlink_to(odd / "nowhere.png")
        (odd / "round").mkdir()
        (odd / "round" / "again").symlink_to(odd / "round")
        (odd / "locked").mkdir(mode=0)
        paths += [odd / name for name in ("pipe.png", "loop.png", "dangling.png", "round", "locked")]
    if Path("/dev/zero").exists():
        paths.append(Path("/dev/zero"))
    return paths

"""Which format a file is in, told by its first bytes and only then by its name."""

from __future__ import annotations

from enum import StrEnum

HEAD_BYTES = 512
"""How much of a file :func:`sniff` wants to see."""


class Format(StrEnum):
    """The formats that have a reader, and those that get a message of their own."""

    PNG = "PNG"
    BMP = "BMP"
    PNM = "PNM"
    GIF = "GIF"
    TIFF = "TIFF"
    JPEG = "JPEG"
    ZIP = "ZIP"
    SFNT = "TrueType/OpenType"
    WOFF = "WOFF"
    WOFF2 = "WOFF2"
    BDF = "BDF"
    PCF = "PCF"
    GZIP = "GZIP"
    EUF = "EUF"
    PDF = "PDF"
    UNKNOWN = "不明"


IMAGES = frozenset({Format.PNG, Format.BMP, Format.PNM, Format.GIF, Format.TIFF, Format.JPEG})
PILLOW_NAMES = {
    Format.PNG: "PNG",
    Format.BMP: "BMP",
    Format.PNM: "PPM",
    Format.GIF: "GIF",
    Format.TIFF: "TIFF",
    Format.JPEG: "JPEG",
}
"""What Pillow calls the formats of pictures."""
PLAIN_IMAGES = frozenset({Format.PNG, Format.BMP, Format.PNM})
"""Simple enough, once their header has been checked, to be decoded without a worker."""
OUTLINES = frozenset({Format.SFNT, Format.WOFF, Format.WOFF2})
DOTS = frozenset({Format.BDF, Format.PCF, Format.GZIP})

_MAGIC: tuple[tuple[bytes, Format], ...] = (
    (b"\x89PNG\r\n\x1a\n", Format.PNG),
    (b"GIF87a", Format.GIF),
    (b"GIF89a", Format.GIF),
    (b"II*\x00", Format.TIFF),
    (b"MM\x00*", Format.TIFF),
    (b"\xff\xd8\xff", Format.JPEG),
    (b"PK\x03\x04", Format.ZIP),
    (b"PK\x05\x06", Format.ZIP),
    (b"\x00\x01\x00\x00", Format.SFNT),
    (b"OTTO", Format.SFNT),
    (b"true", Format.SFNT),
    (b"ttcf", Format.SFNT),
    (b"wOFF", Format.WOFF),
    (b"wOF2", Format.WOFF2),
    (b"STARTFONT", Format.BDF),
    (b"\x01fcp", Format.PCF),
    (b"\x1f\x8b", Format.GZIP),
    (b"%PDF-", Format.PDF),
    (b"BM", Format.BMP),
    (b"Windows EUDC Editor Bitmap File", Format.EUF),
)


def sniff(head: bytes, name: str) -> Format:
    """Tell the format of a file.

    Parameters
    ----------
    head : bytes
        The first bytes of the file.
    name : str
        Its name; decides only where the bytes do not (``.euf``).
    """
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    if len(head) > 2 and head[:1] == b"P" and head[1:2] in b"123456" and head[2:3].isspace():
        return Format.PNM
    if name.lower().endswith(".euf"):
        return Format.EUF
    return Format.UNKNOWN


def unsupported_message(kind: Format) -> str:
    """Japanese text for a format without a reader."""
    if kind is Format.EUF:
        return (
            "EUF 形式（.euf）は仕様が公開されていないため読めません。"
            "同じ外字を輪郭で持つ TTE ファイル（EUDC.TTE など）を、同じフォルダーに置くか、指定してください。"
        )
    return (
        "対応していない形式です。PNG・BMP・TIFF・GIF・JPEG・PBM の画像、それらの ZIP、印刷した一覧の PDF、"
        "TTF・OTF・TTC・WOFF2・TTE・BDF・PCF のフォントを指定してください。"
    )

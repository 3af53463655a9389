"""The licence of the reference font, kept: what a font made from its outlines must be called and carry.

IPAmj明朝 is under the IPA Font License Agreement v1.0. A font that takes outlines from it is a Derived
Program (Article 1.3), which anybody may make, use and pass on (Article 2.7) as Article 3.1 demands:

* (1) the derived program itself goes with it, and whatever file helps to change it further: the list of codes
  and MJ names that is written beside it is all there is;
* (2) a way to put the original back: instructions are enough, and :func:`licence_document` gives them;
* (3) the derived program is under the same agreement: name records 13 and 14 say so, and the full text goes
  beside the file;
* (4) neither the font's names nor the file's name may be, or contain, the name of the original:
  :func:`check_name` refuses such names.

Bitmaps are pictures (Article 2.2), but become a derived program once an editor makes a font of them; the same
document goes with them.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import UsageError

if TYPE_CHECKING:
    from engine.reference.refset import ReferenceSet

LICENCE = "IPA Font License v1.0"
"""The only licence that this module knows how to keep, as ``reference.toml`` calls it."""

_TEXT = "ipa-font-license-v1.0.txt"
_NAME_IDS = (1, 4, 6, 16)
"""Family, full, PostScript and typographic family name."""

_RESERVED = ("IPAmj", "IPAフォント", "IPA Font")
"""Beginnings of the original's names, and the registered trademark."""


@dataclass(frozen=True, slots=True)
class Origin:
    """The font that the outlines come from, as its licence wants it spoken of.

    Attributes
    ----------
    title, version : str
        For people.
    copyright : str
        Its own copyright notice.
    licence_url : str
        Where it says its licence is.
    download : str
        Page where the original is to be had.
    file : str
        Its file name.
    names : tuple of str
        What a derived program must not be called, nor contain in its names.
    """

    title: str
    version: str
    copyright: str
    licence_url: str
    download: str
    file: str
    names: tuple[str, ...]


def origin_of(refset: ReferenceSet, font_path: Path) -> Origin:
    """Tell where the outlines of a reference set come from.

    Parameters
    ----------
    refset : ReferenceSet
    font_path : Path
        Its font.

    Raises
    ------
    UsageError
        The font is under a licence whose conditions are not known here.
    ReferenceSetError
        The font cannot be read.
    """
    from engine.reference.font import open_font

    spec = refset.font
    if spec.license != LICENCE:
        raise UsageError(
            f"参照セット {refset.id} のフォント（{spec.title}、{spec.license}）の字形は書き出せません。"
            f"条件を守って書き出せるのは、{LICENCE} のフォントだけです。"
        )
    with open_font(font_path) as font:
        texts = {number: str(font["name"].getDebugName(number) or "") for number in (0, 5, 14)}
        own = [record.toUnicode() for record in font["name"].names if record.nameID in _NAME_IDS]
    return Origin(
        title=spec.title,
        version=texts[5].removeprefix("Version ") or spec.version,
        copyright=texts[0],
        licence_url=texts[14],
        download=spec.download,
        file=spec.file,
        names=tuple(dict.fromkeys([*own, spec.family, spec.title, Path(spec.file).stem, *_RESERVED])),
    )


def check_name(text: str, origin: Origin, what: str) -> None:
    """Refuse a name that Article 3.1 (4) does not allow.

    Parameters
    ----------
    text : str
        Name of a font, or of a file without its folder.
    origin : Origin
    what : str
        Japanese: what the name is for.

    Raises
    ------
    UsageError
        It contains a name of the original, whatever the case, width and spaces.
    """
    folded = _folded(text)
    for name in origin.names:
        if _folded(name) in folded:
            raise UsageError(
                f"{what}「{text}」には、元のフォントの名前（{name}）を含められません。"
                f"{LICENCE} 第3条1項(4)の定めです。別の名前にしてください。"
            )


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).casefold()
    return "".join(character for character in plain if character.isalnum())


def copyright_notice(origin: Origin) -> str:
    """Return name record 0: whose the outlines are."""
    return f"Outlines taken without change from {origin.title} {origin.version}. {origin.copyright}".strip()


def description(origin: Origin) -> dict[str, str]:
    """Return name record 10 by language: that the font is derived, from what, and where the original is."""
    return {
        "en": f"Derived Program: outlines of {origin.title} {origin.version} under private codes. "
        f"The original is available at {origin.download}",
        "ja": f"{origin.title} {origin.version} の字形を外字のコードに割り当てた派生プログラムです。"
        f"元のフォントは {origin.download} で手に入ります。",
    }


def licence_notice() -> dict[str, str]:
    """Return name record 13 by language: under what the font is licensed."""
    return {
        "en": "This Derived Program is licensed under the IPA Font License Agreement v1.0.",
        "ja": "この派生プログラムは「IPAフォントライセンスv1.0」の下で使用を許諾されます。",
    }


def licence_document(origin: Origin, product: str) -> bytes:
    """Return the text that goes with the product: what it is, how to put the original back, the agreement.

    Parameters
    ----------
    origin : Origin
    product : str
        File or folder name of what was made.

    Returns
    -------
    bytes
        UTF-8 with byte order mark and CRLF, for the editors of old Windows machines.
    """
    head = f"""{product} について

{product} は、{origin.title}（{origin.version}）の字形から作りました。
「IPAフォントライセンスv1.0」にいう派生プログラム、またはその材料です。
同ライセンスの下で、使用・複製・再配布できます。再配布するときは、この文書と字形一覧を添えてください（第3条1項）。
字形そのものには手を加えていません。文字コードの割り当てと、フォントの名前だけが元と異なります。
フォントと画像の名前に、元のフォントの名前を使わないでください（第3条1項(4)）。

元のフォントに置き換える方法（第3条1項(2)）
1. {origin.title}（{origin.file}）を {origin.download} から受け取り、パソコンに入れる。
   字形一覧の mj の列が、その中の字形の名前になる（MJ026190 なら mj026190）。
2. 外字コードの文字を、字形一覧の ivs（空なら ucs）の列の文字に置き換える。
3. {product} を外す。これを入れる前の外字ファイルに戻すときは、取っておいた元のファイルを同じ場所に戻す。

{origin.copyright}

"""
    agreement = resources.files("engine.export").joinpath(_TEXT).read_text(encoding="utf-8")
    return b"\xef\xbb\xbf" + (head + agreement).replace("\n", "\r\n").encode("utf-8")

"""Pictures of what is not kanji: kana, Latin, digits, punctuation, symbols.

They stand in the index behind the reference glyphs, so that a kana handed in as a gaiji finds itself and not
the kanji that happens to look most like it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from engine.describe.normalise import SIDE_PX
from engine.errors import ArtefactMismatchError
from engine.reference.pictures import pack, unpack

NON_KANJI_PATH = Path(__file__).with_name("nonkanji.npz")


@dataclass(frozen=True, eq=False)
class NonKanji:
    """Pictures with the character that each shows.

    Attributes
    ----------
    characters : tuple of str
        One for each picture; a character drawn by several fonts stands several times.
    squares : (N, S, S) uint8
        Normalised pictures.
    """

    characters: tuple[str, ...]
    squares: NDArray[np.uint8]


def save_non_kanji(path: Path, non_kanji: NonKanji, manifest: dict[str, object]) -> None:
    """Write the pictures, packed, and how they were made."""
    head = {"characters": "".join(non_kanji.characters), "side_px": SIDE_PX, "manifest": manifest}
    with path.open("wb") as stream:
        np.savez_compressed(
            stream,
            head=np.frombuffer(json.dumps(head).encode(), np.uint8),
            pictures=pack(non_kanji.squares),
        )


def load_non_kanji(path: Path = NON_KANJI_PATH) -> NonKanji:
    """Read the pictures.

    Raises
    ------
    ArtefactMismatchError
        The file is missing, damaged, or made for another picture size.
    """
    try:
        with np.load(path) as file:
            head = json.loads(bytes(file["head"]))
            pictures = file["pictures"]
    except (OSError, EOFError, ValueError, KeyError, BadZipFile) as error:
        msg = f"非漢字の図形集 {path.name} を読めません。gaiji を入れ直してください。"
        raise ArtefactMismatchError(msg) from error
    if head["side_px"] != SIDE_PX or len(head["characters"]) != len(pictures):
        msg = f"非漢字の図形集 {path.name} がこの版の gaiji と合いません。gaiji を入れ直してください。"
        raise ArtefactMismatchError(msg)
    return NonKanji(tuple(head["characters"]), unpack(pictures, SIDE_PX))

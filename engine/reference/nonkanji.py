"""Pictures of what is not kanji: kana, Latin, digits, punctuation, symbols.

They stand in the index behind the reference glyphs, so that a kana handed in as a gaiji finds itself and not
the kanji that happens to look most like it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.artefact import read_artefact, refuse, write_artefact
from engine.describe.normalise import SIDE_PX
from engine.reference.pictures import pack, unpack

NON_KANJI_PATH = Path(__file__).with_name("nonkanji.npz")
_WHAT = "非漢字の図形集"


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
    write_artefact(path, head, {"pictures": pack(non_kanji.squares)})


def load_non_kanji(path: Path = NON_KANJI_PATH) -> NonKanji:
    """Read the pictures.

    Raises
    ------
    ArtefactMismatchError
        The file is missing, damaged, or made for another picture size.
    """
    artefact = read_artefact(path, _WHAT)
    characters, pictures = artefact.head["characters"], artefact.arrays["pictures"]
    if artefact.head["side_px"] != SIDE_PX or len(characters) != len(pictures):
        raise refuse(path, _WHAT)
    return NonKanji(tuple(characters), unpack(pictures, SIDE_PX))

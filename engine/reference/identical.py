"""MJ names that are one and the same glyph, so that a result is a tied set and not a wrong choice."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from enum import StrEnum

from engine.errors import ReferenceSetError
from engine.reference.refset import ReferenceSet

COLUMNS: tuple[str, ...] = ("mj_a", "mj_b", "basis")


class IdenticalBasis(StrEnum):
    """Why two names are one glyph."""

    DECLARED = "declared"
    """The table says that shape and meaning are the same."""
    NOTED = "noted"
    """The table says in passing that one is drawn as the other."""
    MERGED = "merged"
    """A 変体仮名 that was merged into another."""
    DRAWN = "drawn"
    """Only the font shows it: the outlines are equal."""


def load_identical(
    refset: ReferenceSet, bases: Iterable[IdenticalBasis] = tuple(IdenticalBasis)
) -> Mapping[str, frozenset[str]]:
    """Load the sets of MJ names that are one glyph.

    Parameters
    ----------
    refset : ReferenceSet
        Whose file to read.
    bases : iterable of IdenticalBasis
        Grounds that count.

    Returns
    -------
    mapping of str to frozenset of str
        MJ name → its whole set, itself included; names that stand alone are absent.

    Raises
    ------
    ReferenceSetError
        The file is damaged.
    """
    wanted = set(bases)
    groups: dict[str, frozenset[str]] = {}
    for first, second, basis in read_pairs(refset):
        if basis in wanted:
            union = groups.get(first, frozenset({first})) | groups.get(second, frozenset({second}))
            groups.update(dict.fromkeys(union, union))
    return groups


def read_pairs(refset: ReferenceSet) -> list[tuple[str, str, IdenticalBasis]]:
    """Read the pairs as they are in the file; empty where the set has none.

    Raises
    ------
    ReferenceSetError
        The file is damaged.
    """
    if refset.identical is None:
        return []
    path = refset.identical.path
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            reader = csv.reader(stream, strict=True)
            header = tuple(next(reader, ()))
            pairs = [(first, second, IdenticalBasis(basis)) for first, second, basis in reader]
    except (OSError, ValueError, csv.Error) as error:
        msg = f"同一字形の表 {path} を読めません（{error}）。入れ直してください。"
        raise ReferenceSetError(msg) from error
    if header != COLUMNS or len(pairs) != refset.identical.rows:
        msg = f"同一字形の表 {path} が定義と合いません。reference.toml と同じ版にそろえてください。"
        raise ReferenceSetError(msg)
    return pairs

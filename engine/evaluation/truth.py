"""Which MJ are the right answer for a character: groups of the same character and of the same shape."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from engine.reference.codes import unified


@dataclass(frozen=True, slots=True)
class MjRecord:
    """What is needed of one row of the MJ table.

    Attributes
    ----------
    mj : str
    ucs : int or None
        対応するUCS.
    implemented : int or None
        実装したUCS: the code point whose default glyph in IPAmj is this one.
    strokes : int or None
        総画数.
    hentaigana : bool
    """

    mj: str
    ucs: int | None
    implemented: int | None
    strokes: int | None
    hentaigana: bool = False


@dataclass(frozen=True, slots=True)
class Truth:
    """The MJ table as an answer key. Build with :func:`build_truth`.

    Attributes
    ----------
    records : mapping of str to MjRecord
        By MJ name.
    implemented : mapping of int to frozenset of str
        Code point → the MJ that IPAmj draws for it, with those of the same shape.
    codes : mapping of int to frozenset of str
        Code point → every MJ whose 対応するUCS it is.
    characters : mapping of int to frozenset of str
        Folded code point (:func:`engine.reference.codes.unified`) → every MJ of the character.
    same_shape : mapping of str to frozenset of str
        MJ → itself and those declared or drawn identical.
    """

    records: Mapping[str, MjRecord]
    implemented: Mapping[int, frozenset[str]]
    codes: Mapping[int, frozenset[str]]
    characters: Mapping[int, frozenset[str]]
    same_shape: Mapping[str, frozenset[str]]

    def of_code(self, code: int) -> frozenset[str]:
        """Every MJ whose 対応するUCS is exactly this one."""
        return self.codes.get(code, frozenset())

    def of_character(self, code: int) -> frozenset[str]:
        """Every MJ of the character; empty where MJ lacks it."""
        return self.characters.get(unified(code), frozenset())

    def family(self, mj: str) -> frozenset[str]:
        """Every MJ of the same character as ``mj``, itself included."""
        code = self.records[mj].ucs
        return self.same_shape[mj] if code is None else self.of_character(code) | self.same_shape[mj]

    def differ_in_strokes(self, names: Iterable[str], strokes: int | None) -> bool:
        """Whether every one of ``names`` has a known stroke count other than ``strokes``."""
        counts = [self.records[name].strokes for name in names]
        return strokes is not None and all(count is not None and count != strokes for count in counts)


def build_truth(records: Iterable[MjRecord], same_shape: Iterable[Iterable[str]] = ()) -> Truth:
    """Group the table.

    Parameters
    ----------
    records : iterable of MjRecord
    same_shape : iterable of groups of str
        MJ declared identical, or found to be drawn alike; groups that share a member are joined.
    """
    by_name = {record.mj: record for record in records}
    shapes = _join(by_name, same_shape)
    implemented: defaultdict[int, set[str]] = defaultdict(set)
    codes: defaultdict[int, set[str]] = defaultdict(set)
    characters: defaultdict[int, set[str]] = defaultdict(set)
    for record in by_name.values():
        if record.implemented is not None:
            implemented[record.implemented] |= shapes[record.mj]
        if record.ucs is not None:
            codes[record.ucs].add(record.mj)
            characters[unified(record.ucs)].add(record.mj)
    return Truth(
        records=by_name,
        implemented={code: frozenset(names) for code, names in implemented.items()},
        codes={code: frozenset(names) for code, names in codes.items()},
        characters={code: frozenset(names) for code, names in characters.items()},
        same_shape=shapes,
    )


def _join(names: Iterable[str], groups: Iterable[Iterable[str]]) -> dict[str, frozenset[str]]:
    joined = {name: frozenset([name]) for name in names}
    for group in groups:
        known = [name for name in group if name in joined]
        union = frozenset[str]().union(*(joined[name] for name in known))
        joined.update(dict.fromkeys(union, union))
    return joined

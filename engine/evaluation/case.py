"""One test glyph and what would be a right answer to it."""

from __future__ import annotations

from dataclasses import dataclass

from engine.glyph.model import Glyph, ReadFailure
from engine.result import Identification, Subclass, Verdict

CLAIMS = frozenset({Verdict.SAME, Verdict.DESIGN})
"""The classes that say "this gaiji IS that MJ character"."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What would be right.

    Attributes
    ----------
    verdicts : frozenset of Verdict
        Classes that are right.
    exact : frozenset of str
        The MJ drawn, with those of the same shape; empty where the glyph is no MJ, or its MJ is left out.
    same_ucs : frozenset of str
        MJ of the same character that are on offer.
    nameable : frozenset of str
        MJ that 字形一致/デザイン差 (and 変体仮名) may name. Empty: they may name none.
    subclass : Subclass or None
        For 同定不可能, the subclass; None where any will do.
    left_out : frozenset of str
        MJ that the reference must not offer for this glyph.
    """

    verdicts: frozenset[Verdict]
    exact: frozenset[str] = frozenset()
    same_ucs: frozenset[str] = frozenset()
    nameable: frozenset[str] = frozenset()
    subclass: Subclass | None = None
    left_out: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """One glyph with its expected answer.

    Attributes
    ----------
    name : str
        ``font/character/what was done``; unique in its set.
    glyph : Glyph or ReadFailure
        What the reader made of it; a failure counts against the set like any other wrong answer, except where
        the expected class is 同定不可能 (a blank picture may be refused at the door).
    expected : Expected
    kind : str
        What was done to the glyph, in Japanese, where that varies within the set: told apart in the confusion
        table.
    """

    name: str
    glyph: Glyph | ReadFailure
    expected: Expected
    kind: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """A case and what the engine said."""

    case: Case
    answer: Identification


def is_right(expected: Expected, answer: Identification) -> bool:
    """Whether class and MJ are both right: what ``confidence`` promises.

    Parameters
    ----------
    expected : Expected
    answer : Identification

    Notes
    -----
    This is the one definition that "wrong" in the reports negates:

    * the class must be one of ``expected.verdicts``;
    * 字形一致 and デザイン差 must name an MJ of ``expected.nameable`` (for a foreign font any sibling of the
      same character, since nobody knows which of them it draws; ``top1_exact`` is the strict figure);
    * 変体仮名 names an MJ too: the subclass must agree, and the MJ must be in ``expected.nameable``;
    * 類似 and the other 同定不可能 name nothing, so their class alone decides.

    An input that the reader refused is right exactly where 同定不可能 was expected.
    """
    if answer.verdict is None:
        return Verdict.UNIDENTIFIED in expected.verdicts and expected.subclass is not Subclass.HENTAIGANA
    if answer.verdict not in expected.verdicts:
        return False
    hentaigana = Subclass.HENTAIGANA in (answer.subclass, expected.subclass)
    if answer.verdict in CLAIMS or hentaigana:
        return answer.mj in expected.nameable and (not hentaigana or answer.subclass is expected.subclass)
    return True

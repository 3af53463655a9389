"""The lines of a 同定結果リスト: duplicates together, what was asked for, in an order for the eye."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from engine.errors import UsageError
from engine.result import Identification, Review, Subclass, Verdict

CHECKING_ORDER: tuple[Verdict | None, ...] = (
    Verdict.SIMILAR,
    Verdict.DESIGN,
    Verdict.SAME,
    Verdict.UNIDENTIFIED,
    None,
)
"""The classes in the order in which a person has most to decide; None for what could not be read."""

_SUBCLASSES: tuple[Subclass | None, ...] = (None, Subclass.HENTAIGANA, Subclass.SYMBOL, Subclass.UNKNOWN)
FAILED = "読めない"
"""Word of ``--only`` for rows that could not be read."""

_LAST = "\U0010ffff"
"""Sorts behind every character: rows without an MJ come after those with one."""


class Order(StrEnum):
    """Orders of the list."""

    CHECK = "check"
    """What needs a look first, then by class; alike things side by side."""
    CODE = "code"
    MJ = "mj"
    CLASS = "class"
    CONFIDENCE = "confidence"
    """The least sure first."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the list: a gaiji, and the others of the same delivery that are exactly the same picture.

    Attributes
    ----------
    row : Identification
    same : tuple of Identification
        In the order of the results.
    confirmed, confirmed_mj, note : str
        What people have decided already, as it stands under 「確認」, 「確定MJ」 and 「備考」.
    """

    row: Identification
    same: tuple[Identification, ...] = ()
    confirmed: str = ""
    confirmed_mj: str = ""
    note: str = ""


def together(rows: Sequence[Identification]) -> list[Entry]:
    """Make one entry of each gaiji with its exact duplicates, in the order of the results.

    Parameters
    ----------
    rows : sequence of Identification
        Of one run: the column ``same_as`` names an earlier row of it.

    Returns
    -------
    list of Entry
        Every row is in exactly one. A row whose ``same_as`` names no row, or a row that is itself a
        duplicate, stays a line of its own.
    """
    firsts: dict[str, list[int]] = defaultdict(list)
    for place, row in enumerate(rows):
        if not row.same_as:
            for name in {row.source, row.place}:
                firsts[name].append(place)
    followers: dict[int, list[Identification]] = {
        place: [] for place, row in enumerate(rows) if not row.same_as
    }
    for place, row in enumerate(rows):
        if row.same_as:
            named = [first for first in firsts.get(row.same_as, ()) if first != place]
            if len(named) == 1:
                followers[named[0]].append(row)
            else:
                followers[place] = []
    return [Entry(rows[place], tuple(same)) for place, same in sorted(followers.items())]


def selection(words: Iterable[str]) -> Callable[[Identification], bool]:
    """Return what ``--only`` asks for.

    Parameters
    ----------
    words : iterable of str
        ``required``, ``auto``, a class, a subclass or :data:`FAILED`. Of words of one sort one must fit, of
        different sorts all; none at all lets every row pass.

    Raises
    ------
    UsageError
        A word is none of these.
    """
    reviews: set[str] = set()
    classes: set[str] = set()
    for word in words:
        if word in tuple(Review):
            reviews.add(word)
        elif word in (*Verdict, *Subclass, FAILED):
            classes.add(word)
        else:
            every = " ".join((*Review, *Verdict, *Subclass, FAILED))
            raise UsageError(f"--only「{word}」はありません。次のどれかにしてください: {every}")

    def wanted(row: Identification) -> bool:
        own = {FAILED} if row.verdict is None else {row.verdict.value, *filter(None, (row.subclass,))}
        return (not reviews or row.review.value in reviews) and (not classes or not classes.isdisjoint(own))

    return wanted


def arranged(entries: Iterable[Entry], order: Order) -> list[Entry]:
    """Return entries in an order; those that are alike in it stay in the order of the results."""
    return sorted(entries, key=lambda entry: _KEYS[order](entry.row))


def _check(row: Identification) -> tuple[object, ...]:
    return (row.verdict is None, row.review is Review.AUTO, *_class(row))


def _class(row: Identification) -> tuple[object, ...]:
    return (CHECKING_ORDER.index(row.verdict), _SUBCLASSES.index(row.subclass), *_mj(row))


def _mj(row: Identification) -> tuple[object, ...]:
    # Forms of one character stand together, the glyphs with the same proposal side by side among them. What
    # has no proposal goes by its nearest candidate.
    nearest = row.candidates[0] if row.candidates else _LAST
    return (row.ucs or _LAST, row.mj or _LAST, nearest, *_code(row))


def _code(row: Identification) -> tuple[object, ...]:
    return (row.municipality, row.system, row.font, len(row.gaiji_code), row.gaiji_code, row.source)


def _confidence(row: Identification) -> tuple[object, ...]:
    return (row.confidence is None, row.confidence or 0.0, *_class(row))


_KEYS: dict[Order, Callable[[Identification], tuple[object, ...]]] = {
    Order.CHECK: _check,
    Order.CODE: _code,
    Order.MJ: _mj,
    Order.CLASS: _class,
    Order.CONFIDENCE: _confidence,
}

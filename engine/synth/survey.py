"""The plan of a national survey like the ministry's of 2011–12: who hands in which picture, how often.

Numbers only, no fonts: the plan says that the 800th gaiji of a municipality shows picture 12,345, that this
picture is the third drawing of shape 678 and 64 dots large, and what class the ministry would have given it.
Who draws the shapes asks :meth:`SurveyPlan.pictures`; who writes the survey asks :meth:`SurveyPlan.glyphs`.

What is the ministry's: the glyphs of every class, of the three kinds submitted and of 住基・戸籍, the
distinct kinds, the number of municipalities. What is our assumption, since nothing was published about it:

* **Duplicates.** 934,812 identified glyphs fell on 38,984 kinds (of class and MJ): 24 glyphs a kind. Few
  vendors sell to 1,386 municipalities, and their customers have the very same bitmaps. A share of 60 % of
  glyphs whose picture was there before leaves 9.6 different drawings of every kind, more than there were
  vendors with a gaiji font of their own: the true share was probably higher, and a benchmark with 60 % is
  rather too hard than too easy.
* Half of the pictures were drawn by one municipality for itself; the others are in a vendor's font and recur
  among the vendor's customers, some at many and most at a few.
* Most are the 64×64 bitmaps of Windows' EUDC; the rest are dot fonts of other sizes and some scans.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.result import Subclass, Verdict

NATIONAL = 1_166_536
"""Glyphs of the ministry's survey."""
MUNICIPALITIES = 1_386
KINDS: dict[str, int] = {"1": 1_064_660, "2": 69_142, "3": 32_734}
"""Glyphs by kind submitted (① 住基ネット残存外字, ② 既存住基システム外字, ③ その他システム外字)."""
DUPLICATE_SHARE = 0.6

SCAN = 0
"""Size of a picture that is a scan, not dots."""
FINE_DOTS = 40
"""Dots from which a single stroke more or less is still seen."""
_SIZES: dict[int, float] = {64: 0.78, 48: 0.05, 40: 0.03, 32: 0.04, 24: 0.05, 16: 0.01, SCAN: 0.04}
_VENDORS = 24
_OWN_SHARE = 0.5
_FEWEST_MUNICIPALITIES = 4
_TAIL = 1.3
"""Shape of the Pareto distribution of how often things recur: few very often, most seldom."""


@dataclass(frozen=True, slots=True)
class Stratum:
    """Glyphs of one class of the ministry's table.

    Attributes
    ----------
    verdict : Verdict
    subclass : Subclass or None
    juki : bool or None
        Whether the MJ is a 住基ネット統一文字; None where there is no MJ.
    glyphs : int
        In the ministry's survey.
    kinds : int
        Distinct things drawn. For 同定不可能 the ministry does not tell; ours are as many as fonts offer.
    fine : bool
        Whether the class hangs on a single stroke, so that coarse dots would not show it.
    """

    verdict: Verdict
    subclass: Subclass | None
    juki: bool | None
    glyphs: int
    kinds: int
    fine: bool = False


# The ministry's kinds of a class are not told apart by 住基 and 戸籍; they are split as its glyphs are.
STRATA: tuple[Stratum, ...] = (
    Stratum(Verdict.SAME, None, True, 74_040, 9_475),
    Stratum(Verdict.SAME, None, False, 23_990, 3_070),
    Stratum(Verdict.DESIGN, None, True, 166_452, 9_358),
    Stratum(Verdict.DESIGN, None, False, 50_861, 2_859),
    Stratum(Verdict.SIMILAR, None, True, 579_528, 13_305, fine=True),
    Stratum(Verdict.SIMILAR, None, False, 39_941, 917, fine=True),
    Stratum(Verdict.UNIDENTIFIED, Subclass.UNKNOWN, None, 52_294, 5_000),
    Stratum(Verdict.UNIDENTIFIED, Subclass.HENTAIGANA, None, 97_791, 580),
    Stratum(Verdict.UNIDENTIFIED, Subclass.SYMBOL, None, 81_639, 1_200),
)


@dataclass(frozen=True, slots=True)
class PlannedPicture:
    """One distinct picture.

    Attributes
    ----------
    number : int
    stratum, shape : int
        Position in :data:`STRATA`, and the shape's number within it.
    size : int
        Dots a side, or :data:`SCAN`.
    """

    number: int
    stratum: int
    shape: int
    size: int


@dataclass(frozen=True, slots=True)
class PlannedGlyph:
    """One gaiji that a municipality hands in.

    Attributes
    ----------
    municipality : int
        Number of the municipality.
    vendor : int or None
        Number of the vendor whose font holds it; None where the municipality drew it.
    kind : str
        A key of :data:`KINDS`.
    picture : int
        Number of the picture.
    """

    municipality: int
    vendor: int | None
    kind: str
    picture: int


@dataclass(frozen=True, eq=False)
class SurveyPlan:
    """A planned survey; 15 MB for all of the ministry's glyphs. Build with :func:`plan_survey`.

    Attributes
    ----------
    municipalities : int
    stratum_of, shape_of, size_of : (D,) integers
        Of each distinct picture, those of one shape beside each other.
    vendor_of : (D,) int16
        −1: drawn by one municipality for itself.
    picture, municipality, kind : (N,) integers
        Of each glyph, ordered by municipality and kind.
    """

    municipalities: int
    stratum_of: NDArray[np.uint8]
    shape_of: NDArray[np.int32]
    size_of: NDArray[np.uint8]
    vendor_of: NDArray[np.int16]
    picture: NDArray[np.int32]
    municipality: NDArray[np.int16]
    kind: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.picture)

    @property
    def distinct(self) -> int:
        """Number of different pictures."""
        return len(self.shape_of)

    def pictures(self) -> Iterator[PlannedPicture]:
        """Yield every picture once, those of one shape one after the other."""
        columns = zip(self.stratum_of, self.shape_of, self.size_of, strict=True)
        for number, (stratum, shape, size) in enumerate(columns):
            yield PlannedPicture(number, int(stratum), int(shape), int(size))

    def glyphs(self) -> Iterator[PlannedGlyph]:
        """Yield every glyph, municipality after municipality."""
        names = tuple(KINDS)
        for picture, municipality, kind in zip(self.picture, self.municipality, self.kind, strict=True):
            vendor = int(self.vendor_of[picture])
            yield PlannedGlyph(int(municipality), vendor if vendor >= 0 else None, names[kind], int(picture))


def plan_survey(
    glyphs: int = NATIONAL, *, seed: int = 0, duplicate_share: float = DUPLICATE_SHARE
) -> SurveyPlan:
    """Plan a survey in the ministry's proportions.

    Parameters
    ----------
    glyphs : int
        How many; 100 or more. Below a thousand the plan has some less: few municipalities cannot have the
        same pictures often enough.
    seed : int
        Equal arguments give equal plans.
    duplicate_share : float
        Share of glyphs, 0–0.95, whose picture another glyph before them has. It does not fall with ``glyphs``
        as it would in a sample of the real survey, so that rates of different sizes can be compared.

    Raises
    ------
    ValueError
        An argument is out of its range.
    """
    if glyphs < 100 or not 0 <= duplicate_share <= 0.95:
        msg = f"glyphs, duplicate_share: expected ≥ 100 and 0–0.95, got {glyphs} and {duplicate_share}"
        raise ValueError(msg)
    rng = np.random.default_rng([seed, glyphs])
    # Between a sample of all municipalities (one glyph each) and a few whole ones.
    municipalities = max(_FEWEST_MUNICIPALITIES, round(MUNICIPALITIES * min(1.0, glyphs / NATIONAL) ** 0.5))
    customers = _customers(rng, municipalities)
    totals = _apportioned([stratum.glyphs for stratum in STRATA], glyphs)
    parts = [
        _stratum_pictures(rng, number, int(total), glyphs, duplicate_share)
        for number, total in enumerate(totals)
    ]
    stratum_of, shape_of, size_of = (np.concatenate(column) for column in zip(*parts, strict=True))
    vendor_of = _vendors(rng, customers, len(shape_of))
    most = np.where(vendor_of < 0, 1, np.bincount(customers)[vendor_of])
    uses = np.concatenate(
        [_uses(rng, most[stratum_of == number], int(total)) for number, total in enumerate(totals)]
    )
    picture = np.repeat(np.arange(len(uses), dtype=np.int32), uses)
    municipality = _handed_in_by(rng, customers, vendor_of, uses)
    kind = np.repeat(np.arange(len(KINDS), dtype=np.uint8), _apportioned(list(KINDS.values()), len(picture)))
    rng.shuffle(kind)
    order = np.lexsort((rng.permutation(len(picture)), kind, municipality))
    return SurveyPlan(
        municipalities,
        stratum_of,
        shape_of,
        size_of,
        vendor_of,
        picture[order],
        municipality[order],
        kind[order],
    )


def _apportioned(counts: list[int], total: int) -> NDArray[np.int64]:
    """Scale counts to a total by largest remainders."""
    exact = np.array(counts, np.float64) * total / sum(counts)
    whole = np.floor(exact).astype(np.int64)
    first = np.argsort(whole - exact, kind="stable")[: total - int(whole.sum())]
    whole[first] += 1
    return whole


def _customers(rng: np.random.Generator, municipalities: int) -> NDArray[np.int64]:
    """Vendor of each municipality: the first has most customers, everyone has one at least."""
    vendors = max(1, min(_VENDORS, municipalities // _FEWEST_MUNICIPALITIES))
    shares = _apportioned([round(1e6 / (rank + 2)) for rank in range(vendors)], municipalities - vendors) + 1
    found = np.repeat(np.arange(vendors), shares)
    rng.shuffle(found)
    return found


def _stratum_pictures(
    rng: np.random.Generator, number: int, total: int, glyphs: int, duplicate_share: float
) -> tuple[NDArray[np.uint8], NDArray[np.int32], NDArray[np.uint8]]:
    """Stratum, shape and size of the pictures of one stratum."""
    stratum = STRATA[number]
    pictures = max(1, round(total * (1 - duplicate_share))) if total else 0
    # As many kinds as that many glyphs of the real survey would show, if every kind were equally frequent.
    seen = stratum.kinds * (1 - np.exp(-stratum.glyphs / stratum.kinds * min(1.0, glyphs / NATIONAL)))
    kinds = max(1, min(pictures, round(float(seen))))
    drawings = _uses(rng, np.full(kinds, pictures), pictures) if pictures else np.zeros(0, np.int64)
    sizes = {size: share for size, share in _SIZES.items() if not stratum.fine or not 0 < size < FINE_DOTS}
    shares = np.array(list(sizes.values()))
    size_of = rng.choice(np.array(list(sizes), np.uint8), size=pictures, p=shares / shares.sum())
    shape_of = np.repeat(np.arange(len(drawings), dtype=np.int32), drawings)
    return np.full(pictures, number, np.uint8), shape_of, size_of


def _uses(rng: np.random.Generator, most: NDArray[np.int64], total: int) -> NDArray[np.int64]:
    """Share out a total: everyone gets one and nobody more than ``most``, some much and most little.

    Where ``most`` does not allow the total, the rest is left over.
    """
    uses = np.ones(len(most), np.int64)
    weight = rng.pareto(_TAIL, len(most)) + 0.1
    while (rest := min(total, int(most.sum())) - int(uses.sum())) > 0:
        open_weight = weight * (uses < most)
        uses += np.minimum(rng.multinomial(rest, open_weight / open_weight.sum()), most - uses)
    return uses


def _vendors(rng: np.random.Generator, customers: NDArray[np.int64], pictures: int) -> NDArray[np.int16]:
    """Vendor of each picture, or −1. A large vendor has a larger font, though not in proportion."""
    share = np.sqrt(np.bincount(customers))
    vendor_of = rng.choice(len(share), size=pictures, p=share / share.sum()).astype(np.int16)
    vendor_of[rng.random(pictures) < _OWN_SHARE] = -1
    return vendor_of


def _handed_in_by(
    rng: np.random.Generator,
    customers: NDArray[np.int64],
    vendor_of: NDArray[np.int16],
    uses: NDArray[np.int64],
) -> NDArray[np.int16]:
    """Municipality of each use of each picture: another one for each use of one picture."""
    load = rng.lognormal(0.0, 1.0, len(customers))
    found = rng.choice(len(customers), size=int(uses.sum()), p=load / load.sum()).astype(np.int16)
    of_vendor = np.repeat(vendor_of, uses)
    first = np.repeat(np.cumsum(uses) - uses, uses)
    turn = np.arange(len(found)) - first
    start, often = np.repeat(rng.random(len(uses)), uses), np.repeat(uses, uses)
    for vendor in range(int(customers.max()) + 1):
        own = of_vendor == vendor
        members = np.flatnonzero(customers == vendor)
        # Evenly spread over the customers from a random start on: never twice the same.
        place = np.floor(start[own] * len(members)).astype(np.int64) + turn[own] * len(members) // often[own]
        found[own] = members[place % len(members)]
    return found

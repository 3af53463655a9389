"""One trip of gaiji from one form into another: which of them kept their MJ.

The target is for gaiji that the first side says to *be* an MJ (字形一致, デザイン差, 変体仮名). For 類似 the
``mj`` is only the nearest of many that are about as far away; how often that is the same is counted apart,
without a target. What is 類似 on the first side and an MJ on the second is counted too: it should be rare.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.evaluation.case import CLAIMS
from engine.evaluation.truth import Truth
from engine.result import Identification, Subclass, Verdict


@dataclass(frozen=True, slots=True)
class Disagreement:
    """One gaiji that did not come back as it went.

    Attributes
    ----------
    code : str
    due, found : Identification or None
        None where there is no row at all.
    """

    code: str
    due: Identification | None
    found: Identification | None


@dataclass(frozen=True, slots=True)
class Trip:
    """One form, there or back.

    Attributes
    ----------
    name : str
        Japanese.
    target : float
        Share asked for.
    decided, same : int
        Gaiji that are an MJ by the first side; of them, those with the same MJ (or one drawn alike) after.
    others, others_same : int
        The rest.
    newly_decided : int
        Of the rest, those that are an MJ by the second side.
    same_class : int
        Gaiji of both sorts with the same class on both sides.
    seconds : float
        For reading and identifying.
    path : Path
        What was identified.
    disagreements : tuple of Disagreement
        The decided ones first.
    """

    name: str
    target: float
    decided: int
    same: int
    others: int
    others_same: int
    newly_decided: int
    same_class: int
    seconds: float
    path: Path
    disagreements: tuple[Disagreement, ...]

    @property
    def share(self) -> float:
        """Share of the same MJ among what is decided; 0 where nothing is."""
        return self.same / self.decided if self.decided else 0.0


def compare(
    name: str,
    target: float,
    due: Sequence[Identification],
    found: Sequence[Identification],
    truth: Truth,
    *,
    path: Path = Path(),
    seconds: float = 0.0,
    certain: bool = False,
) -> Trip:
    """Compare rows by their codes.

    Parameters
    ----------
    name, target, path, seconds
        For the :class:`Trip`.
    due, found : sequence of Identification
        Before and after.
    truth : Truth
        Which MJ are drawn alike.
    certain : bool
        Whether the second side must say 字形一致 (変体仮名 for one of those), whatever the first said.
    """
    after = {row.gaiji_code: row for row in found}
    before = {row.gaiji_code: row for row in due}
    wrong: list[Disagreement] = []
    counts = Counter[str]()
    for code, row in before.items():
        other = after.get(code)
        same = other is not None and other.status == row.status == "ok" and _same_mj(row.mj, other.mj, truth)
        if other is not None and certain:
            same = same and (other.verdict is Verdict.SAME or other.subclass is Subclass.HENTAIGANA)
        sort = "decided" if is_decided(row) else "others"
        counts.update([sort, f"{sort} same"] if same else [sort])
        if other is not None:
            counts["same class"] += (other.verdict, other.subclass) == (row.verdict, row.subclass)
            counts["newly"] += is_decided(other) and not is_decided(row)
        if not same:
            wrong.append(Disagreement(code, row, other))
    strangers = [row for row in found if row.gaiji_code not in before]
    wrong += [Disagreement(row.gaiji_code, None, row) for row in strangers]
    return Trip(
        name=name,
        target=target,
        decided=counts["decided"] + len(strangers),
        same=counts["decided same"],
        others=counts["others"],
        others_same=counts["others same"],
        newly_decided=counts["newly"],
        same_class=counts["same class"],
        seconds=seconds,
        path=path,
        disagreements=tuple(
            sorted(wrong, key=lambda each: each.due is not None and not is_decided(each.due))
        ),
    )


def is_decided(row: Identification) -> bool:
    """Whether a row says which MJ the gaiji is."""
    return row.verdict in CLAIMS or row.subclass is Subclass.HENTAIGANA


def _same_mj(one: str, other: str, truth: Truth) -> bool:
    return one == other or other in truth.same_shape.get(one, ())


def as_markdown(trips: Sequence[Trip]) -> str:
    """Return the table of all trips, and every disagreement."""
    lines = [
        "| 形 | 決まった字 | 同じ MJ | 目標 | ほかの字 | 近い MJ が同じ | 新たに決まった | 区分が同じ | 秒 |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {trip.name} | {trip.decided} | {trip.share:.1%}{'' if trip.share >= trip.target else '（未達）'} "
        f"| {trip.target:.1%} | {trip.others} | {trip.others_same} | {trip.newly_decided} "
        f"| {trip.same_class} | {trip.seconds:.1f} |"
        for trip in trips
    ]
    for trip in trips:
        lines += ["", f"### {trip.name}: 違った字 {len(trip.disagreements)}"]
        lines += [f"* {each.code}: {told(each.due)} → {told(each.found)}" for each in trip.disagreements]
    return "\n".join([*lines, ""])


def told(row: Identification | None) -> str:
    """Return class and MJ of a row in a few words."""
    if row is None:
        return "行がない"
    verdict = row.subclass or row.verdict
    return f"{verdict.value if verdict else row.status} {row.mj}".strip()

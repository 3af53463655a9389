"""The numbers of a run, counted from its rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from engine.result import Review, Subclass, Verdict

if TYPE_CHECKING:
    import pyarrow as pa

_COLUMNS = ("class", "subclass", "review", "status", "kind")


def summarise(batches: Iterable[pa.RecordBatch]) -> dict[str, Any]:
    """Count rows.

    Parameters
    ----------
    batches : iterable of pyarrow.RecordBatch
        In the contract's columns.

    Returns
    -------
    dict
        ``rows`` and, of them, ``read``, ``distinct`` (pictures seen for the first time), ``same_as_before``,
        ``nearly_same``, ``review_required``; ``municipalities``; counts by ``class``, ``subclass``,
        ``status`` and ``kind``.
    """
    import pyarrow.compute as pc

    counts: dict[str, Counter[str]] = {name: Counter() for name in _COLUMNS}
    rows = again = distinct = near = required = 0
    municipalities: set[str] = set()
    for batch in batches:
        rows += len(batch)
        for name, counter in counts.items():
            for pair in pc.value_counts(batch.column(name)).to_pylist():
                counter[pair["values"] or ""] += pair["counts"]
        again += _filled(batch, "same_as")
        first = pc.and_(pc.equal(batch.column("status"), "ok"), pc.equal(batch.column("same_as"), ""))
        distinct += _count(first)
        near += _filled(batch, "near_same")
        judged = pc.not_equal(batch.column("class"), "")
        waits = pc.equal(batch.column("review"), Review.REQUIRED.value)
        required += _count(pc.and_(judged, waits))
        municipalities.update(pc.unique(batch.column("municipality")).to_pylist())
    return {
        "rows": rows,
        "read": counts["status"]["ok"],
        "distinct": distinct,
        "same_as_before": again,
        "nearly_same": near,
        "review_required": required,
        "municipalities": len(municipalities - {"", None}),
        "class": {verdict.value: counts["class"][verdict.value] for verdict in Verdict},
        "subclass": {each.value: counts["subclass"][each.value] for each in Subclass},
        "status": dict(sorted(counts["status"].items())),
        "kind": {kind: counts["kind"][kind] for kind in ("", "1", "2", "3")},
    }


def _filled(batch: pa.RecordBatch, name: str) -> int:
    import pyarrow.compute as pc

    return _count(pc.not_equal(batch.column(name), ""))


def _count(true: pa.BooleanArray) -> int:
    import pyarrow.compute as pc

    return int(pc.sum(true).as_py() or 0)

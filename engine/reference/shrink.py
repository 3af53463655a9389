"""縮退: the JIS X 0213 characters that an MJ character may be replaced by, in the order of authority."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from engine.errors import ReferenceSetError
from engine.reference.codes import to_characters
from engine.reference.refset import ReferenceSet, ShrinkBasis

if TYPE_CHECKING:
    import pyarrow as pa

COLUMNS: tuple[str, ...] = ("mj", "basis", "target", "jisx0213", "rank", "hops")


@dataclass(frozen=True, slots=True)
class ShrinkTarget:
    """One replacement of one MJ character.

    Attributes
    ----------
    target : str
        ``U+8FBB``.
    jisx0213 : str
        面-区-点.
    basis : ShrinkBasis
    rank : int or None
        順位 within the basis, 1 first, where the basis ranks.
    hops : int or None
        Steps from the character to its 親字・正字, where the basis counts them.
    """

    target: str
    jisx0213: str
    basis: ShrinkBasis
    rank: int | None
    hops: int | None

    @property
    def character(self) -> str:
        """The replacement itself."""
        return to_characters(self.target)


class ShrinkMap:
    """The 縮退マップ of a reference set.

    Parameters
    ----------
    rows : pa.Table
        Columns :data:`COLUMNS`, rows of one MJ name together.
    bases : tuple of ShrinkBasis
        In order of authority.
    """

    def __init__(self, rows: pa.Table, bases: tuple[ShrinkBasis, ...]) -> None:
        self._rows = rows
        self._bases = {basis.id: basis for basis in bases}

    def __len__(self) -> int:
        return len(self._spans)

    def __contains__(self, mj: object) -> bool:
        return mj in self._spans

    @property
    def rows(self) -> pa.Table:
        """Every replacement, with the columns :data:`COLUMNS`: for questions about the whole set."""
        return self._rows

    @cached_property
    def _spans(self) -> dict[str, tuple[int, int]]:
        spans: dict[str, tuple[int, int]] = {}
        for row, mj in enumerate(self._rows.column("mj").to_pylist()):
            first, last = spans.get(mj, (row, row))
            if last != row:
                msg = f"縮退マップの {mj} の行が離れています。参照セットを入れ直してください。"
                raise ReferenceSetError(msg)
            spans[mj] = (first, row + 1)
        return spans

    def targets(self, mj: str) -> tuple[ShrinkTarget, ...]:
        """Return every replacement of an MJ name, the highest authority first; empty where there is none."""
        first, last = self._spans.get(mj, (0, 0))
        found = [
            ShrinkTarget(row["target"], row["jisx0213"], self._bases[row["basis"]], row["rank"], row["hops"])
            for row in self._rows.slice(first, last - first).to_pylist()
        ]
        found.sort(key=lambda t: (t.basis.authority, t.rank or 0, t.hops or 0, t.target, t.jisx0213))
        return tuple(found)

    def characters(self, mj: str) -> tuple[str, ...]:
        """Return the replacing characters of an MJ name, each once, the highest authority first."""
        return tuple(dict.fromkeys(target.character for target in self.targets(mj)))


def load_shrink(refset: ReferenceSet) -> ShrinkMap:
    """Load the 縮退マップ of a set; an empty one where the set has none.

    Raises
    ------
    ReferenceSetError
        The file is damaged, or names a basis that the definition does not.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    if refset.shrink is None:
        return ShrinkMap(pa.table({name: pa.array([], pa.string()) for name in COLUMNS}), refset.shrink_bases)
    path = refset.shrink.path
    try:
        with pq.ParquetFile(path, memory_map=True) as file:
            rows = file.read(use_threads=False)
    except (OSError, pa.ArrowException) as error:
        msg = f"縮退マップ {path} を読めません（{error}）。入れ直してください。"
        raise ReferenceSetError(msg) from error
    if tuple(rows.column_names) != COLUMNS or len(rows) != refset.shrink.rows:
        msg = (
            f"縮退マップ {path} が定義と合いません（列 {' '.join(rows.column_names)}、{len(rows)} 行）。"
            "reference.toml と同じ版にそろえてください。"
        )
        raise ReferenceSetError(msg)
    unknown = set(rows.column("basis").unique().to_pylist()) - {basis.id for basis in refset.shrink_bases}
    if unknown:
        names = "・".join(sorted(unknown))
        msg = f"縮退マップ {path} の根拠 {names} が reference.toml の shrink_basis にありません。"
        raise ReferenceSetError(msg)
    return ShrinkMap(rows, refset.shrink_bases)

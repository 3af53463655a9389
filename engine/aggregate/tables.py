"""The aggregate as tables: the MJ in use, clusters of unknown glyphs, and the pictures in each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, BinaryIO

from engine.aggregate.clusters import Cluster
from engine.aggregate.unknown import Unknown
from engine.aggregate.usage import Places, Use

if TYPE_CHECKING:
    import pyarrow as pa

_ROW_GROUP = 16_384
_NAMED = 20
"""Municipalities of a cluster that are named."""

USE_COLUMNS: dict[str, str] = {
    "rank": "順位",
    "mj": "MJ文字図形名",
    "ucs": "文字",
    "ivs": "IVS",
    "juki": "住基ネット統一文字コード",
    "koseki": "戸籍統一文字番号",
    "municipalities": "団体数",
    "glyphs": "字数",
    "same": "字形一致",
    "design": "デザイン差",
    "similar": "類似",
    "pictures": "異なる図形",
}
"""Columns of the MJ in use, and their headings for people."""

CLUSTER_COLUMNS: dict[str, str] = {
    "cluster": "番号",
    "municipalities": "団体数",
    "glyphs": "字数",
    "pictures": "異なる図形",
    "place": "代表の入力元",
    "nearest": "最も近い MJ",
    "municipality_names": "団体",
}

PICTURE_COLUMNS: dict[str, str] = {
    "cluster": "番号",
    "place": "入力元",
    "similarity": "代表との似かた",
    "municipalities": "団体数",
    "glyphs": "字数",
    "nearest": "最も近い MJ",
}

Record = dict[str, str | int | float]


def use_records(uses: Iterable[Use]) -> Iterator[Record]:
    """Yield the MJ in use, in their order, as :data:`USE_COLUMNS`."""
    for rank, use in enumerate(uses, 1):
        same, design, similar = use.by_verdict
        yield {
            "rank": rank,
            "mj": use.mj,
            "ucs": use.ucs,
            "ivs": use.ivs,
            "juki": use.juki,
            "koseki": use.koseki,
            "municipalities": use.municipalities,
            "glyphs": use.glyphs,
            "same": same,
            "design": design,
            "similar": similar,
            "pictures": use.pictures,
        }


def cluster_records(clusters: Sequence[Cluster], unknown: Unknown, places: Places) -> Iterator[Record]:
    """Yield the clusters as :data:`CLUSTER_COLUMNS`, numbered from 1 in their order."""
    for number, each in enumerate(clusters, 1):
        first = unknown.pictures[each.members[0]]
        together = 0
        for member in each.members:
            together |= unknown.pictures[member].places
        names = places.names(together)
        more = [f"ほか {len(names) - _NAMED}"] if len(names) > _NAMED else []
        yield {
            "cluster": number,
            "municipalities": each.municipalities,
            "glyphs": each.glyphs,
            "pictures": len(each.members),
            "place": first.place,
            "nearest": first.nearest,
            "municipality_names": " ".join([*names[:_NAMED], *more]),
        }


def picture_records(clusters: Sequence[Cluster], unknown: Unknown) -> Iterator[Record]:
    """Yield every unknown picture as :data:`PICTURE_COLUMNS`, cluster after cluster."""
    for number, each in enumerate(clusters, 1):
        for member, similarity in zip(each.members, each.similarity, strict=True):
            picture = unknown.pictures[member]
            yield {
                "cluster": number,
                "place": picture.place,
                "similarity": similarity,
                "municipalities": picture.places.bit_count(),
                "glyphs": picture.glyphs,
                "nearest": picture.nearest,
            }


def write_parquet(columns: Iterable[str], records: Iterator[Record], stream: BinaryIO) -> None:
    """Write records as Parquet, a row group at a time."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema([(name, _type(name)) for name in columns])
    with pq.ParquetWriter(stream, schema, compression="zstd") as writer:
        some: list[Any] = list(islice(records, _ROW_GROUP))
        while some:
            writer.write_table(pa.Table.from_pylist(some, schema=schema))
            some = list(islice(records, _ROW_GROUP))


def _type(name: str) -> pa.DataType:
    import pyarrow as pa

    if name == "similarity":
        return pa.float32()
    whole = (
        "rank",
        "cluster",
        "municipalities",
        "glyphs",
        "same",
        "design",
        "similar",
        "pictures",
    )
    return pa.int64() if name in whole else pa.string()

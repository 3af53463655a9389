import dataclasses

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from engine.errors import ReferenceSetError
from engine.reference.shrink import load_shrink


@pytest.fixture(scope="module")
def shrink(refset):
    return load_shrink(refset)


def test_counts_of_the_published_map(shrink, table):
    """35,851 names have a target in JIS X 0213; 7,167 have several (domain.md, §3)."""
    mapped = [mj for mj in table.mj if mj in shrink]
    assert len(mapped) == len(shrink) == 35_851
    assert sum(len({t.jisx0213 for t in shrink.targets(mj)}) > 1 for mj in mapped) == 7_167


def test_the_order_of_authority_is_that_of_the_definition(refset):
    assert list(dict.fromkeys(basis.group for basis in refset.shrink_bases)) == [
        "JIS包摂・UCS統合",
        "親字・正字",
        "俗字",
        "誤字",
        "別字",
        "告示582号",
        "辞書類",
        "読み・字形による類推",
    ]


def test_targets_come_by_authority(shrink):
    targets = shrink.targets("MJ000004")
    assert [(t.character, t.basis.id) for t in targets] == [
        ("丘", "koseki-seiji"),
        ("丘", "kokuji-582-1"),
        ("丘", "jisho"),
        ("坵", "jisho"),
    ]
    assert targets[0].hops == 1
    assert targets[1].rank == 1
    assert shrink.characters("MJ000004") == ("丘", "坵")


def test_another_order_of_authority_is_a_matter_of_configuration(refset):
    count = len(refset.shrink_bases)
    turned = tuple(
        dataclasses.replace(basis, authority=count - basis.authority) for basis in refset.shrink_bases
    )
    targets = load_shrink(dataclasses.replace(refset, shrink_bases=turned)).targets("MJ000004")
    assert [t.basis.id for t in targets] == ["jisho", "jisho", "kokuji-582-1", "koseki-seiji"]


def test_a_name_without_targets(shrink):
    assert shrink.targets("MJ037229") == ()
    assert shrink.characters("GJ000001") == ()


def test_a_set_without_a_map(tiny_refset):
    empty = load_shrink(tiny_refset)
    assert len(empty) == 0
    assert empty.targets("GJ000001") == ()


def test_a_basis_that_the_definition_lacks_is_refused(refset):
    with pytest.raises(ReferenceSetError, match="ruisui"):
        load_shrink(dataclasses.replace(refset, shrink_bases=refset.shrink_bases[:-1]))


def test_a_map_of_another_version_is_refused(refset):
    other = dataclasses.replace(refset.shrink, rows=refset.shrink.rows + 1)
    with pytest.raises(ReferenceSetError, match="定義と合いません"):
        load_shrink(dataclasses.replace(refset, shrink=other))


def test_rows_of_a_name_must_be_together(refset, tmp_path):
    path = tmp_path / "shrink.parquet"
    rows = pq.ParquetFile(refset.shrink.path).read().take(pa.array([0, 2, 1, 0]))
    pq.write_table(rows, path)
    damaged = dataclasses.replace(refset.shrink, path=path, rows=4)
    with pytest.raises(ReferenceSetError, match="離れて"):
        load_shrink(dataclasses.replace(refset, shrink=damaged)).targets("MJ000001")


def test_a_file_that_is_no_parquet_is_refused(refset, tmp_path):
    path = tmp_path / "shrink.parquet"
    path.write_bytes(b"no")
    damaged = dataclasses.replace(refset.shrink, path=path)
    with pytest.raises(ReferenceSetError, match="読めません"):
        load_shrink(dataclasses.replace(refset, shrink=damaged))

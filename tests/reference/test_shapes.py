from engine.reference.index import open_index
from engine.reference.shapes import families


def test_a_family_is_a_character_with_its_compatibility_ideographs(settings, refset, table):
    index = open_index(refset, settings)
    family = families(index, table)
    assert len(family) == len(index.vectors)
    unified, compatibility = table.rows_of_ucs("神"), table.rows_of_ucs("\ufa19")
    assert len({int(family[row]) for row in (*unified, *compatibility)}) == 1
    nameless = [row for row in range(len(table)) if table.code_points[row] == 0]
    assert len({int(family[row]) for row in nameless}) == len(nameless)
    start = index.non_kanji_start
    rows = [start + i for i, c in enumerate(index.characters) if c in "アァｱ"]
    assert len(rows) > 1
    assert len({int(family[row]) for row in rows}) == 1
    assert not set(family[:start].tolist()) & set(family[start:].tolist())

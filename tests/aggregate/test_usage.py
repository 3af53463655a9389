"""Which MJ are used where, and that a set of municipalities is counted once each."""

from __future__ import annotations

from engine.aggregate.usage import Places, Usage
from engine.result import Identification, Subclass, Verdict


def row(mj: str, verdict: Verdict = Verdict.SAME, **values: object) -> Identification:
    return Identification("a.png", verdict=verdict, mj=mj, **values)


def test_a_municipality_counts_once_however_many_gaiji_it_has() -> None:
    usage = Usage(Places())
    for municipality in ("甲", "甲", "乙"):
        usage.add(row("MJ000001", ucs="一", juki="J+4E00"), municipality)
    (use,) = usage.uses()
    assert (use.municipalities, use.glyphs, use.pictures) == (2, 3, 3)
    assert (use.ucs, use.juki) == ("一", "J+4E00")


def test_the_most_widespread_come_first_then_the_most_frequent_then_by_name() -> None:
    usage = Usage(Places())
    for municipality, mj in [
        ("甲", "MJ000005"), ("乙", "MJ000005"),
        ("甲", "MJ000004"), ("甲", "MJ000004"), ("甲", "MJ000004"),
        ("甲", "MJ000003"), ("甲", "MJ000002"),
    ]:  # fmt: skip
        usage.add(row(mj), municipality)
    assert [use.mj for use in usage.uses()] == ["MJ000005", "MJ000004", "MJ000002", "MJ000003"]


def test_classes_are_told_apart_and_duplicates_are_one_picture() -> None:
    usage = Usage(Places())
    usage.add(row("MJ000001"), "甲")
    usage.add(row("MJ000001", Verdict.DESIGN, same_as="a.png"), "甲")
    usage.add(row("MJ000001", Verdict.SIMILAR), "乙")
    (use,) = usage.uses()
    assert use.by_verdict == (1, 1, 1)
    assert (use.glyphs, use.pictures) == (3, 2)


def test_what_was_not_identified_with_an_mj_does_not_count() -> None:
    usage = Usage(Places())
    usage.add(row("MJ090001", Verdict.UNIDENTIFIED, subclass=Subclass.HENTAIGANA), "甲")
    usage.add(Identification("b.png", status="empty-glyph"), "甲")
    assert list(usage.uses()) == []


def test_places_are_named_in_order() -> None:
    places = Places()
    both = places.bit("乙") | places.bit("甲") | places.bit("乙")
    assert both.bit_count() == len(places) == 2
    assert places.names(both) == sorted(["乙", "甲"])
    assert places.names(places.bit("丙")) == ["丙"]

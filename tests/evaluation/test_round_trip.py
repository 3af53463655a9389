"""The round trip in small: the real engine, twenty gaiji through every form and back."""

from pathlib import Path

import numpy as np
import pytest

from engine.evaluation.opening import open_truth
from engine.evaluation.round_trip import choose_codes, run_round_trip
from engine.evaluation.round_trip_sheet import disagreement_sheet
from engine.evaluation.trip import as_markdown, compare
from engine.evaluation.truth import MjRecord, build_truth
from engine.reference.index import open_index
from engine.result import Identification, Subclass, Verdict
from engine.sheet.face import ReferenceFace

TRUTH = build_truth(
    [MjRecord(name, None, None, None) for name in ("MJ000001", "MJ000002", "MJ000003")],
    [["MJ000001", "MJ000002"]],
)


def row(code: str, mj: str, verdict: Verdict = Verdict.SAME, **more: object) -> Identification:
    return Identification("EUDC.TTE", code, verdict, mj=mj, **more)


def test_an_mj_drawn_alike_is_the_same_and_another_is_not():
    due = [row("U+E000", "MJ000001"), row("U+E001", "MJ000003"), row("U+E002", "MJ000001")]
    found = [row("U+E000", "MJ000002"), row("U+E001", "MJ000001"), row("U+E002", "MJ000001")]
    trip = compare("形", 0.99, due, found, TRUTH)
    assert (trip.decided, trip.same, trip.share) == (3, 2, 2 / 3)
    assert [each.code for each in trip.disagreements] == ["U+E001"]
    assert "66.7%（未達）" in as_markdown([trip])
    assert "* U+E001: 字形一致 MJ000003 → 字形一致 MJ000001" in as_markdown([trip])


def test_what_is_only_similar_is_counted_apart():
    due = [row("U+E000", "MJ000001", Verdict.SIMILAR), row("U+E001", "MJ000003", Verdict.SIMILAR)]
    found = [row("U+E000", "MJ000001", Verdict.DESIGN), row("U+E001", "MJ000001", Verdict.SIMILAR)]
    trip = compare("形", 0.99, [*due, row("U+E002", "MJ000003")], [*found, row("U+E002", "MJ000003")], TRUTH)
    assert (trip.decided, trip.same) == (1, 1)
    assert (trip.others, trip.others_same, trip.newly_decided, trip.same_class) == (2, 1, 1, 2)


def test_what_is_missing_or_came_from_nowhere_is_no_agreement():
    trip = compare("形", 0.99, [row("U+E000", "MJ000001")], [row("U+E001", "MJ000001")], TRUTH)
    assert (trip.decided, trip.same) == (2, 0)
    assert [(each.due is None, each.found is None) for each in trip.disagreements] == [
        (False, True),
        (True, False),
    ]


def test_an_export_must_be_recognised_for_certain():
    kana = row("U+E001", "MJ000003", Verdict.UNIDENTIFIED, subclass=Subclass.HENTAIGANA)
    due = [row("U+E000", "MJ000001", Verdict.DESIGN), kana]
    found = [row("U+E000", "MJ000001", Verdict.DESIGN), kana]
    assert compare("形", 0.99, due, found, TRUTH).share == 1
    assert compare("形", 0.99, due, found, TRUTH, certain=True).share == 0.5


@pytest.fixture(scope="module")
def trips(settings, refset, reference_font, debian_font, tmp_path_factory):
    debian_font("fonts-hanazono", "HanaMinA.ttf")
    open_index(refset, settings)
    return run_round_trip(tmp_path_factory.mktemp("trip"), settings, count=20)


def test_every_form_gives_the_same_mj(trips):
    assert len(trips) == 5
    for trip in trips:
        assert trip.decided >= 12  # 13 and 14 were seen
        # As a bitmap of 64 dots, one of the twelve MJ was seen to come back as a difference of design.
        lost = int(trip.name.startswith("書き出した BMP"))
        assert trip.same >= trip.decided - lost, as_markdown(trips)
        assert trip.newly_decided <= 1 or "書き出した" in trip.name  # of 8 that the TTE left undecided


def test_what_was_made_is_there(trips):
    names = [Path(trip.path).name for trip in trips]
    assert names == ["dots64.bdf", "bmp64.zip", "sheet.tif", "EUDC.TTE", "bmp"]


def test_a_third_of_the_glyphs_is_private_and_all_are_spread(debian_font, refset):
    font = debian_font("fonts-hanazono", "HanaMinA.ttf")
    codes = choose_codes(font, open_truth(refset), 30)
    assert len(set(codes)) == 30
    assert [code for code in codes if 0xE000 <= code < 0xF900] == codes[:10]
    assert max(codes) - min(codes[10:]) > 0x4000


def test_disagreements_are_drawn(reference_font):
    trip = compare("形", 0.99, [row("U+E000", "MJ000001")], [row("U+E000", "MJ000003")], TRUTH)
    ink = np.zeros((40, 40), np.uint8)
    ink[5:35, 18:22] = 255
    page = np.asarray(disagreement_sheet([trip], {"U+E000": ink}, ReferenceFace(reference_font)))
    assert (page < 128).sum() > 500
    assert disagreement_sheet([], {}, ReferenceFace(reference_font)).height < page.shape[0]

import cv2
import numpy as np
import pytest

from engine.errors import UsageError
from engine.glyph.model import Glyph, GlyphKind, ReadFailure
from engine.identify import Identifier
from engine.result import Review, Subclass, Verdict
from engine.synth.degrade import dots
from engine.synth.fonts import OutlineFont


@pytest.fixture(scope="module")
def identifier(settings, reference_font):
    return Identifier.open(settings)


@pytest.fixture(scope="module")
def font(reference_font):
    return OutlineFont(reference_font, em_px=96)


@pytest.fixture(scope="module")
def drawn(font):
    """Draw a character with the reference font."""
    return lambda character: Glyph(font.body(ord(character)), character, "U+E000", GlyphKind.OUTLINE)


def test_the_reference_font_itself_agrees(identifier, font, table):
    rows = np.arange(50, 58862, 1471)
    from engine.reference.font import glyph_ids

    ids = glyph_ids(table.refset, font.path, [table.mj[row] for row in rows])
    glyphs = [Glyph(font.body_of_glyph(int(glyph)), str(row)) for row, glyph in zip(rows, ids, strict=True)]
    results = identifier.identify(glyphs)
    right = [
        r.mj == table.mj[row] or f"tie:{table.mj[row]}" in r.evidence
        for row, r in zip(rows, results, strict=True)
    ]
    assert sum(right) >= 39  # 40 of 40 seen
    assert sum(r.verdict is Verdict.SAME for r in results) >= 36


@pytest.mark.parametrize("pair", ["千干", "干于", "土士", "未末", "己已", "已巳", "己巳"])
def test_characters_told_apart_by_little_come_out_apart(identifier, drawn, pair):
    one, other = identifier.identify([drawn(pair[0]), drawn(pair[1])])
    assert (one.ucs, other.ucs) == (pair[0], pair[1])


@pytest.mark.parametrize("pair", ["千干", "土士", "未末", "己巳"])
def test_the_difference_between_two_characters_is_never_a_design_difference(identifier, drawn, table, pair):
    """With its own MJ barred, 千 must not be called 干."""
    own = [table.mj[row] for row in table.rows_of_ucs(pair[0])]
    (row,) = identifier.identify_leave_out([drawn(pair[0])], [own])
    assert row.verdict in {Verdict.SIMILAR, Verdict.UNIDENTIFIED}
    assert row.review is Review.REQUIRED


def test_a_row_carries_provenance_codes_and_versions(identifier, drawn, table):
    (row,) = identifier.identify([drawn("辻")])
    assert (row.source, row.gaiji_code, row.status) == ("辻", "U+E000", "ok")
    codes = table.codes(row.mj)
    assert row.ucs == "辻"
    assert (row.ivs, row.juki, row.koseki, row.toki, row.jisx0213) == (
        codes.ivs, codes.juki, codes.koseki, codes.toki, codes.jisx0213,
    )  # fmt: skip
    assert row.candidates[0] == row.mj
    assert len(row.candidates) == len(set(row.candidates)) == 10
    assert row.reference == "mojikiban-006.02+criteria-v2"
    assert row.engine == identifier.engine_id


@pytest.mark.parametrize("character", ["あ", "ヲ", "Ａ", "㈱", "〒", "8"])
def test_kana_letters_and_symbols_are_not_identified_as_kanji(identifier, debian_font, character):
    other = OutlineFont(debian_font("fonts-takao-mincho", "TakaoMincho.ttf"), em_px=96)
    (row,) = identifier.identify([Glyph(other.body(ord(character)), character)])
    assert (row.verdict, row.subclass, row.mj) == (Verdict.UNIDENTIFIED, Subclass.SYMBOL, "")
    assert row.review is (Review.AUTO if "A2" in row.evidence else Review.REQUIRED)


def test_hentaigana_have_their_own_subclass_and_name(identifier, drawn):
    (row,) = identifier.identify([drawn("\U0001b002")])
    assert (row.verdict, row.subclass) == (Verdict.UNIDENTIFIED, Subclass.HENTAIGANA)
    assert row.mj.startswith("MJ09")


def test_noise_is_not_identified(identifier):
    rng = np.random.default_rng(1)
    noise = (rng.random((48, 48)) > 0.5).astype(np.uint8) * 255
    (row,) = identifier.identify([Glyph(noise, "noise")])
    assert row.verdict is Verdict.UNIDENTIFIED
    assert row.subclass is Subclass.UNKNOWN


@pytest.mark.parametrize("filled", [0b00000000, 0b11010111, 0b11001111, 0b01101001, 0b11111111])
def test_cells_of_braille_are_no_kanji(identifier, filled):
    """The network, which has seen nothing like them, takes them for 𦓋."""
    ink = np.zeros((96, 48), np.uint8)
    for number in range(8):
        centre = (12 + 24 * (number % 2), 12 + 24 * (number // 2))
        cv2.circle(ink, centre, 9, 255, -1 if filled >> number & 1 else 2)
    small = cv2.resize(ink, (12, 24), interpolation=cv2.INTER_AREA)
    for row in identifier.identify([Glyph(ink, "braille"), Glyph(small, "braille-24")]):
        assert row.verdict in {Verdict.SIMILAR, Verdict.UNIDENTIFIED}
        assert row.review is Review.REQUIRED


def test_barred_glyphs_are_never_offered(identifier, drawn, table):
    glyph = drawn("国")
    (before,) = identifier.identify([glyph])
    barred = set(before.candidates[:4])
    views = [
        identifier.excluding(barred).identify([glyph]),
        identifier.identify_leave_out([glyph], [barred]),
    ]
    for (after,) in views:
        assert not barred & set(after.candidates)
        assert len(after.candidates) == 10
        assert after.mj not in barred
    assert views[0] == views[1]


def test_outside_a_character_set_the_nearest_is_only_similar(settings, font, table):
    from engine.reference.font import glyph_ids

    mask = table.charset_mask("jisx0213")
    outside = [
        table.mj[row]
        for row in range(9000, 40000, 1999)
        if not mask[table.rows_of_ucs(f"U+{table.code_points[row]:04X}")].any()
    ]
    ids = glyph_ids(table.refset, font.path, outside)
    small = Identifier.open(settings, charset="jisx0213")
    rows = small.identify(
        [Glyph(font.body_of_glyph(int(glyph)), mj) for mj, glyph in zip(outside, ids, strict=True)]
    )
    assert len(rows) >= 5
    for mj, row in zip(outside, rows, strict=True):
        assert row.verdict is Verdict.SIMILAR
        assert row.evidence[0] == "R2"
        assert f"outside:{mj}" in row.evidence
        assert all(mask[table.row(name)] for name in (row.mj, *row.candidates))


def test_inside_a_character_set_nothing_changes(settings, identifier, drawn):
    small = Identifier.open(settings, charset="jisx0213")
    (row,) = small.identify([drawn("国")])
    (whole,) = identifier.identify([drawn("国")])
    assert (row.mj, row.verdict, row.evidence) == (whole.mj, whole.verdict, whole.evidence)


def test_ties_are_named(identifier, table, font):
    """MJ059042 and MJ059043 are noted as identical in the table."""
    from engine.reference.font import glyph_ids

    (glyph_id,) = glyph_ids(table.refset, font.path, ["MJ003718"])
    (row,) = identifier.identify([Glyph(font.body_of_glyph(int(glyph_id)), "tie")])
    assert {row.mj, *(e.removeprefix("tie:") for e in row.evidence)} >= {"MJ003718", "MJ003719"}


def test_paper_becomes_a_row_that_says_so(identifier, drawn):
    blank = Glyph(np.zeros((20, 20), np.uint8), "blank", "U+E001")
    first, row, last = identifier.identify([drawn("国"), blank, drawn("土")])
    assert (row.status, row.source, row.gaiji_code, row.verdict) == ("empty-glyph", "blank", "U+E001", None)
    assert (first.ucs, last.ucs) == ("国", "土")


def test_a_failed_read_becomes_a_row_that_says_why(identifier):
    row = identifier.failure(ReadFailure("a.png", "unreadable-image", "読めません。", "U+E000"))
    assert (row.status, row.message, row.confidence) == ("unreadable-image", "読めません。", None)
    assert row.row()["class"] == ""


def test_nothing_gives_nothing(identifier):
    assert identifier.identify([]) == []


def test_the_company_of_others_does_not_matter(identifier, drawn):
    glyphs = [drawn(character) for character in "国土千干辻榊齊邉"]
    together = identifier.identify(glyphs)
    assert together == [identifier.identify([glyph])[0] for glyph in glyphs]


def test_candidates_are_ranked_by_probability_then_similarity(identifier, drawn):
    found = identifier.inspect(drawn("榊")).candidates
    compared = [each.probability for each in found if each.probability is not None]
    others = [each.similarity for each in found if each.probability is None]
    assert compared == sorted(compared, reverse=True)
    assert compared
    assert all(each.probability is None for each in found[len(compared) :])
    assert others == sorted(others, reverse=True)
    assert all(0 <= each.similarity <= 1 for each in found)
    (row,) = identifier.identify([drawn("榊")])
    assert tuple(candidate.mj for candidate in found) == row.candidates


def test_small_dots_need_a_look(identifier, font):
    small = Glyph(dots(font.body(ord("榊")), 16), "16 dots", kind=GlyphKind.DOTS)
    (row,) = identifier.identify([small])
    assert row.ucs == "榊"
    assert row.review is Review.REQUIRED


@pytest.mark.parametrize(("name", "value"), [("charset", "jis"), ("top", 0), ("exclude", ["MJ999999"])])
def test_what_cannot_be_is_refused(settings, name, value):
    with pytest.raises(UsageError):
        Identifier.open(settings, **{name: value})


def test_as_many_candidates_as_asked_for(settings, drawn):
    (row,) = Identifier.open(settings, top=80).identify([drawn("国")])
    assert len(row.candidates) == 80


def test_a_second_reference_set_identifies_its_own_glyphs(tiny_settings, tiny_refset, tiny_font):
    other = Identifier.open(tiny_settings)
    font = OutlineFont(tiny_font, em_px=96)
    (row,) = other.identify([Glyph(font.body(0xF0000 + 21), "tiny")])
    assert row.mj == "GJ000021"
    assert row.reference.startswith("tiny-1")


def glyph_of(table, font, mj):
    from engine.reference.font import glyph_ids

    (glyph_id,) = glyph_ids(table.refset, font.path, [mj])
    return Glyph(font.body_of_glyph(int(glyph_id)), mj)


def test_a_form_that_jis_unifies_is_similar_with_the_number_of_the_rule(settings, table, font):
    """MJ000432 is unified with MJ000433 by rule 152, so JIS X 0213 alone does not offer it."""
    jis = Identifier.open(settings, charset="jisx0213")
    (row,) = jis.identify([glyph_of(table, font, "MJ000432")])
    assert (row.verdict, row.mj) == (Verdict.SIMILAR, "MJ000433")
    assert {"R2", "outside:MJ000432", "hosetsu:U152"} <= set(row.evidence)
    assert row.review is Review.REQUIRED


def test_the_kinds_of_difference_are_named_where_a_person_looks(identifier, table, font):
    """One dot or two on ⻌: a stroke more, whatever else."""
    from engine.difference import DifferenceKind

    (row,) = identifier.identify_leave_out([glyph_of(table, font, "MJ025760")], [["MJ025760"]])
    named = [e.removeprefix("diff:") for e in row.evidence if e.startswith("diff:")]
    assert named
    assert all(DifferenceKind(value) for value in named)
    (sure,) = identifier.identify([glyph_of(table, font, "MJ025760")])
    assert sure.review is Review.AUTO
    assert not [e for e in sure.evidence if e.startswith("diff:")]


def test_without_the_network_by_the_older_criteria(settings, table, font):
    older = Identifier.open(settings, criteria="v1")
    (row,) = older.identify([glyph_of(table, font, "MJ025760")])
    assert row.reference.endswith("criteria-v1")
    assert ".n" not in row.engine
    assert row.verdict is Verdict.SAME


def test_glyphs_come_out_alone_as_they_do_together(identifier, drawn):
    glyphs = [drawn(character) for character in "辻榊国一語千干邊龘乂鬱ア"]
    glyphs.insert(3, Glyph(np.zeros((32, 32), np.uint8), "nothing"))
    glyphs.append(Glyph(glyphs[0].ink[:, : glyphs[0].ink.shape[1] // 2], "half"))
    assert identifier.identify(glyphs) == [identifier.identify([glyph])[0] for glyph in glyphs]


def test_criteria_that_do_not_exist(settings):
    from engine.errors import ReferenceSetError

    with pytest.raises(ReferenceSetError, match="v1"):
        Identifier.open(settings, criteria="../v1")

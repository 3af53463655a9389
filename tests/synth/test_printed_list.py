"""A printed list: where the ink is, what a scan does to it, the same every time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engine.synth.printed_list import Caption, ListStyle, PageRange, Rule, print_list, scan_page

STYLE = ListStyle(rows=2, cols=3, dpi=100, title="", caption=Caption.NONE)
SQUARE = np.full((40, 40), 255, np.uint8)


@pytest.fixture(scope="module")
def font(debian_font):
    return debian_font("fonts-hanazono", "HanaMinA.ttf")


def test_pages_and_their_size(font):
    pages = list(print_list([(SQUARE, "E000")] * 7, STYLE, font))
    assert [page.shape for page in pages] == [(1169, 827)] * 2
    assert pages[0].sum() > pages[1].sum()


def test_the_glyph_fills_its_share_of_the_cell(font):
    (page,) = print_list([(SQUARE, "")], replace(STYLE, rule=Rule.NONE, glyph_share=0.5), font)
    side = STYLE.px(22.0)
    assert np.count_nonzero(page) == pytest.approx((side / 2) ** 2, rel=0.05)
    rows, cols = np.nonzero(page)
    assert rows.mean() == pytest.approx(STYLE.px(STYLE.top_mm) + side / 2, abs=1)
    assert cols.mean() == pytest.approx(STYLE.px(STYLE.left_mm) + side / 2, abs=1)


@pytest.mark.parametrize(("rule", "share"), [(Rule.SOLID, 1.0), (Rule.DASHED, 0.62), (Rule.DOTTED, 0.39)])
def test_rules_cover_their_share(font, rule, share):
    style = replace(STYLE, rule=rule, rule_mm=0.5)
    (page,) = print_list([(None, "")], style, font)
    row = page[round(style.px(style.top_mm))]
    left = round(style.px(style.left_mm))
    assert (row[left : left + round(3 * style.px(22.0))] > 128).mean() == pytest.approx(share, abs=0.06)


@pytest.mark.parametrize(
    ("caption", "top", "bottom"), [(Caption.ABOVE, True, False), (Caption.BELOW, False, True)]
)
def test_captions_stand_where_they_should(font, caption, top, bottom):
    style = replace(STYLE, rule=Rule.NONE, caption=caption)
    (page,) = print_list([(None, "E0F0")], style, font)
    y, side = round(style.px(style.top_mm)), round(style.px(22.0))
    assert page[y : y + side // 4].any() == top
    assert page[y + 3 * side // 4 : y + side].any() == bottom


def test_a_scan_is_grey_turned_and_repeatable(font):
    (page,) = print_list([(SQUARE, "")], STYLE, font)
    scanner = PageRange(degrees=2.0, paper=200, ink=50, noise=3, unevenness=0)
    scan = scan_page(page, np.random.default_rng(1), scanner)
    assert (scan == scan_page(page, np.random.default_rng(1), scanner)).all()
    assert scan.shape[0] > page.shape[0]
    assert np.median(scan) == pytest.approx(200, abs=2)
    assert np.percentile(scan, 0.2) == pytest.approx(50, abs=12)

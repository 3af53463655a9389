"""What is needed for deciding stands on one screen; enlarged, everything is still within reach."""

from __future__ import annotations

import pytest

from tests.api.browser.hands import ready
from tests.api.browser.stocked import LONG_CODE

DECIDING = (
    "figure.gaiji img", ".about.chosen figure.candidate", ".about.chosen figure.overlay", "#strip",
    ".overlay-tools", ".classes", "#reason", "#confirm", ".walk",
)  # fmt: skip
PAGES = (
    "decide-same", "decide-design", "decide-similar", "decide-kana", "decide-sign", "decide-long",
    "decide-second", "decide-conference", "decide-prototype", "decide-withdrawn",
)  # fmt: skip

_OUTSIDE = """
(selectors) => selectors.filter((selector) => {
  const box = document.querySelector(selector)?.getBoundingClientRect();
  return !box || box.width < 8 || box.left < 0 || box.top < 0
    || box.right > innerWidth + 0.5 || box.bottom > innerHeight + 0.5;
})
"""
_CUT = """
() => [...document.querySelectorAll("main *")].filter((each) => {
  const box = each.getBoundingClientRect();
  const apart = ".visually-hidden, .scroll, #list, .strip, .tiles, dialog:not([open])";
  if (!box.width || !box.height || each.closest(apart)) return false;
  return box.right > innerWidth + 1 || box.left < -1;
}).slice(0, 5).map((each) => each.outerHTML.slice(0, 120))
"""


@pytest.mark.parametrize("name", PAGES)
def test_nothing_needed_is_below_the_fold(browse, stocked, name):
    login, path = stocked.pages[name]
    page = browse(login)
    page.goto(path)
    ready(page)
    assert page.evaluate(_OUTSIDE, list(DECIDING)) == []
    # All the candidates are on the screen at once.
    tiles = page.locator("#strip .tile")
    assert tiles.count() >= 1
    outside = tiles.evaluate_all(
        "each => each.filter((one) => one.getBoundingClientRect().right > innerWidth"
        " || one.getBoundingClientRect().bottom > innerHeight).length"
    )
    assert outside == 0
    if name == "decide-long":
        assert LONG_CODE in page.locator("h1").inner_text()
    if name == "decide-prototype":
        assert page.evaluate(_OUTSIDE, [".earlier"]) == []
    if name == "decide-conference":
        assert page.evaluate(_OUTSIDE, [".earlier.both"]) == []


@pytest.mark.parametrize("group", ["decide", "settled|replay", "l", "p|h|u", "bulk|calibration|a", "operate"])
def test_at_twice_the_size_nothing_is_cut_off(browse, stocked, group):
    """200 % on a screen of 1366 × 768 leaves 683 × 384: pages flow, nobody scrolls sideways."""
    browsers = {}
    cut = {}
    for name, (login, path) in stocked.pages.items():
        if not name.startswith(tuple(group.split("|"))):
            continue
        if login not in browsers:
            browsers[login] = browse(login, viewport={"width": 683, "height": 384})
        page = browsers[login]
        page.goto(path)
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        found = page.evaluate(_CUT)
        if wide > 0 or found:
            cut[name] = (wide, found)
    assert cut == {}


def test_at_twice_the_size_a_decision_can_still_be_made(browse, stocked):
    login, path = stocked.pages["decide-similar"]
    page = browse(login, viewport={"width": 683, "height": 384})
    page.goto(path)
    ready(page)
    for selector in DECIDING:
        target = page.locator(selector).first
        target.scroll_into_view_if_needed()
        assert page.evaluate(
            "(selector) => { const box = document.querySelector(selector).getBoundingClientRect();"
            " return box.left >= 0 && box.right <= innerWidth + 0.5; }",
            selector,
        ), selector
    page.locator("#c2").check()
    assert page.locator("#c2").is_checked()
    page.get_by_role("button", name="決める").click(trial=True)

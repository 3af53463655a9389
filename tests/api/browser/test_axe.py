"""No page of any kind, in any stage, has a barrier that axe knows of."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from api.pages.help import TOPICS
from tests.api.browser.hands import ready

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
GROUPS = ("login|home|project|upload", "list|unreadable", "decide", "settled|replay", "bulk", "error",
          "calibration|policy|people|audit|account|password|operate")  # fmt: skip


@pytest.fixture
def barriers(browse):
    """Look at pages by name; give what axe finds, by the name of the page."""
    browsers = {}

    def look(pages) -> dict[str, list[str]]:
        found = {}
        for name, (login, path) in pages:
            if login not in browsers:
                browsers[login] = browse(login)
            page = browsers[login]
            page.goto(path)
            if page.locator("#show-keys").count():
                ready(page)
            told = Axe().run(page, options={"runOnly": RULES, "resultTypes": ["violations"]})
            for each in told.response["violations"]:
                where = "; ".join(str(node["target"]) + node["html"][:160] for node in each["nodes"][:3])
                found.setdefault(name, []).append(f"{each['id']}: {each['help']} {where}")
        return found

    return look


@pytest.mark.parametrize("group", GROUPS)
def test_pages(watch, stocked, barriers, group):
    if group == "error":
        for status in (403, 404, 422):
            watch.expect(f"status of {status}")
    parts = tuple(group.split("|"))
    pages = [(name, page) for name, page in stocked.pages.items() if name.startswith(parts)]
    assert len(pages) >= len(parts)
    assert barriers(pages) == {}


def test_every_page_is_in_a_group(stocked):
    every = tuple(part for group in GROUPS for part in group.split("|"))
    assert [name for name in stocked.pages if not name.startswith(every)] == []


def test_what_looks_can_see(browse):
    page = browse()
    page.goto("/login")
    page.evaluate("document.querySelector('label').remove(); document.documentElement.lang = ''")
    told = Axe().run(page, options={"runOnly": RULES, "resultTypes": ["violations"]})
    assert {each["id"] for each in told.response["violations"]} >= {"label", "html-has-lang"}


def test_help(barriers):
    assert barriers((topic, ("", f"/help/{topic}")) for topic in TOPICS) == {}


def test_what_opens(browse, stocked):
    """The list of keys, and everything that can be unfolded."""
    for name in ("decide-conference", "project", "people"):
        login, path = stocked.pages[name]
        page = browse(login)
        page.goto(path)
        page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
        if name.startswith("decide"):
            ready(page)
            page.keyboard.press("?")
            expect(page.get_by_role("dialog")).to_be_visible()
        told = Axe().run(page, options={"runOnly": RULES, "resultTypes": ["violations"]})
        assert told.response["violations"] == [], name

"""Fixtures: one server for all, a municipality for each module, browsers that complain about everything."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.api.browser.site import Site, Town, Watch, chromium, serving
from tests.api.browser.stocked import Stocked, stock

Browse = Callable[..., Page]
_PATIENCE_MS = 30_000
"""For machines that are busy with something else; nothing is measured by it."""


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, object]:
    """Chromium as Debian has it, which may talk to the server only."""
    return {
        "executable_path": chromium(),
        "args": [
            "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
        ],
    }  # fmt: skip


@pytest.fixture(scope="module")
def browser(browser_type_launch_args) -> Iterator[Browser]:
    """For one module only: Playwright keeps an event loop running, which later tests would stumble over."""
    expect.set_options(timeout=_PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**browser_type_launch_args)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def site(tmp_path_factory) -> Iterator[Site]:
    with serving(tmp_path_factory.mktemp("site")) as site:
        yield site


@pytest.fixture(scope="module")
def town(site) -> Town:
    return site.new_town()


@pytest.fixture
def watch(site) -> Iterator[Watch]:
    watch = Watch(site.url)
    yield watch
    watch.check()


@pytest.fixture
def browse(browser, site, watch) -> Iterator[Browse]:
    """Open a browser of its own for somebody (by login; nobody if empty), at 1366 × 768."""
    contexts = []

    def open_page(login: str = "", **options: object) -> Page:
        context = browser.new_context(
            **{"viewport": {"width": 1366, "height": 768}, "locale": "ja-JP", "base_url": site.url} | options
        )
        context.set_default_timeout(_PATIENCE_MS)
        contexts.append(context)
        if login:
            site.let_in(context, login)
        page = context.new_page()
        watch.over(page)
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def stocked(site, debian_font, tmp_path_factory) -> Stocked:
    """A municipality in the middle of its work; tests that take it only look."""
    return stock(site, tmp_path_factory.mktemp("stocked"), debian_font)

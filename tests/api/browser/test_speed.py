"""A practised person decides by the keyboard as fast as they look: the page must not make them wait."""

from __future__ import annotations

import statistics
import sys
import time

import pytest

from tests.api.browser import material
from tests.api.browser.hands import CLASS_KEYS, chosen, is_marked, mark, press, ready

COUNT = 30


@pytest.fixture(scope="module")
def project(town, debian_font, tmp_path_factory):
    folder = tmp_path_factory.mktemp("speed")
    project = town.project()
    town.hand_in(project, material.eudc(debian_font, folder), material.dots(debian_font, folder))
    return project


def test_thirty_gaiji_in_a_row(browse, town, project, record_property, capsys):
    shapes = town.shapes(project)
    assert len(shapes) > COUNT
    page = browse(town.login("first"))
    page.goto(f"{town.url}/projects/{project}/next")
    ready(page)
    mark(page)
    waits = []
    began = time.perf_counter()
    for shape in shapes[:COUNT]:
        # What is chosen stands there already; a person who agrees presses the keys all the same.
        page.locator(f"#desk[data-shape='{shape.id}']").wait_for()
        press(page, CLASS_KEYS[chosen(page)[0]])
        at = time.perf_counter()
        page.keyboard.press("Enter")
        page.locator(f"#desk:not([data-shape='{shape.id}'])").wait_for()
        waits.append(time.perf_counter() - at)
    seconds = time.perf_counter() - began
    assert is_marked(page)
    for shape in shapes[:COUNT]:
        (made,) = town.decisions(shape.id)
        assert (made.verdict, made.mj) == (shape.machine_class, shape.machine_mj)
    told = (
        f"{COUNT} decisions in {seconds:.1f} s; from Enter to the next one: "
        f"median {1000 * statistics.median(waits):.0f} ms, longest {1000 * max(waits):.0f} ms"
    )
    record_property("speed", told)
    with capsys.disabled():
        sys.stdout.write(f"\n{told}\n")
    assert seconds < 60  # thirty a minute, were the person's own time nothing

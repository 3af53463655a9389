"""Confirming what the machine is sure of in one go, after a look at a sample."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from api.domain.standing import SecondReview, State
from engine.result import Review, Verdict
from tests.api.browser import material


@pytest.fixture(scope="module")
def project(town, debian_font, tmp_path_factory):
    folder = tmp_path_factory.mktemp("bulk")
    town.rule(SecondReview.NEVER)
    project = town.project()
    town.hand_in(project, material.dots(debian_font, folder), material.eudc(debian_font, folder))
    return project


def _sure(town, project, verdict: Verdict) -> list[int]:
    return [
        each.id for each in town.shapes(project)
        if each.review == Review.AUTO.value and each.machine_class == verdict.value
    ]  # fmt: skip


def _begin(page, town, project, verdict: Verdict, size: int) -> None:
    page.goto(f"{town.url}/projects/{project}")
    page.get_by_role("link", name="「自動」の図形をまとめて確認する").click()
    page.get_by_label(verdict.value).check()
    page.get_by_role("button", name="件数を調べる").click()
    expect(page.get_by_role("heading", name=f"{size} 件が対象です")).to_be_visible()
    page.get_by_role("button", name="標本の確認を始める").click()
    expect(page.get_by_role("heading", name=f"標本 1 / {size}")).to_be_visible()  # of so few, all


def test_a_sample_without_a_mistake_lets_all_of_them_be_confirmed(browse, town, project):
    sure = _sure(town, project, Verdict.SAME)
    assert len(sure) >= 5
    page = browse(town.login("second"))
    _begin(page, town, project, Verdict.SAME, len(sure))
    for number in range(1, len(sure) + 1):
        expect(page.get_by_role("heading", name=f"標本 {number} / {len(sure)}")).to_be_visible()
        for picture in page.locator(".sample img").all():
            expect(picture).to_have_js_property("complete", True)
            assert picture.evaluate("each => each.naturalWidth") > 0
        assert not any(town.decisions(each) for each in sure)
        page.keyboard.press("Enter")  # the button stands ready
    page.get_by_role("button", name="まとめて確定する").click()
    expect(page.get_by_role("heading", name=f"{len(sure)} 件を判定しました")).to_be_visible()
    for shape in town.shapes(project):
        assert (shape.state == State.SETTLED.value) == (shape.id in sure)
        if shape.id in sure:
            assert (shape.final_class, shape.final_mj) == (shape.machine_class, shape.machine_mj)


def test_one_mistake_in_the_sample_and_nothing_is_confirmed(browse, town, project):
    sure = _sure(town, project, Verdict.DESIGN)
    assert len(sure) >= 2
    page = browse(town.login("second"))
    _begin(page, town, project, Verdict.DESIGN, len(sure))
    page.get_by_role("button", name="提案は正しい").click()
    page.get_by_role("button", name="誤り").click()
    expect(page.get_by_role("heading", name="中止しました")).to_be_visible()
    expect(page.get_by_role("link", name="この図形を判定する")).to_be_visible()
    assert not any(town.decisions(each) for each in sure)

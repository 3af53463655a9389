"""Who gets in, who is kept out, and what each of them is shown."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from api.access import accounts, members
from api.domain.rights import Role
from tests.api.browser import material
from tests.api.browser.hands import log_in, ready
from tests.api.browser.site import PASSWORD


@pytest.fixture(scope="module")
def project(town, debian_font, tmp_path_factory):
    folder = tmp_path_factory.mktemp("people")
    project = town.project()
    town.hand_in(project, material.dots(debian_font, folder, "德邊"))
    return project


@pytest.fixture
def newcomer(town):
    """Login and one-time password of somebody who was just taken in."""
    login = f"newcomer-{town.number}"
    with town.site.services.database.writing() as session:
        made = accounts.create_account(session, actor=None, login=login, name="新人 五郎")
        members.grant(
            session, actor=None, user_id=made.user_id, municipality_id=town.id, role=Role.FIRST
        )  # fmt: skip
    return login, made.password


def test_a_first_password_opens_nothing_but_the_choice_of_an_own_one(browse, watch, town, newcomer):
    watch.expect("status of 422")
    watch.expect("status of 401")
    login, password = newcomer
    page = browse()
    page.goto(town.url)  # asks who it is first
    page.wait_for_url("**/login**")
    log_in(page, login, password)
    page.wait_for_url("**/account/password**")
    expect(page.get_by_role("status")).to_contain_text("一度きりのもの")
    page.goto(town.url)
    page.wait_for_url("**/account/password**")
    _choose(page, password, "短い")
    expect(page.get_by_role("alert")).to_be_visible()
    _choose(page, password, "窓ぎわの 青い 傘が 三本")
    page.goto(town.url)
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"{town.name}のプロジェクト")
    page.get_by_role("button", name="ログアウト").click()
    log_in(page, login, password)
    expect(page.get_by_role("alert")).to_contain_text("ログインできません")
    log_in(page, login, "窓ぎわの 青い 傘が 三本")
    expect(page.get_by_role("button", name="ログアウト")).to_be_visible()


def _choose(page, present, password) -> None:
    page.get_by_label("今のパスワード").fill(present)
    page.get_by_label("新しいパスワード", exact=False).first.fill(password)
    page.get_by_label("新しいパスワード（もう一度）").fill(password)
    page.get_by_role("button", name="変える").click()


def test_after_many_wrong_passwords_the_right_one_does_not_help(browse, watch, town):
    watch.expect("status of 401")
    login = town.login("colleague")
    page = browse()
    for _ in range(town.site.services.settings.lockout_failures):
        log_in(page, login, "違うパスワード")
    log_in(page, login, PASSWORD)
    expect(page.get_by_role("alert")).to_contain_text("一時的に止められています")
    assert login not in page.get_by_role("alert").inner_text()
    # The administrator lets the person in again.
    admin = browse(town.login("admin"))
    admin.goto(f"{town.url}/people")
    row = admin.get_by_role("row").filter(has_text="協議 四郎")
    expect(row).to_contain_text("一時停止中")
    row.get_by_text("変える").first.click()
    row.get_by_role("button", name="一時停止を解く").click()
    expect(admin.get_by_role("row").filter(has_text="協議 四郎")).not_to_contain_text("一時停止中")
    log_in(page, login, PASSWORD)
    expect(page.get_by_role("button", name="ログアウト")).to_be_visible()


def test_who_may_only_look_sees_nothing_to_press(browse, town, project):
    page = browse(town.login("viewer"))
    for path in ("", f"/projects/{project}", f"/projects/{project}/shapes"):
        page.goto(town.url + path)
        expect(page.locator("main table").first).to_be_visible()
        for name in ("登録する", "判定する", "プロジェクトを作る", "プロジェクトを終了する", "次の一字へ"):
            expect(page.get_by_role("button", name=name)).to_have_count(0)
            expect(page.get_by_role("link", name=name)).to_have_count(0)
    for section in ("利用者", "操作の記録"):
        expect(page.get_by_role("link", name=section)).to_have_count(0)
    page.goto(f"{town.url}/shapes/{town.shapes(project)[0].id}")
    ready(page)
    expect(page.locator("#confirm, #verdict, #q")).to_have_count(0)
    expect(page.locator(".stage")).to_contain_text("「閲覧」の役割では判定できません")
    page.keyboard.press("2")  # looking at candidates is allowed
    assert page.locator("#c2").is_checked()
    page.keyboard.press("Enter")
    assert not town.decisions(town.shapes(project)[0].id)


def test_another_municipality_does_not_exist(browse, watch, town, site, project):
    watch.expect("status of 404")
    other = site.new_town()
    page = browse(other.login("admin"))
    shape = town.shapes(project)[0].id
    for path in (
        town.url, f"{town.url}/projects/{project}", f"{town.url}/shapes/{shape}",
        f"{other.url}/shapes/{shape}", f"{town.url}/people", f"{town.url}/audit", "/m/999999",
    ):  # fmt: skip
        answer = page.goto(path)
        assert answer.status == 404, path
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert town.name not in page.locator("body").inner_text()
    page.goto("/")
    expect(page.locator("main")).to_contain_text(other.name)
    expect(page.locator("main")).not_to_contain_text(town.name)

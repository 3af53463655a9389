"""Without JavaScript everything can be done; it only takes more pages."""

from __future__ import annotations

import zipfile

from playwright.sync_api import expect

from api.domain.standing import State
from engine.output.load import Ruling, read_decisions
from tests.api.browser import material
from tests.api.browser.hands import log_in, shape_id
from tests.api.browser.site import PASSWORD


def test_hand_in_decide_look_up_filter_and_export(browse, town, debian_font, tmp_path):
    project = town.project()
    files = (
        material.pictures(
            material.dots(debian_font, tmp_path, "德瀨﨑"), tmp_path / "外字画像.zip", damaged=False
        ),
        material.eudc(debian_font, tmp_path, (0xF153, 0xF6A3)),
    )
    page = browse(java_script_enabled=False)
    log_in(page, town.login("first"), PASSWORD)
    page.goto(f"{town.url}/projects/{project}")
    expect(page.locator(".drop-hint")).to_be_hidden()  # nothing takes what is dropped
    page.get_by_label("外字のファイル").set_input_files(files)
    page.get_by_role("button", name="登録する").click()
    expect(page.get_by_role("status").first).to_contain_text("ファイルを受け取りました")
    town.wait(project)
    page.get_by_role("link", name="最新の状態にする").click()
    expect(page.locator("#files [data-part=state]")).to_have_text(["完了", "完了"])
    shapes = town.shapes(project)
    assert len(shapes) == 5
    page.get_by_role("link", name="次の一字へ").click()

    first = shape_id(page)  # another candidate than the machine's, and its own facts are shown
    page.locator("#c2").check()
    expect(page.locator(".about[data-of=c2] figure.candidate img")).to_be_visible()
    expect(page.locator(".about[data-of=c1] figure.candidate img")).to_be_hidden()
    page.get_by_role("radio", name="類似").check()
    page.get_by_label("理由", exact=False).first.fill("二番目の候補に近い。")
    wanted = page.locator("#c2").get_attribute("value")
    page.get_by_role("button", name="決める").click()
    (made,) = town.decisions(first)
    assert (made.mj, made.verdict, made.seconds) == (wanted, "類似", None)

    second = shape_id(page)  # a character that is not among the candidates
    assert second != first
    page.locator("#q").fill("さい")
    page.get_by_role("button", name="さがす").click()
    assert shape_id(page) == second
    found = page.locator("#found .pick").nth(1)
    wanted = found.get_attribute("value")
    found.check()
    page.get_by_role("radio", name="類似").check()
    page.get_by_label("理由", exact=False).first.fill("読みでさがした。")
    page.get_by_role("button", name="決める").click()
    (made,) = town.decisions(second)
    assert (made.mj, made.seen["page"]["looked_up"]) == (wanted, "さい")

    third = shape_id(page)  # as the machine says
    verdict, mj = town.shape(third).machine_class, town.shape(third).machine_mj
    assert page.locator("#verdict [name=verdict]:checked").count() == 1
    page.get_by_role("button", name="決める").click()
    (made,) = town.decisions(third)
    assert (made.verdict, made.mj) == (verdict, mj)

    page.goto(f"{town.url}/projects/{project}/shapes")
    page.get_by_role("group", name="状態").get_by_label("二次待ち").check()
    page.get_by_role("button", name="表示する").click()
    expect(page.locator("#total")).to_have_text("3 図形")
    expect(page.locator("table.shapes tbody tr")).to_have_count(3)

    other = browse(town.login("second"), java_script_enabled=False)
    other.goto(f"{town.url}/shapes/{third}?project={project}")
    other.get_by_role("button", name="決める").click()
    assert town.shape(third).state == State.SETTLED.value
    other.goto(f"{town.url}/projects/{project}")
    with other.expect_download() as started:
        other.get_by_role("link", name="同定結果リスト（Excel）").click()
    path = tmp_path / "結果.xlsx"
    started.value.save_as(path)
    assert zipfile.is_zipfile(path)
    taken = [each for each in read_decisions(path) if each.verdict is not Ruling.OPEN]
    assert [each.mj for each in taken] == ([] if verdict == "類似" else [mj])

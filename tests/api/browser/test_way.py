"""From a file to a list that another office can read: everything between, by the people who do it."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from api.domain.standing import Stage, State
from engine.demo import OUTLINE_GLYPHS
from engine.output.load import Ruling, read_decisions, read_results
from engine.result import Subclass, Verdict
from tests.api.browser import material
from tests.api.browser.hands import (
    CLASS_KEYS,
    chosen,
    confirm,
    drop,
    is_marked,
    log_in,
    mark,
    press,
    ready,
    shape_id,
)  # fmt: skip
from tests.api.browser.site import PASSWORD

KANJI, KANA, MARKS = OUTLINE_GLYPHS[:7], OUTLINE_GLYPHS[27:28], OUTLINE_GLYPHS[29:30]
SURE = OUTLINE_GLYPHS[20]

_WATCH_STATES = """
() => {
  window.states = [];
  const look = () => {
    const shown = document.querySelectorAll("#files [data-part=state]");
    window.states.push(...[...shown].map((each) => each.textContent));
  };
  new MutationObserver(look).observe(document.body, { childList: true, subtree: true, characterData: true });
}
"""


@pytest.fixture
def files(tmp_path, debian_font):
    """An EUDC.tte and a ZIP of dots as pictures, one of them damaged."""
    dots = material.dots(debian_font, tmp_path, "德瀨﨑邊")
    return (
        material.eudc(debian_font, tmp_path, (*KANJI, *KANA, *MARKS)),
        material.pictures(dots, tmp_path / "外字画像.zip"),
    )


def test_from_a_file_to_the_list_of_results(browse, town, files, tmp_path):
    project = _hand_in(browse(), town, files)
    decided = _first(browse(), town, project)
    disputed = _second(browse(town.login("second")), town, project, decided)
    _confer(browse(town.login("colleague")), town, disputed)
    withdrawn = next(each for each in decided if each != disputed)
    admin = browse(town.login("admin"))
    _withdraw(admin, town, withdrawn)
    _export(admin, town, project, disputed, withdrawn, tmp_path)
    _look_back(admin, town, disputed)


def _hand_in(page, town, files) -> int:
    """The administrator makes a project and hands files in: one through the field, one dropped."""
    eudc, pictures = files
    log_in(page, town.login("admin"), PASSWORD)
    page.get_by_role("link", name="新しいプロジェクトを作る").click()
    page.get_by_label("プロジェクトの名前").fill("住民記録の外字")
    page.get_by_label("システム").fill("住民記録")
    page.get_by_label("提出区分").select_option("2")
    page.get_by_role("button", name="プロジェクトを作る").click()
    expect(page.get_by_role("status").first).to_contain_text("プロジェクトを作りました")
    project = int(page.url.split("/projects/")[1].split("?")[0])
    mark(page)
    page.evaluate(_WATCH_STATES)
    page.get_by_label("外字のファイル").set_input_files(eudc)
    page.get_by_role("button", name="登録する").click()
    expect(page.locator("#sending li")).to_contain_text("受け取りました")
    drop(page, "#drop", pictures)
    expect(page.locator("#sending li")).to_contain_text(["外字画像.zip"])
    rows = page.locator("#files tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.locator("[data-part=state]")).to_have_text(["完了", "完了"], timeout=90_000)
    assert is_marked(page)  # all of it came into the page as it stood
    assert {"順番待ち", "同定中"} & set(page.evaluate("window.states"))
    expect(rows.filter(has_text="外字画像.zip").locator("[data-part=count]")).to_have_text("5 / 5 字")
    expect(page.get_by_role("link", name="うち読めなかったもの 1 字")).to_be_visible()
    page.get_by_role("link", name="外字の一覧").last.click()
    shapes = town.shapes(project)
    expect(page.locator("#total")).to_have_text(f"{len(shapes)} 図形")
    similar = [each for each in shapes if each.machine_class == Verdict.SIMILAR.value]
    assert similar
    page.get_by_role("group", name="機械の区分").get_by_label("類似").check()
    expect(page.locator("#total")).to_have_text(f"{len(similar)} 図形")
    expect(page.locator("table.shapes tbody tr")).to_have_count(len(similar))
    page.get_by_role("link", name="すべて解除").click()
    page.get_by_label("さがす").fill("U+E004")
    page.get_by_label("さがす").press("Enter")
    expect(page.locator("#total")).not_to_have_text(f"{len(shapes)} 図形")
    expect(page.locator("table.shapes tbody tr")).to_contain_text(["U+E004"])
    return project


def _first(page, town, project) -> dict[int, tuple[str, str]]:
    """The first person decides all with the keyboard only, never loading a whole page."""
    log_in(page, town.login("first"), PASSWORD)
    page.get_by_role("link", name="判定する").click()
    ready(page)
    mark(page)
    addresses = page.evaluate("history.length")
    decided = {}
    shapes = town.shapes(project)
    for number, _ in enumerate(shapes[:-1]):
        shape = shape_id(page)
        verdict, mj = chosen(page)
        machine = town.shape(shape)
        assert verdict == (machine.machine_subclass or machine.machine_class)
        assert mj == machine.machine_mj
        if number == 0:  # not what the machine says: the next candidate, and another class
            press(page, "2", CLASS_KEYS["類似"])
            assert chosen(page)[1] not in ("", mj)
        verdict, mj = chosen(page)
        decided[shape] = (verdict, mj)
        confirm(page)
        assert is_marked(page)
    assert page.evaluate("history.length") == addresses + len(decided)
    for shape, (verdict, mj) in decided.items():
        (made,) = town.decisions(shape)
        assert (made.subclass or made.verdict, made.mj, made.stage) == (verdict, mj, Stage.FIRST.value)
        assert made.user_id == town.place("first").actor.user_id
        assert 0 < made.seconds < 60
        assert town.shape(shape).state == State.AWAITING_SECOND.value
    press(page, "Enter")  # the last one leads back to the list
    page.wait_for_url("**/shapes?**")
    expect(page.locator("#total")).to_have_text(f"{len(shapes)} 図形")
    return decided


def _second(page, town, project, decided) -> int:
    """Another person decides without seeing the first one's; on one they disagree."""
    page.goto(f"{town.url}/projects/{project}/next")
    ready(page)
    mark(page)
    disputed = shape_id(page)
    expect(page.locator("#desk .events")).to_contain_text("二次判定が済むまで伏せています")
    assert decided[disputed][1] not in page.locator("#desk .events").inner_text()
    assert chosen(page)[1] == town.shape(disputed).machine_mj  # the machine's, not the first person's
    confirm(page)
    for _ in range(3):
        shape = shape_id(page)
        verdict, mj = decided[shape]
        assert tuple(chosen(page)) == (verdict, mj)
        confirm(page)
        now = town.shape(shape)
        assert (now.state, now.final_subclass or now.final_class, now.final_mj) == (
            State.SETTLED.value, verdict, mj,
        )  # fmt: skip
    assert is_marked(page)
    assert town.shape(disputed).state == State.DISPUTED.value
    return disputed


def _confer(page, town, disputed) -> None:
    """A third one settles it: sees both, has to say why."""
    page.goto(f"{town.url}/shapes/{disputed}")
    ready(page)
    both = page.get_by_role("region", name="二人の判定")
    expect(both.get_by_role("listitem")).to_have_count(2)
    assert chosen(page)[0] == ""  # no class is suggested between two people
    press(page, "1", CLASS_KEYS["類似"], "Enter")
    assert len(town.decisions(disputed)) == 2  # the browser asks for the reason first
    press(page, "Escape", "u")
    page.keyboard.type("点の位置が違うため、類似とした。")
    press(page, "Control+Enter")
    expect(page.locator(f"#desk[data-shape='{disputed}']")).to_have_count(0)
    last = town.decisions(disputed)[-1]
    assert (last.stage, last.verdict, last.reason) == (
        Stage.CONFERENCE.value, Verdict.SIMILAR.value, "点の位置が違うため、類似とした。",
    )  # fmt: skip
    assert town.shape(disputed).state == State.SETTLED.value


def _withdraw(page, town, shape) -> None:
    page.goto(f"{town.url}/shapes/{shape}")
    expect(page.locator(".state-settled").first).to_be_visible()
    second = page.locator(".events li").filter(has_text="二次判定").filter(has_text="この判定を取り消す")
    second.get_by_text("この判定を取り消す").click()
    second.get_by_label("取り消す理由").fill("別の字形と取り違えていた。")
    second.get_by_role("button", name="取り消す").click()
    expect(page.locator(".state-awaiting-second").first).to_be_visible()
    expect(page.locator(".events")).to_contain_text("理由: 別の字形と取り違えていた。")
    assert town.shape(shape).state == State.AWAITING_SECOND.value


def _export(page, town, project, disputed, withdrawn, folder) -> None:
    """The list as Excel holds what is settled, and reads back as the engine's own."""
    page.goto(f"{town.url}/projects/{project}")
    with page.expect_download() as started:
        page.get_by_role("link", name="同定結果リスト（Excel）").click()
    path = folder / "受け取ったもの.xlsx"
    started.value.save_as(path)
    assert started.value.suggested_filename.endswith(".xlsx")
    rows = {(row.source, row.gaiji_code): row for row in read_results(path)}
    assert len(rows) == len(KANJI) + len(KANA) + len(MARKS) + 5
    assert sum(row.status != "ok" for row in rows.values()) == 1
    shapes = {each.id: each for each in town.shapes(project)}
    assert shapes[disputed].state == State.SETTLED.value
    assert shapes[withdrawn].state == State.AWAITING_SECOND.value
    decided = read_decisions(path)
    settled = [each for each in shapes.values() if each.state == State.SETTLED.value]
    similar = [each for each in settled if each.final_class == Verdict.SIMILAR.value]
    named = [each for each in settled if each.final_mj and each not in similar]
    assert similar
    assert named
    taken = [each.mj for each in decided if each.verdict in (Ruling.ACCEPTED, Ruling.OTHER)]
    assert sorted(taken) == sorted(each.final_mj for each in named)
    left = [each.note for each in decided if each.verdict is Ruling.OPEN]  # not to be exchanged
    assert sorted(each for each in left if each.startswith("確定: 類似")) == sorted(
        f"確定: 類似 {each.final_mj}" for each in similar
    )


def _look_back(page, town, disputed) -> None:
    """The audit log names it, and the decision can be seen as it was."""
    page.get_by_role("link", name="操作の記録").click()
    log = page.get_by_role("region", name="操作の記録の表")
    for title in ("判定", "判定の取り消し"):
        expect(log.get_by_role("cell", name=title, exact=True).first).to_be_visible()
    first = town.decisions(disputed)[0]
    page.goto(f"{town.url}/decisions/{first.id}")
    expect(page.get_by_role("heading", level=1)).to_contain_text("一次判定の記録")
    expect(page.locator(".settled .line")).to_contain_text(first.mj)
    assert chosen(page)[1] == first.mj
    expect(page.locator("#confirm")).to_have_count(0)


@pytest.fixture(scope="module")
def project(town, debian_font, tmp_path_factory):
    """Characters of people's names in dots, one that the machine is sure of, and a mark."""
    folder = tmp_path_factory.mktemp("more")
    project = town.project("戸籍の外字", "戸籍")
    town.hand_in(
        project,
        material.dots(debian_font, folder, "廣櫻齋齊眞"),
        material.eudc(debian_font, folder, (SURE, *MARKS)),
    )
    return project


def test_characters_that_were_not_among_the_candidates(browse, town, project, table):
    page = browse(town.login("first"))
    page.goto(f"{town.url}/projects/{project}/next")
    ready(page)
    mark(page)
    by_reading = shape_id(page)
    _look_up(page, "さい")
    found = [each.get_attribute("value") for each in page.locator("#found .pick").all()]
    assert len(found) > 3
    press(page, "ArrowRight", "ArrowRight")
    assert chosen(page)[1] == found[2]
    expect(
        page.locator(f".about[data-of='{page.locator('.pick:checked').get_attribute('id')}']")
    ).to_be_visible()
    press(page, CLASS_KEYS["類似"], "u")
    page.keyboard.type("部首が違う。")
    press(page, "Control+Enter")
    expect(page.locator(f"#desk[data-shape='{by_reading}']")).to_have_count(0)
    by_parts = shape_id(page)
    _look_up(page, "木 目")
    found_by_parts = [each.get_attribute("value") for each in page.locator("#found .pick").all()]
    assert "相" in {table.record(mj).character for mj in found_by_parts}
    wanted = next(mj for mj in found_by_parts if table.record(mj).character == "相")
    for _ in found_by_parts:
        if chosen(page)[1] == wanted:
            break
        press(page, "ArrowRight")
    press(page, CLASS_KEYS["デザイン差"], "u")
    page.keyboard.type("部品でさがした。")
    press(page, "Control+Enter")
    expect(page.locator(f"#desk[data-shape='{by_parts}']")).to_have_count(0)
    assert is_marked(page)
    (first,), (second,) = town.decisions(by_reading), town.decisions(by_parts)
    assert (first.mj, first.verdict) == (found[2], Verdict.SIMILAR.value)
    assert (second.mj, second.verdict) == (wanted, Verdict.DESIGN.value)
    assert first.seen["page"]["looked_up"] == "さい"


def _look_up(page, text) -> None:
    press(page, "/")
    page.keyboard.type(text)
    press(page, "Enter")
    expect(page.locator("#found .pick").first).to_be_focused()
    assert page.locator("#found").get_attribute("data-text") == text


def test_contradicting_a_sure_suggestion_asks_for_a_reason(browse, town, watch, project):
    watch.expect("status of 422")
    sure = next(
        each for each in town.shapes(project)
        if each.review == "auto" and each.state == State.OPEN.value
    )  # fmt: skip
    page = browse(town.login("first"))
    page.goto(f"{town.url}/shapes/{sure.id}?project={project}")
    ready(page)
    mark(page)
    press(page, CLASS_KEYS["不明文字"], "Enter")
    expect(page.get_by_role("alert")).to_contain_text("理由")
    expect(page.locator("#reason")).to_be_focused()
    assert chosen(page)[0] == Subclass.UNKNOWN.value  # what was chosen is still chosen
    assert not town.decisions(sure.id)
    assert is_marked(page)
    page.keyboard.type("かすれていて読めない。")
    press(page, "Control+Enter")
    expect(page.locator(f"#desk[data-shape='{sure.id}']")).to_have_count(0)
    (made,) = town.decisions(sure.id)
    assert (made.subclass, made.mj, made.reason) == (
        Subclass.UNKNOWN.value, "", "かすれていて読めない。",
    )  # fmt: skip

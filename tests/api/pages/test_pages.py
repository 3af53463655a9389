"""First page, projects, list, unreadable gaiji and help: what they show, to whom, and how they are built."""

from __future__ import annotations

import hashlib
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from sqlalchemy import select

from api.domain.standing import State
from api.pages.help import TOPICS
from api.pages.templates import FOLDER, percent, size, when
from api.security.rates import Rates
from api.store.models import Project, Shape, Upload
from api.store.types import now
from engine.result import Verdict
from tests.api.conftest import HERE, THERE
from tests.api.large import fill

STATIC = FOLDER.parent / "static"


class Outline(HTMLParser):
    """What of a page can be checked without a browser."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.headings: list[int] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def check(text: str) -> Outline:
    """Refuse what the content security policy would stop, and what a screen reader would stumble over."""
    page = Outline(text)
    for tag, attributes in page.tags:
        assert "style" not in attributes, tag
        assert not [name for name in attributes if name.startswith("on")], tag
        for name in ("src", "href", "action", "hx-get"):
            address = attributes.get(name) or "/"
            assert address[:1] in "/#?", (tag, address)
    assert all(script.get("src") for script in page.all("script"))
    assert not page.all("style")
    assert page.all("html")[0]["lang"] == "ja"
    assert page.headings.count(1) == 1
    assert all(b - a <= 1 for a, b in zip(page.headings, page.headings[1:], strict=False)), page.headings
    assert all("alt" in image for image in page.all("img"))
    assert all(header.get("scope") for header in page.all("th"))
    labelled = {label.get("for") for label in page.all("label")}
    ids = [attributes["id"] for _, attributes in page.tags if attributes.get("id")]
    assert len(ids) == len(set(ids))
    for tag in ("input", "select", "textarea"):
        for field in page.all(tag):
            named = field.get("id") in labelled or field.get("type") in ("hidden", "checkbox", "radio")
            assert named, field
    described = [a["aria-describedby"] for _, a in page.tags if a.get("aria-describedby")]
    assert set(" ".join(described).split()) <= set(ids)
    return page


@pytest.fixture
def filled(services, people):
    return fill(
        services.database, municipality_id=people["here"], user_id=people["first"], shapes=120, gaiji=150
    )


def _paths(large) -> dict[str, str]:
    one = f"/m/{HERE}/projects/{large.large_project}"
    return {
        "home": "/",
        "projects": f"/m/{HERE}",
        "project": one,
        "list": f"{one}/shapes?states=open&classes=類似&confidence_min=0.5&text=U%2B",
        "every list": f"/m/{HERE}/shapes",
        "unreadable": f"{one}/unreadable",
    }


@pytest.mark.parametrize("name", ["viewer", "first", "second", "admin"])
@pytest.mark.parametrize("which", ["home", "projects", "project", "list", "every list", "unreadable"])
def test_every_page_is_well_built_for_every_role(client_of, filled, which, name):
    answer = client_of(name).get(_paths(filled)[which])
    assert answer.status_code == 200
    check(answer.text)


@pytest.mark.parametrize("which", ["projects", "project", "list", "every list", "unreadable"])
def test_another_municipalitys_people_see_nothing(client_of, filled, which):
    answer = client_of("other-admin").get(_paths(filled)[which])
    assert answer.status_code == 404
    assert "住民記録" not in answer.text


def test_another_municipalitys_project_is_not_found_under_ones_own_code(client_of, filled):
    for path in ("", "/shapes", "/unreadable", "/next", "/export.csv"):
        url = f"/m/{THERE}/projects/{filled.large_project}{path}"
        assert client_of("other-admin").get(url).status_code == 404, path


def test_the_first_page_leads_to_each_number(client_of, services, filled):
    text = client_of("second").get("/").text
    with services.database.reading() as session:
        number = len(session.scalars(select(Shape.id).where(Shape.state == "open")).all())
    url = f"/m/{HERE}/projects/{filled.large_project}/shapes?states=open"
    assert re.search(re.escape(f'href="{url}"') + rf">{number}<", text)
    assert "札幌市" not in text


def test_a_person_without_a_municipality_is_told_what_to_do(client_of):
    assert "まだどの団体にも入っていません" in client_of("operator").get("/").text


def test_a_project_is_made_with_the_form(client_of, services):
    client = client_of("admin")
    made = client.post(f"/m/{HERE}/projects", data={"name": "税", "system": "税務", "charset": "mj"})
    assert made.status_code == 303
    page = client.get(made.headers["location"])
    assert "プロジェクトを作りました" in page.text
    wrong = client.post(f"/m/{HERE}/projects", data={"name": "税", "system": "税務"})
    assert wrong.status_code == 409
    assert "同じ名前のプロジェクトがあります" in wrong.text
    empty = client.post(f"/m/{HERE}/projects", data={"name": "", "system": "<b>"})
    assert empty.status_code == 422
    assert "プロジェクトの名前を入力してください" in empty.text
    assert "&lt;b&gt;" in empty.text
    check(empty.text)


def test_only_administrators_are_offered_and_allowed_to_make_projects(client_of, filled):
    for name in ("viewer", "first", "second"):
        assert "プロジェクトを作る" not in client_of(name).get(f"/m/{HERE}").text
        answer = client_of(name).post(f"/m/{HERE}/projects", data={"name": "税", "system": "税務"})
        assert answer.status_code == 403


def test_a_project_is_changed_closed_and_reopened(client_of, services, filled):
    client, url = client_of("admin"), f"/m/{HERE}/projects/{filled.small_project}"
    data = {"name": "附票", "system": "戸籍附票", "version": "1"}
    assert client.post(url, data=data).status_code == 303
    stale = client.post(url, data=data)
    assert stale.status_code == 409
    assert "ほかの人が先に変更しました" in stale.text
    assert client.post(f"{url}/archive", data={"version": "2"}).status_code == 303
    closed = client.get(url)
    assert "終了しました" in closed.text
    assert 'id="upload"' not in closed.text
    assert client.post(f"{url}/reopen", data={"version": "3"}).status_code == 303
    with services.database.reading() as session:
        assert session.get_one(Project, filled.small_project).name == "附票"


def test_files_show_how_far_they_are(client_of, services, people, filled):
    with services.database.writing() as session:
        session.add(
            Upload(
                municipality_id=people["here"], project_id=filled.large_project, name="<i>.zip", size=2**21,
                sha256="1" * 64, state="running", total=1000, done=250, started_at=now(),
            )
        )  # fmt: skip
    url = f"/m/{HERE}/projects/{filled.large_project}"
    page = check(client_of("first").get(url).text)
    bar = next(each for each in page.all("progress") if each.get("data-part") == "bar")
    assert (bar["max"], bar["value"]) == ("1000", "250")
    (row,) = [each for each in page.all("tr") if each.get("data-events")]
    assert row["data-events"].startswith(f"{url}/uploads/")
    assert [form["action"] for form in page.all("form") if (form.get("action") or "").endswith("/cancel")]
    assert "取り消す" not in client_of("viewer").get(url).text


def _rows(text: str) -> list[int]:
    return [int(each) for each in re.findall(r'data-row href="/m/\d+/shapes/(\d+)\?', text)]


def test_the_list_is_paged_both_ways_and_keeps_its_filter(client_of, services, filled):
    client, url = client_of("first"), f"/m/{HERE}/projects/{filled.large_project}/shapes"
    first = client.get(url, params={"sort": "-confidence"}).text
    behind = re.search(r'rel="next" href="([^"]+)"', first)[1].replace("&amp;", "&")
    assert "sort=-confidence" in behind
    second = client.get(behind).text
    back = re.search(r'rel="prev" href="([^"]+)"', second)[1].replace("&amp;", "&")
    assert _rows(client.get(back).text) == _rows(first)
    assert not set(_rows(first)) & set(_rows(second))
    link = re.search(r'data-row href="([^"]+)"', first)[1]
    assert f"project={filled.large_project}&amp;sort=-confidence" in link


def test_what_is_filtered_by_is_taken_off_one_by_one(client_of, filled):
    url = f"/m/{HERE}/projects/{filled.large_project}/shapes"
    text = client_of("first").get(f"{url}?states=open&states=settled&review=auto&kinds=1").text
    chips = [
        each.replace("&amp;", "&")
        for each in re.findall(r'<li><a href="[^?]*\?([^"]*)">[^<]* <span aria', text)
    ]
    assert chips == [
        "states=settled&review=auto&kinds=1",
        "states=open&review=auto&kinds=1",
        "states=open&states=settled&kinds=1",
        "states=open&states=settled&review=auto",
    ]


def test_the_tabs_count_every_state_of_the_filter(client_of, services, filled):
    url = f"/m/{HERE}/projects/{filled.large_project}/shapes"
    text = client_of("first").get(f"{url}?classes={Verdict.SIMILAR}&states=open").text
    with services.database.reading() as session:
        states = session.scalars(select(Shape.state).where(Shape.machine_class == "類似")).all()
    for state in State:
        shown = re.search(rf'>{state.japanese} <span class="number">(\d+)</span></a>', text)
        assert int(shown[1]) == states.count(state.value)


@pytest.mark.parametrize(
    "query", ["states=nonsense", "cursor=@@@", "sort=upside-down", "confidence_min=0.9&confidence_max=0.1"]
)
def test_a_wrong_address_is_told_and_the_list_shown_nevertheless(client_of, filled, query):
    answer = client_of("first").get(f"/m/{HERE}/projects/{filled.large_project}/shapes?{query}")
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert len(_rows(answer.text)) == 50


def test_a_cursor_of_another_order_begins_again(client_of, filled):
    client, url = client_of("first"), f"/m/{HERE}/projects/{filled.large_project}/shapes"
    cursor = re.search(r'rel="next" href="[^"]*cursor=([^"]+)"', client.get(url).text)[1]
    changed = client.get(url, params={"sort": "class", "cursor": cursor})
    assert _rows(changed.text) == _rows(client.get(url, params={"sort": "class"}).text)


def test_going_on_leads_to_a_shape_that_one_may_decide_or_says_there_is_none(client_of, services, filled):
    url = f"/m/{HERE}/projects/{filled.large_project}/next"
    answer = client_of("second-first").get(url)
    assert answer.status_code == 303
    shape_id = int(re.search(r"/shapes/(\d+)\?project=", answer.headers["location"])[1])
    with services.database.reading() as session:
        assert session.get_one(Shape, shape_id).state == "open"
    viewer = client_of("viewer")
    assert "left=none" in viewer.get(url).headers["location"]
    assert "残っていません" in viewer.get(viewer.get(url).headers["location"]).text
    assert viewer.get("/next").headers["location"] == "/"


def test_an_export_is_a_download(client_of, filled):
    url = f"/m/{HERE}/projects/{filled.small_project}/export.csv"
    answer = client_of("viewer").get(url)
    assert answer.status_code == 200
    assert re.fullmatch(
        r'attachment; filename="gaiji-\d{6}-\d+-\d{8}\.csv"', answer.headers["content-disposition"]
    )
    assert answer.content.startswith(b"\xef\xbb\xbfsource,gaiji_code,class")
    assert client_of("viewer").get(url + "?people=1").status_code == 403
    assert client_of("viewer").get(url.replace("csv", "exe")).status_code in (404, 422)


def test_files_and_new_identifications_come_only_so_often(app, client_of, filled):
    app.state.rates = Rates({"login": "9/minute", "identify": "2/minute"})
    client, url = client_of("admin"), f"/m/{HERE}/projects/{filled.large_project}"
    file = {"file": ("a.png", b"\x89PNG\r\n\x1a\n")}
    assert client.post(f"{url}/uploads", files=file).status_code == 303
    assert client.post(f"{url}/reidentify").status_code == 303
    refused = client.post(f"{url}/uploads", files=file)
    assert refused.status_code == 429
    assert 1 <= int(refused.headers["retry-after"]) <= 60  # what the page's script waits for
    assert client.post(f"{url}/reidentify").status_code == 429
    assert client_of("first").post(f"{url}/uploads", files=file).status_code == 303


@pytest.mark.parametrize("topic", TOPICS)
def test_every_help_page_is_there_for_everybody(client_of, topic):
    answer = client_of("").get(f"/help/{topic}")
    assert answer.status_code == 200
    page = check(answer.text)
    for link in page.all("a"):
        address = link["href"] or ""
        if address.startswith("/help/"):
            assert address.removeprefix("/help/") in TOPICS


def test_a_help_page_that_does_not_exist_is_not_found(client_of):
    assert client_of("").get("/help/..%2fbase").status_code == 404
    assert client_of("").get("/help/frame").status_code == 404


def test_every_page_links_to_a_help_page_that_exists():
    topics = set()
    for path in FOLDER.rglob("*.html"):
        topics |= set(re.findall(r"block help %}([a-z-]+){%", path.read_text(encoding="utf-8")))
    assert topics <= set(TOPICS)
    assert "decide" in topics


def test_vendored_files_are_what_the_list_says():
    listed = (STATIC / "vendor" / "VENDORED.md").read_text(encoding="utf-8")
    sums = dict(re.findall(r"^\| `([^`]+)` .*\| `([0-9a-f]{64})` \|$", listed, re.MULTILINE))
    present = {
        path.relative_to(STATIC / "vendor").as_posix()
        for path in Path(STATIC / "vendor").rglob("*")
        if path.is_file() and path.suffix in (".js", ".css", ".woff2")
    }
    assert present == set(sums)
    for name, digest in sums.items():
        assert hashlib.sha256((STATIC / "vendor" / name).read_bytes()).hexdigest() == digest


@pytest.mark.parametrize(
    ("share", "text"), [(0.972, "97.2 %"), (1.0, "100.0 %"), (0.99999, "99.9 %"), (None, "—"), (0.0, "0.0 %")]
)
def test_a_share_is_never_rounded_up_to_all(share, text):
    assert percent(share) == text


def test_times_and_sizes_are_as_in_japan():
    from datetime import UTC, datetime

    assert when(datetime(2026, 3, 31, 15, 5, tzinfo=UTC)) == "2026-04-01 00:05"
    assert [size(each) for each in (10, 2048, 3 * 2**20, 5 * 2**30, None)] == [
        "10 バイト", "2.0 KB", "3.0 MB", "5.0 GB", "—",
    ]  # fmt: skip

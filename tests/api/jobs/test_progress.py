"""Progress as pages and programs see it: routes, rights, events, the form that hands files in."""

from __future__ import annotations

import json
import threading
from datetime import timedelta

import pytest

from api.errors import RateLimitError
from api.jobs.progress import Speedometer, Streams, overall_rate, progress_of
from api.jobs.worker import Worker
from api.pages import progress as pages
from api.store.models import Upload
from api.store.types import now

from .conftest import DOTS, dots, many, picture

BASE = "/m/131016/projects"
ORIGIN = {"Origin": "http://testserver"}


def _post(client, path, **rest):
    return client.post(path, headers=ORIGIN, follow_redirects=False, **rest)


def _row(services, upload_id: int) -> Upload:
    with services.database.reading() as session:
        return session.get_one(Upload, upload_id)


def _read_events(text: str) -> list[dict]:
    return [json.loads(line[6:]) for line in text.splitlines() if line.startswith('data: {"')]


def test_files_are_handed_in_by_a_form_and_identified(client_of, services, project):
    project_id = project()
    files = [("file", ("E000.png", picture(1), "text/html")), ("file", ("C:\\外字\\追加.zip", many([1, 2])))]
    answer = _post(client_of("first"), f"{BASE}/{project_id}/uploads", files=files, data={"ranges": ""})
    assert (answer.status_code, answer.headers["location"]) == (303, f"{BASE}/{project_id}?done=uploaded")
    assert Worker(services).run_all() == 2
    assert [_row(services, n).name for n in (1, 2)] == ["E000.png", "追加.zip"]
    assert [_row(services, n).state for n in (1, 2)] == ["done", "done"]


def test_a_viewer_and_a_stranger_hand_nothing_in(client_of, services, project):
    path = f"{BASE}/{project()}/uploads"
    files = [("file", ("E000.png", picture(1)))]
    assert _post(client_of("viewer"), path, files=files).status_code == 403
    assert _post(client_of("other-admin"), path, files=files).status_code == 404
    assert _post(client_of(""), path, files=files).status_code in (303, 401)
    with services.database.reading() as session:
        assert session.query(Upload).count() == 0


def test_what_is_wrong_with_a_file_is_said(client_of, project):
    path = f"{BASE}/{project()}/uploads"
    client = client_of("first")
    wrong = _post(client, path, files=[("file", ("a.png", picture(1))), ("file", ("b.exe", b"MZ rubbish"))])
    assert wrong.status_code == 415
    assert "b.exe" in wrong.text
    assert "先の 1 個は受け取りました" in wrong.text
    assert _post(client, path, data={"ranges": "E000"}).status_code == 422
    files = [("file", ("a.png", picture(1)))]
    assert _post(client, path, files=files, data={"ranges": "F000-E000"}).status_code == 422


def test_the_page_shows_where_it_stands(client_of, services, hand_in, project):
    project_id = project()
    upload = hand_in(dots([1, 2]), "外字<b>.bin", project_id, options=DOTS)
    url = f"{BASE}/{project_id}/uploads/{upload.id}"
    client = client_of("viewer")
    whole = client.get(url)
    assert whole.status_code == 200
    assert "順番待ち" in whole.text
    assert "<b>" not in whole.text
    assert 'http-equiv="refresh"' in whole.text
    part = client.get(url, headers={"HX-Request": "true"})
    assert "<html" not in part.text
    assert 'hx-trigger="every 2s"' in part.text
    Worker(services).run_all()
    ended = client.get(url, headers={"HX-Request": "true"})
    assert "完了" in ended.text
    assert "hx-trigger" not in ended.text
    assert client.get(f"{BASE}/{project('税')}/uploads/{upload.id}").status_code == 404
    assert client_of("other-viewer").get(url).status_code == 404


def test_events_tell_every_change_and_end(client_of, services, hand_in, project, monkeypatch):
    monkeypatch.setattr(pages, "POLL_S", 0.02)
    project_id = project()
    upload = hand_in(dots([1, 2, 3]), "a.bin", project_id, options=DOTS)

    looked = threading.Semaphore(0)

    def seen(*rest):
        looked.release()
        return progress_of(*rest)

    def later() -> None:
        for _ in range(3):  # by then the first look has been told
            assert looked.acquire(timeout=30)
        Worker(services).run_all()

    monkeypatch.setattr(pages, "progress_of", seen)
    thread = threading.Thread(target=later)
    thread.start()
    answer = client_of("viewer").get(f"{BASE}/{project_id}/uploads/{upload.id}/events")
    thread.join()
    assert answer.headers["content-type"].startswith("text/event-stream")
    told = _read_events(answer.text)
    assert (told[0]["state"], told[0]["done"]) == ("queued", 0)
    assert {key: told[-1][key] for key in ("state", "total", "done", "failed")} == {
        "state": "done",
        "total": 3,
        "done": 3,
        "failed": 0,
    }
    assert answer.text.rstrip().endswith("event: end\ndata: {}")


def test_events_are_for_those_who_may_read(client_of, hand_in, project):
    project_id = project()
    upload = hand_in(dots([1]), "a.bin", project_id, options=DOTS)
    url = f"{BASE}/{project_id}/uploads/{upload.id}/events"
    assert client_of("other-admin").get(url).status_code == 404
    assert client_of("viewer").get(f"{BASE}/{project_id}/uploads/999/events").status_code == 404


def test_a_stream_that_ended_is_not_counted(client_of, services, app, hand_in, project):
    project_id = project()
    upload = hand_in(dots([1]), "a.bin", project_id, options=DOTS)
    Worker(services).run_all()
    client = client_of("viewer")
    for _ in range(10):
        assert client.get(f"{BASE}/{project_id}/uploads/{upload.id}/events").status_code == 200
    app.state.streams._open.clear()
    for _ in range(6):
        app.state.streams.enter(_user(services))
    assert client.get(f"{BASE}/{project_id}/uploads/{upload.id}/events").status_code == 429


def _user(services) -> int:
    from api.store.models import User

    with services.database.reading() as session:
        return session.query(User.id).filter(User.login == "viewer").scalar()


def test_cancel_and_retry(client_of, services, hand_in, project):
    project_id = project()
    upload = hand_in(dots([1]), "a.bin", project_id, options=DOTS)
    url = f"{BASE}/{project_id}/uploads/{upload.id}"
    client = client_of("first")
    assert _post(client_of("viewer"), f"{url}/cancel").status_code == 403
    assert _post(client_of("other-admin"), f"{url}/cancel").status_code == 404
    assert _post(client, f"{url}/retry").status_code == 409
    assert _post(client, f"{url}/cancel").status_code == 303
    assert _row(services, upload.id).state == "cancelled"
    assert _post(client, f"{url}/cancel").status_code == 409
    assert Worker(services).run_all() == 0
    assert _post(client, f"{url}/retry").status_code == 303
    assert Worker(services).run_all() == 1
    assert _row(services, upload.id).state == "done"


def test_streams_are_limited_for_each_person():
    streams = Streams(2)
    streams.enter(1)
    streams.enter(1)
    with pytest.raises(RateLimitError):
        streams.enter(1)
    streams.enter(2)
    with streams.held(1):
        pass
    streams.enter(1)


def test_the_rate_is_that_of_the_last_seconds():
    speed = Speedometer()
    assert speed.see(0, 0.0) is None
    assert speed.see(10, 0.5) is None  # too short to tell
    assert speed.see(100, 10.0) == pytest.approx(10.0)
    for second in range(11, 60):
        rate = speed.see(100 + 2 * (second - 10), float(second))
    assert rate == pytest.approx(2.0, rel=0.1)


def test_what_is_left_follows_from_the_rate():
    upload = Upload(state="running", total=300, done=100, failed=1, message="")
    upload.started_at = now() - timedelta(seconds=50)
    standing = progress_of(upload, overall_rate(upload, now()))
    assert standing.rate == pytest.approx(2.0, abs=0.1)
    assert standing.seconds_left == pytest.approx(100, abs=3)
    assert progress_of(Upload(state="queued", total=None, done=0, failed=0, message="")).seconds_left is None

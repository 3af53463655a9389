"""What stands around every route: id, headers, host, origin, size, the last net."""

from __future__ import annotations

import re
from typing import Annotated

import pytest
from fastapi import Depends, Form, HTTPException, Request
from fastapi.responses import Response, StreamingResponse
from fastapi.testclient import TestClient
from pydantic import BaseModel

from api.access.current import current_actor
from api.context import request_id
from api.domain.rights import Actor, Role
from api.errors import ConflictError, RateLimitError
from api.security import bodies
from api.security.headers import CONTENT_SECURITY_POLICY
from api.security.rates import Rates, by_user
from api.settings import ServerSettings
from engine.errors import FontMissingError, ReadError, UsageError
from tests.api.clients import stranger, token_of, with_token

MIB = 2**20


class Body(BaseModel):
    number: int


@pytest.fixture
def settings_here() -> dict:
    return {}


@pytest.fixture
def server_settings(tmp_path, database_url, settings_here) -> ServerSettings:
    values = {"request_mib": 1, "upload_mib": 2, "identify_rate": "2/minute"} | settings_here
    return ServerSettings(data_dir=tmp_path / "server", database_url=database_url, _env_file=None, **values)


@pytest.fixture
def app(app):
    """The application with a few routes that do what routes do."""

    def add(path: str, method: str = "GET"):
        def register(function):
            app.add_api_route(path, function, methods=[method])
            return function

        return register

    @add("/api/echo", "POST")
    async def echo(request: Request) -> int:
        return len(await request.body())

    @add("/api/json", "POST")
    def json(body: Body) -> int:
        return body.number

    @add("/api/form", "POST")
    def form(text: Annotated[str, Form()] = "") -> int:
        return len(text)

    @add("/form", "POST")
    def page_form(text: Annotated[str, Form()] = "") -> int:
        return len(text)

    for prefix in ("/api/fail", "/fail"):

        @add(prefix + "/{kind}")
        def fail(kind: str) -> None:
            raise {
                "conflict": ConflictError("重なりました。", {"version": 3}),
                "rate": RateLimitError("待ってください。", {"retry_after_s": 7}),
                "read": ReadError("too-large", "大きすぎます。"),
                "usage": UsageError("こう直してください。"),
                "font": FontMissingError("/secret/place/font.ttf がありません。"),
                "bug": KeyError("secret-of-the-inside"),
                "teapot": HTTPException(418),
                "unavailable": HTTPException(503, "secret-of-the-inside"),
            }[kind]

    @add("/api/id")
    def identity() -> str:
        return request_id.get()

    @add("/api/identify", "POST")
    def identify(_: Annotated[None, Depends(by_user("identify"))]) -> str:
        return "ok"

    @add("/api/in")
    def inside(actor: Annotated[Actor, Depends(current_actor)]) -> int:
        return actor.user_id

    @add("/in")
    def inside_page(actor: Annotated[Actor, Depends(current_actor)]) -> int:
        return actor.user_id

    @add("/api/own-cache")
    def own_cache() -> Response:
        return Response("x", headers={"Cache-Control": "private, max-age=60"})

    @add("/api/stream")
    def stream() -> Response:
        def parts():
            yield b"begun"
            raise KeyError("half way")

        return StreamingResponse(parts())

    return app


@pytest.fixture
def client(app):
    return stranger(app, raise_server_exceptions=False)


def shape(answer) -> dict:
    """The error of an answer, if it has the one shape."""
    document = answer.json()
    assert set(document) == {"error"}
    error = document["error"]
    assert set(error) == {"code", "message", "details", "request_id"}
    assert error["request_id"] == answer.headers["x-request-id"]
    assert re.search(r"[ぁ-ん]", error["message"])
    return error


# --- Ids and headers ---


def test_every_request_has_an_id_of_our_own(client):
    first = client.get("/api/id", headers={"X-Request-Id": "from-outside"})
    second = client.get("/api/id")
    assert first.json() == first.headers["x-request-id"]
    assert re.fullmatch("[0-9a-f]{32}", first.json())
    assert first.json() != second.json()
    assert request_id.get() == ""


@pytest.mark.parametrize(
    "path",
    ["/login", "/api/id", "/static/app.css", "/nowhere", "/api/nowhere", "/api/fail/bug", "/fail/bug"],
)
def test_the_headers_are_on_every_answer(path, client):
    headers = client.get(path).headers
    assert headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "camera=()" in headers["permissions-policy"]
    assert headers["cache-control"] == ("no-cache" if path.startswith("/static") else "no-store")
    assert "strict-transport-security" not in headers
    assert "x-request-id" in headers


def test_the_policy_lets_nothing_in_from_elsewhere():
    rules = dict(rule.split(" ", 1) for rule in CONTENT_SECURITY_POLICY.split("; "))
    assert rules.pop("default-src") == rules.pop("base-uri") == rules.pop("frame-ancestors") == "'none'"
    assert set(rules.values()) == {"'self'"}


def test_a_route_may_say_for_itself_what_is_kept(client):
    assert client.get("/api/own-cache").headers["cache-control"] == "private, max-age=60"


class TestHttps:
    @pytest.fixture
    def settings_here(self) -> dict:
        return {"secure_cookies": True}

    def test_browsers_are_told_to_stay_with_https(self, client):
        assert "max-age=31536000" in client.get("/login").headers["strict-transport-security"]


# --- Origin ---

CROSS = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": ""},
    {"Origin": "http://testserver.evil.example"},
    {"Origin": "http://testserver:8080"},
    {"Origin": "http://testserver@evil.example"},
    {"Origin": "file://testserver"},
    {"Origin": "http://[testserver"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "none"},
    {"Origin": "http://testserver", "Sec-Fetch-Site": "cross-site"},
    {},
]
NEAR = [
    {"Origin": "http://testserver"},
    {"Origin": "https://testserver"},
    {"Sec-Fetch-Site": "same-origin"},
    {"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"},
]


@pytest.mark.parametrize("headers", CROSS)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_write_from_elsewhere_is_refused(headers, method, app):
    answer = TestClient(app).request(method, "/api/echo", headers=headers)
    assert answer.status_code == 403
    assert shape(answer)["details"] == {"reason": "origin"}


@pytest.mark.parametrize("headers", NEAR)
def test_a_write_from_here_is_let_through(headers, app):
    assert TestClient(app).post("/api/echo", content=b"abc", headers=headers).json() == 3


def test_reading_needs_no_origin(app):
    assert TestClient(app).get("/api/id", headers={"Origin": "https://evil.example"}).status_code == 200


def test_a_token_needs_no_origin_and_must_be_good(app, people, services):
    good = with_token(app, token_of(services, "first", people["here"], Role.FIRST))
    assert good.post("/api/identify").status_code == 200
    assert with_token(app, "gaiji_wrong").post("/api/identify").status_code == 401


def test_a_bad_token_does_not_open_the_way_for_a_cookie(client_of):
    """Else a page elsewhere would only have to add a header; browsers ask first, but this is the gate."""
    client = client_of("first")
    headers = {"Origin": "https://evil.example", "Authorization": "Bearer x"}
    assert client.post("/api/identify", headers=headers).status_code == 401
    headers["Authorization"] = "Basic x"
    assert client.post("/api/identify", headers=headers).status_code == 403


class TestPublicUrl:
    @pytest.fixture
    def settings_here(self) -> dict:
        return {"public_url": "https://gaiji.example.lg.jp"}

    @pytest.mark.parametrize(
        ("host", "status"),
        [
            ("gaiji.example.lg.jp", 200),
            ("GAIJI.example.lg.jp:443", 200),
            ("gaiji.example.lg.jp:8443", 400),
            ("evil.example", 400),
            ("gaiji.example.lg.jp.evil.example", 400),
            ("evil.example@gaiji.example.lg.jp:x", 400),
            ("", 400),
        ],
    )
    def test_only_the_public_host_is_served(self, host, status, app):
        answer = TestClient(app).get("/api/id", headers={"Host": host})
        assert answer.status_code == status

    @pytest.mark.parametrize(
        ("origin", "status"),
        [
            ("https://gaiji.example.lg.jp", 200),
            ("http://gaiji.example.lg.jp", 403),
            ("https://gaiji.example.lg.jp:8443", 403),
            ("https://evil.example", 403),
        ],
    )
    def test_writes_come_from_the_public_address(self, origin, status, app):
        headers = {"Host": "gaiji.example.lg.jp", "Origin": origin}
        assert TestClient(app).post("/api/echo", headers=headers).status_code == status


# --- Bodies ---


def stream_of(size: int):
    for _ in range(size // MIB):
        yield b"x" * MIB
    yield b"x" * (size % MIB)


def test_a_body_up_to_the_limit(client):
    assert client.post("/api/echo", content=b"x" * MIB).json() == MIB


def test_a_declared_body_beyond_the_limit_is_refused_unread(client):
    answer = client.post("/api/echo", content=b"x" * (MIB + 1))
    assert answer.status_code == 413
    assert shape(answer)["details"] == {"limit_bytes": MIB}


@pytest.mark.parametrize("path", ["/api/echo", "/api/json", "/api/form"])
@pytest.mark.parametrize("headers", [{}, {"Content-Length": "5"}, {"Content-Length": "-1"}])
def test_a_body_that_says_nothing_of_its_size_or_lies_is_counted(path, headers, client):
    kind = "application/x-www-form-urlencoded" if path == "/api/form" else "application/json"
    headers = headers | {"Content-Type": kind}
    answer = client.post(path, content=stream_of(MIB + 1), headers=headers)
    assert answer.status_code == 413
    assert shape(answer)["code"] == "too-large"


def test_a_page_says_it_in_words(client):
    answer = client.post("/form", data={"text": "x" * MIB})
    assert answer.status_code == 413
    assert "1 MiB まで" in answer.text


def test_a_body_is_not_read_to_its_end(app):
    """What comes after the limit is never asked for."""
    asked = 0

    def endless():
        nonlocal asked
        while True:
            asked += 1
            assert asked < 20
            yield b"x" * MIB

    messages = iter(endless())
    sent: list[dict] = []

    async def receive():
        return {"type": "http.request", "body": next(messages), "more_body": True}

    async def send(message):
        sent.append(message)

    scope = {
        "type": "http", "method": "POST", "path": "/api/echo", "raw_path": b"/api/echo", "root_path": "",
        "query_string": b"", "scheme": "http", "http_version": "1.1", "server": ("testserver", 80),
        "client": ("test", 1), "headers": [(b"host", b"testserver"), (b"origin", b"http://testserver")],
    }  # fmt: skip
    import asyncio

    asyncio.run(app(scope, receive, send))
    assert sent[0]["status"] == 413
    assert asked == 2


UPLOAD = "/m/131016/projects/7/uploads"


def test_uploads_have_a_limit_of_their_own(client_of):
    client = client_of("first")
    two, more = b"x" * (2 * MIB), b"x" * (4 * MIB)
    assert client.post(UPLOAD, files={"file": two}).status_code == 404  # let through: there is no project 7
    answer = client.post(UPLOAD, files={"file": more})
    assert answer.status_code == 413
    assert "2 MiB まで" in answer.text


def test_a_file_of_a_stranger_is_not_even_read(app, client):
    answer = client.post(UPLOAD, content=stream_of(3 * MIB))
    assert answer.status_code == 303
    assert answer.headers["location"] == "/login"


@pytest.mark.parametrize(
    "path",
    [
        "/m/131016/projects/7/uploads",
        "/api/v1/municipalities/131016/projects/7/uploads",
    ],
)
def test_the_addresses_of_uploads(path):
    assert bodies.UPLOADS.fullmatch(path)
    assert not bodies.UPLOADS.fullmatch(path + "/8")
    assert not bodies.UPLOADS.fullmatch("/x" + path)


# --- Errors ---


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        ("conflict", 409, "conflict"),
        ("rate", 429, "rate-limited"),
        ("read", 422, "too-large"),
        ("usage", 422, "usage"),
        ("font", 503, "font-missing"),
        ("bug", 500, "internal"),
        ("teapot", 418, "im-a-teapot"),
        ("unavailable", 503, "service-unavailable"),
    ],
)
def test_every_error_has_the_one_shape(kind, status, code, client):
    answer = client.get(f"/api/fail/{kind}")
    assert answer.status_code == status
    assert shape(answer)["code"] == code
    assert "secret" not in answer.text
    page = client.get(f"/fail/{kind}")
    assert page.status_code == status
    assert page.headers["content-type"].startswith("text/html")
    assert page.headers["x-request-id"] in page.text
    assert "secret" not in page.text
    assert "<h1>" in page.text


def test_details_go_to_programs(client):
    assert shape(client.get("/api/fail/conflict"))["details"] == {"version": 3}
    assert client.get("/api/fail/rate").headers["retry-after"] == "7"
    assert client.get("/fail/rate").headers["retry-after"] == "7"


def test_an_unexpected_error_reaches_the_servers_log(app):
    with pytest.raises(KeyError):
        TestClient(app).get("/api/fail/bug")


def test_an_error_half_way_does_not_look_like_an_end(app):
    with pytest.raises(KeyError):
        TestClient(app).get("/api/stream")


def test_a_broken_error_page_does_not_hide_the_error(app, client):
    def broken(request, problem):
        raise RuntimeError("no template")

    app.state.error_page = broken
    answer = client.get("/fail/bug")
    assert answer.status_code == 500
    assert "運用者" in answer.text


def test_no_such_address(client):
    assert shape(client.get("/api/v1/nowhere"))["code"] == "not-found"
    page = client.get("/nowhere")
    assert page.status_code == 404
    assert "見つかりません" in page.text


def test_no_such_method(client):
    answer = client.put("/api/echo")
    assert answer.status_code == 405
    assert shape(answer)["code"] == "method-not-allowed"
    assert answer.headers["allow"] == "POST"


def test_a_malformed_body_is_not_sent_back(client):
    answer = client.post("/api/json", json={"number": "ひみつ"})
    assert answer.status_code == 422
    error = shape(answer)
    assert error["details"] == {"errors": [{"where": ["body", "number"], "rule": "int_parsing"}]}
    assert "ひみつ" not in answer.text
    assert client.post("/api/json", content=b"{").status_code == 422


def test_a_path_that_cannot_be_is_not_there(client_of):
    assert client_of("first").get("/m/12/people").status_code == 404


# --- Who is not logged in ---


def test_a_program_is_told(client):
    answer = client.get("/api/in")
    assert answer.status_code == 401
    assert shape(answer)["code"] == "unauthenticated"


def test_a_person_is_led_to_the_login(client):
    answer = client.get("/in?a=b")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/login?next=/in%3Fa%3Db"


def test_part_of_a_page_leads_the_whole_page_there(client):
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/m/131016/shapes?x=1"}
    answer = client.get("/in", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["hx-redirect"] == "/login?next=/m/131016/shapes%3Fx%3D1"
    for elsewhere in ("http://evil.example//evil.example/", "http://[evil"):
        headers["HX-Current-URL"] = elsewhere
        assert client.get("/in", headers=headers).headers["hx-redirect"] == "/login"


def test_a_picture_is_not_led_anywhere(client):
    answer = client.get("/in", headers={"Sec-Fetch-Dest": "image"})
    assert answer.status_code == 401


# --- Rates ---


def test_each_person_has_a_limit(client_of):
    for _ in range(2):
        assert client_of("first").post("/api/identify").status_code == 200
    answer = client_of("first").post("/api/identify")
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["retry-after"]) <= 60
    assert shape(answer)["details"] == {"retry_after_s": int(answer.headers["retry-after"])}
    assert client_of("second").post("/api/identify").status_code == 200


class TestLoginRate:
    @pytest.fixture
    def settings_here(self) -> dict:
        return {"login_rate": "2/minute", "lockout_failures": 100}

    def test_by_address(self, client):
        statuses = [
            client.post("/login", data={"login": f"nobody{n}", "password": "x"}).status_code for n in range(3)
        ]
        assert statuses == [401, 401, 429]

    def test_by_login(self, app):
        statuses = []
        for n in range(3):
            client = TestClient(app, client=(f"10.0.0.{n}", 1), headers={"Origin": "http://testserver"})
            statuses.append(client.post("/login", data={"login": "x1", "password": "x"}).status_code)
        assert statuses == [401, 401, 429]


def test_a_limit_that_cannot_be_read_says_which():
    with pytest.raises(UsageError, match="GAIJI_SERVER_LOGIN_RATE"):
        Rates({"login": "often"})

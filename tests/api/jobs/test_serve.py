"""``gaiji serve``: where it refuses to listen, what it says the first time."""

from __future__ import annotations

import pytest

from api.commands.serve import _greet, is_loopback, refuse_open_http
from api.settings import ServerSettings
from engine.errors import UsageError

SECRET = "Zq8vN2mX7pLr4TkW9sYb3HdF6gJc1AeU"


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("127.0.0.1", True), ("127.8.9.1", True), ("::1", True), ("[::1]", True), ("localhost", True),
        ("LOCALHOST.", True), ("0.0.0.0", False), ("::", False), ("192.168.0.5", False), ("", False),
        ("server.example", False), ("127.0.0.1.example", False),
    ],
)  # fmt: skip
def test_what_only_this_machine_reaches(host, local):
    assert is_loopback(host) is local


def test_passwords_do_not_travel_in_the_clear():
    def settings(**values) -> ServerSettings:
        return ServerSettings(_env_file=None, **values)

    with pytest.raises(UsageError, match="--insecure-http"):
        refuse_open_http(settings(host="0.0.0.0"))
    refuse_open_http(settings())
    refuse_open_http(settings(host="0.0.0.0", secure_cookies=True))
    refuse_open_http(settings(host="0.0.0.0", proxy_user_header="X-User", proxy_secret=SECRET))


def test_the_first_start_says_how_to_begin(services, capsys):
    _greet(services.settings, services.database)
    said = capsys.readouterr().err
    assert "http://127.0.0.1:8000/" in said
    assert "gaiji user add" in said


def test_later_starts_do_not(services, people, capsys):
    _greet(services.settings.model_copy(update={"host": "::1"}), services.database)
    said = capsys.readouterr().err
    assert "http://[::1]:8000/" in said
    assert "gaiji user add" not in said

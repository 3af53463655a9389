"""The demo of the review application, on gaiji files of the tiny reference set."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select

from api import demo
from api.access import passwords
from api.services import Services
from api.settings import ServerSettings
from api.store.models import Shape, Upload, User
from tests.conftest import write_tiny_font


def test_people_and_shapes_wait_for_a_decision(tmp_path, tiny_settings, monkeypatch):
    monkeypatch.setenv("GAIJI_DATA_DIR", str(tiny_settings.data_dirs[0]))
    monkeypatch.setenv("GAIJI_CACHE_DIR", str(tiny_settings.cache_dir))
    monkeypatch.setenv("GAIJI_REFERENCE", "tiny")
    file = tmp_path / "EUDC.tte"
    write_tiny_font(file)
    for _ in range(2):  # a second time replaces the first
        given, shapes = demo.prepare(tmp_path / "server", [file])
    services = Services(ServerSettings(data_dir=tmp_path / "server", database_url="", _env_file=None))
    with services.database.reading() as session:
        people = {user.login: user for user in session.scalars(select(User))}
        assert [upload.state for upload in session.scalars(select(Upload))] == ["done"]
        assert len(session.scalars(select(Shape.id)).all()) == shapes > 0
    services.close()
    assert set(people) == set(demo.PEOPLE) == set(given)
    for login, password in given.items():
        assert passwords.verify(people[login].password_hash, password)
    assert len(set(given.values())) == len(given)


def test_a_missing_file_is_told(tmp_path, capsys):
    assert demo.main(["-o", str(tmp_path)]) == 1
    assert "EUDC.tte" in capsys.readouterr().err
    assert not Path(tmp_path / "EUDC.tte").exists()

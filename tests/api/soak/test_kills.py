"""A small soak: what it finds must not be lost on people, and it must find what is lost."""

from __future__ import annotations

import os

import pytest

from api.settings import ServerSettings
from tests.api.soak.files import dot_files
from tests.api.soak.kills import Plan, kill_and_compare
from tests.api.soak.server import free_port

pytestmark = pytest.mark.skipif(os.name == "nt", reason="SIGKILL")


@pytest.fixture
def server_settings(tmp_path, database_url) -> ServerSettings:
    return ServerSettings(
        data_dir=tmp_path / "server", database_url=database_url, port=free_port(), _env_file=None
    )


def test_three_kills_lose_nothing(services, settings, tmp_path):
    files = dot_files(settings, tmp_path, count=3, glyphs=150)
    plan = Plan(kills=3, shortest_s=0.5, longest_s=2.0, lapse=True, seed=3)
    outcome = kill_and_compare(services, files, plan, staff=2)
    assert outcome.wrong == []
    assert outcome.kills.total() == 3
    assert outcome.facts["decisions"] > 0
    assert outcome.facts["gaiji"] == 450

"""Fixtures of the tests of running the installation."""

from __future__ import annotations

import io
import json
import logging
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.ops import logs
from tests.api.review.material import Material


@pytest.fixture
def material(services, people) -> Material:
    return Material(services, people)


@pytest.fixture
def local(app) -> Iterator[TestClient]:
    """A program on the server itself."""
    with TestClient(app, base_url="http://127.0.0.1:8000", client=("127.0.0.1", 40000)) as client:
        yield client


@pytest.fixture
def log_lines(server_settings) -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """Configure the log as a server does; give what was written so far. Everything is put back afterwards."""
    root, ours = (
        logging.getLogger(),
        [logging.getLogger(name) for name in ("api", "engine", "gaiji", "uvicorn")],
    )
    before = (root.handlers[:], root.level, [each.level for each in ours])
    hook = threading.excepthook
    stream = io.StringIO()
    logs.configure(server_settings, stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    logging.captureWarnings(False)
    threading.excepthook = hook
    root.handlers[:], level, levels = before
    root.setLevel(level)
    for logger, each in zip(ours, levels, strict=True):
        logger.setLevel(each)

"""Fixtures of the tests of the audit log."""

from __future__ import annotations

import pytest

from tests.api.review.material import Material


@pytest.fixture
def material(services, people) -> Material:
    return Material(services, people)

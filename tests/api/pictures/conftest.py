"""Fixtures of the tests of pictures and explanations."""

from __future__ import annotations

import pytest

from tests.api.review.material import Material


@pytest.fixture
def material(services, people) -> Material:
    return Material(services, people)

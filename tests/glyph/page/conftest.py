"""The font of the printed lists."""

from __future__ import annotations

from pathlib import Path

import pytest
from printed import bodies


@pytest.fixture(scope="session")
def hanazono(debian_font) -> Path:
    return debian_font("fonts-hanazono", "HanaMinA.ttf")


@pytest.fixture(scope="session")
def glyphs(hanazono):
    return bodies(hanazono)

"""What the tests of reports share: the reference font."""

from __future__ import annotations

import pytest

from engine.sheet.face import ReferenceFace


@pytest.fixture(scope="session")
def face(refset, settings, reference_font) -> ReferenceFace:
    return ReferenceFace.of(refset, settings)

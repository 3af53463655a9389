"""What the tests of policies share."""

from __future__ import annotations

import pytest

from engine.policy.targets import Targets


@pytest.fixture(scope="session")
def targets(refset) -> Targets:
    return Targets.of(refset)

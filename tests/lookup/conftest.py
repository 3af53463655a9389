import pytest

from engine.lookup.finder import Finder


@pytest.fixture(scope="session")
def finder(table) -> Finder:
    return Finder(table)

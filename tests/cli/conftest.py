"""The command line in this process, with a stand-in for the engine proper."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from engine.cli.main import main
from tests.cli.stand_in import StandIn


@pytest.fixture
def engine_is(monkeypatch: pytest.MonkeyPatch) -> Callable[[type], None]:
    """Choose the stand-in."""

    def use(stand_in: type) -> None:
        module = types.ModuleType("engine.identify")
        module.Identifier = stand_in
        monkeypatch.setitem(sys.modules, "engine.identify", module)

    use(StandIn)
    return use


@pytest.fixture
def gaiji(capfd: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Run a command line: (exit code, standard output, standard error)."""

    def run(*arguments: object) -> tuple[int, str, str]:
        capfd.readouterr()
        code = main([str(argument) for argument in arguments])
        sys.stdout.flush()
        out, err = capfd.readouterr()
        return code, out, err

    return run


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """A picture of a made-up glyph."""
    path = tmp_path / "字.png"
    image = Image.new("L", (64, 64), 255)
    draw = ImageDraw.Draw(image)
    draw.line((32, 6, 32, 58), 0, 5)
    draw.line((6, 32, 58, 32), 0, 5)
    image.save(path)
    return path

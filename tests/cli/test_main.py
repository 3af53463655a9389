"""The program as a whole: help, version, exit codes, a pipe that closes, Ctrl-C in a real process."""

from __future__ import annotations

import subprocess
import sys

import pytest
import typer
from typer.testing import CliRunner

import engine
from engine.cli.main import app, main

COMMANDS = {
    "identify": "EUDC.TTE",
    "batch": "--resume",
    "candidates": "-o 見比べ.png",
    "find": "--radical 162",
    "show": "MJ090001",
    "evaluate": "--set dots",
    "explain": "--top",
    "rules": "--differences",
    "report": "--only",
    "counter": "--municipality",
    "survey": "--json",
    "aggregate": "--similarity",
    "cut": "--sheet-grid",
    "policy validate": "standard",
    "policy simulate": "--against",
    "policy check": "--policy",
    "policy screen": "--system",
    "policy draft": ".docx",
    "convert": "--undo",
    "export table": "--by-authority",
    "export eudc": "--family",
    "export bmp": "--size",
    "reference build": "--force",
    "reference info": "--json",
    "reference import": "--font ipamjm.ttf",
    "reference fetch": "Debian",
}


def program(*arguments: str, **options: object) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "engine", *arguments]
    return subprocess.run(command, capture_output=True, check=False, timeout=60, **options)


@pytest.mark.parametrize(("command", "words"), COMMANDS.items())
def test_help_is_japanese_with_an_example(command, words):
    result = CliRunner().invoke(app, [*command.split(), "--help"], terminal_width=100)
    assert result.exit_code == 0
    for expected in (f"使い方: gaiji {command}", "例:", words, "この説明を表示します"):
        assert expected in result.output
    assert "Usage" not in result.output
    assert "Show this message" not in result.output


def test_help_of_the_program_names_every_command():
    result = CliRunner().invoke(app, ["--help"])
    assert all(command.split()[0] in result.output for command in COMMANDS)
    known = typer.main.get_command(app).commands
    assert {name for name, each in known.items() if not each.hidden} == {name.split()[0] for name in COMMANDS}


def test_version():
    for argument in ("--version", "version"):
        done = program(argument)
        assert (done.returncode, done.stdout.decode()) == (0, f"gaiji {engine.__version__}\n")


def test_version_loads_nothing_heavy():
    code = "import sys, engine.cli.main; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    heavy = {"numpy", "cv2", "PIL", "rich", "pyarrow", "faiss", "fontTools", "freetype", "scipy"}
    assert not heavy & set(done.stdout.split())


def test_wrong_command(capsys):
    assert main(["indentify"]) == 2
    assert "indentify" in capsys.readouterr().err


def test_no_command_shows_the_help():
    done = program()
    assert "identify" in (done.stdout + done.stderr).decode()


def test_debug_is_accepted_at_the_end_but_not_taken_from_behind_two_dashes(capsys):
    assert main(["show", "MJ999999", "--debug"]) == 2
    assert "Traceback" in capsys.readouterr().err
    assert main(["show", "--", "--debug"]) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_a_closed_pipe_is_quiet():
    process = subprocess.Popen(
        [sys.executable, "-m", "engine", "show", "MJ026190"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    process.stdout.close()
    error = process.stderr.read()
    process.stderr.close()
    assert process.wait(timeout=60) == 141
    assert error == b""

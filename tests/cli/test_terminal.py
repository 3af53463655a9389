"""Standard error: what a person, a log file and a quiet run get to see."""

import sys

from engine.cli import terminal
from engine.cli.terminal import Reporter, columns, folded, visible, width


def test_a_log_gets_each_stage_once(capsys):
    with Reporter() as reporter:
        for done in range(3):
            reporter.progress("索引を作っています", done, 3)
        reporter.progress("同定しています", 5)
        reporter.message("読めません: [bold]a.png")
    assert capsys.readouterr() == ("", "索引を作っています\n読めません: [bold]a.png\n")


def test_quiet_says_nothing(capsys):
    with Reporter(quiet=True) as reporter:
        reporter.progress("索引を作っています", 1, 3)
        reporter.message("x")
    assert capsys.readouterr() == ("", "")


def a_person_looks(monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")


def test_a_person_gets_a_bar_and_whole_messages(monkeypatch, capsys):
    a_person_looks(monkeypatch)
    monkeypatch.setattr(terminal, "_BAR_DELAY_S", 0)
    monkeypatch.setattr(terminal, "_REDRAW_S", 0)
    with Reporter() as reporter:
        reporter.progress("索引を作っています", 1, 3)
        reporter.progress("同定しています", 256)
        reporter.message("読めません: [bold]a.png")
    out, err = capsys.readouterr()
    assert out == ""
    assert "同定しています" in err
    assert "読めません: [bold]a.png" in err


def test_a_short_run_shows_no_bar(monkeypatch, capsys):
    a_person_looks(monkeypatch)
    with Reporter() as reporter:
        reporter.progress("同定しています", 1)
    assert capsys.readouterr() == ("", "")


def test_a_file_name_cannot_steer_the_terminal(capsys):
    assert visible("a\x1b[2J\n\u202eb\x9b.png") == "a\\x1b[2J\\x0a\\u202eb\\x9b.png"
    Reporter().message("読めません: \x1b]0;x\x07.png")
    assert capsys.readouterr().err == "読めません: \\x1b]0;x\\x07.png\n"


def test_a_file_name_that_is_not_utf8_can_be_told(monkeypatch, capsys):
    name = b"\xb3\xb0.png".decode("utf-8", "surrogateescape")  # as os.fsdecode does
    assert visible(name) == "\\udcb3\\udcb0.png"
    a_person_looks(monkeypatch)
    monkeypatch.setattr(terminal, "_BAR_DELAY_S", 0)
    with Reporter() as reporter:
        reporter.progress("同定しています", 1)
        reporter.message(name)
    assert "\\udcb3\\udcb0.png" in capsys.readouterr().err


def test_columns_count_wide_characters_twice():
    assert width("邉a\U000e0100") == 3
    assert columns([("邉", "x"), ("abc", "y")]) == ["邉   x", "abc  y"]
    assert columns([]) == []


def test_running_text_fits_the_terminal(monkeypatch):
    monkeypatch.setenv("COLUMNS", "30")
    lines = folded("同じ字形である確率が十分に高く、次点との差も大きい。\x1b", "    ")
    assert len(lines) > 1
    assert all(line.startswith("    ") and width(line) <= 30 for line in lines)
    assert "\\x1b" in lines[-1]
    monkeypatch.setenv("COLUMNS", "1")
    assert width(folded("とても狭い画面でも読める長さにする")[0]) <= 20

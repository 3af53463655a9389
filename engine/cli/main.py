"""The application: its commands, and the one place where an error becomes a line and an exit code.

Exit codes: 0 all inputs were read, 1 something could not be done, 2 the command was used wrongly, 130 Ctrl-C.
"""

from __future__ import annotations

import contextlib
import errno
import importlib.metadata
import signal
import sys
import traceback
from collections.abc import Sequence
from types import FrameType
from typing import Annotated, Any

import typer

import engine
from engine.cli import (
    aggregate,
    batch,
    candidates,
    convert,
    counter,
    cut,
    evaluate,
    explain,
    export,
    export_glyphs,
    find,
    identify,
    policy,
    policy_check,
    policy_draft,
    policy_screen,
    policy_simulate,
    reference,
    report,
    rules,
    show,
    survey,
    usage,
)
from engine.cli.help import JapaneseCommand, JapaneseGroup
from engine.cli.terminal import EXIT_PIPE, silence_stdout, visible
from engine.cli.usage import UsageProblem
from engine.errors import GaijiError, UsageError

EXIT_FAILED, EXIT_USAGE, EXIT_INTERRUPTED, EXIT_TERMINATED = 1, 2, 130, 143

_DISK_FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))
_DEBUG = "--debug"
_EPILOG = (
    "例:\n\n"
    "gaiji identify EUDC.TTE -o 結果.xlsx　外字ファイルを同定して Excel に\n\n"
    "gaiji identify --help　命令の使い方と例"
)


app = typer.Typer(
    name="gaiji",
    cls=JapaneseGroup,
    help="外字を文字情報基盤（MJ）の文字図形に同定します。",
    epilog=_EPILOG,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(value: bool) -> None:
    if value:
        typer.echo(f"gaiji {engine.__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option("--version", help="版を表示して終わります。", is_eager=True, callback=_print_version),
    ] = False,
    debug: Annotated[
        bool, typer.Option(_DEBUG, help="予期しないエラーのとき、原因の詳細（トレースバック）を表示します。")
    ] = False,
) -> None:
    pass


@app.command("version", cls=JapaneseCommand, hidden=True)
def _version() -> None:
    """版を表示します。"""
    typer.echo(f"gaiji {engine.__version__}")


def _register(target: typer.Typer, name: str, module: Any, panel: str | None = None) -> None:
    target.command(name, cls=JapaneseCommand, epilog=module.EPILOG, rich_help_panel=panel)(
        getattr(module, name)
    )


_register(app, "identify", identify, "同定する")
_register(app, "batch", batch, "同定する")
_register(app, "candidates", candidates, "同定する")
_register(app, "cut", cut, "同定する")
_register(app, "explain", explain, "同定する")
_register(app, "find", find, "調べる")
_register(app, "show", show, "調べる")
_register(app, "rules", rules, "調べる")
_register(app, "report", report, "結果を使う")
_register(app, "counter", counter, "結果を使う")
_register(app, "survey", survey, "結果を使う")
_register(app, "aggregate", aggregate, "結果を使う")
export_glyphs.add_to(export.app)
app.add_typer(export.app, name="export", rich_help_panel="結果を使う")
_register(app, "convert", convert, "結果を使う")
for policy_command in (policy_simulate, policy_check, policy_screen, policy_draft):
    policy_command.add_to(policy.app)
app.add_typer(policy.app, name="policy", rich_help_panel="結果を使う")
app.add_typer(reference.app, name="reference", rich_help_panel="準備と点検")
_register(app, "evaluate", evaluate, "準備と点検")


def plug_in(target: typer.Typer) -> None:
    """Add the commands that other installed packages bring (entry points ``gaiji.commands``).

    The review application is one of them: the engine knows nothing of it. A package whose parts are not
    installed adds nothing.
    """
    for entry in sorted(importlib.metadata.entry_points(group="gaiji.commands"), key=lambda each: each.name):
        with contextlib.suppress(ModuleNotFoundError):
            entry.load()(target)


def _is_own(arguments: Sequence[str]) -> bool:
    """Tell whether a command of the engine is called: others need not be looked for, which takes its time."""
    own = {command.name for command in app.registered_commands} | {
        group.name for group in app.registered_groups
    }
    return next((each for each in arguments if not each.startswith("-")), None) in own


def main(arguments: Sequence[str]) -> int:
    """Run one command line.

    Parameters
    ----------
    arguments : sequence of str
        Without the program's name.

    Returns
    -------
    int
        Exit code; every error has been told in one line on standard error.
    """
    debug, arguments = _without_debug(arguments)
    if not _is_own(arguments):
        plug_in(app)
    command = typer.main.get_command(app)
    try:
        code = command.main(list(arguments), prog_name="gaiji", standalone_mode=False)
    except (KeyboardInterrupt, typer.Abort):
        code = EXIT_INTERRUPTED
    except SystemExit as error:
        if error.code == EXIT_TERMINATED:
            raise
        silence_stdout()  # Typer's own way to leave when nobody reads standard output any more
        code = EXIT_PIPE
    except UsageProblem as error:
        return _fail(usage.explain(error), EXIT_USAGE)
    except GaijiError as error:
        if debug:
            traceback.print_exc()
        return _fail(str(error), EXIT_USAGE if isinstance(error, UsageError) else EXIT_FAILED)
    except Exception as error:
        if debug:
            traceback.print_exc()
            return EXIT_FAILED
        return _fail(_unforeseen(error), EXIT_FAILED)
    if code == EXIT_INTERRUPTED:
        return _fail("中断しました。", EXIT_INTERRUPTED)
    return code if isinstance(code, int) else 0


def _unforeseen(error: Exception) -> str:
    """Say what a person can do about an error that no command expects."""
    if isinstance(error, OSError) and error.errno in _DISK_FULL:
        silence_stdout()  # what is left in its buffer cannot be written either
        return "出力先のディスクに空きがありません。空けてから、もう一度実行してください。"
    what = f"{type(error).__name__}: {error}".splitlines()[0]
    hint = f"同じ命令に {_DEBUG} を付けて実行し、表示された内容を添えて知らせてください。"
    return f"予期しないエラーが起きました（{what}）。{hint}"


def run() -> None:
    """Entry point of the command ``gaiji``."""
    for stream in (sys.stdout, sys.stderr):
        # A path may hold what the terminal's encoding lacks; showing it must never fail.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    signal.signal(signal.SIGTERM, _terminate)
    code = main(sys.argv[1:])
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        silence_stdout()
        code = EXIT_PIPE
    sys.exit(code)


def _terminate(_signal: int, _frame: FrameType | None) -> None:
    """Leave through the ``finally`` blocks, so that no half file stays behind."""
    raise SystemExit(EXIT_TERMINATED)


def _without_debug(arguments: Sequence[str]) -> tuple[bool, list[str]]:
    """Accept ``--debug`` anywhere before ``--``: it is added to a command line that has just failed."""
    end = list(arguments).index("--") if "--" in arguments else len(arguments)
    head = [argument for argument in arguments[:end] if argument != _DEBUG]
    return len(head) < end, [*head, *arguments[end:]]


def _fail(message: str, code: int) -> int:
    sys.stderr.write(f"gaiji: {visible(' '.join(message.splitlines()))}\n")
    return code


if __name__ == "__main__":
    run()

"""``gaiji backup``: one file with everything that the review application keeps, made while it serves."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine.errors import UsageError

if TYPE_CHECKING:
    from api.ops.backup.make import Made

EPILOG = (
    "例:\n\n"
    "gaiji backup　データの場所の backups フォルダーに作る\n\n"
    "gaiji backup -o /mnt/backup --keep 14　別のディスクに作り、新しいものから 14 個を残す\n\n"
    "動かしたまま実行できます。戻すときは gaiji restore を使います。"
)


def backup(
    output: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            metavar="PATH",
            help="書き出すファイルかフォルダー。省くと、データの場所の backups フォルダー。",
        ),
    ] = None,
    without_uploads: Annotated[
        bool, typer.Option("--without-uploads", help="登録されたファイルを入れない（データベースだけ）。")
    ] = False,
    keep: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="同じフォルダーの日時の名前のものを、新しい順に N 個残す。"),
    ] = None,
    verify: Annotated[
        bool, typer.Option("--verify/--no-verify", help="書いたあとで開き直し、中身をすべて確かめる。")
    ] = True,
    force: Annotated[bool, typer.Option("--force", help="同じ名前のファイルがあれば置き換える。")] = False,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="進み具合とまとめを表示しない。")] = False,
) -> None:
    """確認アプリのデータを一つのファイルに写します（動かしたままで構いません）。"""
    from api.ops.backup.make import make
    from api.services import Services
    from api.settings import ServerSettings
    from engine.cli.terminal import Reporter

    settings = ServerSettings()
    target = _target(output, settings.backups_dir, keep)
    services = Services(settings)
    try:
        with Reporter(quiet=quiet) as reporter:
            made = make(
                services,
                target,
                with_uploads=not without_uploads,
                check=verify,
                keep=keep,
                replace_existing=force,
                tell=reporter.progress,
            )
            for line in _words(made):
                reporter.message(line)
    finally:
        services.close()
    typer.echo(str(made.path))
    if made.manifest.missing or (made.verified and made.verified.mismatches):
        raise typer.Exit(1)


def _target(output: Path | None, default: Path, keep: int | None) -> Path:
    if output is None:
        default.mkdir(parents=True, exist_ok=True)
        default.chmod(0o700)
        return default
    if not output.is_dir() and output.suffix.lower() != ".zip":
        raise UsageError(
            f"{output} というフォルダーはありません。ファイルなら、名前を .zip で終えてください。"
        )
    if keep is not None and not output.is_dir():
        raise UsageError("--keep を使うときは、-o にフォルダーを指定するか、-o を省いてください。")
    return output


def _words(made: Made) -> list[str]:
    manifest = made.manifest
    files = f"登録されたファイル {len(manifest.members) - 1:,} 個"
    if not manifest.has_uploads:
        files = "登録されたファイルは入れていません"
    lines = [
        f"バックアップを作りました（{made.size / 2**20:,.1f} MB、"
        f"判定 {manifest.counts.get('decision', 0):,} 件、{files}）。"
    ]
    if made.verified is not None:
        lines.append("開き直して、中身を確かめました。")
    if manifest.missing:
        lines.append(
            f"注意: 登録されたファイルのうち {len(manifest.missing):,} 個が、なくなっているか壊れています。"
            "以前のバックアップから uploads フォルダーに戻してください。"
        )
    if made.verified and made.verified.mismatches:
        lines.append(
            f"注意: 判定の記録と一覧の状態が合わないところが {made.verified.mismatches:,} か所あります。"
            "データベースを手で直していないか確かめてください。"
        )
    lines += [f"古いものを消しました: {each.name}" for each in made.removed]
    return lines

"""``gaiji restore``: everything back from one file, into an empty place."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

EPILOG = (
    "例:\n\n"
    "gaiji restore gaiji-20260401-020000.zip　空のデータの場所に戻す\n\n"
    "gaiji restore gaiji-20260401-020000.zip --check　確かめるだけ\n\n"
    "SQLite で作ったものを PostgreSQL に、またその逆にも戻せます（GAIJI_SERVER_DATABASE_URL）。"
)


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="gaiji backup で作ったファイル。")],
    check: Annotated[bool, typer.Option("--check", help="中身を確かめるだけで、何も変えない。")] = False,
    force: Annotated[
        bool, typer.Option("--force", help="今の SQLite のデータベースを、名前を変えて残してから戻す。")
    ] = False,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="進み具合とまとめを表示しない。")] = False,
) -> None:
    """バックアップから確認アプリのデータを戻します（先に gaiji serve を止めます）。"""
    from api.ops.backup.restore import restore as put_back
    from api.ops.backup.verify import verify
    from api.settings import ServerSettings
    from engine.cli.terminal import Reporter

    with Reporter(quiet=quiet) as reporter:
        if check:
            verified = verify(file, reporter.progress)
            manifest, mismatches = verified.manifest, verified.mismatches
            reporter.message(
                f"このバックアップは使えます（{manifest.began_at} に開始、gaiji {manifest.engine}、"
                f"判定 {manifest.counts.get('decision', 0):,} 件、"
                f"登録されたファイル {len(manifest.members) - 1:,} 個）。"
            )
        else:
            restored = put_back(file, ServerSettings(), force=force, tell=reporter.progress)
            manifest, mismatches = restored.manifest, restored.mismatches
            reporter.message(
                f"復元しました（{restored.rows:,} 行、登録されたファイル {restored.uploads:,} 個）。"
                "gaiji serve を始められます。全員がログインし直します。"
            )
            if restored.set_aside:
                reporter.message(f"前のデータベース: {restored.set_aside}")
            if restored.tokens:
                reporter.message(
                    f"注意: API トークン {restored.tokens:,} 個が有効です。"
                    "バックアップの後に無効にしたものがあれば、もう一度無効にしてください。"
                )
        if not manifest.has_uploads:
            reporter.message("注意: 登録されたファイルは、このバックアップに入っていません。")
        elif manifest.missing:
            reporter.message(
                f"注意: 登録されたファイル {len(manifest.missing):,} 個は、バックアップのときからありません。"
            )
        if mismatches:
            reporter.message(f"注意: 判定の記録と一覧の状態が合わないところが {mismatches:,} か所あります。")
            raise typer.Exit(1)

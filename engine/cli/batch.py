"""``gaiji batch``: a million glyphs in, a dataset out; interrupted and gone on with at will."""

from __future__ import annotations

import contextlib
import json
import re
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.cli.delivery import delivery_key
from engine.cli.identify import MAX_TOP, check_charset, parse_range, read_exclusions
from engine.cli.options import AllGlyphs, CodesFromNames, Ranges, Reference
from engine.cli.terminal import Reporter
from engine.errors import UsageError

if TYPE_CHECKING:
    from engine.batch.run import Standing
    from engine.batch.work import Crew, Engine, Opening
    from engine.settings import Settings

EPILOG = (
    "例:\n\n"
    "gaiji batch 団体一覧.csv -o 結果　団体コード・システム・画像ファイルの表にあるものを全部\n\n"
    "gaiji batch 団体一覧.csv -o 結果 --resume　止まったところから続ける\n\n"
    "gaiji batch 外字/ 追加.zip EUDC.TTE -o 結果 --municipality 131016 --kind 2\n\n"
    "gaiji batch 画像.parquet -o 結果 --cluster local:4　画像の Parquet を、Dask の 4 プロセスで\n\n"
    "gaiji batch 画像.parquet -o 結果 --scheduler tls://10.0.0.5:8786 "
    "--tls-ca ca.pem --tls-cert me.pem --tls-key me.key\n\n"
    "終了コード: 0 すべて読めた / 1 読めない入力があった / 2 指定の誤り"
)

_CLUSTER = re.compile(r"local:([1-9]\d{0,2})")
_OUTPUT, _IDENTIFY, _KEY, _WORKERS = "出力", "同定", "キー", "計算の分担"


def batch(
    inputs: Annotated[
        list[str],
        typer.Argument(
            metavar="INPUT…",
            help="フォント、フォルダー、ZIP、画像、画像の Parquet、それらの一覧表（.csv .xlsx .parquet）。",
        ),
    ],
    output: Annotated[
        Path,
        typer.Option(
            "-o", "--output", metavar="DIR", rich_help_panel=_OUTPUT,
            help="結果を置くフォルダー（なければ作る）。例: -o 結果",
        ),
    ],
    resume: Annotated[
        bool,
        typer.Option(
            "--resume", rich_help_panel=_OUTPUT,
            help="止まった実行を続ける。入力と指定は始めたときと同じにする。",
        ),
    ] = False,
    force: Annotated[
        bool,
        typer.Option("--force", rich_help_panel=_OUTPUT, help="前の結果があれば、消して最初から実行する。"),
    ] = False,
    rows_per_part: Annotated[
        int,
        typer.Option(
            "--rows-per-part", min=1, max=65_536, metavar="N", rich_help_panel=_OUTPUT,
            help="結果のファイル一つの行数。止まったときは、最後のファイルの分だけやり直す。"
            "例: --rows-per-part 4096",
        ),
    ] = 16_384,
    as_json: Annotated[
        bool, typer.Option("--json", rich_help_panel=_OUTPUT, help="まとめを JSON で標準出力へ。")
    ] = False,
    quiet: Annotated[
        bool, typer.Option("-q", "--quiet", rich_help_panel=_OUTPUT, help="進み具合とまとめを表示しない。")
    ] = False,
    top: Annotated[
        int,
        typer.Option("--top", min=1, max=MAX_TOP, metavar="N", rich_help_panel=_IDENTIFY, help="候補の数。"),
    ] = 10,
    charset: Annotated[
        str,
        typer.Option(
            "--charset", metavar="mj|juki|koseki|jisx0213", rich_help_panel=_IDENTIFY, help="候補の範囲。"
        ),
    ] = "mj",
    exclude: Annotated[
        Path | None,
        typer.Option(
            "--exclude", metavar="FILE", rich_help_panel=_IDENTIFY,
            help="候補にしない MJ 名のファイル（一行に一つ）。",
        ),
    ] = None,
    reference: Reference = None,
    all_glyphs: AllGlyphs = False,
    ranges: Ranges = None,
    codes_from_names: CodesFromNames = None,
    municipality: Annotated[
        str,
        typer.Option(
            "--municipality", metavar="CODE", rich_help_panel=_KEY,
            help="一覧表にないときの団体コード（検査数字を含む 6 桁）。例: --municipality 131016",
        ),
    ] = "",
    system: Annotated[
        str,
        typer.Option(
            "--system", metavar="NAME", rich_help_panel=_KEY,
            help="一覧表にないときのシステムの名前。例: --system 住基",
        ),
    ] = "",
    kind: Annotated[
        str,
        typer.Option(
            "--kind", metavar="1|2|3", rich_help_panel=_KEY,
            help="一覧表にないときの提出区分。1 住基ネット残存外字、2 既存住基システム外字、"
            "3 その他システム外字。例: --kind 2",
        ),
    ] = "",
    jobs: Annotated[
        int | None,
        typer.Option(
            "--jobs", min=1, max=64, metavar="N", rich_help_panel=_WORKERS,
            help="この計算機で使う処理の数。省くと CPU の数（8 まで）。結果は数によらない。",
        ),
    ] = None,
    cluster: Annotated[
        str | None,
        typer.Option(
            "--cluster", metavar="local:N", rich_help_panel=_WORKERS,
            help="この計算機に N プロセスの Dask クラスターを作って使う。例: --cluster local:4",
        ),
    ] = None,
    scheduler: Annotated[
        str | None,
        typer.Option(
            "--scheduler", metavar="ADDRESS", rich_help_panel=_WORKERS,
            help="既にある Dask のスケジューラーに頼む。例: --scheduler tcp://10.0.0.5:8786",
        ),
    ] = None,
    tls_ca: Annotated[
        str | None,
        typer.Option(
            "--tls-ca", metavar="FILE", rich_help_panel=_WORKERS,
            help="TLS の認証局の証明書（PEM）。例: --tls-ca ca.pem",
        ),
    ] = None,
    tls_cert: Annotated[
        str | None,
        typer.Option(
            "--tls-cert", metavar="FILE", rich_help_panel=_WORKERS,
            help="TLS の自分の証明書（PEM）。例: --tls-cert me.pem",
        ),
    ] = None,
    tls_key: Annotated[
        str | None,
        typer.Option(
            "--tls-key", metavar="FILE", rich_help_panel=_WORKERS,
            help="TLS の自分の秘密鍵（PEM）。例: --tls-key me.key",
        ),
    ] = None,
) -> None:  # fmt: skip
    """大量の外字を同定し、Parquet のデータセットにします。止まっても続きから実行できます。"""
    from engine.batch.run import BatchOptions, run_batch
    from engine.batch.work import Opening
    from engine.glyph.options import PRIVATE_USE, ReadOptions
    from engine.identify import Identifier
    from engine.settings import Settings

    if resume and force:
        raise UsageError("--resume（続きから）と --force（最初から）は、どちらか一つにしてください。")
    check_charset(charset)
    workers = _workers(jobs, cluster, scheduler, (tls_ca, tls_cert, tls_key))
    settings = Settings.from_environment()
    key, warnings = delivery_key(municipality, system, kind)
    excluded = read_exclusions(exclude, settings, reference) if exclude else frozenset[str]()
    options = BatchOptions(
        engine={"top": top, "charset": charset, "exclude": sorted(excluded)},
        key=key,
        read=ReadOptions(
            ranges=tuple(map(parse_range, ranges)) if ranges else PRIVATE_USE,
            all_glyphs=all_glyphs,
            codes_from_names=codes_from_names,
        ),
        rows_per_part=rows_per_part,
    )
    with contextlib.ExitStack() as stack:
        reporter = stack.enter_context(Reporter(quiet=quiet))
        for words in warnings:
            reporter.message(words)
        meter = Meter(reporter)
        # Opened here first: it builds the index once, for all processes, and reports what is wrong.
        engine = Identifier.open(
            settings,
            reference=reference,
            top=top,
            charset=charset,
            exclude=excluded,
            progress=reporter.progress,
        )
        opening = Opening(reference, top, charset, excluded)
        crew = workers.crew(stack, opening, settings, engine, reporter)
        try:
            summary = run_batch(
                inputs,
                output,
                engine=engine,
                crew=crew,
                options=options,
                resume=resume,
                force=force,
                standing=meter.show,
                progress=reporter.progress,
                notice=reporter.message,
            )
        except KeyboardInterrupt:
            reporter.message(
                "ここまでの結果は残っています。同じ命令に --resume を付けると、続きから実行します。"
            )
            raise
    if not quiet:
        sys.stderr.write(summary_line(summary) + "\n")
    if as_json:
        sys.stdout.write(json.dumps(summary, ensure_ascii=False) + "\n")
    if summary["status"].get("ok", 0) < summary["rows"]:
        raise typer.Exit(1)


def summary_line(summary: dict[str, Any]) -> str:
    """Return the summary as one Japanese line.

    Parameters
    ----------
    summary : dict
        From :func:`engine.batch.summary.summarise`.
    """
    verdicts = "・".join(f"{name} {count:,}" for name, count in summary["class"].items())
    return (
        f"{summary['rows']:,} 件（異なる図形 {summary['distinct']:,}）: {verdicts}"
        f" / 要確認 {summary['review_required']:,} / 読めなかった {summary['rows'] - summary['read']:,}"
    )


class Meter:
    """Shows how far a run is, how fast it is, and how long it will take.

    Parameters
    ----------
    reporter : Reporter
    """

    def __init__(self, reporter: Reporter) -> None:
        self._reporter = reporter
        self._begun = time.monotonic()

    def show(self, standing: Standing) -> None:
        """Show a standing."""
        self._reporter.status(meter_line(standing, time.monotonic() - self._begun))


def meter_line(standing: Standing, seconds: float) -> str:
    """Return how far a run is, as one Japanese line.

    Parameters
    ----------
    standing : Standing
    seconds : float
        Since this run began.
    """
    seconds = max(seconds, 1e-3)
    rate = (standing.rows - standing.rows_before) / seconds
    done = standing.share - standing.share_before
    left = "残り時間は計算中" if done <= 0 else _duration((1 - standing.share) * seconds / done)
    return (
        f"{standing.rows:,} 件（異なる図形 {standing.distinct:,}）"
        f"　毎秒 {rate:,.0f} 件　{100 * standing.share:.1f} %　{left}"
    )


def _duration(seconds: float) -> str:
    minutes = round(seconds / 60)
    if minutes < 1:
        return "残り 1 分未満"
    hours, minutes = divmod(minutes, 60)
    return f"残り約 {hours} 時間 {minutes} 分" if hours else f"残り約 {minutes} 分"


@dataclass(frozen=True, slots=True)
class _Workers:
    """Who is to identify: processes here (``jobs``), a cluster here (``local``), or a scheduler's."""

    jobs: int = 1
    local: int | None = None
    scheduler: str | None = None
    tls: tuple[str, str, str] | None = None

    def crew(
        self,
        stack: contextlib.ExitStack,
        opening: Opening,
        settings: Settings,
        engine: Engine,
        reporter: Reporter,
    ) -> Crew:
        """Find them; the stack lets them go."""
        if self.local is None and self.scheduler is None:
            from engine.batch.work import LocalCrew

            return LocalCrew(replace(opening, settings=settings), self.jobs)
        from engine.batch.cluster import ClusterCrew, Tls

        return stack.enter_context(
            ClusterCrew(
                opening,  # another machine has its own places
                engine,
                scheduler=self.scheduler,
                local=self.local,
                tls=Tls(*self.tls) if self.tls else None,
                notice=reporter.message,
            )
        )


def _workers(
    jobs: int | None,
    cluster: str | None,
    scheduler: str | None,
    tls_files: tuple[str | None, str | None, str | None],
) -> _Workers:
    """Check the options on who is to identify.

    Raises
    ------
    UsageError
        They contradict each other.
    """
    if (cluster is not None) + (scheduler is not None) + (jobs is not None) > 1:
        raise UsageError("--jobs、--cluster、--scheduler は、どれか一つにしてください。")
    tls = tuple(path for path in tls_files if path)
    if tls and (scheduler is None or len(tls) < len(tls_files)):
        raise UsageError("--tls-ca、--tls-cert、--tls-key は三つとも、--scheduler と一緒に指定してください。")
    if scheduler is not None and scheduler.startswith("tls://") != bool(tls):
        raise UsageError(
            "TLS を使うときは、アドレスを tls://… とし、--tls-ca、--tls-cert、--tls-key も指定してください。"
        )
    for path in tls:
        if not Path(path).is_file():
            raise UsageError(f"TLS のファイルがありません: {path}")
    if scheduler is not None:
        return _Workers(scheduler=scheduler, tls=(tls[0], tls[1], tls[2]) if tls else None)
    if cluster is None:
        from engine.pipeline import default_jobs

        return _Workers(jobs or default_jobs())
    match = _CLUSTER.fullmatch(cluster)
    if match is None:
        raise UsageError(f"--cluster「{cluster}」は local:4 の形で書いてください（4 はプロセスの数）。")
    return _Workers(local=int(match[1]))

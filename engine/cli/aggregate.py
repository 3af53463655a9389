"""``gaiji aggregate``: the results of many municipalities together."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine.cli.options import Quiet, Reference
from engine.cli.terminal import Reporter

if TYPE_CHECKING:
    from engine.aggregate.clusters import Cluster
    from engine.aggregate.collect import Collected

EPILOG = (
    "例:\n\n"
    "gaiji aggregate 全国/ -o まとめ/　gaiji batch の結果を、集計・MJ の使われ方・不明の字にまとめる\n\n"
    "gaiji aggregate 甲市/ 乙町.parquet 丙村.xlsx -o まとめ/　いくつもの団体の結果を合わせる\n\n"
    "gaiji aggregate 甲市.csv -o まとめ/ --inputs 外字/　CSV の結果は、不明の字の図形を外字/ から読む"
)


def aggregate(
    results: Annotated[
        list[Path],
        typer.Argument(
            metavar="RESULTS…",
            help="gaiji batch の結果のフォルダーか、gaiji identify の結果"
            "（.csv .jsonl .parquet .xlsx）。いくつでも。",
        ),
    ],
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="DIR", help="出力先のフォルダー。例: -o まとめ/")
    ],
    inputs: Annotated[
        list[Path] | None,
        typer.Option(
            "--inputs", metavar="DIR", help="gaiji identify の結果にある外字のファイルを探すフォルダー。"
        ),
    ] = None,
    similarity: Annotated[
        float | None,
        typer.Option(
            "--similarity",
            metavar="0.78",
            help="不明の字を同じ字と見なす似かた（0.5〜1）。大きいほど細かく分かれる。例: --similarity 0.9",
        ),
    ] = None,
    reference: Reference = None,
    force: Annotated[bool, typer.Option("--force", help="前のまとめがあれば置き換える。")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="件数のまとめを JSON で標準出力へ。")] = False,
    quiet: Quiet = False,
) -> None:
    """多くの団体の結果をまとめ、よく使われる MJ と、各地にある不明の字を示します。"""
    from engine.aggregate.clusters import LEAST_SIMILARITY, cluster
    from engine.aggregate.collect import collect
    from engine.aggregate.write import check_folder, write_aggregate
    from engine.describe.model import load_model
    from engine.errors import UsageError
    from engine.reference.refset import find_reference_set
    from engine.settings import Settings
    from engine.sheet.face import ReferenceFace

    least = LEAST_SIMILARITY if similarity is None else similarity
    if not 0.5 <= least <= 1:
        raise UsageError(f"--similarity は 0.5 から 1 までで指定してください（指定値: {similarity}）。")
    settings = Settings.from_environment()
    face = ReferenceFace.of(find_reference_set(settings, reference), settings)
    check_folder(output, force=force)
    with Reporter(quiet=quiet) as reporter:
        collected = collect(results, inputs=inputs or (), progress=reporter.progress)
        clusters = cluster(collected.unknown, load_model(), least=least, progress=reporter.progress)
        write_aggregate(output, collected, clusters, face)
        _tell(reporter, output, collected, clusters)
    if as_json:
        sys.stdout.write(json.dumps(_counts(collected, clusters), ensure_ascii=False) + "\n")


def _counts(collected: Collected, clusters: list[Cluster]) -> dict[str, int]:
    return {
        "rows": collected.rows,
        "municipalities": len(collected.places),
        "mj": collected.survey.whole.lines[3].total.kinds,
        "unknown_pictures": len(collected.unknown.pictures),
        "clusters": len(clusters),
        "clusters_in_many_places": sum(each.municipalities > 1 for each in clusters),
    }


def _tell(reporter: Reporter, output: Path, collected: Collected, clusters: list[Cluster]) -> None:
    unknown = collected.unknown
    many = sum(each.municipalities > 1 for each in clusters)
    reporter.message(
        f"{len(collected.places):,} 団体、{collected.rows:,} 行をまとめました: {output}。"
        f"不明の字は {len(clusters):,} 種類で、うち {many:,} 種類が二つ以上の団体にあります。"
    )
    if unknown.without_picture:
        reporter.message(
            f"不明の字のうち {unknown.without_picture:,} 件は図形を読めず、まとめに入っていません。"
            "--inputs で、外字のファイルがあるフォルダーを指定してください。"
        )
    if unknown.left_out:
        reporter.message(
            f"不明の字の図形が多すぎるため、{unknown.left_out:,} 件はまとめに入っていません。"
            "団体を分けて実行してください。"
        )

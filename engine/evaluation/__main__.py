"""``python -m engine.evaluation``: ``gaiji evaluate`` where only the engine is at hand."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from engine.errors import GaijiError
from engine.evaluation.command import evaluate
from engine.evaluation.run import DEFAULT_SEED


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit status is 2 where it cannot be done."""
    parser = argparse.ArgumentParser(prog="python -m engine.evaluation", description="精度を測る。")
    parser.add_argument("-o", "--output", type=Path, help="書き出し先（.json または .md）")
    parser.add_argument("--set", dest="sets", action="append", help="評価セットの名前、または名前の先頭")
    parser.add_argument("--per-set", type=int, default=500, help="1 セットの件数の上限")
    parser.add_argument("--seed", type=int, default=DEFAULT_SEED, help="乱数の種")
    parser.add_argument("--sheet", type=Path, help="ひどい誤りを並べた画像（PNG）")
    parser.add_argument("--reliability", type=Path, help="確信度の当たり具合を描いた画像（PNG）")
    parser.add_argument("--criteria", help="測る判定基準の版")
    parser.add_argument("--force", action="store_true", help="書き出し先が既にあれば上書きする")
    given = parser.parse_args(arguments)
    try:
        evaluate(
            given.output,
            given.sets,
            given.per_set,
            given.seed,
            given.sheet,
            given.reliability,
            criteria=given.criteria,
            force=given.force,
        )
    except GaijiError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())

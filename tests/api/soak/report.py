"""What a soak says in the end: numbers and findings, as JSON and as text."""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

_SHOWN = 20


def quantiles(times_ms: Sequence[float]) -> dict[str, float]:
    """Count, median, 95th and 99th percentile and the most, of milliseconds; empty for none."""
    if not times_ms:
        return {"count": 0}
    ordered = sorted(times_ms)

    def at(share: float) -> float:
        return round(ordered[min(int(share * len(ordered)), len(ordered) - 1)], 1)

    return {
        "count": len(ordered), "p50_ms": at(0.5), "p95_ms": at(0.95), "p99_ms": at(0.99),
        "most_ms": round(ordered[-1], 1),
    }  # fmt: skip


def machine() -> dict[str, Any]:
    """On what it was measured, and how busy that was."""
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "processors": os.cpu_count(),
        "load": [round(each, 1) for each in os.getloadavg()],
        "python": platform.python_version(),
    }


def tell(title: str, facts: Mapping[str, Any], wrong: Sequence[str], output: Path | None) -> int:
    """Print a report, write it as JSON where asked for; 0 where nothing was wrong, else 1."""
    told = {"title": title, **facts, "wrong": list(wrong)}
    if output is not None:
        output.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", "utf-8")
    lines = [title]
    for name, value in facts.items():
        shown = (
            "  ".join(f"{key} {each}" for key, each in value.items()) if isinstance(value, Mapping) else value
        )
        lines.append(f"  {name:24} {shown}")
    lines += [f"  WRONG {each}" for each in wrong[:_SHOWN]]
    lines.append(f"  {len(wrong)} things wrong" if wrong else "  nothing wrong")
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()
    return 1 if wrong else 0

"""Reading takes turns, writing does not."""

from __future__ import annotations

import asyncio

import pytest

from api.security.turns import AT_ONCE, READING, Turns


def test_a_write_comes_through_while_every_turn_is_taken():
    async def run() -> list[str]:
        inside: list[str] = []
        release = asyncio.Event()

        async def app(scope, _receive, _send) -> None:
            inside.append(scope["method"])
            if scope["method"] == "GET":
                await release.wait()

        turns = Turns(app)

        def ask(method: str) -> asyncio.Task[None]:
            scope = {"type": "http", "method": method, "path": "/m/131016/shapes/5"}
            return asyncio.create_task(turns(scope, None, None))

        asked = [ask("GET") for _ in range(AT_ONCE + 2)]
        await asyncio.sleep(0)
        asked.append(ask("POST"))
        await asyncio.sleep(0)
        seen = list(inside)
        release.set()
        await asyncio.gather(*asked)
        assert len(inside) == AT_ONCE + 3
        return seen

    assert asyncio.run(run()) == ["GET"] * AT_ONCE + ["POST"]


@pytest.mark.parametrize(
    ("path", "waits"),
    [
        ("/m/131016/shapes/5", True), ("/m/131016/shapes/5.png", True), ("/mj/MJ000001.png", True),
        ("/m/131016/projects/2/shapes", True), ("/m/131016/projects/2/export.csv", False),
        ("/m/131016/projects/2/uploads/3/events", False), ("/healthz", False),
    ],
)  # fmt: skip
def test_what_takes_turns(path, waits):
    assert bool(READING.fullmatch(path)) is waits

"""On a cluster: the same dataset, also when a worker dies; a worker with another engine is refused."""

from __future__ import annotations

import os
import signal
import sys
from concurrent.futures import CancelledError
from pathlib import Path

import pytest

from engine.batch.run import BatchOptions, run_batch
from engine.errors import GaijiError, UsageError
from engine.pool import Lost
from tests.batch.stand_in import HereCrew, StandIn, contents, open_slow, write_images

pytest.importorskip("distributed", reason="Dask is not installed (the extra [cluster])")

from engine.batch import cluster
from engine.batch.cluster import ClusterCrew, ClusterError

OPTIONS = BatchOptions(rows_per_part=10)


@pytest.fixture(scope="module")
def images(tmp_path_factory) -> Path:
    return write_images(tmp_path_factory.mktemp("images") / "images.parquet", 300)


@pytest.fixture(scope="module")
def undisturbed(images, tmp_path_factory) -> dict[str, bytes]:
    engine, folder = StandIn(), tmp_path_factory.mktemp("undisturbed") / "out"
    run_batch([images], folder, engine=engine, crew=HereCrew(engine), options=OPTIONS)
    return contents(folder)


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL there")
def test_a_worker_is_killed_and_another_engine_refused(images, tmp_path, undisturbed):
    engine = StandIn()
    killed: list[int] = []
    with ClusterCrew(open_slow, engine, local=2) as crew:

        def kill_one(_standing: object) -> None:
            if len(list((tmp_path / "out").glob("*.sums"))) == 5 and not killed:
                killed.append(next(iter(crew._client.run(os.getpid).values())))
                os.kill(killed[0], signal.SIGKILL)

        run_batch([images], tmp_path / "out", engine=engine, crew=crew, options=OPTIONS, standing=kill_one)
        assert killed
        assert contents(tmp_path / "out") == undisturbed

        crew._ids = ("e2", "r1")
        with pytest.raises(ClusterError, match=r"e1 r1.*e2 r1"):
            run_batch([images], tmp_path / "other", engine=engine, crew=crew, options=OPTIONS)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (CancelledError(), "接続が切れました.*--resume"),
        (GaijiError("索引がありません。"), "索引がありません"),
        (ZeroDivisionError("division by zero"), "ワーカーで予期しない.*ZeroDivisionError"),
    ],
)
def test_what_a_worker_says(error, words):
    class Failed:
        def exception(self) -> Exception:
            if isinstance(error, CancelledError):
                raise error
            return error

    with pytest.raises(GaijiError, match=words):
        ClusterCrew._result(Failed())


def test_a_block_that_kills_every_worker_is_lost():
    from distributed.scheduler import KilledWorker

    class Failed:
        def exception(self) -> Exception:
            return KilledWorker("block", None, 3)

    assert ClusterCrew._result(Failed()) == Lost(None)


def test_nobody_answers(monkeypatch):
    monkeypatch.setattr(cluster, "_CONNECT_S", 1)
    with pytest.raises(ClusterError, match=r"つながりません.*127\.0\.0\.1:9"):
        ClusterCrew(open_slow, StandIn(), scheduler="tcp://127.0.0.1:9").__enter__()


def test_dask_is_not_there(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(UsageError, match=r"gaiji\[cluster\]"):
        ClusterCrew(open_slow, StandIn(), local=1).__enter__()

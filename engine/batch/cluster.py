"""Blocks identified by the workers of a Dask cluster, which may die and come while the run goes on.

Decision record. The inputs are read where the run was started: no worker needs to see them, and what travels
is the ink of 256 glyphs at a time, inside the task, so that a task of a worker that died can be done by any
other. The reference set is not sent: every worker opens the one of its own machine, filed under the digest of
all that it was made from, and answers with its ids; a worker with another table, font, criteria or model is
refused instead of giving other results. Tasks and results are pickled, so everyone who can reach the
scheduler can run code on the workers: outside of one machine, use TLS.
"""

from __future__ import annotations

import functools
import logging
import math
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable, Generator, Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from engine.batch.parts import Block
from engine.batch.work import Engine, OpenEngine
from engine.errors import GaijiError, UsageError
from engine.pool import Lost
from engine.result import Identification

if TYPE_CHECKING:
    from distributed import Client, Future

_CONNECT_S = 20
_ASK_S = 2.0
_LONELY_S = 15.0
"""So long without a worker, and the person is told."""

_BLOCKS_PER_THREAD = 2
"""Blocks under way for each thread: one in work, one waiting beside it."""

_ONE_AT_A_TIME = threading.Lock()


class ClusterError(GaijiError):
    """The cluster cannot be reached, or cannot do the work."""

    code = "cluster"


@dataclass(frozen=True, slots=True)
class Tls:
    """Files for connections that only those can use who hold a certificate.

    Attributes
    ----------
    ca, cert, key : str
        Paths of PEM files.
    """

    ca: str
    cert: str
    key: str


class ClusterCrew:
    """Identifies blocks on a cluster. Use as a context manager.

    Parameters
    ----------
    open_engine : callable
        Opens the engine on a worker; hashable.
    engine : Engine
        The one here: the workers' must be equal.
    scheduler : str, optional
        Address of a scheduler (``tcp://…``, ``tls://…``).
    local : int, optional
        Instead: a cluster of so many workers on this machine.
    tls : Tls, optional
    notice : callable, optional
        Told, in Japanese, what a person should know.
    """

    def __init__(
        self,
        open_engine: OpenEngine,
        engine: Engine,
        *,
        scheduler: str | None = None,
        local: int | None = None,
        tls: Tls | None = None,
        notice: Callable[[str], None] | None = None,
    ) -> None:
        self._open_engine = open_engine
        self._ids = (engine.engine_id, engine.reference_id)
        self._scheduler = scheduler
        self._local = local
        self._tls = tls
        self._notice = notice or (lambda _words: None)
        self._stack = ExitStack()
        self._client: Client | None = None
        self._threads = 0
        self._asked = -math.inf

    def __enter__(self) -> Self:
        """Connect.

        Raises
        ------
        UsageError
            Dask is not installed, or the certificates cannot be used.
        ClusterError
            No answer.
        """
        try:
            import distributed
        except ImportError as error:
            raise UsageError(
                'クラスターを使うには、gaiji を "gaiji[cluster]" として入れてください（Dask が要ります）。'
            ) from error
        for name in list(logging.root.manager.loggerDict):
            if name.partition(".")[0] in ("distributed", "tornado"):  # what matters is told in Japanese
                logging.getLogger(name).setLevel(logging.CRITICAL + 1)
        with ExitStack() as stack:
            try:
                security = self._security()
                if self._local is not None:
                    cluster = distributed.LocalCluster(
                        n_workers=self._local,
                        threads_per_worker=1,
                        processes=True,
                        dashboard_address=None,
                        silence_logs=logging.CRITICAL + 1,
                        security=security,
                    )
                    stack.callback(cluster.close)
                    address: Any = cluster
                else:
                    address = self._scheduler
                self._client = distributed.Client(address, timeout=_CONNECT_S, security=security)
            except (OSError, ValueError) as error:  # no answer; an address or a certificate that is none
                raise ClusterError(
                    f"クラスターにつながりません（{type(error).__name__}）。"
                    f"スケジューラーのアドレスと TLS の指定を確かめてください: {self._scheduler or 'local'}"
                ) from error
            stack.callback(self._client.close)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client = None
        self._stack.close()

    def _security(self) -> Any:
        from distributed.security import Security

        if self._tls is None:
            return Security(require_encryption=False) if self._local is not None else None
        return Security(
            tls_ca_file=self._tls.ca,
            tls_client_cert=self._tls.cert,
            tls_client_key=self._tls.key,
            tls_scheduler_cert=self._tls.cert,
            tls_scheduler_key=self._tls.key,
            tls_worker_cert=self._tls.cert,
            tls_worker_key=self._tls.key,
            require_encryption=True,
        )

    def identify(
        self, blocks: Iterable[Block | None]
    ) -> Generator[tuple[Block, list[Identification] | Lost], None, None]:
        """Yield every block in its order, with its rows.

        Raises
        ------
        ClusterError
            The connection to the scheduler is gone, or a worker has another reference set.
        """
        client = self._client
        if client is None:
            raise RuntimeError("ClusterCrew.identify: used outside its with block")
        run = uuid.uuid4().hex
        pending: deque[tuple[Block, Future]] = deque()
        source = iter(blocks)
        count = 0
        exhausted = False
        try:
            while not exhausted or pending:
                while pending and pending[0][1].done():
                    block, future = pending.popleft()
                    yield block, self._result(future)
                if exhausted or len(pending) >= self._window():
                    self._wait(client, pending[0][1] if pending else None)
                    continue
                try:
                    each = next(source)
                except StopIteration:
                    exhausted = True
                    continue
                if each is not None:
                    future = client.submit(
                        _identify, self._open_engine, self._ids, each, key=f"gaiji-{run}-{count}", pure=False
                    )
                    pending.append((each, future))
                    count += 1
        finally:
            for _, future in pending:
                future.cancel()

    def _window(self) -> int:
        """How many blocks may be under way; asks now and then how many workers there are."""
        if self._client is not None and time.monotonic() - self._asked > _ASK_S:
            self._asked = time.monotonic()
            self._threads = _threads(self._client)
        return 2 + _BLOCKS_PER_THREAD * self._threads

    def _wait(self, client: Client, future: Future | None) -> None:
        """Wait for a future, but not for ever without a word."""
        from concurrent.futures import CancelledError

        from distributed import wait

        if future is None:
            return
        try:
            wait([future], timeout=_LONELY_S)
        except CancelledError as cancelled:
            raise _gone() from cancelled
        except TimeoutError:
            if client.status != "running":
                raise _gone() from None
            if not _threads(client):
                self._notice("クラスターにワーカーがいません。ワーカーが加わるのを待っています。")

    @staticmethod
    def _result(future: Future) -> list[Identification] | Lost:
        from concurrent.futures import CancelledError

        from distributed.scheduler import KilledWorker

        try:
            error = future.exception()
        except CancelledError as cancelled:
            raise _gone() from cancelled
        if isinstance(error, KilledWorker):
            return Lost(None)
        if isinstance(error, GaijiError):
            raise error
        if error is not None:
            raise ClusterError(
                f"ワーカーで予期しないエラーが起きました（{type(error).__name__}: {error}）。"
            ) from error
        rows: list[Identification] = future.result()
        return rows


def _threads(client: Client) -> int:
    """Threads of all workers.

    Raises
    ------
    ClusterError
        The scheduler does not answer.
    """
    try:
        return sum(client.nthreads().values())
    except OSError as error:
        raise _gone() from error


def _gone() -> ClusterError:
    return ClusterError(
        "クラスターとの接続が切れました。ここまでの結果は残っています。"
        "同じ命令に --resume を付けて続けてください。"
    )


def _identify(open_engine: OpenEngine, ids: tuple[str, str], block: Block) -> list[Identification]:
    """Identify a block; runs on a worker.

    Raises
    ------
    ClusterError
        This machine's engine is not the one of the run.
    """
    with _ONE_AT_A_TIME:
        engine = _opened(open_engine)
        here = (engine.engine_id, engine.reference_id)
        if here != ids:
            raise ClusterError(
                f"ワーカーの gaiji か参照セットが違います（{' '.join(here)}、要るのは {' '.join(ids)}）。"
                "同じ版の gaiji と参照セットを入れて、ワーカーを起動し直してください。"
            )
        return engine.identify(block)


@functools.lru_cache(maxsize=1)
def _opened(open_engine: OpenEngine) -> Engine:
    return open_engine()

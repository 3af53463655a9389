"""An ordered map over worker processes, in which a worker may die without taking the run with it.

Why not ``concurrent.futures``: when one of its processes dies, every pending call fails and nothing tells
which one was to blame. Here a process works on one item at a time, so the item that was in its hands is
known; that item alone is reported as lost, and another process takes the place of the dead one.

Only the ``spawn`` start method is used: it is the same on Windows, and no thread or lock is inherited.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
import traceback
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import Any, Generic, TypeVar

from engine.errors import GaijiError

Item = TypeVar("Item")
Result = TypeVar("Result")
Work = Callable[[Any], Any]

_THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
_START_ATTEMPTS = 3
_PATIENCE_S = 2.0


class PoolError(GaijiError):
    """A worker process could not be started, or its work failed in an unforeseen way."""

    code = "worker"


@dataclass(frozen=True, slots=True)
class Lost:
    """In place of a result: the process that worked on the item died.

    Attributes
    ----------
    exit_code : int or None
        Of the process; negative for a signal.
    """

    exit_code: int | None


@dataclass(frozen=True, slots=True)
class _Failure:
    """An exception as text: not every exception survives being pickled."""

    code: str
    message: str
    trace: str


class _Worker:
    """One process, its pipe, and the number of the item in its hands."""

    def __init__(self, open_work: Callable[[], Work], threads: int) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process: SpawnProcess = context.Process(target=_serve, args=(open_work, theirs), daemon=True)
        with _environment(dict.fromkeys(_THREAD_VARIABLES, str(threads))), _interrupts_held():
            self.process.start()
        theirs.close()  # else the death of the process would not close the pipe
        self.ready = False
        self.number: int | None = None

    def stop(self, *, now: bool) -> None:
        """End the process: politely by closing its pipe, or at once."""
        self.pipe.close()
        if now:
            self.process.terminate()
        self.process.join(_PATIENCE_S)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()
        self.process.close()


class OrderedPool(Generic[Item, Result]):
    """Maps items to results in worker processes; results come in the order of the items.

    Parameters
    ----------
    open_work : callable
        Called once in each process; returns the function that maps an item to a result. Picklable, as are
        items and results.
    jobs : int
        Number of processes, at most.
    threads : int
        Threads that numeric libraries may use in each process.
    """

    def __init__(
        self, open_work: Callable[[], Callable[[Item], Result]], *, jobs: int, threads: int = 1
    ) -> None:
        self._open_work = open_work
        self._threads = threads
        self._jobs = jobs
        self._workers: list[_Worker] = []
        self._waiting: deque[int] = deque()
        self._items: dict[int, Item] = {}
        self._results: dict[int, Result | Lost] = {}
        self._failed_starts = 0

    def map(self, items: Iterable[Item | None]) -> Generator[tuple[Item, Result | Lost], None, None]:
        """Yield each item with its result.

        Parameters
        ----------
        items : iterable
            Taken only as fast as results are; at most ``2 * jobs + 2`` are held at any time. A None means
            "nothing yet": a slow source yields it now and then, so that idle processes get their next item.

        Raises
        ------
        PoolError
            A process cannot start, or the work raised an exception.
        """
        source = iter(items)
        limit = 2 * self._jobs + 2
        taken = given = 0
        exhausted = orderly = False
        try:
            while True:
                while given in self._results:
                    yield self._items.pop(given), self._results.pop(given)
                    given += 1
                if exhausted and given == taken:
                    orderly = True
                    return
                self._start()
                self._hand_out()
                if exhausted or len(self._items) >= limit:
                    self._collect(timeout_s=None)
                    continue
                try:
                    item = next(source)
                except StopIteration:
                    exhausted = True
                    continue
                if item is not None:
                    self._items[taken] = item
                    self._waiting.append(taken)
                    taken += 1
                self._collect(timeout_s=0)
        finally:
            for worker in self._workers:
                worker.stop(now=not orderly)
            self._workers = []

    def _start(self) -> None:
        """Start processes as they find work: a run of two items never needs eight."""
        starting = sum(not worker.ready for worker in self._workers)
        if len(self._workers) < self._jobs and len(self._waiting) > starting:
            self._workers.append(_Worker(self._open_work, self._threads))

    def _hand_out(self) -> None:
        for worker in self._workers:
            if worker.ready and worker.number is None and self._waiting:
                number = self._waiting.popleft()
                worker.number = number
                # A process that has just died is noticed, with the item in its hands, by _collect.
                with contextlib.suppress(BrokenPipeError, ConnectionError):
                    worker.pipe.send(self._items[number])

    def _collect(self, *, timeout_s: float | None) -> None:
        by_pipe = {worker.pipe: worker for worker in self._workers}
        for pipe in wait(list(by_pipe), timeout_s):
            worker = by_pipe[pipe]  # type: ignore[index]
            try:
                answer = worker.pipe.recv()
            except (EOFError, ConnectionError):
                self._replace(worker)
                continue
            if isinstance(answer, _Failure):
                raise _as_error(answer)
            if worker.ready and worker.number is not None:
                self._results[worker.number] = answer
                worker.number = None
            worker.ready = True

    def _replace(self, worker: _Worker) -> None:
        worker.process.join(_PATIENCE_S)
        exit_code = worker.process.exitcode
        if worker.number is not None:
            self._results[worker.number] = Lost(exit_code)
        else:
            self._failed_starts += 1
            if self._failed_starts >= _START_ATTEMPTS:
                raise PoolError(
                    f"同定の処理プロセスを起動できません（終了コード {exit_code}）。"
                    "メモリーの空きを確かめるか、--jobs 1 で実行してください。"
                )
        position = self._workers.index(worker)
        worker.stop(now=True)
        self._workers[position] = _Worker(self._open_work, self._threads)


def _serve(open_work: Callable[[], Work], pipe: Connection) -> None:
    """The life of a worker process: open, then answer items until the pipe is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    try:
        work = open_work()
        pipe.send(None)
        while True:
            try:
                item = pipe.recv()
            except EOFError:
                return
            pipe.send(work(item))
    except (BrokenPipeError, ConnectionError):  # the parent is gone
        return
    except Exception as error:  # the parent raises it
        code = error.code if isinstance(error, GaijiError) else ""
        with contextlib.suppress(BrokenPipeError, ConnectionError):
            pipe.send(_Failure(code, str(error), traceback.format_exc()))


def _as_error(failure: _Failure) -> GaijiError:
    if failure.code:
        error = GaijiError(failure.message)
        error.code = failure.code
    else:
        last = failure.trace.strip().splitlines()[-1]
        error = PoolError(f"同定の処理プロセスで予期しないエラーが起きました（{last}）。")
    error.add_note(failure.trace)
    return error


@contextlib.contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    """Set environment variables for the processes started inside the block."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextlib.contextmanager
def _interrupts_held() -> Iterator[None]:
    """Start processes deaf to Ctrl-C, so that none prints a traceback while it is still importing.

    A Ctrl-C that comes meanwhile takes effect in this process when the block ends. The mask is what the
    processes inherit (not on Windows); it does not protect this one, where a thread of a numeric library may
    take the signal and Python then runs the handler here all the same.
    """
    if threading.current_thread() is not threading.main_thread() or signal.getsignal(signal.SIGINT) is None:
        yield  # no handler can be set here, or put back
        return
    held: list[int] = []
    handler = signal.signal(signal.SIGINT, lambda number, frame: held.append(number))
    try:
        if hasattr(signal, "pthread_sigmask"):
            with _signals_masked():
                yield
        else:
            yield
    finally:
        signal.signal(signal.SIGINT, handler)
        if held:
            signal.raise_signal(signal.SIGINT)


@contextlib.contextmanager
def _signals_masked() -> Iterator[None]:
    from multiprocessing import resource_tracker

    resource_tracker.ensure_running()  # its start would let signals through again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)

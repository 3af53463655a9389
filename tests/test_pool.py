"""The worker pool keeps the order, reports what it lost, and never hangs."""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from engine.errors import GaijiError, UsageError
from engine.pool import Lost, OrderedPool, PoolError


def open_square() -> Callable[[int], int]:
    return square


def square(number: int) -> int:
    if number == 13:
        os._exit(7)
    if number == 666:
        raise ValueError("boom")
    if number % 3 == 0:
        time.sleep(0.01)  # later items overtake this one
    return number * number


def open_nothing() -> Callable[[int], int]:
    os._exit(9)


def open_refused() -> Callable[[int], int]:
    raise UsageError("使えません")


def open_pid() -> Callable[[int], int]:
    return pid


def pid(_: int) -> int:
    time.sleep(0.02)
    return os.getpid()


def run(
    open_work: Callable[[], Callable[[int], int]], items: list[int | None], jobs: int = 2
) -> list[object]:
    return [result for _, result in OrderedPool(open_work, jobs=jobs).map(items)]


def test_results_come_in_the_order_of_the_items() -> None:
    items = [n for n in range(40) if n != 13]
    assert run(open_square, [*items[:5], None, *items[5:], None]) == [n * n for n in items]


def test_a_dead_process_costs_its_item_only() -> None:
    assert run(open_square, list(range(10, 17)), jobs=1) == [100, 121, 144, Lost(7), 196, 225, 256]


def test_no_items() -> None:
    assert run(open_square, []) == []


def test_processes_that_cannot_start_are_an_error() -> None:
    with pytest.raises(PoolError, match="--jobs 1"):
        run(open_nothing, [1])


def test_an_error_of_the_work_reaches_the_caller() -> None:
    with pytest.raises(PoolError, match="ValueError: boom") as caught:
        run(open_square, [666])
    assert any("in square" in note for note in caught.value.__notes__)
    with pytest.raises(GaijiError, match="使えません") as refused:
        run(open_refused, [1])
    assert refused.value.code == "usage"


def test_one_item_needs_one_process() -> None:
    assert len(set(run(open_pid, [1], jobs=4))) == 1


def test_takes_no_more_than_it_may_hold() -> None:
    taken = 0

    def source() -> Iterator[int]:
        nonlocal taken
        for number in range(100):
            if number != 13:
                taken += 1
                yield number

    results = OrderedPool(open_square, jobs=1).map(source())
    assert next(results) == (0, 0)
    assert taken <= 4
    results.close()


@pytest.mark.skipif(sys.platform == "win32", reason="os.kill asks nothing there")
def test_leaving_early_ends_the_processes() -> None:
    results = OrderedPool(open_pid, jobs=1).map(range(1000))
    _, worker = next(results)
    results.close()
    with pytest.raises(ProcessLookupError):
        os.kill(worker, 0)


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL there")
def test_a_killed_process_is_replaced() -> None:
    results = OrderedPool(open_pid, jobs=1).map(range(50))
    _, worker = next(results)
    threading.Timer(0, os.kill, (worker, signal.SIGKILL)).start()
    rest = [result for _, result in results]
    assert len(rest) == 49
    assert sum(isinstance(result, Lost) for result in rest) <= 1
    assert isinstance(rest[-1], int)
    assert rest[-1] != worker


@pytest.mark.parametrize("by_another_thread", [False, True])
def test_an_interrupt_while_a_process_starts_is_not_lost(by_another_thread: bool) -> None:
    """A thread of a numeric library may take the signal in place of the one that holds it."""
    from engine.pool import _interrupts_held

    reached = []
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # deaf where run in the background
    go = threading.Event()

    def taken_by_the_thread() -> None:
        go.wait()
        if by_another_thread:
            signal.raise_signal(signal.SIGINT)

    thread = threading.Thread(target=taken_by_the_thread)
    thread.start()

    def interrupted() -> None:
        with _interrupts_held():
            if not by_another_thread:
                signal.raise_signal(signal.SIGINT)
            go.set()
            thread.join()
            reached.append("still in the block")
        reached.append("after it")

    try:
        with pytest.raises(KeyboardInterrupt):
            interrupted()
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)
    assert reached == ["still in the block"]
    if hasattr(signal, "pthread_sigmask"):
        assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, [])

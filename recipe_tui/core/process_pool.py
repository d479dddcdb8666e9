"""A pool of processes that apply one function to a stream of items.

Unlike those of multiprocessing, its processes import nothing of the program that starts them, so that a script needs no
``if __name__ == "__main__"``, and they are not forked, so that threads and GPU contexts of the program do no harm.
"""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

from recipe_tui.core.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

Item = TypeVar("Item")
Result = TypeVar("Result")

AHEAD = 2
"""Items that wait or are computed, for each process."""


class ProcessPool(Generic[Item, Result]):
    """Processes that wait for items. A context manager, which ends them.

    Args:
        function: What is applied; function, items and results can be pickled.
        processes: Their number.
    """

    def __init__(self, function: Callable[[Item], Result], processes: int) -> None:
        self._idle: SimpleQueue[_Worker] = SimpleQueue()
        self._workers = [_Worker(pickle.dumps(function)) for _ in range(processes)]
        for worker in self._workers:
            self._idle.put(worker)
        self._threads = ThreadPoolExecutor(processes)  # each waits for a process

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._workers:
            worker.end()
        self._threads.shutdown(cancel_futures=True)

    def map(self, items: Iterable[Item]) -> Iterator[Result]:
        """Yield the results in the order of the items, of which a few are taken in advance.

        Raises:
            StoreError: A process was ended from outside.
            Exception: What the function raised.
        """
        waiting: deque[Future[Result]] = deque()
        for item in items:
            waiting.append(self._threads.submit(self._apply, item))
            if len(waiting) == AHEAD * len(self._workers):
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()

    def _apply(self, item: Item) -> Result:
        worker = self._idle.get()
        try:
            result: Result = worker.apply(item)
        finally:
            self._idle.put(worker)
        return result


class _Worker:
    """One of the processes."""

    def __init__(self, function: bytes) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=_environment()
        )
        self._function: bytes | None = function  # it is sent with the first item, when the process has started

    def apply(self, item: Any) -> Any:
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise TypeError("both are pipes")
        try:
            if self._function is not None:
                stdin.write(self._function)
                self._function = None
            pickle.dump(item, stdin, pickle.HIGHEST_PROTOCOL)
            stdin.flush()
            result, error = pickle.load(stdout)
        except (OSError, EOFError, ValueError, pickle.UnpicklingError) as lost:
            code = self._process.poll()
            raise StoreError(
                f"a process that prepares recipes was ended{'' if code is None else f' (exit code {code})'}",
                "free some memory and try again",
            ) from lost
        if error is not None:
            raise error
        return result

    def end(self) -> None:
        self._process.kill()  # it holds nothing that could be lost
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:  # what was still to be written
                    continue
        self._process.wait()


def _environment() -> dict[str, str]:
    """Return the environment of a process: it finds the same modules, and uses one core."""
    path = os.pathsep.join(filter(None, sys.path))
    return {**os.environ, "PYTHONPATH": path, "TOKENIZERS_PARALLELISM": "false", "OMP_NUM_THREADS": "1"}


def main() -> None:
    """Apply the function that is read first to each item that is read, until there are no more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the program that started it decides
    results = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no result
    items = sys.stdin.buffer
    function = pickle.load(items)
    while True:
        try:
            item = pickle.load(items)
        except EOFError:
            return
        answer: tuple[Any, Exception | None]
        try:
            answer = function(item), None
        except Exception as error:  # it is raised where the result is awaited
            answer = None, error
        try:
            pickle.dump(answer, results, pickle.HIGHEST_PROTOCOL)
            results.flush()
        except BrokenPipeError:
            os._exit(1)  # the program that awaited it was killed


if __name__ == "__main__":
    main()

"""Work that loses a worker half-way."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def with_a_loss(work: Callable[[], T], victim: Callable[[], int]) -> tuple[T, T]:
    """What work comes to when all goes well, and when the process ``victim()`` is killed in the middle of it."""
    started = time.perf_counter()
    calm = work()
    took = time.perf_counter() - started
    # The first run has workers to start, so that half its time may be all of the second's: then half of that.
    for _ in range(4):
        process, killed, done = victim(), threading.Event(), threading.Event()

        def kill(process: int = process, killed: threading.Event = killed, done: threading.Event = done) -> None:
            if not done.is_set():
                os.kill(process, signal.SIGKILL)
                killed.set()

        timer = threading.Timer(took / 2, kill)
        started = time.perf_counter()
        timer.start()
        lossy = work()
        done.set()
        timer.cancel()
        took = time.perf_counter() - started
        if killed.is_set():
            return calm, lossy
    raise AssertionError("the work ended before anything was lost")

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
    process, killed, done = victim(), threading.Event(), threading.Event()

    def kill() -> None:
        if not done.is_set():
            os.kill(process, signal.SIGKILL)
            killed.set()

    timer = threading.Timer(took / 2, kill)
    timer.start()
    lossy = work()
    done.set()
    timer.cancel()
    assert killed.is_set(), "the work ended before anything was lost"
    return calm, lossy

"""Ctrl-C between two steps of a long run, not in the middle of one."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def stop_requested() -> Iterator[threading.Event]:
    """Ctrl-C, or a polite kill, sets the event instead of breaking a step in the middle; a second Ctrl-C breaks."""
    event = threading.Event()

    def stop(signum: int, _frame: object) -> None:
        event.set()
        signal.signal(signum, before[signal.Signals(signum)])

    before = {signum: signal.signal(signum, stop) for signum in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield event
    finally:
        for signum, handler in before.items():
            signal.signal(signum, handler)

"""How a process ends that has threads still at work."""

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_threads() -> Iterator[None]:
    """Of a process that a signal ends: its threads are left where they are.

    The interpreter stops them wherever they are when it takes itself down, and may then wait without end for what one
    of them held: the lock of a module under import, or of a log whose pipe nobody reads. By now everything that
    must be closed is closed, and the system does the rest.
    """
    try:
        yield
    except SystemExit as asked:
        if all(thread is threading.current_thread() or not thread.daemon for thread in threading.enumerate()):
            raise
        sys.stdout.flush()
        os._exit(asked.code if isinstance(asked.code, int) else int(asked.code is not None))

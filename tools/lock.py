"""A lock between processes: one run at a time changes what several share.

tools/environment.py has its own, since it runs before the package that this one uses is installed.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from tools.cache import Say


@contextlib.contextmanager
def locked(path: Path, say: Say, waiting: str) -> Iterator[None]:
    """Hold an exclusive lock; the kernel frees it when its holder dies.

    Args:
        path: The lock file, created if it is missing.
        say: Takes one line for the person who waits.
        waiting: That line, reported only when another run holds the lock.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        say(waiting)
        lock.acquire()
    try:
        yield
    finally:
        lock.release()

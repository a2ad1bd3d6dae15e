"""Where the project keeps what is costly to get: engines and Python environments, outside of the checkout.

Several checkouts and several runs at once share it, so whoever adds to it takes a lock and moves finished
things into place. It must not import anything but the standard library: it is needed before anything else is
installed.
"""

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

Say = Callable[[str], None]


def cache_root(environment: Mapping[str, str] | None = None) -> Path:
    """Return the cache's directory, which need not exist yet.

    Args:
        environment: Environment variables to go by; those of this process if None.
    """
    env = os.environ if environment is None else environment
    if own := env.get("REPLICAS_CACHE"):
        return Path(own).expanduser().absolute()
    base = Path(env.get("XDG_CACHE_HOME") or "~/.cache").expanduser()
    return base.absolute() / "pulumi-replicas"


def shown(path: Path) -> str:
    """Return the path as a person would write it, with ~ for the home directory."""
    home = Path.home()
    return f"~/{path.relative_to(home)}" if path.is_relative_to(home) else str(path)


@contextlib.contextmanager
def locked(path: Path, say: Say, waiting: str) -> Iterator[None]:
    """Hold an exclusive lock between processes; the kernel frees it when its holder dies.

    Args:
        path: The lock file; it is created and stays.
        say: Takes one line for the person who waits.
        waiting: That line, said only when another run holds the lock.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(waiting)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def made_beside(final: Path) -> Iterator[Path]:
    """Give an empty directory to fill, and put it in place of `final` when the block ends well.

    A block that raises leaves `final` as it was, and nothing of the new one.
    """
    final.parent.mkdir(parents=True, exist_ok=True)
    room = Path(tempfile.mkdtemp(prefix=".making-", dir=final.parent))
    room.chmod(0o755)  # mkdtemp keeps others out; a cache may be shared by the users of a machine
    try:
        yield room
        if final.exists():
            shutil.rmtree(final)
        room.rename(final)
    finally:
        shutil.rmtree(room, ignore_errors=True)

"""Where the project keeps what is costly to get, outside of the checkout: engines, uv, and the packages it downloaded.

Several checkouts and several runs at once share it, so whatever adds to it holds a lock and moves finished things
into place. It must not import anything but the standard library: it is needed before anything else is installed.
"""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

Say = Callable[[str], None]

_UNFINISHED = ".making-"  # begins the names of directories that are being filled


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
def made_beside(final: Path) -> Iterator[Path]:
    """Give an empty directory to fill, and put it in place of `final` when the block ends well.

    A block that raises leaves `final` as it was, and nothing of the new one. What a killed run left beside it is
    removed: the caller holds the lock, so none of it is in use.
    """
    final.parent.mkdir(parents=True, exist_ok=True)
    for unfinished in final.parent.glob(f"{_UNFINISHED}*"):
        shutil.rmtree(unfinished, ignore_errors=True)
    room = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=final.parent))
    room.chmod(0o755)  # mkdtemp keeps others out; a cache may be shared by the users of a machine
    try:
        yield room
        if final.exists():
            shutil.rmtree(final)
        room.rename(final)
    finally:
        shutil.rmtree(room, ignore_errors=True)

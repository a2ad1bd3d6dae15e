"""Where the project keeps what is costly to get, outside of the checkout: engines, uv, and the packages it downloaded.

Several checkouts and several runs at once share it, so whatever adds to it holds a lock and moves finished things
into place. It must not import anything but the standard library: it is needed before anything else is installed.
"""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

_UNFINISHED = ".making-"  # begins the names of directories that are being filled


def cache_root() -> Path:
    """Return the cache's directory, which need not exist yet, from the variables of this process."""
    base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(os.environ.get("REPLICAS_CACHE") or f"{base}/pulumi-replicas").expanduser().absolute()


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
    with tempfile.TemporaryDirectory(prefix=_UNFINISHED, dir=final.parent, ignore_cleanup_errors=True) as place:
        room = Path(place, "new")
        room.mkdir()
        yield room
        with contextlib.suppress(FileNotFoundError):
            final.rename(Path(place, "earlier"))
        room.rename(final)

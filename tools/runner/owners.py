"""Which engines took locks: a file backend's lock names a process, but neither the boot nor the namespace of its id.

In another container with the same host name, or after a restart, the same id is another process or none. So each engine
that a run starts is noted beside the state, with what no other process has, and only a lock that is known
to be that of a dead one may be broken. Notes are small files in `.replicas/` of the backend's directory.
"""

import json
import sys
import time
import uuid
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

import psutil

from tools.runner import backend

SOON = 120.0
"""Seconds after its start within which an engine takes its lock; a later lock is another process's."""


@dataclass(frozen=True)
class Owner:
    """An engine that a run has started.

    Attributes:
        pid: Its id.
        place: The boot and the PID namespace in which that is its id.
        birth: When it began, as the kernel counts: no change of the clock moves that.
        started: When it began (Unix seconds).
    """

    pid: int
    place: str
    birth: str
    started: float

    def is_here(self) -> bool:
        """Report whether its id means the same process to us."""
        return bool(self.place) and self.place == _place()

    def is_running(self) -> bool:
        """Report whether it still runs; it must be here."""
        return _birth(self.pid) == self.birth != ""

    def may_have_locked(self, since: str) -> bool:
        """Report whether it can be the process of this id that took a lock at that time."""
        try:
            return -1 <= datetime.fromisoformat(since).timestamp() - self.started <= SOON
        except ValueError:
            return False


def directory(backend_url: str, project: str, stack: str) -> Path | None:
    """Return where the engines of a stack are noted; None where the backend is no directory."""
    if not backend_url.startswith(backend.FILE):
        return None
    return backend.path_of(backend_url) / ".replicas" / project / stack.rpartition("/")[2]


def note(where: Path | None, pid: int) -> Path | None:
    """Note an engine that was started, and return the note; it is removed once the engine has ended in order."""
    if where is None:
        return None
    path = where / f"{pid}-{uuid.uuid4().hex[:8]}.json"
    try:
        where.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(asdict(Owner(pid, _place(), _birth(pid), time.time()))))
    except OSError:  # nobody will break its lock then
        return None
    return path


def find(where: Path | None, pid: int) -> list[Owner]:
    """Return the engines that were noted with this id, in whichever namespace."""
    found = []
    for path in where.glob(f"{pid}-*.json") if where else ():
        with suppress(OSError, ValueError, TypeError):
            found.append(Owner(**json.loads(path.read_text())))
    return found


def forget(where: Path | None) -> None:
    """Remove the notes of engines that are known to be dead."""
    for path in where.glob("*.json") if where else ():
        with suppress(OSError, ValueError, TypeError):
            owner = Owner(**json.loads(path.read_text()))
            if owner.is_here() and not owner.is_running():
                path.unlink()


def _place() -> str:
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot} {Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return "" if sys.platform == "linux" else f"{psutil.boot_time():.0f}"  # the others have no namespaces


def _birth(pid: int) -> str:
    if sys.platform != "linux":
        return str(psutil.Process(pid).create_time()) if psutil.pid_exists(pid) else ""
    try:
        state, *values = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    except OSError:
        return ""
    return "" if state in "ZX" else values[18]

"""Ends what a killed run left on this machine: its processes, then its lock.

A killed CLI leaves the language host, the launcher, the provider process and native plugins behind, which can still
finish a call, and a native plugin that waits for a copy stays for minutes. Only helper processes that an engine has
started in this very project directory and that have lost it are ended, by id.
"""

import json
import re
import socket
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psutil

from components.clouds.errors import ReplicaError
from tools.runner import backend, owners

_LANGUAGE = re.compile(r"pulumi-language-[\w-]+")
_PLUGIN = re.compile(r"pulumi-(resource|analyzer)-[\w-]+")
_ENGINES_ADDRESS = re.compile(r"(127\.0\.0\.1|localhost|\[::1\]):\d+")
_REAPERS = {"init", "systemd", "tini", "dumb-init", "launchd"}


@dataclass(frozen=True)
class Lock:
    """A lock on a stack, as its backend shows it.

    Attributes:
        user: Who started the run that holds it.
        host: On which machine.
        pid: The process.
        since: When it took the lock.
    """

    user: str
    host: str
    pid: int | str
    since: str


class StackBusy(ReplicaError):
    """Another run is changing the stack now.

    Args:
        problem: See ReplicaError.
        next_step: See ReplicaError.
        locks: What is known of who it is.
    """

    def __init__(self, problem: str, next_step: str, locks: Sequence[Lock] = ()) -> None:
        super().__init__(problem, next_step)
        self.locks = tuple(locks)


def end_orphans(directory: Path) -> list[str]:
    """End the engine's helper processes of dead runs in this project directory; return a line for each."""
    orphans = list(_orphans(directory))
    for process in orphans:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue
    psutil.wait_procs(orphans, timeout=10)
    return [f"ended process {process.pid}, left by a run whose engine is dead" for process in orphans]


def _orphans(directory: Path) -> Iterator[psutil.Process]:
    for process in psutil.process_iter():
        try:
            if _is_helper(process) and _runs_in(process, directory) and _is_abandoned(process):
                yield process
        except (psutil.NoSuchProcess, psutil.AccessDenied, OSError):
            continue


def _is_helper(process: psutil.Process) -> bool:
    command = process.cmdline()
    if command[1:4] == ["-u", "-m", "pulumi.dynamic"]:
        return True
    names = [Path(word).name for word in command[:3]]  # a script has its interpreter before it
    if any(_LANGUAGE.fullmatch(name) for name in names):
        return True
    # A plugin that a person has started has no engine to call.
    has_engine = any(_ENGINES_ADDRESS.fullmatch(word) for word in command[1:])
    return has_engine and any(_PLUGIN.fullmatch(name) for name in names)


def _runs_in(process: psutil.Process, directory: Path) -> bool:
    """Report whether this very directory is the process's: in a container another one may have its path."""
    own = Path(f"/proc/{process.pid}/cwd")
    return own.samefile(directory) if own.is_symlink() else Path(process.cwd()) == directory


def _is_abandoned(process: psutil.Process) -> bool:
    """Report whether the process, or the helper that started it, has lost its parent."""
    parent = process.parent()
    while parent is not None and _is_helper(parent):
        parent = parent.parent()
    is_reaper = parent is None or parent.pid == 1 or parent.name() in _REAPERS
    return is_reaper and not (
        parent and parent.name() == "pulumi"
    )  # in a container, an engine may be the first process


def break_dead_locks(backend_url: str, project: str, stack: str) -> list[str]:
    """Remove the stack's locks in a file backend whose owner is known to be dead; return a line for each.

    Raises:
        StackBusy: A lock's owner is alive, or nothing is known of it.
    """
    notes = owners.directory(backend_url, project, stack)
    broken = []
    for path in _locks(backend_url, project, stack):
        if pid := _dead_owner(path, stack, notes):
            path.unlink(missing_ok=True)
            broken.append(f"removed the lock of process {pid}, which is dead")
    owners.forget(notes)
    return broken


def is_busy(backend_url: str, project: str, stack: str) -> bool:
    """Report whether another run holds a lock on the stack in a file backend."""
    try:
        for path in _locks(backend_url, project, stack):
            _dead_owner(path, stack, owners.directory(backend_url, project, stack))
    except StackBusy:
        return True
    return False


def _dead_owner(lock_file: Path, stack: str, notes: Path | None) -> int | None:
    try:
        read = json.loads(lock_file.read_text())
        pid, host, since = int(read["pid"]), str(read["hostname"]), str(read["timestamp"])
        user = str(read.get("username") or "somebody")
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None  # gone meanwhile, or not written to the end: left to the engine
    noted = [owner for owner in owners.find(notes, pid) if owner.may_have_locked(since)]
    is_known = host == socket.gethostname() and bool(noted) and all(owner.is_here() for owner in noted)
    if is_known and not any(owner.is_running() for owner in noted):
        return pid
    lock = Lock(user, host, pid, since)
    if is_known or (host == socket.gethostname() and is_alive(pid, since)):
        raise StackBusy(
            f"stack {stack} is being changed by process {pid} since {since}",
            "wait until that run has ended, then run the same command again",
            [lock],
        )
    raise locked(stack, [lock])


def locked(stack: str, locks: Sequence[Lock]) -> StackBusy:
    """Make the error for locks of which it is not known whether their owners are alive."""
    named = " and ".join(f"process {each.pid} of {each.user} on {each.host} since {each.since}" for each in locks)
    return StackBusy(
        f"stack {stack} is locked by {named}",
        f"wait until that run has ended; if it is dead, run `replicas unlock {stack}`, then the same again",
        locks,
    )


def fix_metadata(backend_url: str, project: str, stack: str) -> list[str]:
    """Remove what a kill left half-written beside the state in a file backend; return a line for each file.

    The backend replaces the state itself in one step, but not the small `.attrs` file beside it; when that is cut off,
    the engine can read neither. Without it the engine takes the defaults, which is all it ever holds.
    """
    if not backend_url.startswith(backend.FILE):
        return []
    state = backend.path_of(backend_url) / ".pulumi" / "stacks" / project
    cut_off = [path for path in sorted(state.glob(f"{stack.rpartition('/')[2]}.json*.attrs")) if not _is_json(path)]
    if not cut_off or is_busy(backend_url, project, stack):
        return []
    for path in cut_off:
        path.unlink(missing_ok=True)
    return [f"removed {path.name}, which a killed run left half-written" for path in cut_off]


def _is_json(path: Path) -> bool:
    try:
        json.loads(path.read_text())
    except FileNotFoundError:
        return True
    except ValueError:
        return False
    return True


def _locks(backend_url: str, project: str, stack: str) -> list[Path]:
    if not backend_url.startswith(backend.FILE):
        return []
    locks = backend.path_of(backend_url) / ".pulumi" / "locks"
    return sorted(locks.glob(f"**/{project}/{stack.rpartition('/')[2]}/*.json"))


def is_alive(pid: int, since: str) -> bool:
    """Report whether the process that took a lock at `since` still runs; another one may have its id by now."""
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        return process.create_time() <= datetime.fromisoformat(since).timestamp() + 1
    except psutil.NoSuchProcess:
        return False
    except (psutil.AccessDenied, ValueError):
        return True

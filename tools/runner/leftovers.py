"""Ends what a killed run left on this machine: its processes, then its lock.

A killed CLI leaves the language host, the launcher and the provider process behind; the provider can still finish a
call. Only processes of this project that have no living engine above them are ended, by id.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import psutil

_MARKS = ("pulumi.dynamic", "pulumi-language-python", "pulumi-resource-pulumi-python")


def end_orphans(directory: Path) -> list[str]:
    """End the engine's helper processes of dead runs in this project directory, and say which."""
    orphans = list(_orphans(directory))
    for process in orphans:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue
    psutil.wait_procs(orphans, timeout=10)
    return [f"ended process {process.pid}, left by a run whose engine is dead" for process in orphans]


def _orphans(directory: Path) -> Iterator[psutil.Process]:
    own = {process.pid for process in (psutil.Process(), *psutil.Process().parents())}
    for process in psutil.process_iter():
        try:
            command = " ".join(process.cmdline())
            if process.pid in own or not any(mark in command for mark in _MARKS):
                continue
            if Path(process.cwd()) == directory and not any(_is_engine(parent) for parent in process.parents()):
                yield process
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue


def break_dead_locks(backend_url: str, stack: str) -> list[str]:
    """Remove locks of a file backend whose owner ran on this host and is dead, and say which."""
    if not backend_url.startswith("file://"):
        return []
    locks = Path(backend_url.removeprefix("file://")).expanduser() / ".pulumi" / "locks"
    broken = []
    for path in sorted(locks.glob(f"**/{stack.rpartition('/')[2]}/*.json")):
        try:
            lock = json.loads(path.read_text())
            if lock["hostname"] == socket.gethostname() and not _is_engine_pid(int(lock["pid"])):
                path.unlink()
                broken.append(f"removed the lock of process {lock['pid']}, which is dead")
        except (OSError, ValueError, KeyError):
            continue  # gone meanwhile, or not written to the end: the engine itself will judge it
    return broken


def _is_engine_pid(pid: int) -> bool:
    try:
        return _is_engine(psutil.Process(pid))
    except psutil.NoSuchProcess:
        return False


def _is_engine(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE and process.name() in {"pulumi", "pulumi.exe"}
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False

"""A sandbox that runs on its own: started detached, found again, and stopped by its state directory.

`server.pid` names the server of a state directory, which keeps the file locked while it lives; so a killed server
leaves no claim, and a directory never has two. Only a process that answers as that server is ever ended.
"""

import fcntl
import json
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, TextIO

from sandbox.core.claim import PID_FILE, CannotServeError, Claim, claimed
from sandbox.core.control_client import ControlClient, NoSandboxError

LOG_FILE = "server.log"
PACKAGE_PARENT = Path(__file__).resolve().parents[2]
START_SECONDS = 20.0
STOP_SECONDS = 10.0
TICK_SECONDS = 0.05
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)

log = logging.getLogger("sandbox.server")


def serve(state: Path, host: str, port: int) -> None:
    """Serve in this process until SIGINT or SIGTERM."""
    from sandbox.core.server import SandboxServer  # noqa: PLC0415 - the other commands are fast without the clouds

    # Blocked before any thread starts, so that only sigwait below gets them.
    signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
    with _locked(state) as pid_file, SandboxServer(state, host=host, port=port) as server:
        pid_file.write(json.dumps(asdict(Claim(os.getpid(), host, server.port))))
        pid_file.flush()
        log.warning("sandbox on %s, state in %s", server.url, state)
        signal.sigwait(STOP_SIGNALS)


def start(state: Path, host: str, port: int, *, verbose: bool = False) -> str:
    """Start a detached server, or find the one that runs already; returns the line to show."""
    if claim := living(state):
        if port not in {0, claim.port}:
            raise CannotServeError(f"the sandbox with its state in {state} runs on port {claim.port}")
        return f"sandbox is already running on {claim.url}, state in {state}"
    if other := _health(host, port):
        raise CannotServeError(f"port {port} serves another sandbox, with its state in {other['state']}")
    state.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "sandbox", "serve", f"--state={state}", f"--host={host}"]
    command += [f"--port={port}", *(["--verbose"] if verbose else [])]
    with (state / LOG_FILE).open("w") as output:
        child = subprocess.Popen(  # noqa: S603 - this very program
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd=PACKAGE_PARENT, start_new_session=True
        )
    return f"sandbox on {_await_start(state, child).url}, state in {state}"


def stop(state: Path) -> str:
    """End the server of a state directory; returns the line to show."""
    claim = living(state)
    if claim is None:
        return f"no sandbox runs with its state in {state}"
    os.kill(claim.pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while claimed(state):
        if time.monotonic() > deadline:
            raise CannotServeError(f"the sandbox did not stop in {STOP_SECONDS:.0f} s (pid {claim.pid})")
        time.sleep(TICK_SECONDS)
    return f"sandbox stopped, its state stays in {state}"


def living(state: Path) -> Claim | None:
    """The server of a state directory, if it is alive and answers as itself."""
    claim = claimed(state)
    health = _health(claim.host, claim.port) if claim else None
    return claim if claim and health and (health["pid"], health["state"]) == (claim.pid, str(state)) else None


@contextmanager
def _locked(state: Path) -> Iterator[TextIO]:
    state.mkdir(parents=True, exist_ok=True)
    path = state / PID_FILE
    with path.open("a") as pid_file:
        try:
            fcntl.flock(pid_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CannotServeError(f"another sandbox keeps its state in {state}") from None
        pid_file.truncate(0)
        try:
            yield pid_file
        finally:
            path.unlink(missing_ok=True)


def _await_start(state: Path, child: subprocess.Popen[bytes]) -> Claim:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        claim = living(state)
        if claim and claim.pid == child.pid:
            return claim
        if child.poll() is not None:
            lines = (state / LOG_FILE).read_text().strip().splitlines() or ["the server ended at once"]
            raise CannotServeError(lines[-1].removeprefix("sandbox: "))
        time.sleep(TICK_SECONDS)
    child.terminate()
    raise CannotServeError(f"the server did not answer in {START_SECONDS:.0f} s, see {state / LOG_FILE}")


def _health(host: str, port: int) -> dict[str, Any] | None:
    try:
        health: dict[str, Any] = ControlClient(host, port, timeout=2).get("health")
    except NoSandboxError:
        return None
    return health if isinstance(health, dict) and {"pid", "state"} <= health.keys() else None

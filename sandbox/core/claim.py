"""Where the sandbox of this machine is: its state directory, and who serves it on which port.

Light to import: who only calls a sandbox needs no more.
"""

import fcntl
import ipaddress
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

DEFAULT_PORT = 8747
DEFAULT_STATE = ".sandbox"
PID_FILE = "server.pid"


class CannotServeError(Exception):
    """A server cannot be started: one line for a person."""


@dataclass(frozen=True)
class Claim:
    """What the living server of a state directory says about itself."""

    pid: int
    host: str
    port: int

    @property
    def url(self) -> str:
        """The server's address."""
        return f"http://{self.host}:{self.port}"


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the host: nothing of the sandbox listens on, or calls, any other."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def state_directory(environment: Mapping[str, str]) -> Path:
    """Where the sandbox keeps its state: SANDBOX_STATE, else the default."""
    return Path(environment.get("SANDBOX_STATE") or DEFAULT_STATE).resolve()


def port_of(state: Path, environment: Mapping[str, str]) -> int:
    """SANDBOX_PORT, else the port of the server that runs on this state, else the default; raises ValueError."""
    if text := environment.get("SANDBOX_PORT"):
        return parsed_port(text, "SANDBOX_PORT: ")
    claim = claimed(state)
    return claim.port if claim else DEFAULT_PORT


def parsed_port(text: str, source: str = "") -> int:
    """Read a port number; raises ValueError."""
    if not text.isdecimal() or int(text) > 65535:
        raise ValueError(f"{source}{text!r} is not a port")
    return int(text)


def claimed(state: Path) -> Claim | None:
    """Who holds a state directory now."""
    try:
        with (state / PID_FILE).open() as pid_file:
            try:
                fcntl.flock(pid_file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return Claim(**json.loads(pid_file.read()))
    except (FileNotFoundError, ValueError):
        return None  # it is just starting or ending
    return None  # it is not locked: the server that wrote it has ended

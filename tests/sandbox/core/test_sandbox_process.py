"""The sandbox as a process of its own: the command line, restarts and kill -9."""

import http.server
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.core.claim import claimed
from sandbox.core.control_client import ControlClient
from tests.sandbox.alibaba.eci_sdk import SEED, SOURCE, Eci, refused

ROOT = Path(__file__).resolve().parents[3]


class CommandLine:
    """Runs the sandbox's commands with one state directory."""

    def __init__(self, state: Path) -> None:
        self.state = state

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "sandbox", *arguments]
        env = os.environ | {"SANDBOX_STATE": str(self.state)} | environment
        return subprocess.run(  # noqa: S603 - this project's own program
            command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=60, check=False
        )

    def lines(self, *arguments: str) -> list[str]:
        """Output of a command that must succeed."""
        done = self.run(*arguments)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout.splitlines()

    def complaint(self, *arguments: str, **environment: str) -> str:
        """The one line of a command that must fail."""
        done = self.run(*arguments, **environment)
        assert (done.returncode, done.stdout) == (1, "")
        (line,) = done.stderr.splitlines()
        return line

    def start(self) -> ControlClient:
        """A detached server on a free port."""
        (line,) = self.lines("serve", "--background", "--port", "0")
        assert line.startswith("sandbox on http://127.0.0.1:")
        claim = claimed(self.state)
        assert claim is not None
        return ControlClient("127.0.0.1", claim.port)


@pytest.fixture
def command_line(tmp_path: Path) -> Iterator[CommandLine]:
    line = CommandLine(tmp_path / "state")
    yield line
    line.run("stop")
    assert claimed(line.state) is None


def kill(control: ControlClient) -> None:
    os.kill(control.get("health")["pid"], signal.SIGKILL)


def test_state_survives_kill_9_and_restart(command_line: CommandLine) -> None:
    control = command_line.start()
    control.post("seed", SEED)
    control.post("settings", {"copy_seconds": 100})
    control.post("faults", [{"kind": "throttle", "action": "UpdateDataCache", "count": 2}])
    eci = Eci(control)
    cache_id = eci.copy(client_token="t")
    assert refused(eci.update, cache_id) == ("Throttling.User", 400)
    control.advance(50)
    before = control.get("calls")
    kill(control)

    control = command_line.start()
    eci = Eci(control)
    assert eci.one(cache_id).status == "Loading"
    assert eci.copy(client_token="t") == cache_id
    assert refused(eci.update, cache_id) == ("Throttling.User", 400)
    control.advance(50)
    assert eci.one(cache_id).status == "Available"
    assert control.get("calls", limit=2) == before
    assert control.get("settings")["copy_seconds"] == 100
    assert control.get("faults")[0]["hits"] == 2


def test_life_of_a_background_server(command_line: CommandLine, tmp_path: Path) -> None:
    control = command_line.start()
    seed = tmp_path / "seed.json"
    seed.write_text(json.dumps(SEED))

    (again,) = command_line.lines("serve", "--background", "--port", str(control.port))
    assert again.startswith("sandbox is already running on ")
    assert command_line.lines("status") == ["sandbox is empty"]
    assert command_line.lines("seed", str(seed)) == ["seeded 1 data caches"]
    seed.write_text("{}")
    assert command_line.lines("seed", str(seed)) == ["seeded nothing"]
    assert [line.split() for line in command_line.lines("status")] == [
        ["SERVICE", "REGION", "ID", "STATUS", "COPY", "OF"],
        ["eci", "cn-beijing", SOURCE, "Available", "-"],
        ["no", "replicas,", "1", "other"],
    ]
    assert "cn-beijing" in json.loads("\n".join(command_line.lines("status", "--json")))["eci"]
    assert command_line.lines("reset") == ["sandbox is empty"]
    assert command_line.lines("stop") == [f"sandbox stopped, its state stays in {command_line.state}"]
    assert command_line.lines("stop") == [f"no sandbox runs with its state in {command_line.state}"]
    assert not (command_line.state / "server.pid").exists()


def test_second_server_on_the_same_state_is_refused(command_line: CommandLine, tmp_path: Path) -> None:
    control = command_line.start()
    other = str(control.port + 1) if control.port < 65535 else "1024"

    assert f"runs on port {control.port}" in command_line.complaint("serve", "--background", "--port", other)
    assert "another sandbox keeps its state" in command_line.complaint("serve", "--port", "0")
    elsewhere = ("--state", str(tmp_path / "elsewhere"), "--port", str(control.port))
    assert "serves another sandbox" in command_line.complaint("serve", "--background", *elsewhere)


def test_port_taken_by_something_else_is_one_line(command_line: CommandLine) -> None:
    class Silent(http.server.BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Silent) as stranger:
        thread = threading.Thread(target=stranger.serve_forever, args=(0.02,))
        thread.start()
        port = str(stranger.server_port)
        complaint = command_line.complaint("serve", "--background", "--port", port)
        status = command_line.complaint("status", "--port", port)
        stranger.shutdown()
        thread.join()

    assert complaint == f"sandbox: cannot serve on port {port}: Address already in use"
    assert status == f"sandbox: no sandbox answers on 127.0.0.1:{port}"


def test_stop_leaves_a_process_alone_that_only_has_the_pid(command_line: CommandLine) -> None:
    command_line.state.mkdir()
    stale = {"pid": os.getpid(), "host": "127.0.0.1", "port": 1}
    (command_line.state / "server.pid").write_text(json.dumps(stale))

    assert command_line.lines("stop") == [f"no sandbox runs with its state in {command_line.state}"]


@pytest.mark.parametrize(
    ("arguments", "environment", "complaint"),
    [
        (
            ("serve", "--host", "0.0.0.0"),  # noqa: S104 - it is what must be refused
            {},
            "sandbox: the sandbox listens on loopback only, not on 0.0.0.0",
        ),
        (("status", "--port", "1"), {}, "sandbox: no sandbox answers on 127.0.0.1:1"),
        (("status",), {"SANDBOX_PORT": "high"}, "sandbox: SANDBOX_PORT: 'high' is not a port"),
        (
            ("seed", "/nowhere.json"),
            {},
            "sandbox: [Errno 2] No such file or directory: '/nowhere.json'",
        ),
    ],
)
def test_mistakes_are_one_line(
    command_line: CommandLine, arguments: tuple[str, ...], environment: dict[str, str], complaint: str
) -> None:
    assert command_line.complaint(*arguments, **environment) == complaint


def test_seed_that_is_not_json_is_one_line(command_line: CommandLine, tmp_path: Path) -> None:
    seed = tmp_path / "seed.json"
    seed.write_text("{")

    assert command_line.complaint("seed", str(seed)).startswith(f"sandbox: {seed} is not JSON: ")


def test_help_names_the_commands_and_the_credentials(command_line: CommandLine) -> None:
    text = "\n".join(command_line.lines("--help"))

    assert all(word in text for word in ("serve", "status", "reset", "seed", "stop", "sandboxAccessKeyId"))

"""Where storms happen: a sandbox process and a project in a temporary directory, and every process that they start.

All of them inherit one variable that names the directory, and by that they are found and ended, orphans included.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import yaml

from components.clouds import endpoints
from components.kinds import SERVICES, rows
from sandbox.core import background
from sandbox.core.control_client import ControlClient
from sandbox.target import PASSPHRASE
from tools.chaos.declared import Declared
from tools.engine import resolve_engine

CHECKOUT = Path(__file__).resolve().parents[2]
STACK = "chaos"
RUNNER = (sys.executable, "-m", "tools.runner")
MARK = "REPLICAS_CHAOS"
CONSISTENCY_SECONDS = 2.0
"""How late the sandbox may list a copy, and a little more."""
RUN_SECONDS = 150.0
"""A run that takes longer hangs."""


@dataclass(frozen=True)
class Finished:
    """A run of the runner that has ended."""

    command: str
    code: int
    text: str
    seconds: float
    complaint: str = ""
    """What it did that no run may do."""

    @property
    def changed_nothing(self) -> bool:
        """Whether the engine found everything as declared."""
        counts = self.text.rpartition("Resources:\n")[2].splitlines() if "Resources:\n" in self.text else []
        return self.code == 0 and bool(counts) and counts[0].split()[1:] == ["unchanged"]


class Stage:
    """A sandbox process, and a project whose stack is run by the runner in a process of its own."""

    def __init__(self, log: Path) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="chaos-")).resolve()
        self.project = self.directory / "project"
        self._state = self.directory / "sandbox"
        self._backend = self.project / ".pulumi-state"
        self._log = log
        self._sandbox: subprocess.Popen[bytes] | None = None
        self._control: ControlClient | None = None
        self._environment: dict[str, str] = {}
        self._output = self.directory / "output"
        self.stack = STACK
        self._names = 1

    def __enter__(self) -> Stage:
        try:
            self._set_up()
        except BaseException:  # interrupted: nothing may stay behind
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.end_all()
        shutil.rmtree(self.directory, ignore_errors=True)

    def _set_up(self) -> None:
        (self.project / "stacks").mkdir(parents=True)
        for copied in ("Pulumi.yaml", "__main__.py"):
            shutil.copy(CHECKOUT / copied, self.project)
        for linked in ("components", ".venv"):
            (self.project / linked).symlink_to(CHECKOUT / linked)
        self._environment = _clean(os.environ) | {
            MARK: str(self.directory),
            "HOME": str(self.directory),
            "PULUMI_HOME": str(self.directory / "home"),
            "XDG_CACHE_HOME": os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache"),
            "REPLICAS_CONSISTENCY_SECONDS": str(CONSISTENCY_SECONDS),
            "REPLICAS_PLUGIN_POLL_SECONDS": "0.5",
            "HTTPS_PROXY": "http://127.0.0.1:9",  # nothing reaches beyond this machine
        }
        self.start_sandbox()

    # -- The sandbox -------------------------------------------------------------------------------------------------

    @property
    def control(self) -> ControlClient:
        """The sandbox's control plane."""
        if self._control is None:
            raise RuntimeError("no sandbox was started")
        return self._control

    def start_sandbox(self) -> None:
        """Start it, on the port that it had before."""
        port = self._control.port if self._control else 0
        self._state.mkdir(exist_ok=True)
        command = [sys.executable, "-m", "sandbox", "serve", f"--state={self._state}", f"--port={port}"]
        with (self._state / "log").open("ab") as log:
            self._sandbox = subprocess.Popen(  # noqa: S603 - this checkout's sandbox
                command, cwd=CHECKOUT, env=self._environment, stdout=log, stderr=log, start_new_session=True
            )
        deadline = time.monotonic() + 30
        while (claim := background.living(self._state)) is None:
            if time.monotonic() > deadline or self._sandbox.poll() is not None:
                raise RuntimeError(f"the sandbox did not start: {(self._state / 'log').read_text()}")
            time.sleep(0.05)
        self._control = ControlClient(claim.host, claim.port, timeout=30)
        self._environment |= {endpoints.variable(service): claim.url for service in SERVICES}

    def kill_sandbox(self) -> None:
        """End it without notice; its state stays."""
        if self._sandbox is not None:
            self._sandbox.kill()
            self._sandbox.wait()

    # -- The stack ---------------------------------------------------------------------------------------------------

    def declare(self, declared: Declared) -> None:
        """Write the stack's config."""
        path = self.project / "stacks" / f"Pulumi.{self.stack}.yaml"
        kept = yaml.safe_load(path.read_text()) if path.exists() else {}
        named = {f"replicas:{key}": value for key, value in {"loopbackOnly": True, **declared.config()}.items()}
        path.write_text(yaml.safe_dump({**kept, "config": named}, sort_keys=False))

    def state(self) -> dict[str, Any]:
        """The stack's state: its rows and pending operations."""
        path = self._backend / ".pulumi" / "stacks" / "replicas" / f"{self.stack}.json"
        latest = json.loads(path.read_text())["checkpoint"].get("latest") or {}
        return {key: latest.get(key) or [] for key in ("resources", "pending_operations")}

    def recorded(self) -> set[str]:
        """The ids of copies that the state knows."""
        return {row["id"] for row in self.state()["resources"] if row["type"] in rows()}

    def check_out_afresh(self) -> int:
        """Remove what runs left in the project's directory; return how many files a fresh checkout lacks."""
        journal = self.project / ".replicas"
        files = [path for path in journal.rglob("*") if path.is_file()] if journal.exists() else []
        shutil.rmtree(journal, ignore_errors=True)
        return len(files)

    def rename(self) -> bool:
        """Give the stack another name, and report whether the engine did."""
        self._names += 1
        name = f"{STACK}{self._names}"
        self._pulumi("cancel", "--yes", "--stack", self.stack)  # a killed engine has left its lock
        renamed = self._pulumi("stack", "rename", name, "--stack", self.stack)
        if renamed:
            self.stack = name
        return renamed

    def _pulumi(self, *words: str) -> bool:
        """Run the engine without the runner."""
        engine = resolve_engine()
        variables = {
            **self._environment,
            "PULUMI_BACKEND_URL": self._backend.as_uri(),
            "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
            "PULUMI_SKIP_UPDATE_CHECK": "true",
        }
        ended = subprocess.run(  # noqa: S603 - the engine, on our own project
            [str(engine.pulumi), "--non-interactive", *words],
            cwd=self.project,
            env=variables,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        with self._log.open("a") as log:
            log.write(f"\n--- pulumi {' '.join(words)}: code {ended.returncode}\n{ended.stdout}{ended.stderr}")
        return ended.returncode == 0

    @contextlib.contextmanager
    def running(self, *command: str) -> Iterator[subprocess.Popen[bytes]]:
        """Start the runner; what it prints is in `finished`."""
        with self._output.open("wb") as output:
            process = subprocess.Popen(  # noqa: S603 - this checkout's runner
                [*RUNNER, "--cwd", str(self.project), command[0], self.stack, *command[1:]],
                cwd=CHECKOUT,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()

    def finish(self, process: subprocess.Popen[bytes], command: tuple[str, ...], started: float) -> Finished:
        """Wait for the end of a run and of its engine, and note what it printed."""
        try:
            code = process.wait(timeout=max(1.0, started + RUN_SECONDS - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            code = process.wait()
        # A killed runner leaves an engine that saves its state first.
        _, alive = psutil.wait_procs(self.processes("cli"), timeout=30)
        text = self._output.read_text(errors="replace")
        seconds = time.monotonic() - started
        complaint = f"no end after {RUN_SECONDS:.0f} s" if seconds > RUN_SECONDS else ""
        if alive:
            complaint = f"the engine was still there 30 s after its runner: {[one.pid for one in alive]}"
            for one in alive:
                one.kill()
        with self._log.open("a") as log:
            log.write(f"\n--- {' '.join(command)}: code {code}, {seconds:.1f} s. {complaint}\n{text}")
        return Finished(" ".join(command), code, text, seconds, complaint)

    def run(self, *command: str) -> Finished:
        """Run the runner to its end."""
        started = time.monotonic()
        with self.running(*command) as process:
            return self.finish(process, command, started)

    # -- Processes ---------------------------------------------------------------------------------------------------

    def processes(self, role: str = "") -> list[psutil.Process]:
        """Every living process of this stage, or those of a role: cli, program, provider, plugin."""
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                if process.environ().get(MARK) != str(self.directory) or process.status() == psutil.STATUS_ZOMBIE:
                    continue
                if not role or role == role_of(process.cmdline()):
                    found.append(process)
        return found

    def end_runs(self) -> None:
        """End what killed runs have left, but for the sandbox."""
        own = self._sandbox.pid if self._sandbox else 0
        left = [process for process in self.processes() if process.pid != own]
        for process in left:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(left, timeout=5)

    def end_all(self) -> list[int]:
        """End every process that was started here, and return those that were there besides the sandbox."""
        own = self._sandbox.pid if self._sandbox else 0
        ended = []
        while processes := self.processes():
            for process in processes:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.send_signal(signal.SIGKILL)
                if process.pid != own:
                    ended.append(process.pid)
            psutil.wait_procs(processes, timeout=5)
        if self._sandbox is not None:
            self._sandbox.wait()
        return ended


def role_of(command: list[str]) -> str:
    """Return what a process is in a run: cli, program, provider, plugin, or "" for anything else."""
    words = [Path(word).name for word in command[:6]]
    if "pulumi.dynamic" in words:
        return "provider"
    if "sandbox.plugins" in words:
        return "plugin"
    if "tools.runner" in words or "pulumi-language-python-exec" in words:
        return "program"
    is_cli = words[:1] == ["pulumi"] and any(word in words for word in ("up", "destroy", "refresh"))
    return "cli" if is_cli else ""


def _clean(environment: Mapping[str, str]) -> dict[str, str]:
    ours = ("PULUMI", "ALIBABA", "ALICLOUD", "TENCENT", "SANDBOX", "REPLICAS")
    kept = {"REPLICAS_CACHE"}
    return {name: value for name, value in environment.items() if name in kept or not name.startswith(ours)}

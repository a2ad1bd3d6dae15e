"""What tests on the real engine share: a sandbox to ask, and a project of its own run by the runner as users run it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import psutil
import yaml

from components.clouds import endpoints
from components.kinds import OF_TYPE, SERVICES
from components.model.kind import Kind
from sandbox.core.server import SandboxServer
from tests.engine.forked import ForkedRun
from tools.chaos.declared import KINDS, inventory_of
from tools.engine import resolve_engine
from tools.engine.found import HOST, LAUNCHER

T = TypeVar("T")

CHECKOUT = Path(__file__).resolve().parents[2]

SOURCE = {"region": "cn-beijing", "id": "edc-2zetestsource0000001"}
NEWER = {"region": "cn-beijing", "id": "edc-2zetestsource0000002"}
SNAPSHOT = {"region": "ap-guangzhou", "id": "snap-source01"}
NEWER_SNAPSHOT = {"region": "ap-guangzhou", "id": "snap-source02"}
IMAGE = {"region": "cn-hangzhou", "id": "m-bp1testsource00001"}
NEWER_IMAGE = {"region": "cn-hangzhou", "id": "m-bp1testsource00002"}
CVM_IMAGE = {"region": "ap-guangzhou", "id": "img-source01"}
NEWER_CVM_IMAGE = {"region": "ap-guangzhou", "id": "img-source02"}
SHOWN = {*OF_TYPE, *(re.sub(r"/\w+:", ":", type_) for type_ in OF_TYPE)}
"""How the engine's display writes the types of copies."""

HOST_THAT_ASKS_FOR_THE_ENVIRONMENT = """#!{python}
import os, sys, yaml
runtime = yaml.safe_load(open("Pulumi.yaml"))["runtime"]
options = runtime.get("options", {{}}) if isinstance(runtime, dict) else {{}}
if (named := options.get("virtualenv")) and not os.access(os.path.join(named, "bin", "python"), os.X_OK):
    sys.exit(f"The 'virtualenv' option in Pulumi.yaml is set to {{named!r}}, which is no virtual environment")
os.execv({host!r}, [{host!r}, *sys.argv[1:]])
"""
"""As the hosts of official CLIs do it, but for the one that can be built, which is too old."""

PROBE = """
import time
from pulumi import dynamic

class ProbeProvider(dynamic.ResourceProvider):
    serialize_as_secret_always = False

    def create(self, props):
        with open("probe.log", "a") as log:
            log.write(f"{props['label']} {time.time()}\\n")
        return dynamic.CreateResult(f"probe-{props['label']}", dict(props))

class Probe(dynamic.Resource, module="test", name="Probe"):
    def __init__(self, name, uses=None, opts=None):
        super().__init__(ProbeProvider(), name, {"label": name, "uses": uses}, opts)
"""


@dataclass
class Cloud:
    """The sandbox, with the questions that tests ask about one kind of copies."""

    server: SandboxServer
    kind: Kind = KINDS["dataCaches"]

    def of(self, section: str) -> Cloud:
        """The same, for questions about another kind."""
        return replace(self, kind=KINDS[section])

    def replicas(self, region: str | None = None) -> list[dict[str, Any]]:
        return [entry for entry in self.inventory() if entry["copied_from"] and region in {None, entry["region"]}]

    def inventory(self) -> list[dict[str, Any]]:
        """Everything that the service holds, including what is not ours."""
        regions = self.server.control.get("inventory")[inventory_of(self.kind.section)]
        return [{**entry, "region": region} for region, entries in regions.items() for entry in entries]

    def calls(self, action: str) -> list[dict[str, Any]]:
        return [call for call in self.server.control.get("calls") if call["action"] == action]

    def fault(self, kind: str, action: str | None = None, **more: Any) -> None:
        order = {
            "service": self.kind.service.name,
            "action": action or self.kind.actions.start,
            "kind": kind,
            **more,
        }
        self.server.control.post("faults", order)

    def settings(self, **values: Any) -> None:
        self.server.control.post("settings", values)

    def forget_calls(self) -> None:
        self.server.control.delete("calls")

    def take_calls(self) -> list[dict[str, Any]]:
        """The calls since the last time."""
        calls: list[dict[str, Any]] = self.server.control.get("calls")
        self.forget_calls()
        return calls


@dataclass(frozen=True)
class Finished:
    code: int
    text: str

    def line(self, part: str) -> str:
        """The line that holds `part`."""
        return next(line for line in self.text.splitlines() if part in line)

    @property
    def operations(self) -> dict[str, str]:
        """Name of each copy whose row names an operation -> that operation: `create`, `updated`, `replace`."""
        rows = [line.replace("+-", "").strip(" +-~").split() for line in self.text.splitlines()]
        parts = ("replacement", "original")  # a replacement has rows of its own for what it consists of
        return {
            words[1]: words[2]
            for words in rows
            if len(words) > 2 and words[0] in SHOWN and not any(part in words[3:4] for part in parts)
        }

    @property
    def errors(self) -> list[str]:
        """Every different error that was shown, without the row it stands on."""
        found = [line.partition("error: ")[2].strip() for line in self.text.splitlines() if "error: " in line]
        return list(dict.fromkeys(found))

    @property
    def resources(self) -> dict[str, int]:
        """What the engine says it did: {"created": 3, "unchanged": 1}."""
        lines = self.text.partition("Resources:\n")[2].replace("changes. ", "changes\n").splitlines()
        counts = {}
        for line in lines:
            words = line.replace("+-", "").strip(" +-~").split()
            if len(words) < 2 or not words[0].isdigit():
                break
            counts[" ".join(words[1:])] = int(words[0])
        counts.pop("changes", None)  # the sum of the others
        return counts


@dataclass
class Stack:
    """A project in a directory of its own, with one stack, run by the runner in a process of its own."""

    directory: Path
    environment: dict[str, str]
    started: list[ForkedRun] = field(default_factory=list)
    name: str = "test"
    """How its name is written: `organization/replicas/test` is the same one."""

    def config(self, data_caches: Mapping[str, Any] | None = None, **others: Any) -> None:
        path = self.directory / "stacks" / "Pulumi.test.yaml"
        salt = {}
        if path.exists():
            salt = {key: value for key, value in yaml.safe_load(path.read_text()).items() if key == "encryptionsalt"}
        sections = {"loopbackOnly": True, "dataCaches": data_caches, **others}
        if not sections["loopbackOnly"]:
            sections.setdefault("endpoints", self.endpoints)
        named = {f"replicas:{key}": value for key, value in sections.items() if value is not None}
        path.write_text(yaml.safe_dump({"config": named, **salt}, sort_keys=False))

    @property
    def endpoints(self) -> dict[str, str]:
        """Where the cloud is, as stack config says it."""
        return {service: self.environment[endpoints.variable(service)] for service in SERVICES}

    def program(self, text: str) -> None:
        """Replace the program; `probe.py` beside it offers `Probe`, a dependent that logs when it is created."""
        (self.directory / "probe.py").write_text(PROBE)
        (self.directory / "__main__.py").write_text(textwrap.dedent(text))

    def probes(self) -> dict[str, float]:
        """Name of each created Probe -> when it was created."""
        log = self.directory / "probe.log"
        lines = log.read_text().splitlines() if log.exists() else []
        return {line.split()[0]: float(line.split()[1]) for line in lines}

    def start(self, command: str, *arguments: str, **environment: str) -> ForkedRun:
        new = ["--create"] if command == "up" else []
        line = ["--cwd", str(self.directory), command, self.name, *new, *arguments]
        process = ForkedRun(line, {**self.environment, **environment}, cwd=CHECKOUT)
        self.started.append(process)
        return process

    def run(self, command: str, *arguments: str, **environment: str) -> Finished:
        process = self.start(command, *arguments, **environment)
        text, _ = process.communicate(timeout=240)
        return Finished(process.returncode, text)

    def use_official_cli(self) -> None:
        """Have runs find a CLI on PATH that starts Python programs by itself, as an official one does."""
        engine, place = resolve_engine(python_host=True), self.directory.parent / "cli"
        place.mkdir()
        for name in ("pulumi", LAUNCHER, f"{HOST}-exec"):
            (place / name).symlink_to(engine.pulumi.with_name(name))
        host = place / HOST
        real = str(engine.pulumi.with_name(HOST))
        host.write_text(HOST_THAT_ASKS_FOR_THE_ENVIRONMENT.format(python=sys.executable, host=real))
        host.chmod(0o755)
        self.environment["PATH"] = os.pathsep.join([str(place), os.environ["PATH"]])

    def plain(self, *arguments: str) -> Finished:
        """Run plain `pulumi` on the stack, with an engine that starts Python programs by itself."""
        engine = resolve_engine(python_host=True)
        path = os.pathsep.join(map(str, [*engine.path_dirs, Path(sys.prefix) / "bin", self.environment["PATH"]]))
        named = () if arguments[:2] == ("stack", "init") else ("--stack", "test")
        finished = subprocess.run(  # noqa: S603 - the engine, on our own project
            [str(engine.pulumi), "--non-interactive", *arguments, *named],
            cwd=self.directory,
            env={**self.environment, "PATH": path, "PULUMI_SKIP_UPDATE_CHECK": "true"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        return Finished(finished.returncode, finished.stdout + finished.stderr)

    def up(self, *arguments: str, **environment: str) -> Finished:
        return self.run("up", "--yes", *arguments, **environment)

    def preview(self, *arguments: str) -> Finished:
        return self.run("preview", *arguments)

    def destroy(self) -> Finished:
        return self.run("destroy", "--yes")

    @property
    def _state_file(self) -> Path:
        return self.directory / ".pulumi-state" / ".pulumi" / "stacks" / "replicas" / "test.json"

    def state(self) -> dict[str, Any]:
        checkpoint = json.loads(self._state_file.read_text())["checkpoint"]
        return dict(checkpoint.get("latest") or {})

    def rows(self) -> list[dict[str, Any]]:
        """The replicas that the state records, by URN."""
        rows = [row for row in self.state().get("resources") or [] if row["type"] in OF_TYPE]
        return sorted(rows, key=lambda row: str(row["urn"]))

    def named_rows(self) -> dict[str, dict[str, Any]]:
        """The same by the names of their resources."""
        return {str(row["urn"]).rpartition("::")[2]: row for row in self.rows()}

    def named_copies(self, cloud: Cloud) -> dict[str, dict[str, Any]]:
        """What the cloud says of each replica that the state records, by the names of their resources."""
        there = {entry["id"]: entry for entry in cloud.replicas()}
        return {name: there[row["id"]] for name, row in self.named_rows().items()}

    def age(self, seconds: float = 120) -> None:
        """Let the state's copies be that much older: the sandbox's clock can be moved, that of this machine cannot."""
        path = self._state_file
        state = json.loads(path.read_text())
        for row in state["checkpoint"]["latest"]["resources"]:
            if "accepted_at" in row.get("outputs", {}):
                row["outputs"]["accepted_at"] -= int(seconds)
        path.write_text(json.dumps(state))

    def lock(self, host: str) -> None:
        """Lock the stack as a run on that host would."""
        locks = self.directory / ".pulumi-state" / ".pulumi" / "locks" / "organization" / "replicas" / "test"
        locks.mkdir(parents=True, exist_ok=True)
        owner = {"pid": 1, "username": "somebody", "hostname": host, "timestamp": datetime.now(UTC).isoformat()}
        (locks / "lock.json").write_text(json.dumps(owner))

    def engine(self) -> psutil.Process:
        """The engine of the run that was started last, once it is there."""
        return wait_for(lambda: self._child("pulumi", "up") or self._child("pulumi", "destroy"))

    def _child(self, *words: str) -> psutil.Process | None:
        for process in psutil.Process(self.started[-1].pid).children(recursive=True):
            try:
                command = process.cmdline()
            except psutil.Error:
                continue  # it ended meanwhile
            if command and Path(command[0]).name == words[0] and words[1] in command:
                return process
        return None

    def end(self) -> None:
        for process in self.started:
            if process.poll() is None:
                for child in psutil.Process(process.pid).children(recursive=True):
                    child.send_signal(signal.SIGKILL)
                process.kill()
            process.communicate()
        for orphan in psutil.process_iter():
            try:
                if Path(orphan.cwd()) == self.directory:
                    orphan.kill()
            except psutil.Error:
                continue


@dataclass
class Seen:
    """A run, and what was there after it."""

    run: Finished
    cloud: dict[str, dict[str, Any]]
    """Copies by id."""
    rows: dict[str, dict[str, Any]]
    """Rows of the state by the copy's name."""
    calls: list[dict[str, Any]]


def wait_for(question: Callable[[], T | None], seconds: float = 60) -> T:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if answer := question():
            return answer
        time.sleep(0.02)
    raise TimeoutError("this never became true")


def replica(*regions: str, source: Mapping[str, str] = SOURCE, **settings: Any) -> dict[str, Any]:
    """One entry of a kind with the same settings in each region."""
    return {"source": dict(source), "destinations": {region: dict(settings) for region in regions}}


snapshot = partial(replica, source=SNAPSHOT)
"""One `snapshots` entry."""
image = partial(replica, source=IMAGE)
"""One `images` entry."""
cvm_image = partial(replica, source=CVM_IMAGE)
"""One `cvmImages` entry."""

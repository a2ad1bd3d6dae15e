"""The order in which an engine is looked for, and what is said when there is none.

Programs are small shell scripts, and what would be run is recorded: nothing is fetched or built.
"""

import json
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from tools import steps
from tools.cache import cache_root, made_beside
from tools.engine import Engine, EngineNotFound, installer, resolve_engine
from tools.engine.__main__ import main
from tools.engine.found import ENGINE_VERSION, HOST, LAUNCHER
from tools.engine.source import MODULES
from tools.steps import StepFailed

run = steps.run


def program(path: Path, body: str = "exit 0") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


class Machine:
    """A machine with only what a test puts on PATH, and a runner that plays Go and the installer."""

    def __init__(self, home: Path) -> None:
        self.bin = home / "bin"
        self.bin.mkdir()
        self.cache = home / "cache"
        self.module = home / "module"
        program(self.module / "python" / "dist" / LAUNCHER).chmod(0o444)
        program(self.module / "python" / "cmd" / f"{HOST}-exec").chmod(0o444)
        self.commands: list[list[str]] = []
        self.said: list[str] = []
        self.built_version = ENGINE_VERSION
        self.go_errors = ""
        self.installer_errors = ""
        self.script = b""

    @property
    def home(self) -> Path:
        return self.cache / "engine" / f"v{ENGINE_VERSION}"

    def run(self, words: Sequence[str | Path], failure: str, *, seconds: float, **options: Any) -> str:
        assert seconds > 0
        command = list(map(str, words))
        self.commands.append(command)
        name, first = Path(command[0]).name, command[1]
        errors = {"go": self.go_errors, "sh": self.installer_errors}.get(name)
        if errors:
            return run(["/bin/sh", "-c", 'echo "$0" >&2; exit 1', errors], failure, seconds=10)
        if (name, first) == ("go", "build"):
            program(Path(command[command.index("-o") + 1]), f"echo v{self.built_version}")
            return ""
        if (name, first) == ("go", "mod"):
            return json.dumps({"Dir": str(self.module)})
        if name == "sh":
            into = Path(command[command.index("--install-root") + 1])
            for part in (LAUNCHER, HOST):
                program(into / "bin" / part)
            program(into / "bin" / "pulumi", f"echo v{self.built_version}")
            return ""
        return run(command, failure, seconds=10, **options)

    def fetch(self) -> bytes:
        if self.script:
            return self.script
        raise StepFailed("no internet")

    def resolve(self, *, python_host: bool = False) -> Engine:
        return resolve_engine(python_host=python_host, say=self.said.append)

    def cached(self, *, launcher: bool = True) -> Path:
        pulumi = program(self.home / "bin" / "pulumi", "exit 1")
        if launcher:
            program(self.home / "bin" / LAUNCHER)
        (self.home / "origin").write_text("built from source\n", encoding="utf-8")
        return pulumi


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    made = Machine(tmp_path)
    monkeypatch.setenv("PATH", str(made.bin))
    monkeypatch.setenv("REPLICAS_CACHE", str(made.cache))
    monkeypatch.setattr(steps, "run", made.run)
    monkeypatch.setattr(installer, "fetch_script", made.fetch)
    return made


class TestOnPath:
    def test_comes_before_the_cache(self, machine: Machine) -> None:
        machine.cached()
        pulumi = program(machine.bin / "pulumi", "echo v3.260.0")
        program(machine.bin / LAUNCHER)

        engine = machine.resolve()

        assert engine == Engine(pulumi, "3.260.0", "on PATH", machine.bin, language_host=False)
        assert engine.path_dirs == [machine.bin]

    def test_too_old_is_skipped(self, machine: Machine) -> None:
        program(machine.bin / "pulumi", "echo v3.199.9")
        program(machine.bin / LAUNCHER)
        cached = machine.cached()

        assert machine.resolve().pulumi == cached

    @pytest.mark.parametrize("body", ["exit 3", "echo no such version", "echo v3.260.0; exit 1"])
    def test_one_that_does_not_report_its_version_is_skipped(self, machine: Machine, body: str) -> None:
        program(machine.bin / "pulumi", body)
        cached = machine.cached()

        assert machine.resolve().pulumi == cached

    def test_launcher_and_host_are_found_where_its_links_end(self, machine: Machine, tmp_path: Path) -> None:
        package = tmp_path / "package"
        program(package / "pulumi", "echo v3.260.0-dev.5+dirty")
        program(package / LAUNCHER)
        program(package / HOST)
        (machine.bin / "pulumi").symlink_to(package / "pulumi")

        engine = machine.resolve()

        assert engine.launcher_dir == package
        assert engine.language_host
        assert engine.path_dirs == [machine.bin, package]
        assert "has a Python language host" in engine.describe()

    def test_without_launcher_it_is_given_one(self, machine: Machine) -> None:
        program(machine.bin / "pulumi", "echo v3.260.0")
        program(machine.bin / "go")

        engine = machine.resolve()

        assert engine.launcher_dir == machine.cache / "launcher" / f"v{ENGINE_VERSION}"
        assert (engine.launcher_dir / LAUNCHER).stat().st_mode & 0o111
        assert engine.path_dirs == [machine.bin, engine.launcher_dir]

    def test_without_any_launcher_to_be_had_it_is_skipped(self, machine: Machine) -> None:
        program(machine.bin / "pulumi", "echo v3.260.0")

        with pytest.raises(EngineNotFound, match=f"has no {LAUNCHER} beside it or on PATH, and no `go` on PATH"):
            machine.resolve()


class TestCache:
    def test_hit_runs_nothing(self, machine: Machine) -> None:
        pulumi = machine.cached()

        engine = machine.resolve()

        assert engine == Engine(pulumi, ENGINE_VERSION, "built from source", pulumi.parent, language_host=False)
        assert machine.commands == []
        assert machine.said == []

    def test_missing_launcher_is_put_back_without_a_build(self, machine: Machine) -> None:
        pulumi = machine.cached(launcher=False)
        program(machine.bin / "go")

        assert machine.resolve().launcher_dir == pulumi.parent
        assert pulumi.with_name(LAUNCHER).stat().st_mode & 0o111
        assert [command[1:3] for command in machine.commands] == [["mod", "download"]]

    def test_unfinished_engine_is_made_again(self, machine: Machine) -> None:
        machine.cached()
        (machine.home / "origin").unlink()
        left = machine.home.parent / ".making-killed"
        left.mkdir()
        program(machine.bin / "go")

        assert machine.resolve().origin == "built from source"
        assert not left.exists()
        assert (machine.home / "origin").is_file()

    @pytest.mark.parametrize(
        ("environment", "expected"),
        [
            ({"REPLICAS_CACHE": "/a", "XDG_CACHE_HOME": "/b"}, Path("/a")),
            ({"XDG_CACHE_HOME": "/b"}, Path("/b/pulumi-replicas")),
            ({"XDG_CACHE_HOME": ""}, Path.home() / ".cache" / "pulumi-replicas"),
        ],
    )
    def test_place(self, environment: dict[str, str], expected: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("REPLICAS_CACHE", "XDG_CACHE_HOME"):
            monkeypatch.setenv(name, environment.get(name, ""))

        assert cache_root() == expected

    def test_failure_leaves_what_was_there(self, tmp_path: Path) -> None:
        final = tmp_path / "final"
        final.mkdir()
        (final / "old").touch()

        def fail_half_way() -> None:
            with made_beside(final) as room:
                (room / "new").touch()
                raise RuntimeError("half way")

        with pytest.raises(RuntimeError, match="half way"):
            fail_half_way()

        assert [path.name for path in tmp_path.iterdir()] == ["final"]
        assert [path.name for path in final.iterdir()] == ["old"]

    def test_earlier_one_is_deleted_only_after_the_new_one_is_in_place(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        final = tmp_path / "final"
        final.mkdir()
        (final / "old").touch()
        seen: list[list[str]] = []
        rmtree = shutil.rmtree

        def delete(path: str, **options: Any) -> None:
            seen.append([entry.name for entry in final.iterdir()])
            rmtree(path, **options)

        monkeypatch.setattr(shutil, "rmtree", delete)
        with made_beside(final) as room:
            (room / "new").touch()

        assert seen == [["new"]]
        assert [path.name for path in tmp_path.iterdir()] == ["final"]


class TestInstallerAndSource:
    def test_installer_comes_before_a_build(self, machine: Machine) -> None:
        program(machine.bin / "go")
        machine.script = b"#!/bin/sh\n"

        engine = machine.resolve()

        assert (engine.origin, engine.language_host) == ("official installer", True)
        assert machine.said == []
        command = machine.commands[0]
        assert "--no-edit-path" in command
        assert command[command.index("--version") + 1] == ENGINE_VERSION

    def test_without_internet_it_is_built_once(self, machine: Machine) -> None:
        program(machine.bin / "go")

        first, again = machine.resolve(), machine.resolve()

        assert first == again
        assert first.origin == "built from source"
        assert first.pulumi == machine.home / "bin" / "pulumi"
        assert [command[1] for command in machine.commands].count("build") == 1
        assert machine.said == [f"engine: building the Pulumi engine v{ENGINE_VERSION} from source, 3-5 minutes, once"]

    def test_build_takes_only_what_is_pinned(self, machine: Machine) -> None:
        program(machine.bin / "go")
        machine.resolve()

        assert "-mod=readonly" in machine.commands[0]
        assert f"github.com/pulumi/pulumi/pkg/v3 v{ENGINE_VERSION} " in (MODULES / "go.mod").read_text()

    def test_another_version_than_asked_for_is_refused(self, machine: Machine) -> None:
        machine.script = b"#!/bin/sh\n"
        machine.built_version = "3.1.0"

        with pytest.raises(EngineNotFound, match=f"it gave v3.1.0 instead of v{ENGINE_VERSION}"):
            machine.resolve()
        assert not machine.home.exists()

    def test_failed_build_leaves_nothing(self, machine: Machine) -> None:
        program(machine.bin / "go")
        machine.go_errors = "go: downloading example.org/a v1.0.0\nmissing entry"

        with pytest.raises(EngineNotFound, match="go build failed: missing entry"):
            machine.resolve()
        assert list(machine.home.parent.iterdir()) == []

    def test_failing_install_script(self, machine: Machine) -> None:
        machine.script = b"#!/bin/sh\n"
        machine.installer_errors = "trying\nno archive for this machine"

        with pytest.raises(EngineNotFound, match="the install script failed: trying / no archive for this machine"):
            machine.resolve()

    def test_what_is_no_script_is_not_run(self, machine: Machine) -> None:
        machine.script = b"<html>Please log in</html>"

        with pytest.raises(EngineNotFound, match="is a login to the network missing"):
            machine.resolve()
        assert machine.commands == []


class TestFetchingTheScript:
    @pytest.fixture
    def server(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
        with socket.create_server(("127.0.0.1", 0)) as listening:
            monkeypatch.setenv("NO_PROXY", "*")
            monkeypatch.setattr(installer, "SCRIPT_URL", f"http://127.0.0.1:{listening.getsockname()[1]}/")
            yield listening

    def answer(self, server: socket.socket, reply: bytes) -> None:
        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(reply)

        threading.Thread(target=serve, daemon=True).start()

    def test_gives_the_script(self, server: socket.socket) -> None:
        self.answer(server, b"HTTP/1.0 200 OK\r\n\r\n#!/bin/sh")

        assert installer.fetch_script() == b"#!/bin/sh"

    @pytest.mark.parametrize(
        ("reply", "why"),
        [
            (b"HTTP/1.0 403 Forbidden\r\n\r\n", "the answer was 403 Forbidden"),
            (b"", "closed"),
            (b"what\r\n", "what"),
        ],
    )
    def test_bad_answers(self, server: socket.socket, reply: bytes, why: str) -> None:
        self.answer(server, reply)

        with pytest.raises(StepFailed, match=why):
            installer.fetch_script()

    def test_no_address(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(installer, "SCRIPT_URL", "unknown://")

        with pytest.raises(StepFailed, match=r"^unknown://: unknown url type: unknown"):
            installer.fetch_script()

    @pytest.mark.usefixtures("server")
    def test_no_answer_ends_soon(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(installer, "FETCH_SECONDS", 0.1)

        with pytest.raises(StepFailed, match="no answer in 0 s"):
            installer.fetch_script()


class TestNotFound:
    def test_message_names_everything_tried_and_the_next_step(self, machine: Machine) -> None:
        program(machine.bin / "pulumi", "echo v3.10.0")

        with pytest.raises(EngineNotFound) as caught:
            machine.resolve()

        lines = str(caught.value).splitlines()
        assert lines[1:5] == [
            f"  pulumi on PATH: {machine.bin}/pulumi is v3.10.0, and v3.200.0 or later is needed",
            f"  an earlier copy, {machine.home}: there is none",
            "  the official installer: no internet",
            "  building from source: no `go` on PATH",
        ]
        assert lines[5].startswith("  next: install Pulumi 3.200.0 or later")
        assert len(lines) == 6

    def test_cache_that_cannot_be_written(self, machine: Machine) -> None:
        program(machine.bin / "go")
        machine.cache.write_text("a file, not a directory", encoding="utf-8")

        with pytest.raises(EngineNotFound, match="set REPLICAS_CACHE to a directory that you can write to"):
            machine.resolve()


class TestPythonHost:
    def test_is_built_beside_another_name_of_the_engine(self, machine: Machine) -> None:
        plain = machine.cached()
        plain.write_text(f"#!/bin/sh\necho v{ENGINE_VERSION}\n", encoding="utf-8")
        program(machine.bin / "go")

        engine = machine.resolve(python_host=True)

        assert engine.language_host
        assert engine.pulumi.samefile(plain)
        assert engine.pulumi.parent != plain.parent
        assert {HOST, f"{HOST}-exec", LAUNCHER} <= {path.name for path in engine.pulumi.parent.iterdir()}
        assert [command[1] for command in machine.commands].count("build") == 1
        assert not machine.resolve().language_host

    def test_engine_on_path_without_one_is_skipped(self, machine: Machine) -> None:
        program(machine.bin / "pulumi", "echo v3.260.0")
        program(machine.bin / LAUNCHER)

        with pytest.raises(EngineNotFound, match=f"{machine.bin}/pulumi has no {HOST}"):
            machine.resolve(python_host=True)


class TestLock:
    def test_second_run_waits_and_takes_what_the_first_made(self, machine: Machine) -> None:
        program(machine.bin / "go")
        engines: list[Engine] = []
        with FileLock(machine.cache / "engine.lock"):
            second = threading.Thread(target=lambda: engines.append(machine.resolve()))
            second.start()
            while not machine.said:
                second.join(0.01)
            made = machine.cached()
        second.join(20)

        assert machine.said == ["engine: waiting for another run that is installing the engine"]
        assert [engine.pulumi for engine in engines] == [made]
        assert machine.commands == []

    def test_dies_with_its_holder(self, machine: Machine) -> None:
        program(machine.bin / "go")
        lock = machine.cache / "engine.lock"
        holder = "import os, sys, filelock\nwith filelock.FileLock(sys.argv[1]): os.kill(os.getpid(), 9)"
        ended = subprocess.run([sys.executable, "-c", holder, str(lock)], timeout=20, check=False)  # noqa: S603 - ours
        assert ended.returncode == -signal.SIGKILL

        machine.resolve()

        assert lock.exists()
        assert [line for line in machine.said if "waiting" in line] == []


class TestRun:
    def test_gives_what_it_printed(self) -> None:
        assert run(["/bin/sh", "-c", "echo out; echo err >&2"], "it failed") == "out\n"

    @pytest.mark.parametrize(
        ("script", "why"), [("echo out; echo err >&2", "err"), ("echo out", "out"), (":", "exit code 5")]
    )
    def test_failure_ends_with_what_it_printed_last(self, script: str, why: str) -> None:
        with pytest.raises(StepFailed, match=f"^it failed: {why}$"):
            run(["/bin/sh", "-c", f"{script}; exit 5"], "it failed")

    def test_ends_what_takes_too_long_with_its_children(self, tmp_path: Path) -> None:
        alive = tmp_path / "alive"
        script = f"(sleep 1; touch {alive}) & wait"

        with pytest.raises(StepFailed, match=r"^it failed: no end after 0 s, so it was stopped$"):
            run(["/bin/sh", "-c", script], "it failed", seconds=0.2)

        time.sleep(1.2)
        assert not alive.exists()

    def test_missing_program(self, tmp_path: Path) -> None:
        with pytest.raises(StepFailed, match=r"^it failed: .*No such file"):
            run([tmp_path / "none"], "it failed", seconds=1)


class TestCommandLine:
    @pytest.fixture
    def cached(self, machine: Machine) -> Path:
        return machine.cached()

    def test_one_line(self, cached: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert main([]) == 0
        assert capsys.readouterr().out == (
            f"engine: pulumi v{ENGINE_VERSION} (built from source, {cached.parent}), launcher beside it,"
            " programs run inline (no Python language host)\n"
        )

    @pytest.mark.usefixtures("machine")
    def test_no_engine(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main([]) == 1
        answer = capsys.readouterr()
        assert answer.out == ""
        assert answer.err.startswith("engine: no Pulumi engine could be found or installed. Tried:\n")

    def test_json(self, cached: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["--json"]) == 0
        assert json.loads(capsys.readouterr().out)["path_dirs"] == [str(cached.parent)]

    def test_path(self, cached: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["--path"]) == 0
        assert capsys.readouterr().out == f"{cached.parent}\n"

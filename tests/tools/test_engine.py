"""The order in which an engine is looked for, and what is said when there is none.

Programs are small shell scripts, and what would be run is recorded: nothing is fetched or built.
"""

import contextlib
import hashlib
import io
import json
import platform
import signal
import socket
import subprocess
import sys
import tarfile
import tempfile
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
    """A machine with only what a test puts on PATH, and a runner that plays Go; there is no internet."""

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
        self.archive = b""

    @property
    def home(self) -> Path:
        return self.cache / "engine" / f"v{ENGINE_VERSION}"

    def run(self, words: Sequence[str | Path], failure: str, *, seconds: float, **options: Any) -> str:
        assert seconds > 0
        command = list(map(str, words))
        self.commands.append(command)
        name, first = Path(command[0]).name, command[1]
        if name == "go" and self.go_errors:
            return run(["/bin/sh", "-c", 'echo "$0" >&2; exit 1', self.go_errors], failure, seconds=10)
        if (name, first) == ("go", "build"):
            program(Path(command[command.index("-o") + 1]), f"echo v{self.built_version}")
            return ""
        if (name, first) == ("go", "mod"):
            return json.dumps({"Dir": str(self.module)})
        return run(command, failure, seconds=10, **options)

    def fetch(self, _url: str, file: Path) -> str:
        if not self.archive:
            raise StepFailed("no internet")
        file.write_bytes(self.archive)
        return hashlib.sha256(self.archive).hexdigest()

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
    monkeypatch.setattr(installer, "fetch", made.fetch)
    monkeypatch.setattr(installer, "this_machine", lambda: "linux-x64")
    return made


def packed(version: str = ENGINE_VERSION, **more: str) -> bytes:
    """An archive as a release has it."""
    programs = {"pulumi": f"#!/bin/sh\necho v{version}\n", LAUNCHER: "", HOST: "", **more}
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w:gz") as held:
        for name, text in programs.items():
            member = tarfile.TarInfo(name if "/" in name else f"pulumi/{name}")
            member.size = len(text)
            held.addfile(member, io.BytesIO(text.encode()))
    return written.getvalue()


def pin(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    monkeypatch.setitem(installer.SHA256, "linux-x64", hashlib.sha256(content).hexdigest())


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
        cleanup = tempfile.TemporaryDirectory.cleanup

        def delete(directory: tempfile.TemporaryDirectory[str]) -> None:
            seen.append([entry.name for entry in final.iterdir()])
            cleanup(directory)

        monkeypatch.setattr(tempfile.TemporaryDirectory, "cleanup", delete)
        with made_beside(final) as room:
            (room / "new").touch()

        assert seen == [["new"]]
        assert [path.name for path in tmp_path.iterdir()] == ["final"]


class TestReleaseAndSource:
    def test_release_comes_before_a_build(self, machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
        program(machine.bin / "go")
        machine.archive = packed()
        pin(monkeypatch, machine.archive)

        engine = machine.resolve()

        assert (engine.origin, engine.language_host) == ("official release", True)
        assert machine.said == []
        assert [command[1] for command in machine.commands] == ["version"]
        assert sorted(path.name for path in machine.home.iterdir()) == ["bin", "origin"]

    def test_archive_with_another_checksum_is_neither_unpacked_nor_run(self, machine: Machine) -> None:
        machine.archive = packed()

        with pytest.raises(
            EngineNotFound, match=f"has the SHA-256 .* instead of {installer.SHA256['linux-x64']}, so it was not"
        ):
            machine.resolve()

        assert machine.commands == []
        assert list(machine.home.parent.iterdir()) == []

    def test_machine_without_a_pinned_checksum_builds(self, machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
        machine.archive = packed()
        monkeypatch.setattr(installer, "this_machine", lambda: "darwin-arm64")

        with pytest.raises(EngineNotFound, match=f"no checksum of v{ENGINE_VERSION} is pinned for darwin-arm64"):
            machine.resolve()
        program(machine.bin / "go")
        assert machine.resolve().origin == "built from source"

    def test_archive_puts_only_its_programs_only_into_bin(
        self, machine: Machine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        machine.archive = packed(
            **{"../outside": "", f"{tmp_path}/outside": "", "pulumi/deep/outside": "", "other/outside": ""}
        )
        pin(monkeypatch, machine.archive)

        engine = machine.resolve()

        assert {path.name for path in engine.pulumi.parent.iterdir()} == {"pulumi", LAUNCHER, HOST}
        assert list(tmp_path.rglob("outside")) == []

    def test_archive_that_is_none_is_one_line(self, machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
        machine.archive = b"<html>Please log in</html>"
        pin(monkeypatch, machine.archive)

        with pytest.raises(EngineNotFound, match="the official release: the archive cannot be unpacked: "):
            machine.resolve()

    @pytest.mark.parametrize(
        ("system", "machine", "name"),
        [
            ("linux", "x86_64", "linux-x64"),
            ("linux", "aarch64", "linux-arm64"),
            ("darwin", "arm64", "darwin-arm64"),
            ("linux", "riscv64", "linux-riscv64"),
        ],
    )
    def test_name_of_a_machine(self, monkeypatch: pytest.MonkeyPatch, system: str, machine: str, name: str) -> None:
        monkeypatch.setattr(sys, "platform", system)
        monkeypatch.setattr(platform, "machine", lambda: machine)

        assert installer.this_machine() == name

    def test_pins_are_checksums_of_the_one_version(self) -> None:
        assert set(installer.SHA256) == {"linux-x64", "linux-arm64"}
        assert all(len(bytes.fromhex(pinned)) == 32 for pinned in installer.SHA256.values())
        assert f"pulumi-{ENGINE_VERSION}-checksums.txt" in Path(installer.__file__).read_text()

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

    def test_another_version_than_asked_for_is_refused(self, machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
        machine.archive = packed("3.1.0")
        pin(monkeypatch, machine.archive)

        with pytest.raises(EngineNotFound, match=f"it gave v3.1.0 instead of v{ENGINE_VERSION}"):
            machine.resolve()
        assert not machine.home.exists()

    def test_failed_build_leaves_nothing(self, machine: Machine) -> None:
        program(machine.bin / "go")
        machine.go_errors = "go: downloading example.org/a v1.0.0\nmissing entry"

        with pytest.raises(EngineNotFound, match="go build failed: missing entry"):
            machine.resolve()
        assert list(machine.home.parent.iterdir()) == []


class TestFetching:
    @pytest.fixture
    def server(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
        with socket.create_server(("127.0.0.1", 0)) as listening:
            monkeypatch.setenv("NO_PROXY", "*")
            yield listening

    def fetched(self, server: socket.socket, tmp_path: Path) -> tuple[str, bytes]:
        file = tmp_path / "archive"
        return installer.fetch(f"http://127.0.0.1:{server.getsockname()[1]}/", file), file.read_bytes()

    def answer(self, server: socket.socket, *replies: bytes, pause: float = 0) -> None:
        def serve() -> None:
            connection, _ = server.accept()
            with connection, contextlib.suppress(OSError):
                connection.recv(4096)
                for reply in replies:
                    connection.sendall(reply)
                    time.sleep(pause)

        threading.Thread(target=serve, daemon=True).start()

    def test_gives_the_content_and_its_checksum(self, server: socket.socket, tmp_path: Path) -> None:
        self.answer(server, b"HTTP/1.0 200 OK\r\n\r\nengine")

        assert self.fetched(server, tmp_path) == (hashlib.sha256(b"engine").hexdigest(), b"engine")

    @pytest.mark.parametrize(
        ("reply", "why"),
        [
            (b"HTTP/1.0 403 Forbidden\r\n\r\n", "the answer was 403 Forbidden"),
            (b"HTTP/1.0 200 OK\r\nContent-Length: 9\r\n\r\nengine", "the connection ended 3 bytes early"),
            (b"", "closed"),
            (b"what\r\n", "what"),
        ],
    )
    def test_bad_answers(self, server: socket.socket, tmp_path: Path, reply: bytes, why: str) -> None:
        self.answer(server, reply)

        with pytest.raises(StepFailed, match=why):
            self.fetched(server, tmp_path)

    def test_no_address(self, tmp_path: Path) -> None:
        with pytest.raises(StepFailed, match=r"^unknown://: unknown url type: unknown"):
            installer.fetch("unknown://", tmp_path / "archive")

    def test_no_answer_ends_soon(self, server: socket.socket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(installer, "FIRST_SECONDS", 0.1)

        with pytest.raises(StepFailed, match="no answer in 0 s"):
            self.fetched(server, tmp_path)

    def test_dripping_answer_ends_in_time(
        self, server: socket.socket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(installer, "FETCH_SECONDS", 0.1)
        self.answer(server, b"HTTP/1.0 200 OK\r\n\r\n", *[b"."] * 40, pause=0.05)

        with pytest.raises(StepFailed, match="no end after 0 s"):
            self.fetched(server, tmp_path)


class TestNotFound:
    def test_message_names_everything_tried_and_the_next_step(self, machine: Machine) -> None:
        program(machine.bin / "pulumi", "echo v3.10.0")

        with pytest.raises(EngineNotFound) as caught:
            machine.resolve()

        lines = str(caught.value).splitlines()
        assert lines[1:5] == [
            f"  pulumi on PATH: {machine.bin}/pulumi is v3.10.0, and v3.200.0 or later is needed",
            f"  an earlier copy, {machine.home}: there is none",
            "  the official release: no internet",
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


SECRETS = (
    *("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "ALICLOUD_SECRET_KEY", "TENCENTCLOUD_SECRET_KEY", "AWS_SECRET_ACCESS_KEY"),
    *(
        "PULUMI_ACCESS_TOKEN",
        "PULUMI_CONFIG_PASSPHRASE",
        "GITHUB_TOKEN",
        "CI_JOB_TOKEN",
        "GOOGLE_APPLICATION_CREDENTIALS",
    ),
    *("UV_PUBLISH_TOKEN", "DATABASE_URL", "GOOGLE_CREDENTIALS", "MISE_GITHUB_TOKEN", "KUBECONFIG"),
)


class TestKeysStayOut:
    """What was downloaded, and what builds it, sees no key of the caller."""

    @pytest.fixture
    def seen(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        for name in SECRETS:
            monkeypatch.setenv(name, "canary")
        for name in ("GOPROXY", "https_proxy", "HTTPS_PROXY", "SSL_CERT_FILE", "PIP_INDEX_URL", "GOFLAGS"):
            monkeypatch.setenv(name, "wanted")
        monkeypatch.setenv("REPLICAS_CACHE", str(tmp_path / "cache"))
        monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
        return tmp_path / "seen"

    def test_go_build_sees_no_key(self, seen: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(installer, "fetch", lambda *_: "0" * 64)
        program(tmp_path / "bin" / "go", f"env >> {seen}; exit 1")

        with pytest.raises(EngineNotFound, match="go build failed"):
            resolve_engine()

        assert "canary" not in seen.read_text()
        assert seen.read_text().count("=wanted\n") == 6

    def test_engine_of_a_release_sees_no_key(self, seen: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        content = packed(pulumi=f"#!/bin/sh\nenv >> {seen}\necho v{ENGINE_VERSION}\n")
        monkeypatch.setattr(installer, "this_machine", lambda: "linux-arm64")
        monkeypatch.setitem(installer.SHA256, "linux-arm64", hashlib.sha256(content).hexdigest())

        def fetch(url: str, file: Path) -> str:
            assert url.endswith(f"/pulumi-v{ENGINE_VERSION}-linux-arm64.tar.gz")
            file.write_bytes(content)
            return hashlib.sha256(content).hexdigest()

        monkeypatch.setattr(installer, "fetch", fetch)

        assert resolve_engine().origin == "official release"
        assert "canary" not in seen.read_text()

    def test_ones_own_engine_keeps_its_environment(self, seen: Path, tmp_path: Path) -> None:
        program(tmp_path / "bin" / "pulumi", f"env >> {seen}; echo v3.260.0")
        program(tmp_path / "bin" / LAUNCHER)

        assert resolve_engine().origin == "on PATH"
        assert "PULUMI_ACCESS_TOKEN=canary" in seen.read_text()


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

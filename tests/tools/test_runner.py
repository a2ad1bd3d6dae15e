"""The runner's parts that need no engine: leftovers of killed runs, the table, environments, the command line."""

from __future__ import annotations

import io
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import psutil
import pytest

from components import kinds
from components.clouds.account import Caller
from components.clouds.copies import CopyState, Phase
from components.clouds.errors import ReplicaError
from components.lifecycle import holders
from components.lifecycle.holders import Holders
from components.model.kind import Cloud
from tools.runner import healing, leftovers, operations, owners, table, target
from tools.runner.__main__ import GROUPS, _parser, main
from tools.runner.display import Display
from tools.runner.outages import Look
from tools.runner.project import Project
from tools.runner.stack import Stack, environment


def test_source_that_is_secret_is_not_shown() -> None:
    secret = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "v1:abc"}
    inputs = {"imageName": "golden-1", "sourceRegionId": "cn-hangzhou", "sourceImageId": secret}

    assert kinds.rows()["alicloud:ecs/imageCopy:ImageCopy"].source(inputs) == "cn-hangzhou/[secret]"


def write_lock(directory: Path, pid: int, host: str, since: str = "") -> Path:
    path = directory / ".pulumi/locks/organization/replicas/test/lock.json"
    path.parent.mkdir(parents=True)
    path.write_text(
        json.dumps(
            {"pid": pid, "hostname": host, "username": "root", "timestamp": since or datetime.now(UTC).isoformat()}
        )
    )
    return path


def killed_engine(directory: Path, *, place: str = "", started: float | None = None) -> int:
    """Run an engine, noted as a run notes it, and kill both."""
    notes = directory / ".replicas" / "replicas" / "test"
    process = subprocess.Popen(["/bin/sleep", "60"])
    note = owners.note(notes, process.pid)
    assert note is not None
    owner = json.loads(note.read_text())
    owner |= {"place": place or owner["place"], "started": started or owner["started"]}
    note.write_text(json.dumps(owner))
    process.kill()
    process.wait()
    return process.pid


def test_lock_of_a_dead_process_is_broken(tmp_path: Path) -> None:
    lock = write_lock(tmp_path, killed_engine(tmp_path), socket.gethostname())

    said = leftovers.break_dead_locks(f"file://{tmp_path}", "replicas", "test")

    assert not lock.exists()
    assert len(said) == 1
    assert list(tmp_path.glob(".replicas/**/*.json")) == []


def keeps(directory: Path, lock: Path) -> None:
    """The lock stays, and what is reported names its owner and the way to free it."""
    with pytest.raises(leftovers.StackBusy, match=r"locked by process .* of root on .* since .*`replicas unlock"):
        leftovers.break_dead_locks(f"file://{directory}", "replicas", "test")
    assert lock.exists()


@pytest.mark.parametrize("elsewhere", ["{boot} pid:[1]", "another-boot {namespace}"])
def test_lock_from_another_namespace_or_boot_of_the_same_host_name_is_kept(tmp_path: Path, elsewhere: str) -> None:
    boot, _, namespace = owners._place().partition(" ")
    place = elsewhere.format(boot=boot, namespace=namespace)

    keeps(tmp_path, write_lock(tmp_path, killed_engine(tmp_path, place=place), socket.gethostname()))


def test_lock_of_a_process_that_no_run_has_started_is_kept(tmp_path: Path) -> None:
    """Plain `pulumi` notes nothing, so its process may be alive in another container."""
    pid = killed_engine(tmp_path)
    shutil.rmtree(tmp_path / ".replicas")

    keeps(tmp_path, write_lock(tmp_path, pid, socket.gethostname()))


@pytest.mark.parametrize("seconds", [-3600.0, 3600.0])
def test_lock_of_another_time_than_the_noted_process_is_kept(tmp_path: Path, seconds: float) -> None:
    pid = killed_engine(tmp_path, started=time.time() + seconds)

    keeps(tmp_path, write_lock(tmp_path, pid, socket.gethostname()))


def test_lock_of_two_possible_owners_is_kept(tmp_path: Path) -> None:
    pid = killed_engine(tmp_path)
    (note,) = tmp_path.glob(".replicas/**/*.json")
    (note.parent / f"{pid}-2.json").write_text(json.dumps(json.loads(note.read_text()) | {"place": "elsewhere"}))

    keeps(tmp_path, write_lock(tmp_path, pid, socket.gethostname()))


def test_lock_of_a_noted_process_that_runs_is_kept_whatever_the_clock_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A clock that was set ahead makes a process look younger than its lock."""
    lock = write_lock(tmp_path, os.getpid(), socket.gethostname())
    monkeypatch.setattr(leftovers, "is_alive", lambda *_: False)

    owners.note(tmp_path / ".replicas" / "replicas" / "test", os.getpid())

    with pytest.raises(leftovers.StackBusy, match="is being changed by process"):
        leftovers.break_dead_locks(f"file://{tmp_path}", "replicas", "test")
    assert lock.exists()


def test_lock_of_another_host_is_kept(tmp_path: Path) -> None:
    lock = write_lock(tmp_path, killed_engine(tmp_path), "another-host")

    with pytest.raises(leftovers.StackBusy, match="on another-host"):
        leftovers.break_dead_locks(f"file://{tmp_path}", "replicas", "test")
    assert lock.exists()


def test_lock_of_a_living_process_is_kept(tmp_path: Path) -> None:
    lock = write_lock(tmp_path, os.getpid(), socket.gethostname())

    with pytest.raises(leftovers.StackBusy, match="is being changed by process"):
        leftovers.break_dead_locks(f"file://{tmp_path}", "replicas", "test")
    assert lock.exists()


def test_lock_whose_process_id_was_given_to_another_is_broken(tmp_path: Path) -> None:
    killed_engine(tmp_path)
    (note,) = tmp_path.glob(".replicas/**/*.json")
    owner = json.loads(note.read_text()) | {"pid": os.getpid()}
    (note.parent / f"{os.getpid()}-1.json").write_text(json.dumps(owner))
    write_lock(tmp_path, os.getpid(), socket.gethostname())

    assert len(leftovers.break_dead_locks(f"file://{tmp_path}", "replicas", "test")) == 1


def test_lock_of_another_project_is_kept(tmp_path: Path) -> None:
    lock = write_lock(tmp_path, killed_engine(tmp_path), socket.gethostname())

    assert leftovers.break_dead_locks(f"file://{tmp_path}", "other", "test") == []
    assert lock.exists()


def test_lock_of_another_stack_is_kept(tmp_path: Path) -> None:
    lock = write_lock(tmp_path, killed_engine(tmp_path), socket.gethostname())

    assert leftovers.break_dead_locks(f"file://{tmp_path}", "replicas", "other") == []
    assert lock.exists()


def test_lock_in_another_backend_is_kept() -> None:
    assert leftovers.break_dead_locks("s3://bucket", "replicas", "test") == []


def test_half_written_metadata_is_removed(tmp_path: Path) -> None:
    state = tmp_path / ".pulumi" / "stacks" / "replicas"
    state.mkdir(parents=True)
    for name, text in (
        ("test.json", "{}"),
        ("test.json.attrs", ""),
        ("test.json.bak.attrs", "{}"),
        ("x.json.attrs", ""),
    ):
        (state / name).write_text(text)

    said = leftovers.fix_metadata(f"file://{tmp_path}?no_tmp_dir=true", "replicas", "test")

    assert said == ["removed test.json.attrs, which a killed run left half-written"]
    assert sorted(path.name for path in state.iterdir()) == ["test.json", "test.json.bak.attrs", "x.json.attrs"]


DYNAMIC = f"{sys.executable} -u -m pulumi.dynamic"
PLUGIN = "./pulumi-resource-alicloud --logtostderr 127.0.0.1:40001"


def start_helper(directory: Path, command: str = DYNAMIC, *, abandoned: bool) -> int:
    """Start what looks like a process of the engine, from a shell that lives on or is gone at once."""
    package = directory / "pulumi" / "dynamic"
    package.mkdir(parents=True, exist_ok=True)
    (package.parent / "__init__.py").touch()
    (package / "__init__.py").touch()
    (package / "__main__.py").write_text("import time; time.sleep(60)")
    plugin = directory / "pulumi-resource-alicloud"
    if not plugin.exists():  # it cannot be written to while it runs
        plugin.write_text(f"#!{sys.executable}\nimport time; time.sleep(60)\n")
        plugin.chmod(0o755)
    line = f"{command} & echo $!" + ("" if abandoned else "; exec sleep 60")
    shell = subprocess.Popen(["/bin/sh", "-c", line], cwd=directory, stdout=subprocess.PIPE, text=True)  # noqa: S603 - above
    assert shell.stdout is not None
    pid = int(shell.stdout.readline())
    if abandoned:
        shell.wait()
    return pid


def end(*pids: int) -> None:
    for pid in pids:
        for process in (psutil.Process(pid), *psutil.Process(pid).parents()[:1]):
            if process.pid not in {1, os.getpid()}:
                process.kill()


@pytest.mark.parametrize("command", [DYNAMIC, PLUGIN], ids=["provider", "plugin"])
def test_only_abandoned_helpers_of_this_project_are_ended(tmp_path: Path, command: str) -> None:
    (tmp_path / "elsewhere").mkdir()
    orphan = start_helper(tmp_path, command, abandoned=True)
    others = [
        start_helper(tmp_path / "elsewhere", command, abandoned=True),
        start_helper(tmp_path, command, abandoned=False),
        start_helper(tmp_path, "./pulumi-resource-alicloud", abandoned=True),  # by a person: it knows no engine
        start_helper(tmp_path, "/usr/bin/tail -f /dev/null pulumi.dynamic >/dev/null 2>&1", abandoned=True),
    ]
    wait_until_they_are_what_they_are([orphan, *others])
    try:
        said = leftovers.end_orphans(tmp_path)

        assert said == [f"ended process {orphan}, left by a run whose engine is dead"]
        assert [pid for pid in others if not psutil.pid_exists(pid)] == []
    finally:
        end(*others)


def wait_until_they_are_what_they_are(pids: list[int]) -> None:
    """A shell's child is a shell until it has become its program."""
    while any(psutil.Process(pid).cmdline()[:2] == ["/bin/sh", "-c"] for pid in pids):
        time.sleep(0.01)


def test_same_path_in_another_container_is_another_project(tmp_path: Path) -> None:
    """There the path of its directory is ours, too."""
    orphan = start_helper(tmp_path, abandoned=True)
    try:
        (tmp_path / "other").mkdir()
        process = cast("psutil.Process", SimpleNamespace(pid=orphan, cwd=lambda: str(tmp_path / "other")))

        assert leftovers._runs_in(process, tmp_path)
        assert not leftovers._runs_in(process, tmp_path / "other")
    finally:
        end(orphan)


def test_plugin_of_an_engine_that_is_the_first_process_is_not_abandoned() -> None:
    """`docker run ... pulumi up`."""
    engine = SimpleNamespace(pid=1, name=lambda: "pulumi", cmdline=lambda: ["pulumi", "up"])
    plugin = SimpleNamespace(parent=lambda: engine)

    assert not leftovers._is_abandoned(cast("psutil.Process", plugin))


def shown(replicas: list[table.Replica], states: dict[str, CopyState | None]) -> list[str]:
    output = io.StringIO()
    table.show(replicas, states, output)
    return output.getvalue().splitlines()


def test_table_aligns_names_that_are_two_cells_wide() -> None:
    long = "m-" + "x" * 300
    replicas = [table.Replica("t", name, "[secret]", "cn-hangzhou", long, "") for name in ("模型权重", "weights")]

    assert shown(replicas, {})[1:] == [
        f"weights   [secret]  cn-hangzhou  {long}  unknown  -     -",
        f"模型权重  [secret]  cn-hangzhou  {long}  unknown  -     -",
    ]


def test_table() -> None:
    rows = [
        {
            "urn": f"urn::w-{region}",
            "type": "pulumi-python:dynamic/alibaba:DataCacheCopy",
            "id": f"edc-{region}",
            "inputs": {"region": region, "source_region": "cn-beijing", "source_id": "edc-s", "bucket": "b"},
            "delete": region == "cn-old",
        }
        for region in ("cn-shanghai", "cn-hangzhou", "cn-old")
    ]
    states = {
        "edc-cn-hangzhou": CopyState("edc-cn-hangzhou", "Available", Phase.USABLE, 100, size_gib=20),
        "edc-cn-shanghai": None,
    }

    replicas = table.recorded([*rows, {"urn": "x", "type": "pulumi:pulumi:Stack"}])
    lines = [line.split() for line in shown(replicas, states)]

    assert lines[1:] == [
        ["w", "cn-beijing/edc-s", "cn-hangzhou", "edc-cn-hangzhou", "Available", "20", "GiB", "never"],
        ["w", "cn-beijing/edc-s", "cn-shanghai", "edc-cn-shanghai", "not", "listed", "-", "-"],
    ]


STAND_INS = "/a/sandbox/plugins/bin"
STAND_IN = f"{STAND_INS}/alicloud/pulumi-resource-alicloud"


def test_block_of_which_nothing_is_shown_has_no_heading(capsys: pytest.CaptureFixture[str]) -> None:
    display = Display(STAND_INS)

    for line in (
        "Diagnostics:",
        "  pulumi:pulumi:Stack (replicas-test):",
        f"    warning: using pulumi-resource-alicloud from $PATH at {STAND_IN}",
        "",
        "Diagnostics:",
        "  alicloud:ecs:ImageCopy (golden):",
        "    warning: deprecated",
    ):
        display.show(line)

    assert capsys.readouterr().out.splitlines() == [
        "",
        "Diagnostics:",
        "  alicloud:ecs:ImageCopy (golden):",
        "    warning: deprecated",
    ]


@pytest.mark.parametrize(
    ("line", "hidden"),
    [
        (" ~  replicas:index:DataCacheReplica weights refreshing (0s)", True),
        (" ~  pulumi-python:dynamic/alibaba:DataCacheCopy w-cn-hangzhou refresh (0.38s)", True),
        ("    pulumi:pulumi:Stack replicas-test running", True),
        ("    replicas:index:DataCacheReplica weights", True),
        ("@ updating....", True),
        (" +  pulumi-python:dynamic/alibaba:DataCacheCopy w-cn-hangzhou create", False),
        (" ~  pulumi-python:dynamic/alibaba:DataCacheCopy w-cn-hangzhou refresh (0.3s) [diff: ~tags]", False),
        ("    pulumi:pulumi:Stack replicas-test 1 message", False),
        (
            f" +  pulumi:pulumi:Stack s creating (0s) warning: using pulumi-resource-alicloud from $PATH at {STAND_IN}",
            True,
        ),
        ("    warning: using pulumi-resource-alicloud from $PATH at /usr/bin/pulumi-resource-alicloud", False),
        ("    pulumi:pulumi:Stack replicas-test  6 warnings", True),
        ("    + 1 to create", False),
        ("    8 unchanged", False),
    ],
)
def test_lines_that_say_that_nothing_changed_are_hidden(line: str, hidden: bool) -> None:
    assert Display(STAND_INS).is_empty(line) is hidden


def test_stand_in_in_a_checkout_with_spaces_is_hidden() -> None:
    line = "    warning: using pulumi-resource-alicloud from $PATH at {}/alicloud/pulumi-resource-alicloud"

    assert Display("/a b/feature%2Fx/bin").is_empty(line.format("/a b/feature%2Fx/bin"))
    assert not Display("/a b/feature%2Fx/bin").is_empty(line.format("/a b"))


def project(directory: Path, config: str) -> Project:
    (directory / "stacks").mkdir()
    (directory / "stacks" / "Pulumi.test.yaml").write_text(config)
    (directory / "Pulumi.yaml").write_text("name: replicas\n")
    return Project(directory)


def test_sandbox_stack_never_signs_with_the_callers_keys(tmp_path: Path) -> None:
    own = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "mine", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "mine", "SANDBOX_PORT": "9000"}

    project(tmp_path, "config: {replicas:sandbox: true}")
    added = environment(target.describe(tmp_path, {**os.environ, **own}))

    assert added["ALIBABA_CLOUD_ACCESS_KEY_ID"] != "mine"
    assert added["ALIBABA_CLOUD_ACCESS_KEY_SECRET"] != "mine"
    assert added["REPLICAS_ECI_ENDPOINT"] == "http://127.0.0.1:9000"
    assert added["PULUMI_BACKEND_URL"] == f"file://{tmp_path}/.pulumi-state"


def test_env_sends_a_real_plugin_to_the_sandbox(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    project(tmp_path, "config: {replicas:sandbox: true}")

    main(["--cwd", str(tmp_path), "env", "test"])

    exported = dict(line.removeprefix("export ").split("=", 1) for line in capsys.readouterr().out.splitlines())
    assert exported["HTTP_PROXY"] == exported["REPLICAS_ECS_ENDPOINT"]
    assert exported["http_proxy"] == "''"
    assert "127.0.0.1" in exported["NO_PROXY"]
    assert "aliyuncs" not in exported["NO_PROXY"]


def test_other_stack_runs_in_the_callers_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://proxy")
    project(tmp_path, "config: {}")

    assert main(["--cwd", str(tmp_path), "env", "test"]) == 0

    exported = [line.removeprefix("export ").partition("=")[0] for line in capsys.readouterr().out.splitlines()]
    assert exported == ["NO_PROXY", "PULUMI_PYTHON_CMD", "PULUMI_SKIP_UPDATE_CHECK", "no_grpc_proxy", "no_proxy"]


@pytest.mark.parametrize("config", ["config: [", "- a", "config: 3"])
def test_stack_file_of_another_shape(tmp_path: Path, config: str) -> None:
    with pytest.raises(ReplicaError, match="is not a stack config"):
        project(tmp_path, config).stack_config("test")


@pytest.mark.parametrize("text", ["", "- a", "name:", "a: [", None])
def test_project_file_of_another_shape_is_one_line(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "Pulumi.yaml").write_text(text)

    with pytest.raises(ReplicaError, match=r"Pulumi.yaml is not a Pulumi project: .* Next: correct the file"):
        _ = Project(tmp_path).name


def test_key_without_a_value_is_an_empty_text(tmp_path: Path) -> None:
    """As the engine passes it to the program; of the guard it is neither yes nor no."""
    assert project(tmp_path, "config:\n  replicas:images:\n").plain_config("test") == {"replicas:images": ""}


def test_env_prints_exports(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    project(tmp_path, "config: {replicas:sandbox: true}")

    assert main(["--cwd", str(tmp_path), "env", "test"]) == 0
    assert "export ALIBABA_CLOUD_ACCESS_KEY_ID=sandboxAccessKeyId" in capsys.readouterr().out.splitlines()


def test_unknown_stack_names_the_known_ones(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    project(tmp_path, "config: {}")

    assert main(["--cwd", str(tmp_path), "env", "other"]) == 1
    assert "there is no stack 'other'" in capsys.readouterr().err


def test_error_of_several_lines_is_shown_once(capsys: pytest.CaptureFixture[str]) -> None:
    display = Display()
    for header in ("    error: 1 mistake:", "    error: an unhandled error occurred: 1 mistake:"):
        display.show(header)
        display.show("      replicas:sandbox: is wrong")
    display.show("")
    display.show("      replicas:sandbox: is wrong")

    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    assert lines == ["error: 1 mistake:", "replicas:sandbox: is wrong", "", "replicas:sandbox: is wrong"]


def test_error_of_an_inline_program_is_shown_once(capsys: pytest.CaptureFixture[str]) -> None:
    display = Display()
    display.show("    error: 1 of 2 replicas are not usable")
    display.show("    error: an unhandled error occurred: 1 of 2 replicas are not usable")
    display.show("    error: an unhandled error occurred: something else")

    assert [line.strip() for line in capsys.readouterr().out.splitlines()] == [
        "error: 1 of 2 replicas are not usable",
        "error: an unhandled error occurred: something else",
    ]


def test_dates_in_a_stack_file_are_texts(tmp_path: Path) -> None:
    (tmp_path / "stacks").mkdir()
    (tmp_path / "stacks" / "Pulumi.a.yaml").write_text("environment: [prod]\nconfig:\n  replicas:x: 2026-11-24\n")
    (tmp_path / "stacks" / "Pulumi.b.yaml").write_text("config: {}\n")

    assert Project(tmp_path).stack_config("a") == {"replicas:x": "2026-11-24"}
    assert Project(tmp_path).plain_config("a") is None
    assert Project(tmp_path).plain_config("b") == {}


def test_config_with_a_secret_is_read_by_the_engine(tmp_path: Path) -> None:
    secret = project(tmp_path, "config: {alicloud:secretKey: {secure: v1-abc}, replicas:x: 1}")

    assert secret.plain_config("test") is None


def test_copies_that_hold_a_slot_are_counted(tmp_path: Path) -> None:
    config = {
        "replicas:images": {
            "one": {"source": {"id": "m-1"}, "destinations": {"cn-a": {}, "cn-b": {}}},
            "two": {"source": {"ids": ["m-2", "m-3"]}, "destinations": {"cn-a": {}}},
            "odd": 3,
        },
        "replicas:snapshots": {"three": {"destinations": {"ap-a": {}}}},
    }

    assert project(tmp_path, json.dumps({"config": config})).slots("test") == 4


def test_target_command_that_fails_is_named(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("""[tool.replicas]\ntarget = "python -c 'exit(\\"no port\\")'"\n""")

    with pytest.raises(ReplicaError, match="described no target: no port"):
        target.describe(tmp_path, os.environ)


@pytest.mark.parametrize(
    ("project", "reported"),
    [
        ("[tool.replicas]\ntarget = 'no-such-program'\n", "`no-such-program` described no target: "),
        ("""[tool.replicas]\ntarget = "python 'x"\n""", "described no target: No closing quotation"),
        ("[tool.replicas\n", "pyproject.toml cannot be read: "),
        (
            """[tool.replicas]\ntarget = "python describe.py"\n""",
            "names a directory of plugins that does not exist: /no",
        ),
    ],
)
def test_target_that_cannot_be_had_is_one_line(tmp_path: Path, project: str, reported: str) -> None:
    answer = {"environment": {}, "plugins": "/no/such", "proxy": {}, "description": ""}
    (tmp_path / "describe.py").write_text(f"print({json.dumps(json.dumps(answer))})")
    (tmp_path / "pyproject.toml").write_text(project)

    with pytest.raises(ReplicaError) as raised:
        target.describe(tmp_path, os.environ)

    assert reported in str(raised.value)


def test_target_command_of_the_project_comes_first(tmp_path: Path) -> None:
    answer = {"environment": {"A": "1"}, "plugins": "", "proxy": {}, "description": "a cloud"}
    (tmp_path / "describe.py").write_text(f"print({json.dumps(json.dumps(answer))})")
    (tmp_path / "pyproject.toml").write_text("""[tool.replicas]\ntarget = "python describe.py"\n""")

    assert target.describe(tmp_path, os.environ) == target.Target({"A": "1"}, "", {}, "a cloud")


def test_help_lists_every_command_once_by_what_a_person_wants(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])

    lines = capsys.readouterr().out.splitlines()
    listed = [line.split()[0] for line in lines[lines.index("Change:") :] if line.startswith("  ")]
    assert listed == [do.__name__ for group in GROUPS.values() for do in group]


@pytest.mark.parametrize("command", [do.__name__ for group in GROUPS.values() for do in group])
def test_every_command_has_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])

    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith(f"usage: replicas {command} [-h]")


class Region:
    """Lists copies in these states; one that is asked for and not known here was not to be looked up."""

    name = "any"

    def __init__(self, **phases: Phase) -> None:
        self.phases = phases

    def caller(self, _region: str) -> Caller:
        return Caller("1", "cloud")

    def look_up(self, _region: str, groups: Mapping[str, str]) -> Mapping[str, CopyState]:
        return {id_: CopyState(id_, self.phases[id_].value, self.phases[id_]) for id_ in groups}


def recorded_copy(type_: str, id_: str, **flags: bool) -> dict[str, Any]:
    inputs = {"region": "cn-a", "source_region": "cn-b", "source_id": "s"}
    return {"urn": f"urn::{id_}-cn-a", "type": type_, "id": id_, "inputs": inputs, **flags}


def test_only_dead_copies_are_discarded_and_only_of_kinds_that_cannot_replace_them() -> None:
    """Of two that have failed, only the one that can never become usable; none that the stack must keep."""
    native, own = "alicloud:ecs/imageCopy:ImageCopy", "pulumi-python:dynamic/alibaba:DataCacheCopy"
    discarded: list[str] = []
    phases = {"well": Phase.USABLE, "dead": Phase.FAILED, "ill": Phase.FAILED}
    clouds = {
        native: Cloud(
            Region(**phases),
            find=lambda _: None,
            delete=lambda *_: None,
            discard=lambda _, id_: discarded.append(id_),
            is_dead=lambda state: state.id == "dead",
        ),
        own: Cloud(Region(), find=lambda _: None, delete=lambda *_: None),
    }
    rows = [recorded_copy(native, id_) for id_ in phases]
    rows += [recorded_copy(native, "kept", protect=True), recorded_copy(own, "failed")]
    said: list[str] = []
    claimed: list[bool] = []
    stack = SimpleNamespace(rows=rows, cloud=clouds.get, say=said.append, claim=lambda: claimed.append(True))
    seen = Look({id_: CopyState(id_, phase.value, phase) for id_, phase in phases.items()})

    healing.report_dead_copies(cast("Stack", stack), seen)
    assert (discarded, claimed) == ([], [])
    healing.discard_dead_copies(cast("Stack", stack), seen)

    assert (discarded, claimed) == (["dead"], [True])
    assert said == [
        "repair: the copy dead in  has failed; `up` deletes it and copies again",
        "repair: deleted dead in , whose copy had failed",
    ]


def test_rows_that_share_an_id_are_named_for_the_provider_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    """By region: an id of another region, and one that a single row holds, are nobody else's."""
    monkeypatch.setenv(holders.SHARED, "of an earlier run")
    snapshot = "pulumi-python:dynamic/tencent:SnapshotCopy"
    held = [("snap-1", "a", "t1"), ("snap-1", "a", "t2"), ("snap-1", "b", "t3"), ("x", "a", "t4")]
    rows = [
        {"type": snapshot, "id": id_, "inputs": {"region": region, "copy_token": token}} for id_, region, token in held
    ]
    rows.append({"type": "pulumi:pulumi:Stack", "id": "x", "inputs": {}})

    healing.name_holders(cast("Stack", SimpleNamespace(rows=rows)))

    named = Holders(os.environ[holders.SHARED])
    assert [named.release("a", "snap-1", "t1"), named.release("a", "snap-1", "t2")] == [True, False]
    assert not named.release("b", "snap-1", "t3")
    assert not named.release("a", "x", "t4")


@pytest.mark.parametrize(
    ("words", "runs_program"),
    [
        ("up prod --target urn:pulumi:prod::p::t::new", True),
        ("preview prod --target urn:pulumi:prod::p::t::old --target urn:pulumi:prod::p::t::new", True),
        ("up prod --target urn:pulumi:prod::p::t::old", False),
        ("up prod --target urn:pulumi:prod::p::**::new", False),
        ("up prod --no-refresh --target urn:pulumi:prod::p::t::new", False),
        ("destroy prod --target urn:pulumi:prod::p::t::new", False),
        ("up prod", False),
    ],
)
def test_target_that_the_state_lacks_is_refreshed_by_the_program(words: str, runs_program: bool) -> None:
    """The engine refuses it before the program has declared it; what is in the state is refreshed without."""
    stack = SimpleNamespace(
        rows=[{"urn": "urn:pulumi:prod::p::t::old"}],
        has_identity=True,
        urn_of=lambda name: name,
        identity_urn="",
        companions_of=lambda _: [],
    )

    options = _parser().parse_args(words.split())
    shared = operations._shared(cast("Stack", stack), options)

    assert operations._leave_out(cast("Stack", stack), options, shared, Look())
    assert shared.get("run_program", False) is runs_program


def test_creation_that_is_left_out_is_refreshed_by_the_program() -> None:
    """The state lacks it, and the engine's refresh refuses to exclude what it does not know."""
    stack = cast("Stack", SimpleNamespace(rows=[], companions_of=lambda _: [], silent={}))
    shared: dict[str, Any] = {}

    assert operations._leave_out(stack, _parser().parse_args(["up", "prod"]), shared, Look(), ["urn::pending"])
    assert shared == {"exclude": ["urn::pending"], "exclude_dependents": True, "run_program": True}

"""The runner's parts that need no engine: leftovers of killed runs, the table, environments, the command line."""

from __future__ import annotations

import io
import json
import os
import socket
import subprocess
import sys
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
from components.model.kind import Cloud
from tools.runner import healing, leftovers, table, target
from tools.runner.__main__ import GROUPS, main
from tools.runner.display import Display
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


def dead_pid() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_lock_of_a_dead_process_is_broken(tmp_path: Path) -> None:
    lock = write_lock(tmp_path, dead_pid(), socket.gethostname())

    said = leftovers.break_dead_locks(f"file://{tmp_path}", "replicas", "test")

    assert not lock.exists()
    assert len(said) == 1


def test_lock_of_another_host_is_kept(tmp_path: Path) -> None:
    lock = write_lock(tmp_path, dead_pid(), "another-host")

    with pytest.raises(leftovers.StackBusy, match="on another-host"):
        leftovers.break_dead_locks(f"file://{tmp_path}", "replicas", "test")
    assert lock.exists()


def test_lock_of_a_living_process_is_kept(tmp_path: Path) -> None:
    lock = write_lock(tmp_path, os.getpid(), socket.gethostname())

    with pytest.raises(leftovers.StackBusy, match="is being changed by process"):
        leftovers.break_dead_locks(f"file://{tmp_path}", "replicas", "test")
    assert lock.exists()


def test_lock_whose_process_id_was_given_to_another_is_broken(tmp_path: Path) -> None:
    write_lock(tmp_path, os.getpid(), socket.gethostname(), since="2020-01-01T00:00:00Z")

    assert len(leftovers.break_dead_locks(f"file://{tmp_path}", "replicas", "test")) == 1


def test_lock_of_another_project_is_kept(tmp_path: Path) -> None:
    lock = write_lock(tmp_path, dead_pid(), socket.gethostname())

    assert leftovers.break_dead_locks(f"file://{tmp_path}", "other", "test") == []
    assert lock.exists()


def test_lock_of_another_stack_is_kept(tmp_path: Path) -> None:
    lock = write_lock(tmp_path, dead_pid(), socket.gethostname())

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


def start_helper(directory: Path, *, abandoned: bool) -> int:
    """Start what looks like a provider process, from a shell that lives on or is gone at once."""
    package = directory / "pulumi" / "dynamic"
    package.mkdir(parents=True, exist_ok=True)
    (package.parent / "__init__.py").touch()
    (package / "__init__.py").touch()
    (package / "__main__.py").write_text("import time; time.sleep(60)")
    command = f"{sys.executable} -u -m pulumi.dynamic & echo $!" + ("" if abandoned else "; exec sleep 60")
    shell = subprocess.Popen(["/bin/sh", "-c", command], cwd=directory, stdout=subprocess.PIPE, text=True)  # noqa: S603 - above
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


def test_only_abandoned_helpers_of_this_project_are_ended(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    orphan = start_helper(tmp_path, abandoned=True)
    elsewhere = start_helper(tmp_path / "elsewhere", abandoned=True)
    waited_for = start_helper(tmp_path, abandoned=False)
    reader = subprocess.Popen(["/usr/bin/tail", "-f", "/dev/null", "pulumi.dynamic"], cwd=tmp_path)
    try:
        said = leftovers.end_orphans(tmp_path)

        assert said == [f"ended process {orphan}, left by a run whose engine is dead"]
        assert psutil.pid_exists(elsewhere)
        assert psutil.pid_exists(waited_for)
        assert reader.poll() is None
    finally:
        end(elsewhere, waited_for)
        reader.kill()
        reader.wait()


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
    assert exported == ["PULUMI_PYTHON_CMD", "PULUMI_SKIP_UPDATE_CHECK"]


@pytest.mark.parametrize("config", ["config: [", "- a", "config: 3"])
def test_stack_file_of_another_shape(tmp_path: Path, config: str) -> None:
    with pytest.raises(ReplicaError, match="is not a stack config"):
        project(tmp_path, config).stack_config("test")


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
            discard=lambda _, id_: discarded.append(id_),
            is_dead=lambda state: state.id == "dead",
        ),
        own: Cloud(Region(), find=lambda _: None),
    }
    rows = [recorded_copy(native, id_) for id_ in phases]
    rows += [recorded_copy(native, "kept", protect=True), recorded_copy(own, "failed")]
    said: list[str] = []
    claimed: list[bool] = []
    stack = SimpleNamespace(rows=rows, cloud=clouds.get, say=said.append, claim=lambda: claimed.append(True))

    healing.report_dead_copies(cast("Stack", stack))
    assert (discarded, claimed) == ([], [])
    healing.discard_dead_copies(cast("Stack", stack))

    assert (discarded, claimed) == (["dead"], [True])
    assert said == [
        "repair: the copy dead in  has failed; `up` deletes it and copies again",
        "repair: deleted dead in , whose copy had failed",
    ]

"""Which native plugins the runner gives to the engine."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from components.clouds.errors import ReplicaError
from sandbox.plugins.stand_ins import PROGRAMS as STAND_INS
from tools.runner import stack
from tools.runner.__main__ import main
from tools.runner.project import Project
from tools.runner.target import Target, use_plugins

ENDPOINT = "http://127.0.0.1:8747"
NAMES = ("alicloud", "tencentcloud")
TARGET = Target({}, str(STAND_INS), {"HTTP_PROXY": ENDPOINT}, "a target")


def environment(tmp_path: Path, *directories: Path) -> dict[str, str]:
    path = ":".join(map(str, directories)) or "/nowhere"
    return {"PATH": path, "PULUMI_HOME": str(tmp_path / "home"), "REPLICAS_ECS_ENDPOINT": ENDPOINT}


def put_program(directory: Path, name: str) -> Path:
    directory.mkdir(parents=True)
    program = directory / f"pulumi-resource-{name}"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    return directory


def stand_ins(variables: dict[str, str], **named: Path) -> list[str]:
    """Apply the rule; the names of the plugins that stand in after it."""
    said: list[str] = []
    use_plugins(TARGET, named, variables, said.append)
    found = [name for name in NAMES if str(STAND_INS / name) in variables["PATH"].split(":")]
    assert len(said) == bool(found)
    assert all(name in said[0] for name in found)
    return found


def test_stand_ins_come_last_on_path_where_there_is_no_real_plugin(tmp_path: Path) -> None:
    variables = environment(tmp_path, Path("/first"))

    assert stand_ins(variables) == ["alicloud", "tencentcloud"]
    assert variables["PATH"].startswith("/first:")
    assert "HTTP_PROXY" not in variables


def test_real_plugin_on_path_wins(tmp_path: Path) -> None:
    variables = environment(tmp_path, put_program(tmp_path / "bin", "alicloud"))

    assert stand_ins(variables) == ["tencentcloud"]


def test_installed_plugin_wins(tmp_path: Path) -> None:
    put_program(tmp_path / "home" / "plugins" / "resource-tencentcloud-v0.2.3", "tencentcloud")

    assert stand_ins(environment(tmp_path)) == ["alicloud"]


def test_half_downloaded_plugin_does_not_count(tmp_path: Path) -> None:
    (tmp_path / "home" / "plugins" / "resource-alicloud-v4.0.0.partial").mkdir(parents=True)

    assert "alicloud" in stand_ins(environment(tmp_path))


def test_stand_in_on_path_is_no_real_plugin(tmp_path: Path) -> None:
    assert "alicloud" in stand_ins(environment(tmp_path, STAND_INS / "alicloud"))


@pytest.mark.parametrize("name", NAMES)
def test_one_real_plugin_is_caught_by_a_proxy_wherever_the_engine_finds_it(tmp_path: Path, name: str) -> None:
    program = put_program(tmp_path / "bin", name)
    on_path = environment(tmp_path, program)
    installed = environment(tmp_path)
    named = environment(tmp_path)

    assert name not in stand_ins(on_path)
    assert name not in stand_ins(named, **{name: program})
    put_program(tmp_path / "home" / "plugins" / f"resource-{name}-v0.0.1", name)
    assert name not in stand_ins(installed)

    assert [found["HTTP_PROXY"] for found in (on_path, named, installed)] == [ENDPOINT] * 3


def test_stand_in_that_the_project_names_is_no_real_plugin(tmp_path: Path) -> None:
    variables = environment(tmp_path)

    assert "alicloud" in stand_ins(variables, alicloud=STAND_INS / "alicloud")
    assert "HTTP_PROXY" not in variables


def test_plugins_of_the_project_file_are_found(tmp_path: Path) -> None:
    plugins = "plugins: {providers: [{name: tencentcloud, path: ./bin}, {name: other, path: /opt/other}]}"
    (tmp_path / "Pulumi.yaml").write_text(f"name: replicas\n{plugins}\n")

    assert Project(tmp_path).plugins == {"tencentcloud": tmp_path / "bin", "other": Path("/opt/other")}
    (tmp_path / "Pulumi.yaml").write_text("name: replicas\n")
    assert Project(tmp_path).plugins == {}


@pytest.mark.parametrize(
    ("config", "used"), [("{replicas:loopbackOnly: true}", True), ("{replicas:sandbox: true}", True), ("{}", False)]
)
def test_only_a_loopback_stack_gets_stand_ins(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    config: str,
    used: bool,
) -> None:
    (tmp_path / "stacks").mkdir()
    (tmp_path / "stacks" / "Pulumi.test.yaml").write_text(f"config: {config}")
    (tmp_path / "Pulumi.yaml").write_text("name: replicas\n")
    for name, value in environment(tmp_path).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(os, "environ", dict(os.environ))

    class Engine:  # stands in for the resolved engine up to where it would be run
        path_dirs = ()
        language_host = False

        def describe(self) -> str:
            return "engine"

    def stop(_engine: object) -> None:
        raise ReplicaError("stopped", "continue")

    monkeypatch.setattr(stack, "resolve_engine", lambda **_: Engine())
    monkeypatch.setattr(stack, "EngineCommand", stop)

    assert main(["--cwd", str(tmp_path), "preview", "test"]) == 1

    said = capsys.readouterr().err.splitlines()
    assert said[-1].startswith("error: stopped")
    assert (str(STAND_INS) in os.environ["PATH"]) is used
    assert any(line.startswith("plugins: ") for line in said) is used

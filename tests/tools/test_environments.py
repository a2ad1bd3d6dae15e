"""Environments: which stacks they have, how many run at once, what CI systems get."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from components.clouds.errors import ReplicaError
from tools.runner import environments
from tools.runner.__main__ import main
from tools.runner.project import Project, UnusableStack

SHANGHAI = """
config:
  replicas:dataCaches:
    weights: {source: {region: cn-beijing, ids: [a, b]}, destinations: {cn-shanghai: {}}}
  replicas:snapshots:
    disk: {source: {region: ap-guangzhou, id: s}, destinations: {ap-shanghai: {}, ap-beijing: {}}}
"""


def project(directory: Path, stacks: Mapping[str, str]) -> Project:
    (directory / "stacks").mkdir()
    (directory / "Pulumi.yaml").write_text("name: replicas\n")
    for name, config in stacks.items():
        (directory / "stacks" / f"Pulumi.{name}.yaml").write_text(config)
    return Project(directory)


def test_environment_is_the_stacks_of_its_name(tmp_path: Path) -> None:
    names = ["prod", "prod-cn-shanghai", "prod-ap-southeast-1", "production", "dev"]
    made = project(tmp_path, dict.fromkeys(names, ""))

    assert environments.stacks_of("prod", made) == ["prod", "prod-ap-southeast-1", "prod-cn-shanghai"]
    assert environments.stacks_of("dev", made) == ["dev"]


@pytest.mark.parametrize("env", ["test", "pro", "*", "../stacks/prod", ""])
def test_environment_without_a_stack_names_the_others(tmp_path: Path, env: str) -> None:
    made = project(tmp_path, {"prod-cn-shanghai": "", "dev": ""})

    with pytest.raises(UnusableStack, match=r"has no stack: .* Next: name one of: dev, prod; or write such a file"):
        environments.stacks_of(env, made)


def test_matrix_of_an_environment(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    project(tmp_path, {"prod-cn-shanghai": SHANGHAI, "prod-empty": "", "dev": "config: ["})

    assert main(["--cwd", str(tmp_path), "stacks", "--env", "prod", "--json"]) == 0

    regions = ["ap-beijing", "ap-shanghai", "cn-shanghai"]
    assert json.loads(capsys.readouterr().out) == {
        "include": [
            {"stack": "prod-cn-shanghai", "environment": "prod", "regions": regions, "replicas": 4},
            {"stack": "prod-empty", "environment": "prod", "regions": [], "replicas": 0},
        ]
    }


def test_table_of_all_stacks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    project(tmp_path, {"prod-cn-shanghai": SHANGHAI, "dev": ""})

    assert main(["--cwd", str(tmp_path), "stacks"]) == 0

    assert [line.split() for line in capsys.readouterr().out.splitlines()] == [
        ["STACK", "REPLICAS", "REGIONS"],
        ["dev", "0", "-"],
        ["prod-cn-shanghai", "4", "ap-beijing,", "ap-shanghai,", "cn-shanghai"],
    ]


def test_stack_file_that_cannot_be_read_is_no_matrix(tmp_path: Path) -> None:
    made = project(tmp_path, {"prod": "config: ["})

    with pytest.raises(ReplicaError, match=r"stacks/Pulumi.prod.yaml is not a stack config"):
        environments.declared("prod", made)


@pytest.mark.parametrize(
    ("stacks", "cores", "gib", "expected"),
    [(3, 2, 16, 3), (40, 2, 16, 16), (40, 64, 2, 10), (5, 1, 0, 1), (0, 1, 8, 1)],
)
def test_as_many_at_once_as_the_machine_holds(stacks: int, cores: int, gib: int, expected: int) -> None:
    assert environments.width(stacks, cores=cores, memory=gib * 1024**3) == expected


def test_width_of_this_machine() -> None:
    assert 1 <= environments.width(3) <= 3

"""Environments: which stacks they have, how many run at once, what CI systems get."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tools.runner import environments
from tools.runner.project import Project, UnusableStack


def project(directory: Path, stacks: Mapping[str, str]) -> Project:
    (directory / "stacks").mkdir()
    (directory / "Pulumi.yaml").write_text("name: replicas\n")
    for name, config in stacks.items():
        (directory / "stacks" / f"Pulumi.{name}.yaml").write_text(config)
    return Project(directory)


def test_environment_is_the_stacks_of_its_name(tmp_path: Path) -> None:
    made = project(
        tmp_path, dict.fromkeys(["prod", "prod-cn-shanghai", "prod-ap-southeast-1", "production", "dev"], "")
    )

    assert environments.stacks_of("prod", made) == ["prod", "prod-ap-southeast-1", "prod-cn-shanghai"]
    assert environments.stacks_of("dev", made) == ["dev"]


@pytest.mark.parametrize("env", ["test", "pro", "*", "../stacks/prod", ""])
def test_environment_without_a_stack_names_the_others(tmp_path: Path, env: str) -> None:
    made = project(tmp_path, {"prod-cn-shanghai": "", "dev": ""})

    with pytest.raises(UnusableStack, match=r"has no stack: .* Next: name one of: dev, prod; or write such a file"):
        environments.stacks_of(env, made)

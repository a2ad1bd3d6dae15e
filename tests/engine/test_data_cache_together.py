"""Several stacks, and several runs, at once."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.engine.harness import Cloud, Stack, replica, wait_for


def test_two_stacks_of_one_name_do_not_see_each_other(stack: Stack, cloud: Cloud, tmp_path: Path) -> None:
    stack.config({"weights": replica("cn-hangzhou")})
    other = Stack(tmp_path / "other", dict(stack.environment))
    shutil.copytree(stack.directory, other.directory, symlinks=True)
    other.environment["PULUMI_BACKEND_URL"] = (other.directory / ".pulumi-state").as_uri()

    assert stack.up().code == 0
    assert other.up().code == 0
    assert len(cloud.replicas()) == 2
    assert {row["id"] for row in stack.rows()} | {row["id"] for row in other.rows()} == {
        copy["id"] for copy in cloud.replicas()
    }
    kept = other.rows()[0]["id"]
    assert stack.destroy().code == 0
    assert [copy["id"] for copy in cloud.replicas()] == [kept]
    assert other.up("--expect-no-changes").code == 0


def test_two_runs_at_once_on_one_stack(stack: Stack, cloud: Cloud) -> None:
    cloud.settings(copy_seconds=6)
    stack.config({"weights": replica("cn-hangzhou")})
    first = stack.start("up", "--yes")
    stack.engine()
    wait_for(cloud.replicas)

    second = stack.up()
    text, _ = first.communicate(timeout=60)

    assert first.returncode == 0, text
    assert second.code != 0
    assert "stack test is being changed by process" in second.text
    assert "Traceback" not in second.text
    assert len(cloud.replicas()) == 1

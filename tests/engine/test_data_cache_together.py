"""Several stacks, several runs, many copies."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest

from tests.engine.harness import Cloud, Stack, replica, wait_for


def test_two_stacks_of_one_name_do_not_see_each_other(stack: Stack, cloud: Cloud, tmp_path: Path) -> None:
    stack.config({"weights": replica("cn-hangzhou")})
    other = Stack(tmp_path / "other", dict(stack.environment))
    shutil.copytree(stack.directory, other.directory, symlinks=True)
    other.environment["PULUMI_BACKEND_URL"] = f"file://{other.directory / '.pulumi-state'}"

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


@pytest.mark.bench
def test_thirty_copies_take_as_long_as_one(stack: Stack, cloud: Cloud) -> None:
    """Copies of 20 s end within 20 s + 25 % + the time of the same `up` with copies of 0 s."""
    regions = ("cn-hangzhou", "cn-shanghai", "cn-shenzhen", "cn-guangzhou", "cn-chengdu")
    entries = {f"set-{number}": replica(*regions, path=f"/{number}") for number in range(6)}

    def timed() -> float:
        stack.config(entries)
        started = time.monotonic()
        done = stack.up()
        assert done.code == 0, done.text
        assert len(cloud.replicas()) == 30
        return time.monotonic() - started

    floor = timed()
    stack.config({})
    assert stack.up().code == 0
    cloud.settings(copy_seconds=20)
    cloud.forget_calls()

    took = timed()

    print(f"\n30 copies of 20 s: {took:.1f} s, floor {floor:.1f} s, {(took - floor) / 20:.2f} of the copies' time")
    assert took <= 20 * 1.25 + floor
    looks = [call["time"] for call in cloud.calls("DescribeDataCaches") if call["region"] == "cn-hangzhou"]
    assert len(looks) <= 28  # one a second while copying, and those of the table

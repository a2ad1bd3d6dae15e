"""Ways back to what is declared: rollback, forced replacement, healing, a plain `pulumi up` after a crash."""

from __future__ import annotations

import pytest

from tests.engine.harness import Cloud, Stack, replica, wait_for
from tests.engine.kills import processes

URN = "urn:pulumi:test::replicas::replicas:index:DataCacheReplica$pulumi-python:dynamic/alibaba:DataCacheCopy::weights-cn-hangzhou"  # noqa: E501 - a URN

KILLED = [False, pytest.param(True, marks=pytest.mark.matrix)]


def declare(stack: Stack, path: str) -> None:
    stack.config({"weights": replica("cn-hangzhou", path=path)})


def kill_while_waiting(stack: Stack, cloud: Cloud, *arguments: str) -> None:
    """Run `up` and kill the engine when the new copy is there and the old one not yet deleted."""
    cloud.settings(copy_seconds=4)
    count = len(cloud.calls("CopyDataCache"))
    run = stack.start("up", "--yes", *arguments)
    engine = stack.engine()
    wait_for(lambda: len(cloud.calls("CopyDataCache")) > count)
    engine.kill()
    run.communicate(timeout=60)
    cloud.settings(copy_seconds=0)


def kill_inside_create(stack: Stack, cloud: Cloud) -> None:
    """Run a first `up` and kill the engine when the copy was accepted and its answer is still on the way."""
    cloud.fault("delay", when="after", seconds=20)
    declare(stack, "/b")
    run = stack.start("up", "--yes")
    engine = stack.engine()
    wait_for(cloud.replicas)
    engine.kill()
    run.communicate(timeout=60)


def settled(stack: Stack, cloud: Cloud, path: str) -> None:
    done = stack.up()

    assert done.code == 0, done.text
    assert [(copy["path"], copy["status"]) for copy in cloud.replicas()] == [(path, "Available")], done.text
    assert [row["id"] for row in stack.rows()] == [copy["id"] for copy in cloud.replicas()]


@pytest.mark.parametrize("killed", KILLED, ids=["", "killed"])
def test_rolled_back_after_a_failed_replacement(stack: Stack, cloud: Cloud, killed: bool) -> None:
    declare(stack, "/b")
    assert stack.up().code == 0
    cloud.fault("copy_fails")
    declare(stack, "/c")
    assert stack.up().code != 0

    declare(stack, "/b")
    if killed:
        kill_while_waiting(stack, cloud)

    settled(stack, cloud, "/b")


@pytest.mark.parametrize("killed", KILLED, ids=["", "killed"])
def test_forced_replacement(stack: Stack, cloud: Cloud, killed: bool) -> None:
    declare(stack, "/b")
    assert stack.up().code == 0
    before = cloud.replicas()[0]["id"]

    if killed:
        kill_while_waiting(stack, cloud, "--replace", URN)
    else:
        assert stack.up("--replace", URN).code == 0
        assert cloud.replicas()[0]["id"] != before

    settled(stack, cloud, "/b")


@pytest.mark.parametrize("killed", [False, True], ids=["", "killed"])
def test_healed(stack: Stack, cloud: Cloud, killed: bool) -> None:
    cloud.fault("copy_fails")
    declare(stack, "/b")
    assert stack.up().code != 0

    if killed:
        kill_while_waiting(stack, cloud)

    settled(stack, cloud, "/b")


def test_plain_up_after_a_crash(stack: Stack, cloud: Cloud) -> None:
    """Plain `pulumi` warns and copies again; the runner's next `up` finds the first copy and has it deleted."""
    kill_inside_create(stack, cloud)
    stack.plain("cancel", "--yes")

    plain = stack.plain("up", "--yes", "--skip-preview", "--continue-on-error")

    assert plain.code == 0, plain.text
    assert len(cloud.replicas()) == 2
    repaired = stack.run("repair")
    assert "recorded for deletion by the next `up`" in repaired.text
    settled(stack, cloud, "/b")


def test_preview_only_reports(stack: Stack, cloud: Cloud) -> None:
    kill_inside_create(stack, cloud)
    before = stack.state()

    done = stack.preview()

    assert "an earlier run left weights-cn-hangzhou unrecorded; the next `up` looks for them first" in done.text
    assert stack.state() == before
    assert "weights-cn-hangzhou: found edc-" in stack.run("repair").text
    assert stack.up("--expect-no-changes").code == 0


@pytest.mark.parametrize("victim", ["provider", pytest.param("cli", marks=pytest.mark.matrix)])
def test_killed_in_a_change_of_bucket(stack: Stack, cloud: Cloud, victim: str) -> None:
    """In a cloud that finds an id in its own bucket only: the state has the old one, so it must be looked for."""
    stack.environment["REPLICAS_CONSISTENCY_SECONDS"] = "1"
    cloud.settings(ids_need_bucket=True, copy_seconds=0)
    stack.config({"weights": replica("cn-hangzhou", bucket="old")})
    assert stack.up().code == 0
    cloud.fault("delay", "UpdateDataCache", when="after", seconds=1.5)
    stack.config({"weights": replica("cn-hangzhou", bucket="new")})
    killed = stack.start("up", "--yes")
    wait_for(lambda: cloud.server.control.get("faults")[0]["hits"])
    wait_for(lambda: [copy for copy in cloud.replicas() if copy["bucket"] == "new"])
    for process in processes(killed, stack, victim):
        process.kill()
    killed.communicate(timeout=60)

    done = stack.up()

    assert done.code == 0, done.text
    assert [copy["bucket"] for copy in cloud.replicas()] == ["new"]
    assert len(cloud.calls("CopyDataCache")) == 1

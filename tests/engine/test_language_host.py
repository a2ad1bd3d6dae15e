"""The same program started by the engine itself, as with an official CLI, instead of inside the runner."""

from __future__ import annotations

import signal

from tests.engine.harness import Cloud, Stack, replica, wait_for


def test_basic(stack: Stack, cloud: Cloud) -> None:
    stack.config({"weights": replica("cn-hangzhou", "cn-shanghai")})

    done = stack.up("--language-host")

    assert done.code == 0, done.text
    assert [copy["status"] for copy in cloud.replicas()] == ["Available"] * 2
    assert stack.up("--language-host", "--expect-no-changes").code == 0


def test_copy_fails(stack: Stack, cloud: Cloud) -> None:
    cloud.fault("copy_fails", reason="The snapshot is damaged.")
    stack.config({"weights": replica("cn-hangzhou")})

    done = stack.up("--language-host")

    assert done.code != 0
    assert any("ended Failed (CopyFailed: The snapshot is damaged.)" in error for error in done.errors), done.errors
    assert "Traceback" not in done.text


def test_interrupted(stack: Stack, cloud: Cloud) -> None:
    cloud.settings(copy_seconds=8)
    stack.config({"weights": replica("cn-hangzhou")})
    run = stack.start("up", "--yes", "--language-host")
    wait_for(lambda: cloud.calls("DescribeDataCaches"))

    run.send_signal(signal.SIGINT)
    text, _ = run.communicate(timeout=30)

    assert run.returncode != 0
    assert "Traceback" not in text
    assert "stopped: copies that were started continue in the cloud" in text
    assert stack.up("--language-host").code == 0
    assert len(cloud.replicas()) == 1


def test_plain_pulumi(stack: Stack, cloud: Cloud) -> None:
    stack.config({"weights": replica("cn-hangzhou")})
    stack.plain("stack", "init", "test")

    done = stack.plain("up", "--yes", "--skip-preview", "--refresh", "--continue-on-error")

    assert done.code == 0, done.text
    assert [copy["status"] for copy in cloud.replicas()] == ["Available"]
    assert stack.plain("destroy", "--yes", "--skip-preview").code == 0
    assert cloud.replicas() == []

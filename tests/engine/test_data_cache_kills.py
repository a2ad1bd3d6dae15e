"""A run that is killed or interrupted loses nothing: the next `up` of the runner ends with what is declared."""

from __future__ import annotations

import signal

from tests.engine.harness import Cloud, Stack, replica, wait_for


def test_sigkill_inside_create_after_accept(stack: Stack, cloud: Cloud) -> None:
    cloud.fault("delay", when="after", seconds=30, count=2)
    stack.config({"weights": replica("cn-hangzhou", "cn-shanghai")})
    killed = stack.start("up", "--yes")
    engine = stack.engine()
    wait_for(lambda: len(cloud.replicas()) == 2)

    engine.kill()
    killed.communicate(timeout=60)
    assert killed.returncode != 0
    done = stack.up()

    assert done.code == 0, done.text
    assert "repair: ended process" in done.text
    assert "repair: removed the lock" in done.text
    assert "repair: weights-cn-hangzhou: found edc-" in done.text
    assert {copy["region"] for copy in cloud.replicas()} == {"cn-hangzhou", "cn-shanghai"}
    assert len(cloud.replicas()) == 2
    assert {row["id"] for row in stack.rows()} == {copy["id"] for copy in cloud.replicas()}
    assert stack.up("--expect-no-changes").code == 0


def test_interrupted_wait_resumes(stack: Stack, cloud: Cloud) -> None:
    cloud.settings(copy_seconds=8)
    stack.config({"weights": replica("cn-hangzhou", "cn-shanghai")})
    running = stack.start("up", "--yes")
    engine = stack.engine()
    wait_for(lambda: cloud.calls("DescribeDataCaches"))

    running.send_signal(signal.SIGINT)
    text, _ = running.communicate(timeout=30)

    assert running.returncode != 0
    assert not engine.is_running()
    assert "Traceback" not in text
    assert "stopped before all replicas were usable: started copies go on in the cloud" in text
    assert len(stack.rows()) == 2
    done = stack.up()
    assert done.code == 0, done.text
    assert len(cloud.calls("CopyDataCache")) == 2

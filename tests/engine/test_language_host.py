"""The same program started by the engine itself, as with an official CLI, instead of inside the runner."""

from __future__ import annotations

import signal

import pytest

from components.clouds.alibaba.connection import Connection
from components.clouds.alibaba.eci import Eci
from sandbox.core.accounts import ACCESS_KEY_ID, ACCESS_KEY_SECRET
from tests.engine.harness import Cloud, Stack, replica, wait_for
from tests.lifecycle.replicas import use_keys


def test_basic_behind_proxies(stack: Stack, cloud: Cloud) -> None:
    """Neither the calls of the engine nor those to the sandbox go through them."""
    names = ("https_proxy", "grpc_proxy", "all_proxy")
    stack.environment |= {name: "http://127.0.0.1:9" for each in names for name in (each, each.upper())}
    stack.config({"weights": replica("cn-hangzhou", "cn-shanghai")})

    done = stack.up("--language-host")

    assert done.code == 0, done.text
    assert [copy["status"] for copy in cloud.replicas()] == ["Available"] * 2
    assert stack.up("--expect-no-changes").code == 0


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

    run.send_signal(signal.SIGHUP)  # the terminal is closed
    text, _ = run.communicate(timeout=30)

    assert run.returncode != 0
    assert "Traceback" not in text
    assert "stopped: started copies continue in the cloud" in text
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


def test_program_that_runs_for_a_refresh_or_a_destroy_waits_for_nothing(stack: Stack, cloud: Cloud) -> None:
    """A replica that is gone, or that the config declares and nobody has made, keeps no other one."""
    stack.config({"weights": replica("cn-hangzhou", "cn-shanghai", "cn-shenzhen")})
    stack.environment["REPLICAS_CONSISTENCY_SECONDS"] = "2"  # for so long a refresh looks for what is missing
    assert stack.up().code == 0
    assert stack.run("refresh").code == 0  # from now on the state knows that the cloud has listed them
    stack.config({"weights": replica("cn-hangzhou", "cn-shanghai", "cn-shenzhen", "cn-hongkong")})
    stack.age()
    somebody_deletes(cloud, stack.named_rows()["weights-cn-hangzhou"]["id"], "cn-hangzhou")
    refreshed = stack.plain("refresh", "--yes", "--skip-preview", "--run-program")
    left = set(stack.named_rows())
    somebody_deletes(cloud, stack.named_rows()["weights-cn-shanghai"]["id"], "cn-shanghai")
    destroyed = stack.plain("destroy", "--yes", "--skip-preview", "--run-program")

    assert refreshed.code == 0, refreshed.text
    assert left == {"weights-cn-shanghai", "weights-cn-shenzhen"}
    assert destroyed.code == 0, destroyed.text
    assert (cloud.replicas(), stack.rows()) == ([], [])


def somebody_deletes(cloud: Cloud, id_: str, region: str) -> None:
    with pytest.MonkeyPatch.context() as environment:
        for variable in ("HTTP_PROXY", "http_proxy"):
            environment.delenv(variable, raising=False)
        use_keys(environment, ACCESS_KEY_ID, ACCESS_KEY_SECRET)
        Eci(Connection(endpoint=cloud.server.url)).delete_data_cache(region, id_, client_token=id_)

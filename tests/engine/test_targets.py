"""Runs that are limited to some replicas: what is left out is neither made nor missed."""

from __future__ import annotations

import pytest

from tests.engine.harness import Cloud, Stack, image, replica


def test_up_of_one_region_while_another_is_new(stack: Stack, cloud: Cloud) -> None:
    stack.config({"weights": replica("cn-hangzhou", path="/models")})
    assert stack.up().code == 0
    stack.config({"weights": replica("cn-hangzhou", "cn-shanghai", path="/models", tags={"team": "changed"})})

    done = stack.up("--target", "weights-cn-hangzhou")

    assert done.code == 0, done.text
    assert [(entry["region"], entry["tags"]["team"]) for entry in cloud.replicas()] == [("cn-hangzhou", "changed")]
    assert stack.up().code == 0
    assert len(cloud.replicas()) == 2


def test_target_that_failed_is_missed(stack: Stack, cloud: Cloud) -> None:
    stack.config({"weights": replica("cn-hangzhou", path="/models")})
    assert stack.up().code == 0
    cloud.fault("error", code="QuotaExceeded")
    stack.config({"weights": replica("cn-hangzhou", path="/other")})

    done = stack.up("--target", "weights-cn-hangzhou")

    assert done.code != 0
    assert "1 of 1 replicas are not usable (weights to cn-hangzhou)" in done.text


@pytest.mark.parametrize("command", ["destroy", "up"])
def test_name_of_several(stack: Stack, cloud: Cloud, ecs: Cloud, command: str) -> None:
    stack.config({"web": replica("cn-shenzhen", path="/web")}, images={"web": image("cn-shenzhen")})
    assert stack.up().code == 0

    done = stack.run(command, "--yes", "--target", "web-cn-shenzhen")

    assert done.code != 0
    (told,) = done.errors
    assert "has several replicas called 'web-cn-shenzhen'. Next: give one's URN: urn:" in told
    assert (len(cloud.replicas()), len(ecs.replicas())) == (1, 1)

"""Runs that are limited to some replicas: what is left out is neither made nor missed."""

from __future__ import annotations

from tests.engine.harness import Cloud, Stack, image, replica


def test_up_of_one_region_while_another_is_new(stack: Stack, cloud: Cloud) -> None:
    stack.config({"weights": replica("cn-hangzhou", path="/models")})
    assert stack.up().code == 0
    stack.config({"weights": replica("cn-hangzhou", "cn-shanghai", path="/other")})
    cloud.fault("error", code="QuotaExceeded")

    failed = stack.up("--target", "weights-cn-hangzhou")
    done = stack.up("--target", "weights-cn-hangzhou")

    assert failed.code != 0
    assert "1 of 2 replicas are not usable (weights to cn-hangzhou)" in failed.text
    assert done.code == 0, done.text
    assert [(entry["region"], entry["path"]) for entry in cloud.replicas()] == [("cn-hangzhou", "/other")]


def test_name_of_several(stack: Stack, cloud: Cloud, ecs: Cloud) -> None:
    stack.config({"web": replica("cn-shenzhen", path="/web")}, images={"web": image("cn-shenzhen")})
    assert stack.up().code == 0

    done = stack.run("destroy", "--yes", "--target", "web-cn-shenzhen")

    assert done.code != 0
    (reported,) = done.errors
    assert "has several replicas called 'web-cn-shenzhen'. Next: give one's URN: urn:" in reported
    assert (len(cloud.replicas()), len(ecs.replicas())) == (1, 1)

"""Runs that are limited to some replicas: what is left out is neither made nor missed, and nothing else is lost."""

from __future__ import annotations

from tests.engine.harness import Cloud, Stack, image, replica


def test_up_of_one_region_while_another_is_new(stack: Stack, cloud: Cloud) -> None:
    stack.config({"weights": replica("cn-hangzhou", path="/models")})
    assert stack.up().code == 0
    stack.config({"weights": replica("cn-hangzhou", "cn-shanghai", path="/other")})
    cloud.fault("error", code="QuotaExceeded")

    failed = stack.up("--target", "urn:pulumi:test::**DataCacheCopy::weights-*hangzhou")

    assert failed.code != 0
    assert "1 of 2 replicas are not usable (weights to cn-hangzhou)" in failed.text
    assert [(entry["region"], entry["path"]) for entry in cloud.replicas()] == [("cn-hangzhou", "/models")]

    done = stack.up("--exclude", "**::weights-cn-sh*")

    assert done.code == 0, done.text
    assert [(entry["region"], entry["path"]) for entry in cloud.replicas()] == [("cn-hangzhou", "/other")]

    stack.config({"weights": replica("cn-hangzhou", "cn-shanghai", path="/third")})
    plain = stack.plain("up", "--yes", "--skip-preview", "--exclude", "**::weights-cn-sh*")

    assert plain.code == 0, plain.text
    assert [(entry["region"], entry["path"]) for entry in cloud.replicas()] == [("cn-hangzhou", "/third")]

    kept = stack.run("destroy", "--yes", "--exclude", "weights-cn-hangzhou")

    assert kept.code == 0, kept.text
    assert len(cloud.replicas()) == 1


def test_name_of_several(stack: Stack, cloud: Cloud, ecs: Cloud) -> None:
    stack.config({"web": replica("cn-shenzhen", path="/web")}, images={"web": image("cn-shenzhen")})
    assert stack.up().code == 0

    done = stack.run("destroy", "--yes", "--target", "web-cn-shenzhen")

    assert done.code != 0
    (reported,) = done.errors
    assert "has several replicas called 'web-cn-shenzhen'. Next: give one's URN: urn:" in reported
    assert (len(cloud.replicas()), len(ecs.replicas())) == (1, 1)

    regions = ("cn-shenzhen", "cn-shanghai", "cn-hangzhou")
    stack.config({"web": replica(*regions, path="/web")}, images={"web": image("cn-shenzhen")})
    (urn,) = (row["urn"] for row in stack.rows() if "DataCacheCopy" in row["type"])
    new = stack.up("--target", urn.replace("cn-shenzhen", "cn-shanghai"), "--target", urn)

    assert new.code == 0, new.text
    assert new.operations["web-cn-shanghai"] == "created"
    assert sorted(copy["region"] for copy in cloud.replicas()) == ["cn-shanghai", "cn-shenzhen"]

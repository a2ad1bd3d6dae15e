"""Copies and creations that fail: one clean line each, the others finish, and nothing is deleted meanwhile."""

from __future__ import annotations

from typing import Any

from tests.engine.harness import NEWER, Cloud, Stack, replica

READS = {"DescribeDataCaches", "GetCallerIdentity"}
SHANGHAI: dict[str, Any] = {"params": {"DestinationRegionId": "cn-shanghai"}}


def test_copy_fails(stack: Stack, cloud: Cloud) -> None:
    cloud.settings(copy_seconds=2)
    cloud.fault("copy_fails", reason="The snapshot is damaged.", **SHANGHAI)
    stack.config({"weights": replica("cn-hangzhou", "cn-shanghai", "cn-shenzhen")})

    done = stack.up()

    assert done.code != 0
    assert "Traceback" not in done.text
    failed = cloud.replicas("cn-shanghai")[0]["id"]
    reported = [error for error in done.errors if error.startswith("waiting for weights to cn-shanghai")]
    assert len(reported) == 1
    assert f"{failed} in cn-shanghai ended Failed" in reported[0]
    assert "The snapshot is damaged." in reported[0]
    assert "Next: fix the cause, then run `up --refresh`" in reported[0]
    assert any(error.startswith("1 of 3 replicas are not usable (weights to cn-shanghai)") for error in done.errors)
    statuses = {copy["region"]: copy["status"] for copy in cloud.replicas()}
    assert statuses == {"cn-hangzhou": "Available", "cn-shanghai": "Failed", "cn-shenzhen": "Available"}


def test_failed_copy_heals(stack: Stack, cloud: Cloud) -> None:
    cloud.fault("copy_fails", **SHANGHAI)
    stack.config({"weights": replica("cn-hangzhou", "cn-shanghai")})
    stack.up()
    cloud.forget_calls()

    done = stack.up()

    assert done.code == 0, done.text
    order = [call["action"] for call in cloud.server.control.get("calls") if call["action"] not in READS]
    assert order == ["DeleteDataCache", "CopyDataCache"]
    assert [copy["status"] for copy in cloud.replicas()] == ["Available", "Available"]


def test_create_fails_while_others_wait(stack: Stack, cloud: Cloud) -> None:
    """A removed region and a dependent are there too: nothing is deleted, the state is valid, the outputs are kept."""
    program = """
        import pulumi
        from components import DataCacheReplica
        from components.replica.settings import load, raw_config
        from probe import Probe
        replica = DataCacheReplica("weights", load(raw_config()).entries["dataCaches"]["weights"].args())
        Probe("dependent", uses=replica.regions["cn-hangzhou"].id)
        pulumi.export("ids", replica.ids)
        """
    stack.program(program)
    stack.config({"weights": replica("cn-hangzhou", "cn-shenzhen")})
    assert stack.up().code == 0
    outputs = stack.state()["resources"][0]["outputs"]
    removed = cloud.replicas("cn-shenzhen")[0]["id"]

    cloud.settings(copy_seconds=3)
    cloud.forget_calls()
    cloud.fault("error", code="QuotaExceeded", status=403, message="DataCache quota exceeded.", **SHANGHAI)
    stack.config({"weights": replica("cn-hangzhou", "cn-shanghai", "cn-guangzhou", source=NEWER)})
    done = stack.up()

    assert done.code != 0
    assert "Traceback" not in done.text
    refused = [error for error in done.errors if "QuotaExceeded" in error]
    assert len(refused) == 1
    assert refused[0].startswith("copying DataCache")
    usable = [line for line in done.text.splitlines() if "usable after" in line]
    assert [region for region in ("cn-guangzhou", "cn-hangzhou") if not any(region in line for line in usable)] == []
    assert cloud.calls("DeleteDataCache") == []
    assert [copy["id"] for copy in cloud.replicas("cn-shenzhen")] == [removed]
    assert len(cloud.replicas("cn-hangzhou")) == 2
    assert stack.state()["resources"][0]["outputs"] == outputs

    healed = stack.up()
    assert healed.code == 0, healed.text
    assert {copy["region"] for copy in cloud.replicas()} == {"cn-hangzhou", "cn-shanghai", "cn-guangzhou"}
    assert len(cloud.replicas()) == 3


def test_replacement_fails_then_succeeds(stack: Stack, cloud: Cloud) -> None:
    stack.config({"weights": replica("cn-hangzhou", path="/v1")})
    stack.up()
    old = cloud.replicas()[0]["id"]
    cloud.fault("copy_fails")
    stack.config({"weights": replica("cn-hangzhou", path="/v2")})

    assert stack.up().code != 0
    assert old in {copy["id"] for copy in cloud.replicas()}
    assert cloud.calls("DeleteDataCache") == []

    done = stack.up()
    assert done.code == 0, done.text
    assert [(copy["path"], copy["status"]) for copy in cloud.replicas()] == [("/v2", "Available")]


def test_wait_times_out_and_next_up_waits_on(stack: Stack, cloud: Cloud) -> None:
    cloud.settings(copy_seconds=6)
    entry = {**replica("cn-hangzhou"), "readyTimeout": "1s"}
    stack.config({"weights": entry})

    late = stack.up()
    stack.config({"weights": replica("cn-hangzhou")})
    done = stack.up()

    assert late.code != 0
    assert any("after 1s. Next: the copy continues and is in the state" in error for error in late.errors)
    assert done.code == 0, done.text
    assert len(cloud.calls("CopyDataCache")) == 1


def test_dropped_connection_is_one_copy(stack: Stack, cloud: Cloud) -> None:
    cloud.fault("drop_after")
    cloud.fault("drop_before", params={"DestinationRegionId": "cn-shanghai"})
    stack.config({"weights": replica("cn-hangzhou", "cn-shanghai")})

    done = stack.up()

    assert done.code == 0, done.text
    assert len(cloud.replicas()) == 2
    assert len(cloud.calls("CopyDataCache")) == 4


def test_throttled(stack: Stack, cloud: Cloud) -> None:
    cloud.fault("throttle", count=2)
    cloud.fault("throttle", action="DescribeDataCaches", count=2)
    stack.config({"weights": replica("cn-hangzhou", "cn-shanghai")})

    done = stack.up()

    assert done.code == 0, done.text
    assert len(cloud.replicas()) == 2

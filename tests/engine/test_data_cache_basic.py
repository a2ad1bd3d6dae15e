"""A DataCache replica from nothing to usable to gone, on the real engine."""

from typing import Any

from tests.engine.harness import Cloud, Stack, replica


def test_basic(stack: Stack, cloud: Cloud) -> None:
    stack.config({"weights": replica("cn-hangzhou", "cn-shanghai", path="/models/v1")})

    done = stack.up()

    assert done.code == 0, done.text
    assert done.resources == {"created": 4}
    copies = cloud.replicas()
    assert {copy["region"]: copy["status"] for copy in copies} == {
        "cn-hangzhou": "Available",
        "cn-shanghai": "Available",
    }
    assert {row["id"] for row in stack.rows()} == {copy["id"] for copy in copies}


def test_progress(stack: Stack, cloud: Cloud) -> None:
    cloud.settings(copy_seconds=4)
    stack.config({"weights": replica("cn-hangzhou", "cn-shanghai")})

    done = stack.up()

    for region in ("cn-hangzhou", "cn-shanghai"):
        told = [line for line in done.text.splitlines() if f"weights-{region}" in line]
        assert any("copying: " in line and "% (Loading)" in line and "left" in line for line in told)
        assert any("usable after" in line for line in told)


def test_table(stack: Stack, cloud: Cloud) -> None:
    stack.config({"weights": replica("cn-hangzhou", retentionDays=7)})

    lines = stack.up().text.strip().splitlines()

    copy = cloud.replicas()[0]
    assert lines[-2].split() == ["REPLICA", "SOURCE", "REGION", "ID", "STATUS", "SIZE", "EXPIRES"]
    assert lines[-1].split()[:6] == [
        "weights",
        "cn-beijing/edc-2zetestsource0000001",
        "cn-hangzhou",
        copy["id"],
        "Available",
        "20",
    ]


def test_unchanged(stack: Stack, cloud: Cloud) -> None:
    stack.config({"weights": replica("cn-hangzhou", "cn-shanghai", retentionDays=7, tags={"team": "ml"})})
    stack.up()
    cloud.forget_calls()

    done = stack.up("--expect-no-changes")

    assert done.code == 0, done.text
    assert done.resources == {"unchanged": 4}
    assert {call["action"] for call in cloud.server.control.get("calls")} == {"DescribeDataCaches"}


def test_destroy(stack: Stack, cloud: Cloud) -> None:
    stack.config({"weights": replica("cn-hangzhou", "cn-shanghai")})
    stack.up()

    done = stack.destroy()

    assert done.code == 0, done.text
    assert cloud.replicas() == []
    assert stack.rows() == []


def test_destroy_while_copying(stack: Stack, cloud: Cloud) -> None:
    cloud.settings(copy_seconds=6)
    stack.config({"weights": {**replica("cn-hangzhou"), "readyTimeout": "1s"}})
    assert stack.up().code != 0

    done = stack.destroy()

    assert done.code == 0, done.text
    assert cloud.replicas() == []


def test_what_is_sent(stack: Stack, cloud: Cloud) -> None:
    settings: dict[str, Any] = {
        "name": "weights in Hangzhou",
        "bucket": "models",
        "path": "/models/v1",
        "retentionDays": 9,
        "resourceGroupId": "rg-acfmtest",
        "tags": {"team": "ml"},
    }
    stack.config({"weights": replica("cn-hangzhou", **settings)})

    stack.up()

    params = cloud.calls("CopyDataCache")[0]["params"]
    token = stack.rows()[0]["inputs"]["copy_token"]
    tags = {params[f"Tag.{n}.Key"]: params[f"Tag.{n}.Value"] for n in (1, 2)}
    assert params["RegionId"] == "cn-beijing"
    assert params["DataCacheId"] == "edc-2zetestsource0000001"
    assert params["DestinationRegionId"] == "cn-hangzhou"
    assert (params["Name"], params["Bucket"], params["Path"]) == (
        "weights in Hangzhou",
        "models",
        "/models/v1",
    )
    assert (params["RetentionDays"], params["ResourceGroupId"]) == ("9", "rg-acfmtest")
    assert params["ClientToken"] == token
    assert tags == {"team": "ml", "pulumi-replica": token}

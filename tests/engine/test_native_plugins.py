"""The native resources on the real engine, with whatever plugins it finds: here usually the sandbox's stand-ins."""

from typing import Any

import pytest

from tests.engine.harness import Cloud, Stack

IMAGE_COPY = "alicloud:ecs/imageCopy:ImageCopy"
SNAPSHOT = "tencentcloud:Cbs/snapshot:Snapshot"
IMAGE = "m-2zesource00000000000a"
PROGRAM = """
    import pulumi
    import pulumi_alicloud as alicloud
    import tencentcloud_iac_pulumi as tencentcloud

    hangzhou = alicloud.Provider(
        "hangzhou",
        region="cn-hangzhou",
        endpoints=[alicloud.ProviderEndpointArgs(ecs="{endpoint}")],
        protocol="HTTP",
        skip_region_validation=True,
        account_type="Domestic",
    )
    image = alicloud.ecs.ImageCopy(
        "golden",
        source_region_id="cn-beijing",
        source_image_id="m-2zesource00000000000a",
        image_name="{name}",
        description="golden machine",
        tags={{"team": "{team}"}},
        opts=pulumi.ResourceOptions(provider=hangzhou, replace_on_changes=["#initerror"]),
    )
    guangzhou = tencentcloud.Provider("guangzhou", region="ap-guangzhou")
    snapshot = tencentcloud.cbs.Snapshot(
        "disk", storage_id="disk-golden01", snapshot_name="{name}", opts=pulumi.ResourceOptions(provider=guangzhou)
    )
"""


@pytest.fixture
def sources(cloud: Cloud) -> Cloud:
    image = {"region": "cn-beijing", "id": IMAGE, "name": "golden", "size": 40}
    disk = {"region": "ap-guangzhou", "id": "disk-golden01", "size": 50}
    cloud.server.control.post("seed", {"images": [image], "disks": [disk]})
    cloud.settings(copy_seconds=1, create_seconds=1)
    return cloud


def write(stack: Stack, cloud: Cloud, name: str, team: str = "os") -> None:
    stack.config({})
    stack.program(PROGRAM.format(endpoint=cloud.server.endpoint, name=name, team=team))


def copies(cloud: Cloud) -> list[tuple[str, str, str]]:
    found = cloud.server.control.get("inventory")["ecs"].get("cn-hangzhou", [])
    return [(image["id"], image["name"], image["status"]) for image in found if image["copied_from"]]


def row(stack: Stack, token: str) -> Any:
    return next(each for each in stack.state()["resources"] if each["type"] == token)


def test_life_of_native_resources(stack: Stack, sources: Cloud) -> None:
    write(stack, sources, "golden-1")
    done = stack.up()
    assert done.code == 0, done.text
    assert done.resources == {"created": 5}
    ((image_id, name, status),) = copies(sources)
    assert (name, status) == ("golden-1", "Available")
    assert row(stack, IMAGE_COPY)["id"] == image_id
    assert "snap-" in row(stack, SNAPSHOT)["id"]

    done = stack.run("preview", "--expect-no-changes")
    assert done.code == 0, done.text
    assert done.resources == {"unchanged": 5}
    assert "warning" not in done.text

    write(stack, sources, "golden-2", team="infra")
    done = stack.up()
    assert done.code == 0, done.text
    assert done.resources == {"updated": 2, "unchanged": 3}
    assert copies(sources) == [(image_id, "golden-2", "Available")]
    assert row(stack, IMAGE_COPY)["outputs"]["tags"] == {"team": "infra"}
    assert row(stack, SNAPSHOT)["outputs"]["snapshotName"] == "golden-2"

    done = stack.destroy()
    assert done.code == 0, done.text
    assert copies(sources) == []
    assert not stack.state().get("resources")


def test_failed_copy_stays_in_the_state_and_is_replaced(stack: Stack, sources: Cloud) -> None:
    sources.server.control.post("faults", {"service": "ecs", "action": "CopyImage", "kind": "copy_fails"})
    write(stack, sources, "golden-1")

    done = stack.up()

    assert done.code != 0
    ((failed, _, status),) = copies(sources)
    assert status == "CreateFailed"
    assert row(stack, IMAGE_COPY)["id"] == failed
    assert f"image {failed} in cn-hangzhou ended as CreateFailed, not as Available" in done.text
    # Not that there is no traceback: an official CLI interrupts the program, which has no component to end it in order.
    assert "Exception calling application" not in done.text  # what the engine shows of one in a plugin

    # A refresh reads it like any other image and forgets the error: only `up` without one replaces it.
    assert stack.preview().resources == {"unchanged": 5}
    write(stack, sources, "golden-2")  # the failed one has kept its name
    done = stack.up("--no-refresh")

    assert done.code == 0, done.text
    assert done.resources["replaced"] == 1
    ((healed, name, status),) = copies(sources)
    assert (healed != failed, name, status) == (True, "golden-2", "Available")

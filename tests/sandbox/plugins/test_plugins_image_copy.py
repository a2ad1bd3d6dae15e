"""The stand-in for the alicloud plugin: what ImageCopy does, as the engine sees it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.core.control_client import ControlClient
from sandbox.plugins.provider import UNKNOWN
from tests.sandbox.alibaba.ecs_sdk import BEIJING, HANGZHOU, IMAGE, Ecs
from tests.sandbox.plugins.plugin_engine import Plugin, Refused, Values, served

INPUTS = {
    "sourceImageId": IMAGE,
    "sourceRegionId": BEIJING,
    "imageName": "copied",
    "description": "golden machine",
    "tags": {"team": "os"},
    "force": False,
}


@pytest.fixture
def plugin(ecs: Ecs, control: ControlClient) -> Iterator[Plugin]:  # noqa: ARG001 - seeds the source
    control.post("settings", {"copy_seconds": 0})
    with served("alicloud") as running:
        running.configure(
            region=HANGZHOU,
            endpoints=json.dumps([{"ecs": control.endpoint}]),
            protocol="HTTP",
            accountType="Domestic",
            skipRegionValidation="true",
        )
        yield running


def actions(control: ControlClient) -> list[str]:
    return [call["action"] for call in control.get("calls")]


def params(control: ControlClient, action: str) -> Any:
    (call,) = [each for each in control.get("calls") if each["action"] == action]
    return call["params"]


def test_create_copies_from_the_source_region_and_waits(plugin: Plugin, ecs: Ecs, control: ControlClient) -> None:
    control.post("settings", {"copy_seconds": 0.2})

    image_id, outputs = plugin.create(INPUTS)

    image = ecs.one(image_id)
    assert (image.status, image.image_name, image.description) == ("Available", "copied", "golden machine")
    assert outputs == {**INPUTS, "name": "copied"}
    sent = params(control, "CopyImage")
    assert (sent["RegionId"], sent["DestinationRegionId"]) == (BEIJING, HANGZHOU)
    assert "ClientToken" not in sent


def test_refused_copy_leaves_nothing(plugin: Plugin) -> None:
    with pytest.raises(
        Refused, match=r"copying image m-no from cn-beijing to cn-hangzhou: InvalidImageId.NotFound"
    ) as no:
        plugin.create({**INPUTS, "sourceImageId": "m-no"})

    assert no.value.init is None
    assert "\n" not in str(no.value)


def test_failed_copy_keeps_its_id(plugin: Plugin, ecs: Ecs, control: ControlClient) -> None:
    control.post("faults", {"service": "ecs", "action": "CopyImage", "kind": "copy_fails"})

    with pytest.raises(Refused, match="ended as CreateFailed") as failed:
        plugin.create(INPUTS)

    assert failed.value.init is not None
    assert ecs.ids(status="CreateFailed") == [failed.value.init.id]
    assert failed.value.init.properties["imageName"] == "copied"
    assert list(failed.value.init.reasons) == [str(failed.value)]


def test_create_timeout_keeps_the_id_and_the_copy_continues(plugin: Plugin, ecs: Ecs, control: ControlClient) -> None:
    control.post("settings", {"copy_seconds": 60})

    with pytest.raises(Refused, match=r"is Creating after 0.2 s, its create timeout; the copy continues") as late:
        plugin.create(INPUTS, timeout=0.2)

    assert late.value.init is not None
    assert "CancelCopyImage" not in actions(control)
    control.advance(60)
    assert ecs.ids() == [late.value.init.id]


def test_update_of_a_failed_copy_without_changes_succeeds(plugin: Plugin, control: ControlClient) -> None:
    control.post("faults", {"service": "ecs", "action": "CopyImage", "kind": "copy_fails"})
    with pytest.raises(Refused) as failed:
        plugin.create(INPUTS)
    assert failed.value.init is not None

    assert plugin.update(failed.value.init.id, INPUTS, INPUTS)["imageName"] == "copied"


def test_lost_answer_leaves_a_copy_in_no_state(plugin: Plugin, ecs: Ecs, control: ControlClient) -> None:
    control.post("faults", {"service": "ecs", "action": "CopyImage", "kind": "drop_after"})

    with pytest.raises(Refused, match=r"copying image .*: no answer") as lost:
        plugin.create(INPUTS)

    assert lost.value.init is None
    assert len(ecs.ids()) == 1


def test_preview_calls_nothing(plugin: Plugin, control: ControlClient) -> None:
    assert plugin.create({**INPUTS, "imageName": UNKNOWN}, preview=True) == ("", {**INPUTS, "imageName": UNKNOWN})
    assert actions(control) == []


def test_update_sends_what_the_real_plugin_sends(plugin: Plugin, ecs: Ecs, control: ControlClient) -> None:
    image_id, outputs = plugin.create(INPUTS)
    control.delete("calls")

    updated = plugin.update(image_id, outputs, {**INPUTS, "imageName": "renamed", "tags": {"team": "infra", "z": "y"}})

    assert actions(control) == [
        "UntagResources",
        "TagResources",
        "ModifyImageAttribute",
        "DescribeImages",
        "ListTagResources",
    ]
    image = ecs.one(image_id)
    assert (image.image_name, image.description) == ("renamed", "golden machine")
    assert updated["tags"] == {"team": "infra", "z": "y"}
    assert updated["name"] == updated["imageName"] == "renamed"


def test_read_finds_drift(plugin: Plugin, ecs: Ecs) -> None:
    image_id, outputs = plugin.create(INPUTS)
    ecs.modify(image_id, image_name="by-hand")
    ecs.tag(image_id, tags={"x": "y"})

    found, read, inputs = plugin.read(image_id, outputs, INPUTS)

    assert found == image_id
    assert inputs["imageName"] == "by-hand"
    assert read["tags"] == inputs["tags"] == {"team": "os", "x": "y"}
    assert plugin.diff(read, INPUTS) == ({"imageName", "tags"}, set())


def test_deprecated_image_looks_deleted(plugin: Plugin, ecs: Ecs) -> None:
    image_id, outputs = plugin.create(INPUTS)
    ecs.modify(image_id, status="Deprecated")

    assert plugin.read(image_id, outputs, INPUTS) == ("", {}, {})


def test_end_of_all_tags_is_not_seen(plugin: Plugin, ecs: Ecs) -> None:
    image_id, outputs = plugin.create(INPUTS)
    ecs.untag(image_id, tag_key=["team"])

    assert plugin.read(image_id, outputs, INPUTS)[1]["tags"] == {"team": "os"}


def test_delete(plugin: Plugin, ecs: Ecs, control: ControlClient) -> None:
    image_id, outputs = plugin.create(INPUTS)

    plugin.delete(image_id, outputs)
    plugin.delete(image_id, outputs)

    assert ecs.ids(status="ALL") == []
    assert "Force" not in params(control, "DeleteImage")


def test_image_that_is_still_being_copied_cannot_be_deleted(plugin: Plugin, ecs: Ecs, control: ControlClient) -> None:
    control.post("settings", {"copy_seconds": 60})
    image_id = ecs.copy()

    with pytest.raises(Refused, match=r"OperationDenied.ImageCopying"):
        plugin.delete(image_id, INPUTS)


@pytest.mark.parametrize(
    ("changed", "replaces"),
    [
        ({"sourceImageId": "m-other"}, True),
        ({"sourceRegionId": "cn-shanghai"}, True),
        ({"encrypted": True}, True),
        ({"kmsKeyId": "key"}, True),
        ({"imageName": "other"}, False),
        ({"imageName": UNKNOWN}, False),
        ({"description": ""}, False),
        ({"force": True}, False),
        ({"deleteAutoSnapshot": True}, False),
        ({"tags": {}}, False),
    ],
)
def test_diff(plugin: Plugin, changed: Values, replaces: bool) -> None:
    assert plugin.diff(INPUTS, {**INPUTS, **changed}) == (set(changed), set(changed) if replaces else set())


@pytest.mark.parametrize("same", [{"encrypted": False}, {"kmsKeyId": ""}, {"deleteAutoSnapshot": False}])
def test_empty_is_no_difference(plugin: Plugin, same: Values) -> None:
    assert plugin.diff(INPUTS, {**INPUTS, **same}) == (set(), set())


def test_name_that_is_left_out_stays(plugin: Plugin) -> None:
    news = {key: value for key, value in INPUTS.items() if key != "imageName"}

    assert plugin.diff({**INPUTS, "name": "copied"}, news) == (set(), set())


def test_check(plugin: Plugin) -> None:
    inputs, failures = plugin.check(sourceImageId=IMAGE, imgName="typo")

    assert inputs["force"] is False
    assert set(failures) == {"sourceRegionId", "imgName"}


def test_keys_may_be_secrets_of_the_provider(control: ControlClient, ecs: Ecs) -> None:  # noqa: ARG001 - seeds
    with served("alicloud", REPLICAS_ECS_ENDPOINT=f"http://{control.endpoint}") as plugin:
        secret = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "value": "wrong"}
        plugin.configure(region=HANGZHOU, accessKey="nobody", secretKey=secret)

        with pytest.raises(Refused, match=r"InvalidAccessKeyId.NotFound") as refused:
            plugin.create(INPUTS)
    assert "wrong" not in str(refused.value)


@pytest.mark.parametrize(
    "endpoint",
    [
        "ecs.aliyuncs.com",
        "https://ecs.cn-hangzhou.aliyuncs.com",
        "127.0.0.1.example.com",
        "10.0.0.1:80",
        "[::2]:80",
        "",
    ],
)
@pytest.mark.parametrize("by_environment", [True, False])
def test_anything_but_loopback_is_refused(endpoint: str, by_environment: bool) -> None:
    environment = {"REPLICAS_ECS_ENDPOINT": endpoint} if by_environment else {}
    config = {} if by_environment else {"endpoints": json.dumps([{"ecs": endpoint}])}
    with served("alicloud", **environment) as plugin:
        with pytest.raises(Refused, match="stand-in"):
            plugin.configure(region=HANGZHOU, **config)
        with pytest.raises(Refused, match="not configured"):
            plugin.create(INPUTS)


SPACED = {"region": HANGZHOU, "endpoints": '[{"sts": "127.0.0.1:1", "ecs": "127.0.0.1:1"}]', "accessKey": "{not JSON"}
COMPACT = {**SPACED, "endpoints": '[{"ecs":"127.0.0.1:1","sts":"127.0.0.1:1"}]'}


def test_endpoints_are_written_as_the_real_plugin_writes_them(plugin: Plugin) -> None:
    assert plugin.check_config(**SPACED) == COMPACT
    assert plugin.check_config(**COMPACT) == COMPACT


def test_config_that_an_earlier_stand_in_left_is_no_difference(plugin: Plugin) -> None:
    assert plugin.diff_config(SPACED, COMPACT) == set()
    assert plugin.diff_config(SPACED, {**COMPACT, "region": "cn-shanghai"}) == {"region"}
    assert plugin.diff_config(SPACED, {**COMPACT, "endpoints": '[{"ecs":"127.0.0.1:2"}]'}) == {"endpoints"}
    without = {key: value for key, value in COMPACT.items() if key != "endpoints"}
    assert plugin.diff_config(without, COMPACT) == plugin.diff_config(COMPACT, without) == {"endpoints"}

"""The stand-in for the tencentcloud plugin: what an image of a CVM instance does, as the engine sees it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.core.control_client import ControlClient
from sandbox.plugins.tencentcloud import InstanceImages
from tests.sandbox.plugins.plugin_engine import Plugin, Refused, served
from tests.sandbox.tencent.cbs_sdk import GUANGZHOU
from tests.sandbox.tencent.cvm_sdk import INSTANCE, Cvm

INPUTS = {"instanceId": INSTANCE, "imageName": "web-source-1"}


@pytest.fixture
def plugin(cvm: Cvm, control: ControlClient) -> Iterator[Plugin]:  # noqa: ARG001 - lifts the request limit
    control.post("settings", {"create_seconds": 0})
    with served("tencentcloud", InstanceImages, REPLICAS_CBS_ENDPOINT=control.endpoint) as running:
        running.configure(region=GUANGZHOU, protocol="HTTP")
        yield running


def test_create_waits_until_the_image_is_normal(plugin: Plugin, cvm: Cvm, control: ControlClient) -> None:
    control.post("settings", {"create_seconds": 0.2})

    image_id, outputs = plugin.create(INPUTS)

    assert cvm.state(image_id, GUANGZHOU) == "NORMAL"
    assert {key: outputs[key] for key in INPUTS} == INPUTS


def test_refused_image_leaves_nothing(plugin: Plugin, cvm: Cvm) -> None:
    with pytest.raises(Refused, match=r"making an image of instance ins-no in ap-guangzhou: .*request "):
        plugin.create({**INPUTS, "instanceId": "ins-no"})
    assert len(cvm.ids(GUANGZHOU)) == 1


def test_rename_in_place(plugin: Plugin, cvm: Cvm) -> None:
    image_id, outputs = plugin.create(INPUTS)

    plugin.update(image_id, outputs, {**INPUTS, "imageName": "other"})

    assert cvm.one(image_id, GUANGZHOU).ImageName == "other"


def test_deletion_leaves_the_snapshot(plugin: Plugin, cvm: Cvm, control: ControlClient) -> None:
    """As the real plugin's."""
    image_id, outputs = plugin.create(INPUTS)

    plugin.delete(image_id, outputs)

    assert image_id not in cvm.ids(GUANGZHOU)
    assert [one["image_id"] for one in control.get("inventory")["cvm_snapshots"][GUANGZHOU]] == [image_id]

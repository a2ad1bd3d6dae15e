"""The rules and the local cloud say the same: check accepts exactly what CVM carries out."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings

from components.clouds.errors import InvalidInput, NotFound
from components.providers.cvm_image import CvmImageProvider
from sandbox.core.control_client import ControlClient
from tests.cvm_image import cvm_image_declarations as declarations
from tests.lifecycle.replicas import CVM_IMAGE, DECLARED_CVM_IMAGE

BY_EXAMPLE = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(autouse=True)
def _unhurried(control: ControlClient) -> None:
    control.post("settings", {"copy_seconds": 0, "requests_per_second": 1_000_000})


def carried_out(provider: CvmImageProvider, control: ControlClient, declared: dict[str, Any]) -> bool:
    """Send a declaration without looking at it first, and see whether it is what the cloud then has."""
    cloud, region = provider.lifecycle.cloud, declared["region"]
    name, description = declared.get("name", "unnamed"), declared.get("description")
    control.post("reset")  # each name is free
    control.post("settings", {"copy_seconds": 0, "requests_per_second": 1_000_000})
    control.post("seed", {"cvm_images": [{"region": "ap-guangzhou", "id": CVM_IMAGE, "name": "golden"}]})
    try:
        id_ = cloud.start_copy(
            source_region=declared["source_region"], source_id=declared["source_id"], region=region, name=name
        )
        if "description" in declared:
            cloud.modify(region, id_, settings={"ImageDescription": description})
    except (InvalidInput, NotFound) as refusal:
        event(refusal.code)
        return False
    found = cloud.describe(region, {id_: ""})[id_]
    return (found.name, found.description) == (name, description or "")


@BY_EXAMPLE
@given(declarations.anything)
def test_check_accepts_exactly_what_the_cloud_carries_out(
    cvm_images: CvmImageProvider, control: ControlClient, declared: dict[str, Any]
) -> None:
    everything = {**DECLARED_CVM_IMAGE, **declared}
    result = cvm_images.check({}, everything)

    sent = everything if result.failures else result.inputs
    assert carried_out(cvm_images, control, sent) is (not result.failures)


@BY_EXAMPLE
@given(declarations.settings)
def test_what_obeys_the_rules_is_accepted(
    cvm_images: CvmImageProvider, control: ControlClient, declared: dict[str, Any]
) -> None:
    result = cvm_images.check({}, {**DECLARED_CVM_IMAGE, **declared})

    assert result.failures == []
    assert carried_out(cvm_images, control, result.inputs)

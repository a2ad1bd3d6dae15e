"""What `check` accepts at preview, the cloud accepts, and the other way round: two readings of the same references."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings

from components.clouds.alibaba.eci import Eci
from components.clouds.errors import InvalidInput
from components.data_cache.lifecycle import SENT_BY_COPY
from components.model.tag_rules import REPLICA_TAG
from components.providers.data_cache import DataCacheProvider
from sandbox.alibaba.region_names import REGION_NAMES
from sandbox.core.control_client import ControlClient
from tests.data_cache import declarations
from tests.lifecycle.replicas import DECLARED, SOURCE

COPY = {"region": "cn-hangzhou", "id": "edc-copy", "path": "/v1", "size": 20}

shared_sandbox = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])  # each example sets it up itself


@pytest.fixture
def at_once(control: ControlClient) -> ControlClient:
    """The sandbox with jobs that take no time."""
    control.post("settings", {"copy_seconds": 0, "update_seconds": 0})
    return control


def checked(declared: dict[str, Any]) -> tuple[bool, dict[str, Any]]:
    """Whether `check` accepts a declaration, and the inputs that it makes of it."""
    result = DataCacheProvider().check({}, {**DECLARED, **declared})
    return not result.failures, result.inputs


def accepted(send: Callable[[], object]) -> bool:
    """Whether the cloud accepts a request; nothing but an input may be what it refuses."""
    try:
        send()
    except InvalidInput:
        return False
    return True


def copies(eci: Eci, inputs: dict[str, Any]) -> bool:
    return accepted(
        lambda: eci.copy_data_cache(
            source_region="cn-beijing",
            source_id=SOURCE,
            region="cn-hangzhou",
            client_token=inputs["copy_token"],
            settings={name: inputs.get(name) for name in SENT_BY_COPY},
            tags={**inputs["tags"], REPLICA_TAG: inputs["copy_token"]},
        )
    )


def loads(eci: Eci, inputs: dict[str, Any]) -> bool:
    return accepted(
        lambda: eci.update_data_cache(
            "cn-hangzhou",
            "edc-copy",
            client_token=uuid.uuid4().hex,
            settings={"size": inputs.get("size")},
            reload=inputs.get("reload"),
        )
    )


@shared_sandbox
@example({"name": " "})
@example({"bucket": "\t"})
@example({"resource_group_id": "rg-" + "x" * 126})
@given(declarations.copied)
def test_law_check_and_copy_agree(at_once: ControlClient, eci: Eci, declared: dict[str, Any]) -> None:
    del at_once
    ours, inputs = checked(declared)

    assert ours == copies(eci, inputs)


@shared_sandbox
@given(declarations.loaded)
def test_law_check_and_update_agree(at_once: ControlClient, eci: Eci, declared: dict[str, Any]) -> None:
    if not declared.get("reload", {}).keys() - {"trigger"}:
        declared.pop("reload", None)  # it says nothing to load: refused by us alone, since nothing would be sent
    options = declared.get("reload", {}).get("data_source", {}).get("options", {})
    for name in {f"#{len(name)}#{name}" for name in options} & options.keys():
        del options[name]  # given twice: refused by us alone, since only one of them would be sent
    at_once.post("seed", {"data_caches": [COPY]})
    ours, inputs = checked(declared)

    assert ours == loads(eci, inputs)


def test_reserved_tag_is_refused_by_us_alone(at_once: ControlClient, eci: Eci) -> None:
    """It is ours, not the cloud's: a declared one would be overwritten in silence."""
    del at_once
    ours, inputs = checked({"tags": {REPLICA_TAG: "mine"}})

    assert not ours
    assert copies(eci, inputs)


@pytest.mark.parametrize("region", sorted(REGION_NAMES.keys() - {DECLARED["source_region"]}))
def test_every_region_is_accepted(region: str) -> None:
    ours, _ = checked({"region": region})

    assert ours


@pytest.mark.parametrize("region", ["cn-beijing", "Beijing", " "])
def test_region_that_check_refuses_is_refused_by_the_cloud(eci: Eci, region: str) -> None:
    ours, inputs = checked({"region": region})

    assert not ours
    assert not accepted(
        lambda: eci.copy_data_cache(
            source_region="cn-beijing",
            source_id=SOURCE,
            region=region,
            client_token=inputs["copy_token"],
            tags={},
            settings={},
        )
    )

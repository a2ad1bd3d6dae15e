"""What the provider tests declare."""

from __future__ import annotations

from typing import Any

import pytest
from alibabacloud_credentials.utils import auth_util

from components.clouds.alibaba.eci_data_cache import DataCache
from components.hosts.dynamic import DynamicProvider
from components.model.kind import LostCreation
from components.providers.cvm_image import CvmImageProvider
from components.providers.data_cache import DataCacheProvider
from components.providers.ecs_snapshot import EcsSnapshotProvider
from components.providers.snapshot import SnapshotProvider

SOURCE = "edc-2zetestsource0000001"
DECLARED = {"source_region": "cn-beijing", "source_id": SOURCE, "region": "cn-hangzhou", "name": "weights"}
SNAPSHOT = "snap-source01"
IMAGE = "m-bp1source000001"
DECLARED_IMAGE = {"source_region": "cn-hangzhou", "source_id": IMAGE, "region": "cn-beijing"}
DECLARED_SNAPSHOT = {
    "source_region": "ap-guangzhou",
    "source_id": SNAPSHOT,
    "region": "ap-beijing",
    "default_name": "golden-ap-beijing",
}
CVM_IMAGE = "img-source01"
DECLARED_CVM_IMAGE = {
    "source_region": "ap-guangzhou",
    "source_id": CVM_IMAGE,
    "region": "ap-beijing",
    "default_name": "golden-ap-beijing",
}
ECS_SNAPSHOT = "s-2zetestsource000001"
DECLARED_ECS_SNAPSHOT = {
    "source_region": "cn-beijing",
    "source_id": ECS_SNAPSHOT,
    "region": "cn-hangzhou",
    "name": "ledger",
}
OF_PROVIDER: dict[type[DynamicProvider[Any]], dict[str, str]] = {
    DataCacheProvider: DECLARED,
    SnapshotProvider: DECLARED_SNAPSHOT,
    CvmImageProvider: DECLARED_CVM_IMAGE,
    EcsSnapshotProvider: DECLARED_ECS_SNAPSHOT,
}
REFERENCE = {"__provider": "a pickled reference"}


def inputs(provider: DynamicProvider[Any], **changed: Any) -> dict[str, Any]:
    """Checked inputs of a replica in Hangzhou or Beijing, as the engine passes them on."""
    result = provider.check({}, {**OF_PROVIDER[type(provider)], **changed})
    assert not result.failures
    return {**result.inputs, **REFERENCE}


def created(provider: DynamicProvider[Any], **changed: Any) -> tuple[str, dict[str, Any]]:
    """Id and outputs of a replica that was just started."""
    result = provider.create(inputs(provider, **changed))
    assert result.outs is not None
    return result.id, {**result.outs, **REFERENCE}


def listed(provider: DynamicProvider[Any], **changed: Any) -> tuple[str, dict[str, Any]]:
    """Id and outputs of a replica that a refresh has found since it was started."""
    id_, outputs = created(provider, **changed)
    return id_, {**(provider.read(id_, outputs).outs or {}), **REFERENCE}


def use_keys(monkeypatch: pytest.MonkeyPatch, key_id: str, secret: str, token: str = "") -> None:
    """Let the default credential chain find these: the SDK reads the environment once, when it is imported."""
    monkeypatch.setattr(auth_util, "environment_access_key_id", key_id)
    monkeypatch.setattr(auth_util, "environment_access_key_secret", secret)
    monkeypatch.setattr(auth_util, "environment_security_token", token)


def seen(provider: DataCacheProvider, id_: str) -> DataCache | None:
    return provider.lifecycle.cloud.describe("cn-hangzhou", {id_: ""}).get(id_)


def lost(inputs: dict[str, Any], *, earliest: float = 0, recorded: str = "") -> LostCreation:
    """A creation with these inputs that was started and not recorded."""
    return LostCreation({"inputs": inputs}, [], earliest, frozenset({recorded} - {""}))

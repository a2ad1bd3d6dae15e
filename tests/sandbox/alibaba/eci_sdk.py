"""The real ECI SDK, pointed at a sandbox, with what most tests need filled in."""

import base64
from collections.abc import Callable
from typing import Any

import pytest
from alibabacloud_eci20180808 import models
from alibabacloud_eci20180808.client import Client
from alibabacloud_tea_openapi.exceptions import AlibabaCloudException

from sandbox.core.control_client import ControlClient
from sandbox.core.server import SandboxServer
from tests.sandbox.alibaba.alibaba_config import alibaba_config

BEIJING = "cn-beijing"
HANGZHOU = "cn-hangzhou"
SOURCE = "edc-2zesource00000000000"
SEED = {
    "data_caches": [
        {
            "region": BEIJING,
            "id": SOURCE,
            "name": "weights",
            "path": "/models/weights",
            "size": 30,
            "tags": {"team": "ml"},
            "data_source": {"type": "URL", "options": {"repoId": "org/model"}},
        }
    ]
}


class Eci:
    """The actions with the parameters of a usual call; keyword arguments are the SDK's own."""

    def __init__(self, server: SandboxServer | ControlClient, *key: str, **signing: str) -> None:
        """Id, secret and token of a key, and how to sign: as `alibaba_config` takes them."""
        self.client = Client(alibaba_config(server, *key, **signing))

    def copy(self, *, tags: dict[str, str] | None = None, **fields: Any) -> str:
        request = models.CopyDataCacheRequest(
            **{"region_id": BEIJING, "data_cache_id": SOURCE, "destination_region_id": HANGZHOU} | fields
        )
        request.tag = _tags(models.CopyDataCacheRequestTag, tags)
        return str(self.client.copy_data_cache(request).body.data_cache_id)

    def page(self, *, tags: dict[str, str | None] | None = None, **fields: Any) -> Any:
        request = models.DescribeDataCachesRequest(**{"region_id": HANGZHOU} | fields)
        request.tag = _tags(models.DescribeDataCachesRequestTag, tags)
        return self.client.describe_data_caches(request).body

    def ids(self, **fields: Any) -> list[str]:
        return [cache.data_cache_id for cache in self.page(**fields).data_caches]

    def one(self, cache_id: str, **fields: Any) -> Any:
        (cache,) = self.page(data_cache_id=[cache_id], **fields).data_caches
        return cache

    def update(self, cache_id: str | None, *, tags: dict[str, str] | None = None, **fields: Any) -> None:
        request = models.UpdateDataCacheRequest(**{"region_id": HANGZHOU, "data_cache_id": cache_id} | fields)
        request.tag = _tags(models.UpdateDataCacheRequestTag, tags)
        self.client.update_data_cache(request)

    def delete(self, cache_id: str | None, **fields: Any) -> None:
        request = models.DeleteDataCacheRequest(**{"region_id": HANGZHOU, "data_cache_id": cache_id} | fields)
        self.client.delete_data_cache(request)


def source(kind: str = "URL", **options: str) -> Any:
    """A data source as UpdateDataCache takes it, its option names spelt as the API reference spells them."""
    spelt = {f"#{len(name)}#{name}": value for name, value in options.items()}
    return models.UpdateDataCacheRequestDataSource(type=kind, options=spelt)


def refused(function: Callable[..., Any], *args: Any, **fields: Any) -> tuple[str, int]:
    """Call something that the cloud must refuse; answers the code and the status of the error."""
    with pytest.raises(AlibabaCloudException) as caught:
        function(*args, **fields)
    return str(caught.value.code), int(caught.value.status_code)


def page_token(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode()


def _tags(kind: Any, tags: Any) -> Any:
    return None if tags is None else [kind(key=key, value=value) for key, value in tags.items()]

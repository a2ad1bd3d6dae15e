"""Elastic Container Instance: the four DataCache calls, typed, with retries.

Every request that starts or changes something carries the caller's token on each of its attempts. This module knows
the API, not the lifecycle of a replica: what to do about an answer is its callers' decision.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from components.clouds.alibaba.calls import AlibabaCalls
from components.clouds.alibaba.connection import Connection
from components.clouds.alibaba.eci_data_cache import DataCache, from_answer
from components.clouds.alibaba.eci_errors import rule
from components.clouds.copies import CopyState
from components.clouds.listings import Listings, batches
from components.clouds.retries import CHANGE_PATIENCE, READ_PATIENCE

IDS_PER_CALL = 20
"""DescribeDataCaches answers at most 20 entries a page, so more ids in one call could not be answered."""


class Eci:
    """DataCache calls over one connection. Safe to share between threads.

    Args:
        connection: Endpoint and credentials.
        sleep: Injected by tests.
        clock: Seconds, monotonic. Injected by tests.
    """

    name = "eci"

    def __init__(
        self,
        connection: Connection,
        *,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._calls = AlibabaCalls(connection, service="ECI", make_client=_client, judge=rule, sleep=sleep)
        self._listings: Listings[DataCache] = Listings(self._list, clock)

    def copy_data_cache(
        self,
        *,
        source_region: str,
        source_id: str,
        region: str,
        client_token: str,
        tags: Mapping[str, str],
        settings: Mapping[str, Any],
    ) -> str:
        """Start a copy (CopyDataCache) and return its id in `region`; the copying itself takes minutes.

        Raises:
            CloudError: Refused, or unknown after all retries (`Unavailable`, `NoAnswer`).
        """
        from alibabacloud_eci20180808 import models  # noqa: PLC0415 - the SDK takes a second to import

        request = models.CopyDataCacheRequest(
            region_id=source_region,
            data_cache_id=source_id,
            destination_region_id=region,
            client_token=client_token,
            tag=[models.CopyDataCacheRequestTag(key=key, value=value) for key, value in sorted(tags.items())],
            **settings,
        )
        doing = f"copying DataCache {source_id} from {source_region} to {region}"
        return str(
            self._calls.send(doing, "copy_data_cache_with_options", request, patience=CHANGE_PATIENCE).data_cache_id
        )

    def update_data_cache(
        self,
        region: str,
        data_cache_id: str,
        *,
        client_token: str,
        settings: Mapping[str, Any],
        tags: Mapping[str, str] | None = None,
        reload: Mapping[str, Any] | None = None,
    ) -> None:
        """Change a DataCache in place (UpdateDataCache); None leaves a setting as it is, `tags` replaces all tags.

        Args:
            region: The region it is in.
            data_cache_id: Its id.
            client_token: The same on every attempt of one change.
            name: Its name.
            bucket: Its bucket.
            retention_days: Days until it expires.
            resource_group_id: Its resource group.
            tags: All its tags.
            size: Its size in GiB; a larger one loads the data again.
            reload: What to load and through which network, with the names of `DataCacheReload`; loads the data again.
        """
        from alibabacloud_eci20180808 import models  # noqa: PLC0415 - the SDK takes a second to import

        request = models.UpdateDataCacheRequest(
            region_id=region,
            data_cache_id=data_cache_id,
            client_token=client_token,
            tag=None
            if tags is None
            else [models.UpdateDataCacheRequestTag(key=key, value=value) for key, value in sorted(tags.items())],
            **settings,
            **_reload_parameters(reload or {}),
        )
        doing = f"updating DataCache {data_cache_id} in {region}"
        self._calls.send(doing, "update_data_cache_with_options", request, patience=CHANGE_PATIENCE)

    def delete_data_cache(self, region: str, data_cache_id: str, *, client_token: str) -> None:
        """Delete a DataCache (DeleteDataCache); returns when the cloud accepted it, which is before it is gone."""
        from alibabacloud_eci20180808 import models  # noqa: PLC0415 - the SDK takes a second to import

        request = models.DeleteDataCacheRequest(
            region_id=region, data_cache_id=data_cache_id, client_token=client_token
        )
        doing = f"deleting DataCache {data_cache_id} in {region}"
        self._calls.send(doing, "delete_data_cache_with_options", request, patience=CHANGE_PATIENCE)

    def describe(self, region: str, buckets: Mapping[str, str]) -> dict[str, DataCache]:
        """Describe DataCaches by id, 20 a call.

        Args:
            region: The region to ask.
            buckets: Id -> bucket, "" where unknown. The reference gives `Bucket` the default `default`, which may hide
                other buckets: an id that is not answered is asked for once more within its bucket.

        Returns:
            Id -> DataCache; an id that the cloud does not list is absent.
        """
        found: dict[str, DataCache] = {}
        for ids in batches(list(buckets), IDS_PER_CALL):
            found |= {cache.id: cache for cache in self._pages(region, ids=ids)}
        for bucket in sorted({buckets[id_] for id_ in buckets if id_ not in found} - {"", "default"}):
            missing = [id_ for id_ in buckets if id_ not in found and buckets[id_] == bucket]
            for ids in batches(missing, IDS_PER_CALL):
                found |= {cache.id: cache for cache in self._pages(region, ids=ids, bucket=bucket)}
        return {id_: found[id_] for id_ in buckets if id_ in found}

    def find(self, region: str, data_cache_id: str, *, group: str) -> DataCache | None:
        """Find one DataCache of the bucket `group`, from a listing of some seconds ago, else by its id."""
        listed = self._listings.find((region, group), data_cache_id)
        return listed or self.describe(region, {data_cache_id: group}).get(data_cache_id)

    def _list(self, namespace: tuple[str, str]) -> Iterator[DataCache]:
        region, bucket = namespace
        return self._pages(region, bucket=bucket or None)

    def look_up(self, region: str, groups: Mapping[str, str]) -> dict[str, CopyState]:
        """See `CopyService.look_up`."""
        return {id_: cache.state for id_, cache in self.describe(region, groups).items()}

    def find_by_tag(self, region: str, key: str, value: str, *, bucket: str | None = None) -> list[DataCache]:
        """List the DataCaches of a region that carry exactly this tag; the cloud's filter is not trusted alone."""
        found = {cache.id: cache for cache in self._pages(region, tag=(key, value))}
        if not found and bucket not in {None, "", "default"}:
            found = {cache.id: cache for cache in self._pages(region, tag=(key, value), bucket=bucket)}
        return [cache for cache in found.values() if cache.tags.get(key) == value]

    def _pages(
        self,
        region: str,
        *,
        ids: Sequence[str] | None = None,
        bucket: str | None = None,
        tag: tuple[str, str] | None = None,
    ) -> Iterator[DataCache]:
        from alibabacloud_eci20180808 import models  # noqa: PLC0415 - the SDK takes a second to import

        next_token = None
        while True:
            request = models.DescribeDataCachesRequest(
                region_id=region,
                data_cache_id=list(ids) if ids is not None else None,
                bucket=bucket,
                tag=[models.DescribeDataCachesRequestTag(key=tag[0], value=tag[1])] if tag else None,
                limit=IDS_PER_CALL,
                next_token=next_token,
            )
            doing = f"describing DataCaches in {region}"
            body = self._calls.send(doing, "describe_data_caches_with_options", request, patience=READ_PATIENCE)
            yield from (from_answer(entry) for entry in body.data_caches or [])
            if not body.next_token or body.next_token == next_token:
                return
            next_token = body.next_token


def _client(config: Any) -> Any:
    from components.clouds.alibaba.eci_client import StrictClient  # noqa: PLC0415 - the SDK takes a second to import

    return StrictClient(config)


def _reload_parameters(reload: Mapping[str, Any]) -> dict[str, Any]:
    """Spell a reload as the SDK's request has it; `trigger` is for us alone and is never sent."""
    from alibabacloud_eci20180808 import models  # noqa: PLC0415 - the SDK takes a second to import

    parameters = {key: value for key, value in reload.items() if key != "trigger"}
    if source := parameters.get("data_source"):
        options = {_option_key(name): str(value) for name, value in source["options"].items()}
        parameters["data_source"] = models.UpdateDataCacheRequestDataSource(type=source["type"], options=options)
    if eip := parameters.get("eip_create_param"):
        parameters["eip_create_param"] = models.UpdateDataCacheRequestEipCreateParam(**eip)
    return parameters


def _option_key(name: str) -> str:
    """Spell an option's name as the API's maps want it: its length in front, `#6#repoId`."""
    return name if name.startswith("#") else f"#{len(name)}#{name}"

"""Elastic Container Instance: the four DataCache calls, typed, with retries.

Every request that starts or changes something carries the caller's token on each of its attempts. This module knows
the API, not the lifecycle of a replica: what to do about an answer is its callers' decision.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from threading import Lock
from typing import Any, TypeVar

from components.clouds import retries
from components.clouds.alibaba import Connection
from components.clouds.copies import CopyState
from components.clouds.eci_data_cache import DataCache, from_answer
from components.clouds.eci_errors import rule
from components.clouds.errors import CredentialsExpired, NoAnswer, Unreachable, UnusableAnswer
from components.clouds.listings import Listings

T = TypeVar("T")

IDS_PER_CALL = 20
"""DescribeDataCaches answers at most 20 entries a page, so more ids in one call could not be answered."""

CONNECT_TIMEOUT = 5.0
READ_TIMEOUT = 20.0

CHANGE_PATIENCE = 300.0
"""Seconds to repeat a request whose outcome is unknown: giving up early could leave a copy that nobody records."""

READ_PATIENCE = 30.0

_NEVER_SENT = re.compile(r"NewConnectionError|NameResolutionError|ConnectTimeout|Connection refused", re.IGNORECASE)


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
        self.connection = connection
        self._sleep = sleep
        self._listings: Listings[DataCache] = Listings(self._list, clock)
        self._lock = Lock()
        self._client: Any = None

    def copy_data_cache(
        self,
        *,
        source_region: str,
        source_id: str,
        region: str,
        client_token: str,
        bucket: str | None = None,
        path: str | None = None,
        name: str | None = None,
        retention_days: int | None = None,
        resource_group_id: str | None = None,
        tags: Mapping[str, str] | None = None,
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
            bucket=bucket,
            path=path,
            name=name,
            retention_days=retention_days,
            resource_group_id=resource_group_id,
            tag=[models.CopyDataCacheRequestTag(key=key, value=value) for key, value in sorted((tags or {}).items())],
        )
        doing = f"copying DataCache {source_id} from {source_region} to {region}"
        return str(self._call(doing, "copy_data_cache_with_options", request, CHANGE_PATIENCE).data_cache_id)

    def update_data_cache(
        self,
        region: str,
        data_cache_id: str,
        *,
        client_token: str,
        name: str | None = None,
        bucket: str | None = None,
        retention_days: int | None = None,
        resource_group_id: str | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        """Change a DataCache in place (UpdateDataCache); None leaves a setting as it is, `tags` replaces all tags."""
        from alibabacloud_eci20180808 import models  # noqa: PLC0415 - the SDK takes a second to import

        request = models.UpdateDataCacheRequest(
            region_id=region,
            data_cache_id=data_cache_id,
            client_token=client_token,
            name=name,
            bucket=bucket,
            retention_days=retention_days,
            resource_group_id=resource_group_id,
            tag=None
            if tags is None
            else [models.UpdateDataCacheRequestTag(key=key, value=value) for key, value in sorted(tags.items())],
        )
        doing = f"updating DataCache {data_cache_id} in {region}"
        self._call(doing, "update_data_cache_with_options", request, CHANGE_PATIENCE)

    def delete_data_cache(self, region: str, data_cache_id: str, *, client_token: str) -> None:
        """Delete a DataCache (DeleteDataCache); returns when the cloud accepted it, which is before it is gone."""
        from alibabacloud_eci20180808 import models  # noqa: PLC0415 - the SDK takes a second to import

        request = models.DeleteDataCacheRequest(
            region_id=region, data_cache_id=data_cache_id, client_token=client_token
        )
        doing = f"deleting DataCache {data_cache_id} in {region}"
        self._call(doing, "delete_data_cache_with_options", request, CHANGE_PATIENCE)

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
        for ids in _batches(list(buckets)):
            found |= {cache.id: cache for cache in self._pages(region, ids=ids)}
        for bucket in sorted({buckets[id_] for id_ in buckets if id_ not in found} - {"", "default"}):
            missing = [id_ for id_ in buckets if id_ not in found and buckets[id_] == bucket]
            for ids in _batches(missing):
                found |= {cache.id: cache for cache in self._pages(region, ids=ids, bucket=bucket)}
        return {id_: found[id_] for id_ in buckets if id_ in found}

    def find(self, region: str, data_cache_id: str, *, bucket: str) -> DataCache | None:
        """Find one DataCache, from a listing that is at most some seconds old, else by its id."""
        listed = self._listings.find((region, bucket), data_cache_id)
        return listed or self.describe(region, {data_cache_id: bucket}).get(data_cache_id)

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
            body = self._call(doing, "describe_data_caches_with_options", request, READ_PATIENCE)
            yield from (from_answer(entry, region) for entry in body.data_caches or [])
            if not body.next_token or body.next_token == next_token:
                return
            next_token = body.next_token

    def _call(self, doing: str, method: str, request: Any, patience: float) -> Any:
        def attempt() -> Any:
            try:
                return self._attempt(doing, method, request)
            except CredentialsExpired:
                self._forget_client()  # a new client reads the credential chain again
                return self._attempt(doing, method, request)

        return retries.call(attempt, patience=patience, sleep=self._sleep)

    def _attempt(self, doing: str, method: str, request: Any) -> Any:
        from alibabacloud_tea_util.models import RuntimeOptions  # noqa: PLC0415 - the SDK takes a second to import
        from Tea.exceptions import TeaException, UnretryableException  # noqa: PLC0415 - as above

        options = RuntimeOptions(connect_timeout=int(CONNECT_TIMEOUT * 1000), read_timeout=int(READ_TIMEOUT * 1000))
        client = self._connected(request.region_id)
        try:
            return getattr(client, method)(request, options).body
        except UnusableAnswer as answer:
            raise NoAnswer(
                doing=doing,
                code=answer.code,
                message=answer.message,
                request_id=answer.request_id,
                next_step="check that the endpoint is one of the ECI service, then run the same command again",
            ) from None
        except UnretryableException as error:
            text = str(error.inner_exception)
            if _NEVER_SENT.search(text):
                raise Unreachable(
                    doing=doing,
                    code="Unreachable",
                    message=f"no connection to {self._endpoint(client)}",
                    next_step="check the network, proxy and endpoint settings, then run the same command again",
                ) from None
            raise NoAnswer(
                doing=doing,
                code="NoAnswer",
                message=_how_it_broke(text, self._endpoint(client)),
                next_step="run the same command again; the request was retried with the same token",
            ) from None
        except TeaException as error:
            raise _cloud_error(doing, error) from None

    def _connected(self, region: str) -> Any:
        with self._lock:
            if self._client is None:
                from components.clouds.eci_client import StrictClient  # noqa: PLC0415 - as above

                logging.getLogger("darabonba-core").setLevel(logging.WARNING)  # the SDK turns its own debug log on
                self._client = StrictClient(self.connection.sdk_config(region))
            return self._client

    def _forget_client(self) -> None:
        with self._lock:
            self._client = None

    def _endpoint(self, client: Any) -> str:
        return self.connection.endpoint or str(client._endpoint)  # noqa: SLF001 - the SDK has no accessor


def _how_it_broke(text: str, endpoint: str) -> str:
    if "as json format" in text:
        return f"{endpoint} answered something that is not JSON: the page of a proxy, or another service"
    return f"the connection to {endpoint} broke before an answer came"


def _cloud_error(doing: str, error: Any) -> Exception:
    data = error.data if isinstance(error.data, dict) else {}
    status = int(getattr(error, "status_code", None) or data.get("statusCode") or 0)
    code = str(error.code or "")
    if code in {"", "None"}:  # the SDK's word for an error body without a code
        code = f"HTTP {status}"
    retry_after = getattr(error, "retry_after", None)
    message = str(data.get("Message") or data.get("message") or error.message or "")
    kind, next_step = rule(code, status, message)
    return kind(
        doing=doing,
        code=code,
        message=message,
        request_id=str(getattr(error, "request_id", None) or data.get("RequestId") or ""),
        next_step=next_step,
        retry_after=retry_after / 1000 if retry_after else None,
    )


def _batches(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    return (ids[start : start + IDS_PER_CALL] for start in range(0, len(ids), IDS_PER_CALL))

"""Elastic Container Instance: the four DataCache calls, typed, with retries.

Every request that starts or changes something carries the caller's token on each of its attempts.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from typing_extensions import override

from components.clouds import retries
from components.clouds.alibaba.eci_data_cache import DataCache, from_answer
from components.clouds.alibaba.errors import table
from components.clouds.alibaba.service import AlibabaService
from components.clouds.listed_service import ListedService

_PATH_IS_TAKEN = r"(?=.*(Duplicate|(?<!Operation)Conflict|(?<!Not)Exists?\b|InUse))(?is:.*path)"
"""No reference names the code of a path that is in use: any spelling of it that code or message says of a path."""


LONGEST_PAGES = 1000
"""Pages after which a listing is given up: a cloud that names another page each time never ends."""


class Eci(AlibabaService, ListedService[DataCache]):
    """DataCache calls over one connection; a DataCache's group is its bucket."""

    name = "eci"
    errors = table("ECI", "eci_errors.toml", path=_PATH_IS_TAKEN)
    sdk = "alibabacloud_eci20180808"
    answers: ClassVar = {"CopyDataCache": "DataCacheId", "DescribeDataCaches": "DataCaches"}
    ids_per_call = 20  # DescribeDataCaches answers at most 20 entries a page
    default_group = "default"

    def copy_data_cache(
        self,
        *,
        source_region: str,
        source_id: str,
        region: str,
        client_token: str,
        settings: Mapping[str, Any],
        tags: Mapping[str, str] | None = None,
    ) -> str:
        """Start a copy (CopyDataCache) and return its id in `region`; the copying itself takes minutes.

        Args:
            source_region: The region to copy from.
            source_id: The DataCache to copy.
            region: The destination region.
            client_token: The same on every attempt at one copy.
            settings: Attributes of the SDK's CopyDataCacheRequest (`retention_days`) -> values; None is left out.
            tags: All its tags.

        Raises:
            CloudError: Refused, or unknown after all retries (`Unavailable`, `NoAnswer`).
            TypeError: A setting that the SDK's request does not have.
        """
        source = {"data_cache_id": source_id, "destination_region_id": region, "client_token": client_token}
        answer = self._send(
            f"copying DataCache {source_id} from {source_region} to {region}",
            source_region,
            "CopyDataCache",
            {**settings, **source, "tag": self._tags("CopyDataCache", tags)},
        )
        return str(answer["DataCacheId"])

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
        """Change a DataCache in place (UpdateDataCache).

        Args:
            region: The region it is in.
            data_cache_id: Its id.
            client_token: The same on every attempt of one change.
            settings: Attributes of the SDK's UpdateDataCacheRequest (`retention_days`) -> values; None leaves a
                setting as it is. A larger `size` reloads the data.
            tags: All its tags, None for those that it has.
            reload: What to load and through which network, with the names of `DataCacheReload`; reloads the data.

        Raises:
            CloudError: Refused, or unknown after all retries (`Unavailable`, `NoAnswer`).
            TypeError: A setting that the SDK's request does not have.
        """
        cache = {"data_cache_id": data_cache_id, "client_token": client_token}
        self._send(
            f"updating DataCache {data_cache_id} in {region}",
            region,
            "UpdateDataCache",
            {**settings, **self._reload(reload or {}), **cache, "tag": self._tags("UpdateDataCache", tags)},
        )

    def delete_data_cache(self, region: str, data_cache_id: str, *, client_token: str) -> None:
        """Delete a DataCache (DeleteDataCache); returns when the cloud accepted it, which is before it is gone."""
        self._send(
            f"deleting DataCache {data_cache_id} in {region}",
            region,
            "DeleteDataCache",
            {"data_cache_id": data_cache_id, "client_token": client_token},
        )

    def find_by_tag(self, region: str, key: str, value: str | None = None, *, group: str = "") -> list[DataCache]:
        """List the DataCaches of a region that carry a tag; the cloud's filter is not trusted alone.

        Args:
            region: The region to ask.
            key: The tag's key.
            value: Its value, which one has at most; any by default.
            group: Bucket to look in besides the one that the cloud looks in by itself.
        """
        tag = self._tags("DescribeDataCaches", {key: value})
        found = {cache.id: cache for cache in self._pages(region, tag=tag)}
        if group not in {"", self.default_group} and (value is None or not found):
            found |= {cache.id: cache for cache in self._pages(region, tag=tag, bucket=group)}
        return [cache for cache in found.values() if key in cache.tags and value in {None, cache.tags[key]}]

    @override
    def _thing(self, entry: Mapping[str, Any]) -> DataCache:
        return from_answer(entry)

    @override
    def _listed(self, region: str, group: str, ids: Sequence[str] | None = None) -> Iterator[DataCache]:
        return self._pages(region, bucket=group or None, data_cache_id=ids)

    def _pages(self, region: str, **wanted: Any) -> Iterator[DataCache]:
        """List page by page. The count is of a page or of all, which the reference leaves open; it must agree."""
        doing, next_token = f"describing DataCaches in {region}", None
        ids: set[str] = set()
        tokens: set[str] = set()
        is_of_pages = True
        while True:
            answer = self._send(
                doing,
                region,
                "DescribeDataCaches",
                {**wanted, "limit": self.ids_per_call, "next_token": next_token},
                patience=retries.READ_PATIENCE,
            )
            request_id = str(answer.get("RequestId") or "")
            caches, total = self._things(doing, answer.get("DataCaches"), answer.get("TotalCount"), request_id)
            new = {cache.id for cache in caches}
            if len(new - ids) < len(caches):
                raise self._no_answer(doing, "the answer lists again what was on another page", request_id)
            ids |= new
            is_of_pages = is_of_pages and total == len(caches)
            next_token = answer.get("NextToken")
            if total < len(caches) or (total and not ids) or not (next_token or is_of_pages or total == len(ids)):
                raise self._no_answer(doing, f"the answer counts {total} and lists {len(caches)}", request_id)
            yield from caches
            if not next_token:
                return
            if not isinstance(next_token, str) or next_token in tokens or len(tokens) >= LONGEST_PAGES:
                raise self._no_answer(doing, "the answer names no next page, or one that was read", request_id)
            tokens.add(next_token)

    def _tags(self, action: str, tags: Mapping[str, str | None] | None) -> list[Any] | None:
        tag = self._model(f"{action}RequestTag")
        return None if tags is None else [tag(key=key, value=value) for key, value in sorted(tags.items())]

    def _reload(self, reload: Mapping[str, Any]) -> dict[str, Any]:
        """Spell a reload as the SDK's request has it; `trigger` is for us alone and is never sent."""
        parameters = {key: value for key, value in reload.items() if key != "trigger"}
        if source := parameters.get("data_source"):
            options = {_option_key(name): str(value) for name, value in source["options"].items()}
            model = self._model("UpdateDataCacheRequestDataSource")
            parameters["data_source"] = model(type=source["type"], options=options)
        if eip := parameters.get("eip_create_param"):
            parameters["eip_create_param"] = self._model("UpdateDataCacheRequestEipCreateParam")(**eip)
        return parameters


def _option_key(name: str) -> str:
    """Spell an option's name as the API's maps want it: its length in front, `#6#repoId`."""
    return name if name.startswith("#") else f"#{len(name)}#{name}"

"""ECI's data caches: CopyDataCache, DescribeDataCaches, UpdateDataCache, DeleteDataCache, version 2018-08-08.

Not emulated: CreateDataCache, container groups and everything else of ECI; whether a security group, vSwitch, EIP,
bandwidth package, address pool or resource group exists (of an id that was not seeded, only the form is checked); the
data source itself; RAM conditions and request rates (order them as faults); LastMatchedTime; Events beyond the start
and end of copies and reloads; the Owner* and ResourceOwner* parameters.

Where the API reference is silent, the stricter of the likely behaviours was chosen:

Order. A call is refused for the first of these that is wrong: its authentication and permission, its parameters (a Size
too small for the cache among them), the existence of the data cache, the account, the status of the cache, the network,
the path, the quota. After all of that, and before anything is done, DryRun=true ends a Copy or an Update with 400
DryRunOperation. Account, network and quota are those of `conditions`, which also says which calls they concern.

Names. An unknown DataCacheId is 404 InvalidParameter.DataCacheId.NotFound in Copy, Update and Delete, and simply
missing from Describe's answer. An unknown region is 404 InvalidRegionId.NotFound; destination equal to source is 400
InvalidParameter.DestinationRegionId. Name and Bucket have 1 to 128 characters, not all of them white space;
ResourceGroupId has at most 128; Path starts with / and has at most 1024.

Copy. The source must be Available. Bucket is `default` unless given; Path and Name are the source's unless given; tags
and retention are not inherited. A copy is Creating, then Loading, then Available; one that fails stays listed as Failed
until it is deleted. With `unique_paths`, any listed cache of the same bucket and path in the destination, also a failed
one, refuses the copy with 400 InvalidParameter.Path.Duplicated.

Describe. Bucket defaults to `default` as documented; ids find their cache in any bucket, unless `ids_need_bucket`
applies the default to them too, which the reference does not rule out. The oldest cache comes first, TotalCount is the
number of entries of this answer, and NextToken is absent on the last page.

Update. DataCacheId is needed, though the reference calls it optional: nothing else names one cache. Only Available and
UpdateFailed caches can be updated. Sent tags replace all tags; no tags sent leaves them. RetentionDays counts from the
update (in Copy from the copy). A data source, a network parameter or a larger Size reloads the data, from the recorded
source if none is sent; everything else takes effect at once. Size has 20 to 32768 GiB and cannot shrink. EipInstanceId
and EipCreateParam exclude each other.

Delete. By DataCacheId, or by Path with Bucket. A cache that is Creating, Loading, Updating or Deleting, or that is the
source of a running copy, is refused with 400 IncorrectStatus. A deleted cache is listed as Deleting for a moment.
"""

from dataclasses import dataclass
from typing import Any, Literal

from sandbox.alibaba import errors as alibaba_errors
from sandbox.alibaba.client_tokens import ClientTokens
from sandbox.alibaba.eci import errors as eci_errors
from sandbox.alibaba.eci.conditions import Conditions
from sandbox.alibaba.eci.data_cache import (
    DEFAULT_BUCKET,
    DEFAULT_RESOURCE_GROUP,
    Content,
    DataCache,
    DataCaches,
    DataSource,
)
from sandbox.alibaba.eci.requests import CopyDataCache, DeleteDataCache, DescribeDataCaches, UpdateDataCache
from sandbox.alibaba.page_tokens import take_page
from sandbox.alibaba.rpc import Call, Service
from sandbox.alibaba.tags import has_tags
from sandbox.core.faults import Faults, Kind
from sandbox.core.resource import Job, Origin, new_id
from sandbox.core.settings import Settings

UPDATABLE = frozenset({"Available", "UpdateFailed"})
BUSY = frozenset({*DataCache.COPYING, "Updating", "Deleting"})


@dataclass(frozen=True)
class EciBackend:
    """The actions and the rules between data caches."""

    caches: DataCaches
    settings: Settings
    faults: Faults
    tokens: ClientTokens
    conditions: Conditions

    @property
    def service(self) -> Service:
        """ECI as the gateway sees it."""
        return Service(
            name=self.caches.name,
            product="Eci",
            host="eci.aliyuncs.com",
            version="2018-08-08",
            actions={
                "CopyDataCache": self.tokens.once(self.copy_data_cache),
                "DescribeDataCaches": self.describe_data_caches,
                "UpdateDataCache": self.tokens.once(self.update_data_cache),
                "DeleteDataCache": self.tokens.once(self.delete_data_cache),
            },
            inventory=self.caches.inventory,
            documented=eci_errors.DOCUMENTED,
        )

    def copy_data_cache(self, call: Call) -> dict[str, Any]:
        """Start a copy to another region."""
        request = CopyDataCache.read(call)
        destination = request.destination_region_id
        source = self._find(call, request.region_id, request.data_cache_id)
        self.conditions.check_account(call)
        if (status := source.status(call.now)) != "Available":
            raise eci_errors.incorrect_status(source.id, status, "only an Available one can be copied")
        path = request.path or source.path
        self._refuse_taken_path(call, destination, request.bucket, path)
        listed = len(self.caches.of_region(call.account, destination, call.now))
        self.conditions.check_quota(call, destination, listed)
        eci_errors.refuse({"DryRunOperation": request.dry_run})
        copy = DataCache(
            id=new_id("edc-"),
            account=call.account,
            region=destination,
            name=request.name or source.name,
            bucket=request.bucket,
            path=path,
            tags=request.tags,
            resource_group=request.resource_group_id or DEFAULT_RESOURCE_GROUP,
            content=source.content_at(call.now).model_copy(update={"snapshot": new_id("s-")}),
            container_group=new_id("eci-"),
            created=self.settings.current().written(call.now),
            visible_from=call.now + self.settings.current().seconds("visible_after_seconds", destination),
            origin=Origin(region=request.region_id, id=source.id),
            copying=self._job(call, "copy", destination, source.copy_failure),
        )
        copy.retain(request.retention_days, since=call.now)
        self.caches.save(copy)
        return {"DataCacheId": copy.id}

    def describe_data_caches(self, call: Call) -> dict[str, Any]:
        """List the data caches of a region, a page at a time."""
        request = DescribeDataCaches.read(call)
        any_bucket = bool(request.ids) and not self.settings.current().ids_need_bucket
        bucket = request.bucket or (None if any_bucket else DEFAULT_BUCKET)
        caches = self.caches.numbered(
            call.account, request.region_id, call.now, after=request.after, ids=request.ids or None
        )
        matching = (
            (number, cache)
            for number, cache in caches
            if cache.visible(call.now)
            and bucket in {None, cache.bucket}
            and request.path in {None, cache.path}
            and request.resource_group_id in {None, cache.resource_group}
            and has_tags(cache.tags, request.tags)
        )
        page, next_token = take_page(matching, request.limit)
        answer = {"DataCaches": [cache.described(call.now) for cache in page], "TotalCount": len(page)}
        return answer | ({"NextToken": next_token} if next_token else {})

    def update_data_cache(self, call: Call) -> dict[str, Any]:
        """Change a data cache, and reload its data when the change needs that."""
        request = UpdateDataCache.read(call)
        cache = self._find(call, request.region_id, request.data_cache_id)
        content = _reloaded(cache.content_at(call.now), request)
        if content is not None:
            self.conditions.check_account(call)
        if (status := cache.status(call.now)) not in UPDATABLE:
            wanted = "only an Available or UpdateFailed one can be updated"
            raise eci_errors.incorrect_status(cache.id, status, wanted)
        self.conditions.check_network(call.account, request)
        if request.bucket is not None and request.bucket != cache.bucket:
            self._refuse_taken_path(call, request.region_id, request.bucket, cache.path)
            cache.bucket = request.bucket
        eci_errors.refuse({"DryRunOperation": request.dry_run})
        if content is not None:
            cache.content = cache.content_at(call.now)  # what an earlier reload brought
            cache.reloading, cache.reloaded = self._job(call, "update", request.region_id), content
        cache.name = request.name or cache.name
        cache.tags = request.tags or cache.tags
        cache.resource_group = request.resource_group_id or cache.resource_group
        cache.retain(request.retention_days, since=call.now)
        self.caches.save(cache)
        return {}

    def delete_data_cache(self, call: Call) -> dict[str, Any]:
        """Delete a data cache that nothing is being done with."""
        request = DeleteDataCache.read(call)
        cache = self._named(call, request)
        if (status := cache.status(call.now)) in BUSY:
            raise eci_errors.incorrect_status(cache.id, status, "it cannot be deleted now")
        if self.caches.being_copied(cache, call.now):
            raise eci_errors.incorrect_status(cache.id, status, "it is the source of a running copy")
        seconds = self.settings.current().seconds("delete_seconds", request.region_id)
        cache.deleting = Job(started=call.now, seconds=seconds)
        self.caches.save(cache)
        return {}

    def _find(self, call: Call, region: str, cache_id: str) -> DataCache:
        cache = self.caches.find(call.account, region, cache_id, call.now)
        if cache is None:
            raise eci_errors.data_cache_not_found(cache_id)
        return cache

    def _named(self, call: Call, request: DeleteDataCache) -> DataCache:
        """The cache that a deletion names, by its id, its path, or both."""
        bucket, path, cache_id = request.bucket, request.path, request.data_cache_id
        if cache_id:
            listed = [self._find(call, request.region_id, cache_id)]
        else:
            listed = self.caches.visible(call.account, request.region_id, call.now)
            bucket = bucket or DEFAULT_BUCKET
        found = [one for one in listed if bucket in {None, one.bucket} and path in {None, one.path}]
        if not found:
            raise eci_errors.data_cache_not_found(f"{cache_id} of this bucket and path" if cache_id else path or "")
        if len(found) > 1:
            raise alibaba_errors.invalid_parameter("Path", "several data caches have it, give a DataCacheId")
        return found[0]

    def _refuse_taken_path(self, call: Call, region: str, bucket: str, path: str) -> None:
        listed = self.caches.of_region(call.account, region, call.now) if self.settings.current().unique_paths else []
        if any((other.bucket, other.path) == (bucket, path) for other in listed):
            raise eci_errors.path_taken(bucket, path, region)

    def _job(self, call: Call, work: Literal["copy", "update"], region: str, failure: str | None = None) -> Job:
        kind: Kind = "copy_fails" if work == "copy" else "update_fails"
        failure = failure or self.faults.take_failure(kind, call.service, call.action, call.params)
        return Job(
            started=call.now, seconds=self.settings.current().seconds(f"{work}_seconds", region), failure=failure
        )


def _reloaded(content: Content, request: UpdateDataCache) -> Content | None:
    """The content that the request asks to be loaded, or None when it needs no reload."""
    size = content.size if request.size is None else request.size
    if size < content.size:
        raise alibaba_errors.invalid_parameter("Size", f"it cannot be less than {content.size}")
    # How to reach the data source makes sense only for a reload.
    network = (request.security_group_id, request.v_switch_id, request.eip_instance_id, request.creates_eip)
    if request.data_source is None and not any(network) and size == content.size:
        return None
    source = DataSource(**request.data_source.model_dump()) if request.data_source else content.data_source
    return Content(size=size, data_source=source, snapshot=new_id("s-"))

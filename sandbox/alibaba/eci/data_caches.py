"""ECI's data caches: CopyDataCache, DescribeDataCaches, UpdateDataCache, DeleteDataCache, version 2018-08-08.

Not emulated: CreateDataCache, container groups and everything else of ECI; whether a security group, vSwitch,
EIP, bandwidth package, address pool or resource group exists (an id that was not seeded is looked at only for its
form); the data source itself; RAM conditions and request rates (order them as faults); LastMatchedTime; Events
beyond the start and end of copies and reloads; the Owner* and ResourceOwner* parameters.

Where the API reference is silent, the harsher of the likely behaviours was chosen:

Order. A call is refused for the first of these that is wrong: its authentication and permission, its parameters
(a Size too small for the cache among them), the existence of the data cache, the account, the status of the cache,
the network, the path, the quota. After all of that, and before anything is done, DryRun=true ends a Copy or an
Update with 400 DryRunOperation. Account, network and quota are those of `eci_conditions`, which also says which
calls they concern.

Names. An unknown DataCacheId is 404 InvalidParameter.DataCacheId.NotFound in Copy, Update and Delete, and
simply missing from Describe's answer. An unknown region is 404 InvalidRegionId.NotFound; destination equal to
source is 400 InvalidParameter.DestinationRegionId. Name and Bucket have 1 to 128 characters, not all of them
white space; ResourceGroupId has at most 128; Path starts with / and has at most 1024.

Copy. The source must be Available. Bucket is `default` unless given; Path and Name are the source's unless
given; tags and retention are not inherited. A copy is Creating, then Loading, then Available; one that fails
stays listed as Failed until it is deleted. With `unique_paths`, any listed cache of the same bucket and path
in the destination, also a failed one, refuses the copy with 400 InvalidParameter.Path.Duplicated.

Describe. Bucket defaults to `default` as documented; ids find their cache in any bucket, unless `ids_need_bucket`
applies the default to them too, which the reference does not rule out. The oldest cache comes first,
TotalCount is the number of entries of this answer, and NextToken is absent on the last page.

Update. DataCacheId is needed, though the reference calls it optional: nothing else names one cache. Only
Available and UpdateFailed caches can be updated. Sent tags replace all tags; no tags sent leaves them.
RetentionDays counts from the update (in Copy from the copy). A data source, a network parameter or a larger
Size reloads the data, from the recorded source if none is sent; everything else takes effect at once. Size
has 20 to 32768 GiB and cannot shrink. EipInstanceId and EipCreateParam exclude each other.

Delete. By DataCacheId, or by Path with Bucket. A cache that is Creating, Loading, Updating or Deleting, or
that is the source of a running copy, is refused with 400 IncorrectStatus. A deleted cache is listed as
Deleting for a moment.
"""

from typing import Any

from sandbox.alibaba import errors as alibaba_errors
from sandbox.alibaba.client_tokens import ClientTokens
from sandbox.alibaba.eci import errors as eci_errors
from sandbox.alibaba.eci.conditions import Conditions
from sandbox.alibaba.eci.data_cache import DataCache
from sandbox.alibaba.eci.reload import read_reload
from sandbox.alibaba.eci.store import DataCaches
from sandbox.alibaba.page_tokens import read_next_token, take_page
from sandbox.alibaba.rpc import Call, Parameters, Service, known_region
from sandbox.alibaba.tags import has_tags, read_tag_filter, read_tags
from sandbox.core.faults import Faults, Kind
from sandbox.core.resource import Job, Origin, new_id
from sandbox.core.settings import Settings

NAME = "eci"
DEFAULT_BUCKET = "default"
PAGE = 20
MAX_DAYS = 36500
_TEXT = r"(?=.*\S).{1,128}"
_TEXT_IN_WORDS = "1 to 128 characters long and not blank"
UPDATABLE = frozenset({"Available", "UpdateFailed"})
BUSY = frozenset({"Creating", "Loading", "Updating", "Deleting"})


class EciBackend:
    """The actions and the rules between data caches."""

    def __init__(
        self, caches: DataCaches, settings: Settings, faults: Faults, tokens: ClientTokens, conditions: Conditions
    ) -> None:
        self._caches = caches
        self._settings = settings
        self._faults = faults
        self._conditions = conditions
        actions = {
            "CopyDataCache": tokens.once(self.copy_data_cache),
            "DescribeDataCaches": self.describe_data_caches,
            "UpdateDataCache": tokens.once(self.update_data_cache),
            "DeleteDataCache": tokens.once(self.delete_data_cache),
        }
        self.service = Service(
            name=NAME,
            product="Eci",
            host="eci.aliyuncs.com",
            version="2018-08-08",
            actions=actions,
            inventory=caches.inventory,
            documented=eci_errors.DOCUMENTED,
        )

    def copy_data_cache(self, call: Call) -> dict[str, Any]:
        """Start a copy to another region."""
        params = call.params
        region = known_region(params)
        source_id = params.required("DataCacheId")
        destination = known_region(params, "DestinationRegionId")
        if destination == region:
            reason = "it must be another region than RegionId"
            raise alibaba_errors.invalid_parameter("DestinationRegionId", reason)
        name, bucket, path = _name(params), _bucket(params) or DEFAULT_BUCKET, _path(params)
        tags, days, group = read_tags(params), _days(params), _resource_group(params)
        dry_run = params.boolean("DryRun")
        source = self._find(call, region, source_id)
        self._conditions.check_account(call)
        if (status := source.status(call.now)) != "Available":
            raise eci_errors.incorrect_status(source.id, status, "only an Available one can be copied")
        path = source.path if path is None else path
        self._refuse_taken_path(call, destination, bucket, path)
        listed = len(self._caches.of_region(call.account, destination, call.now))
        self._conditions.check_quota(call, destination, listed)
        if dry_run:
            raise alibaba_errors.dry_run()
        settings = self._settings.current()
        copy = DataCache(
            id=new_id("edc-"),
            account=call.account,
            region=destination,
            name=source.name if name is None else name,
            bucket=bucket,
            path=path,
            tags=tags or {},
            content=source.content_at(call.now).model_copy(update={"snapshot": new_id("s-")}),
            container_group=new_id("eci-"),
            created=call.now,
            visible_from=call.now + settings.seconds("visible_after_seconds", destination),
            origin=Origin(region=region, id=source.id),
            copying=Job(
                started=call.now,
                seconds=settings.seconds("copy_seconds", destination),
                failure=source.copy_failure or self._failure("copy_fails", call),
            ),
        )
        if group is not None:
            copy.resource_group = group
        if days is not None:
            copy.retain(days, since=call.now)
        self._caches.save(copy)
        return {"DataCacheId": copy.id}

    def describe_data_caches(self, call: Call) -> dict[str, Any]:
        """List the data caches of a region, a page at a time."""
        params = call.params
        region = known_region(params)
        ids = params.texts("DataCacheId")
        if len(ids) > PAGE:
            raise alibaba_errors.invalid_parameter("DataCacheId", f"at most {PAGE} ids can be given")
        limit = params.integer("Limit", 1, PAGE) or PAGE
        after = read_next_token(params)
        any_bucket = bool(ids) and not self._settings.current().ids_need_bucket
        bucket = params.text("Bucket") or (None if any_bucket else DEFAULT_BUCKET)
        caches = self._caches.numbered(call.account, region, call.now, after=after, ids=ids or None)
        matching = (
            (seq, cache)
            for seq, cache in caches
            if cache.visible_from <= call.now and bucket in {None, cache.bucket} and _filtered(cache, params)
        )
        page, next_token = take_page(matching, limit)
        answer: dict[str, Any] = {
            "DataCaches": [cache.described(call.now) for cache in page],
            "TotalCount": len(page),
        }
        if next_token:
            answer["NextToken"] = next_token
        return answer

    def update_data_cache(self, call: Call) -> dict[str, Any]:
        """Change a data cache, and load its data again when the change needs that."""
        params = call.params
        region = known_region(params)
        cache_id = params.required("DataCacheId")
        name, bucket, days = _name(params), _bucket(params), _days(params)
        tags, group = read_tags(params), _resource_group(params)
        reload, dry_run = read_reload(params), params.boolean("DryRun")
        cache = self._find(call, region, cache_id)
        content = reload.applied_to(cache.content_at(call.now))
        if content is not None:
            self._conditions.check_account(call)
        if (status := cache.status(call.now)) not in UPDATABLE:
            wanted = "only an Available or UpdateFailed one can be updated"
            raise eci_errors.incorrect_status(cache.id, status, wanted)
        self._conditions.check_network(call, region)
        if bucket is not None and bucket != cache.bucket:
            self._refuse_taken_path(call, region, bucket, cache.path)
            cache.bucket = bucket
        if dry_run:
            raise alibaba_errors.dry_run()
        if content is not None:
            seconds = self._settings.current().seconds("update_seconds", region)
            failure = self._failure("update_fails", call)
            cache.start_reload(Job(started=call.now, seconds=seconds, failure=failure), content)
        if name is not None:
            cache.name = name
        if group is not None:
            cache.resource_group = group
        if tags is not None:
            cache.tags = tags
        if days is not None:
            cache.retain(days, since=call.now)
        self._caches.save(cache)
        return {}

    def delete_data_cache(self, call: Call) -> dict[str, Any]:
        """Delete a data cache that nothing is being done with."""
        params = call.params
        region = known_region(params)
        cache = self._named(call, region)
        if (status := cache.status(call.now)) in BUSY:
            raise eci_errors.incorrect_status(cache.id, status, "it cannot be deleted now")
        if self._caches.being_copied(cache, call.now):
            raise eci_errors.incorrect_status(cache.id, status, "it is the source of a running copy")
        seconds = self._settings.current().seconds("delete_seconds", region)
        cache.deleting = Job(started=call.now, seconds=seconds)
        self._caches.save(cache)
        return {}

    def _find(self, call: Call, region: str, cache_id: str) -> DataCache:
        cache = self._caches.get(call.account, region, cache_id, call.now)
        if cache is None or cache.visible_from > call.now:
            raise eci_errors.data_cache_not_found(cache_id)
        return cache

    def _named(self, call: Call, region: str) -> DataCache:
        """The cache that a deletion names, by its id, its path, or both."""
        bucket, path = _bucket(call.params), _path(call.params)
        if call.params.text("DataCacheId") or path is None:
            cache = self._find(call, region, call.params.required("DataCacheId"))
            if bucket not in {None, cache.bucket} or path not in {None, cache.path}:
                raise eci_errors.data_cache_not_found(f"{cache.id} of this bucket and path")
            return cache
        found = [
            cache
            for cache in self._caches.of_region(call.account, region, call.now)
            if (cache.bucket, cache.path) == (bucket or DEFAULT_BUCKET, path) and cache.visible_from <= call.now
        ]
        if not found:
            raise eci_errors.data_cache_not_found(path)
        if len(found) > 1:
            raise alibaba_errors.invalid_parameter("Path", "several data caches have it, give a DataCacheId")
        return found[0]

    def _refuse_taken_path(self, call: Call, region: str, bucket: str, path: str) -> None:
        if not self._settings.current().unique_paths:
            return
        for other in self._caches.of_region(call.account, region, call.now):
            if (other.bucket, other.path) == (bucket, path):
                raise eci_errors.path_taken(bucket, path, region)

    def _failure(self, kind: Kind, call: Call) -> str | None:
        return self._faults.take_failure(kind, NAME, call.action, call.params.raw)


def _name(params: Parameters) -> str | None:
    return params.matching("Name", _TEXT, _TEXT_IN_WORDS)


def _bucket(params: Parameters) -> str | None:
    bucket = params.matching("Bucket", _TEXT, _TEXT_IN_WORDS)
    if bucket == "eci-system":
        raise alibaba_errors.invalid_parameter("Bucket", "eci-system is reserved")
    return bucket


def _path(params: Parameters) -> str | None:
    return params.matching("Path", r"/.{0,1023}", "an absolute path of at most 1024 characters")


def _days(params: Parameters) -> int | None:
    return params.integer("RetentionDays", 1, MAX_DAYS)


def _resource_group(params: Parameters) -> str | None:
    return params.matching("ResourceGroupId", r"rg-\S{1,125}", "an id such as rg-acfmzw2jz2z")


def _filtered(cache: DataCache, params: Parameters) -> bool:
    return (
        params.text("Path") in {None, cache.path}
        and params.text("ResourceGroupId") in {None, cache.resource_group}
        and has_tags(cache.tags, read_tag_filter(params))
    )

"""The Tag service, version 2018-08-13: the tags of CBS's snapshots and CVM's images.

The actions are DescribeResourceTagsByResourceIds, DescribeResourcesByTags and ModifyResourceTags.

Not emulated: tags without a resource, system tags, tag policies, projects; the tags of any other resource of CVM, so
that every other service type and prefix is unknown.

What the reference leaves open: an id that nothing of the account has in the region has no tags, and cannot get any
(InvalidParameterValue.ResourceDescriptionError), and neither can a copy that is not listed yet; more than 50 ids, none,
or an empty one are ResourceIdInvalid; a page has at least one entry, and no upper limit; the uin of a name may be left
out; keys that begin with a reserved word are refused, in any case; taking off a tag that is not there does nothing; a
refused call changes nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import md5
from typing import Any, Protocol

from sandbox.core.inventory import nothing
from sandbox.core.resource_table import ResourceTable
from sandbox.tencent.api import Call, Service
from sandbox.tencent.request import action
from sandbox.tencent.tag.errors import DOCUMENTED, documented
from sandbox.tencent.tag.requests import (
    DescribeResourcesByTags,
    DescribeResourceTagsByResourceIds,
    ModifyResourceTags,
)

MAX_TAGS = 50


class Tagged(Protocol):
    """A resource that has tags."""

    id: str
    tags: dict[str, str]
    visible_from: float


@dataclass(frozen=True)
class TagBackend:
    """Reads and changes the tags where the resources keep them."""

    tables: Mapping[str, ResourceTable[Any]]
    """Prefix of a resource -> where such resources are kept."""

    @property
    def service(self) -> Service:
        """The Tag service as the gateway sees it."""
        actions = (
            action(DescribeResourceTagsByResourceIds, self.describe),
            action(DescribeResourcesByTags, self.describe_resources),
            action(ModifyResourceTags, self.modify),
        )
        limits = {"DescribeResourceTagsByResourceIds": 100, "DescribeResourcesByTags": 100}
        return Service("tag", "2018-08-13", dict(actions), DOCUMENTED, nothing, needs_region=False, limits=limits)

    def describe(self, call: Call, request: DescribeResourceTagsByResourceIds) -> dict[str, Any]:
        """List the tags of some resources, a page at a time."""
        table = self.tables[request.resource_prefix]
        found = table.of_region(call.account, request.resource_region, call.now, request.resource_ids)
        tags = [
            {
                "TagKey": key,
                "TagValue": value,
                "ResourceId": one.id,
                "TagKeyMd5": _md5(key),
                "TagValueMd5": _md5(value),
                "ServiceType": request.service_type,
                "Category": "Custom",
            }
            for one in found
            for key, value in one.tags.items()
            if request.category != "System"
        ]
        page = tags[request.offset : request.offset + request.limit]
        return {"TotalCount": len(tags), "Offset": request.offset, "Limit": request.limit, "Tags": page}

    def describe_resources(self, call: Call, request: DescribeResourcesByTags) -> dict[str, Any]:
        """List the resources that pass every filter, a page at a time."""
        table = self.tables[request.resource_prefix]
        wanted = None if request.resource_id is None else [request.resource_id]
        found: list[Tagged] = [
            one
            for one in table.of_region(call.account, request.resource_region, call.now, wanted)
            if one.visible_from <= call.now and all(each.fits(one.tags) for each in request.tag_filters)
        ]
        rows = [
            {
                "ResourceRegion": request.resource_region,
                "ServiceType": request.service_type,
                "ResourcePrefix": request.resource_prefix,
                "ResourceId": one.id,
                "Tags": [{"TagKey": key, "TagValue": value, "Category": "Custom"} for key, value in one.tags.items()],
            }
            for one in found[request.offset : request.offset + request.limit]
        ]
        return {"TotalCount": len(found), "Offset": request.offset, "Limit": request.limit, "Rows": rows}

    def modify(self, call: Call, request: ModifyResourceTags) -> dict[str, Any]:
        """Put tags on a resource, and take some off."""
        named = request.named(call.account)
        table = self.tables[named.prefix]
        found = table.get(call.account, named.region, named.id, call.now)
        if found is None or found.visible_from > call.now:
            raise documented("InvalidParameterValue.ResourceDescriptionError")
        taken = {tag.tag_key for tag in request.delete_tags or ()}
        tags = {key: value for key, value in found.tags.items() if key not in taken}
        tags |= {tag.tag_key: tag.tag_value for tag in request.replace_tags or ()}
        if len(tags) > MAX_TAGS:
            raise documented("LimitExceeded.ResourceAttachedTags")
        found.tags = tags
        table.save(found)
        return {}


def _md5(text: str) -> str:
    return md5(text.encode(), usedforsecurity=False).hexdigest()

"""Tags and resource groups of images and snapshots: Tag-, Untag- and ListTagResources, JoinResourceGroup."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from sandbox.alibaba.artefact import Artefact, ArtefactTable
from sandbox.alibaba.ecs import errors as ecs_errors
from sandbox.alibaba.ecs.keys_and_groups import ResourceGroups
from sandbox.alibaba.ecs.requests import listed, refused
from sandbox.alibaba.ecs.snapshot import Snapshots
from sandbox.alibaba.ecs.store import Images
from sandbox.alibaba.errors import invalid_parameter, unknown_region
from sandbox.alibaba.page_tokens import NextToken, take_page
from sandbox.alibaba.region_names import REGION_NAMES
from sandbox.alibaba.request import Region, Request, Sent, Texts, Truth, forbid, pairs, rule
from sandbox.alibaba.rpc import Call
from sandbox.alibaba.tags import MAX_TAGS, TagFilter, has_tags, read_tags
from sandbox.core.api_error import ApiError

MAX_RESOURCES = 50
PAGE = 50
IMAGE, SNAPSHOT = "image", "snapshot"


class OfResources(Request):
    """What the tag actions have in common, with the codes that they have for what is missing."""

    missing = staticmethod(lambda name: ecs_errors.documented(f"MissingParameter.{name}"))
    region_id: str
    resource_type: Annotated[
        str,
        listed(IMAGE, SNAPSHOT, code="InvalidResourceType.NotFound"),
        rule(partial(unknown_region, "RegionId"), lambda _, sent: sent.get("region_id") not in REGION_NAMES),
    ]


Ids = Annotated[Texts, refused("NumberExceed.ResourceIds", lambda ids, _: len(ids) > MAX_RESOURCES)]
SomeIds = Annotated[Ids, refused("MissingParameter.ResourceIds", lambda ids, _: not ids)]


def _new_tags(sent: dict[str, str]) -> dict[str, str]:
    tags = read_tags(sent, reserved_values=())
    ecs_errors.refuse(
        {
            "MissingParameter.Tags": not tags,
            "InvalidTag.Mismatch": any("Value" not in tag for tag in pairs(sent)),
            "TagKey.Duplication": len({key.lower() for key in tags}) < len(tags),
        }
    )
    return tags


class TagResources(OfResources):
    """Every tag needs a value."""

    ids: SomeIds = Field({}, alias="ResourceId.", validate_default=True)
    tags: Annotated[dict[str, str], BeforeValidator(_new_tags)] = Field({}, alias="Tag.", validate_default=True)


class UntagResources(OfResources):
    """Some keys, or all of them."""

    ids: SomeIds = Field({}, alias="ResourceId.", validate_default=True)
    keys: Texts = Field(default_factory=list, alias="TagKey.")
    every: Annotated[
        Truth,
        refused("NumberExceed.Tags", lambda _, sent: len(sent.get("keys", ())) > MAX_TAGS),
        refused("MissingParameter.Tags", lambda every, sent: not every and not sent.get("keys")),
        refused("Param.Conflict", lambda every, sent: every and sent.get("keys")),
    ] = Field("", alias="All", validate_default=True)


class ListTagResources(OfResources):
    """Some resources, or all that have some tags."""

    after: NextToken = Field(0, alias="NextToken")
    tags: Annotated[
        TagFilter,
        rule(partial(invalid_parameter, "TagValue", "it needs a key"), lambda tags, _: any(not key for key, _ in tags)),
    ] = Field(default_factory=list, alias="Tag.")
    tag_filter: Annotated[Sent, forbid("it cannot be used together with Tag", lambda _, sent: sent.get("tags"))] = (
        Field(default=False, alias="TagFilter.")
    )
    ids: Annotated[Ids, refused("MissingParameter.ResourceIds", lambda ids, sent: not ids and not sent.get("tags"))] = (
        Field({}, alias="ResourceId.", validate_default=True)
    )


def _not_supplied(name: str) -> ApiError:
    message = f'The input parameter "{name}" that is mandatory for processing this request is not supplied.'
    return ApiError("MissingParameter", message, 403)


class JoinResourceGroup(Request):
    """One resource and its new group."""

    missing = staticmethod(_not_supplied)
    resource_id: str
    resource_group_id: str
    region_id: Region
    resource_type: Annotated[str, listed(IMAGE, SNAPSHOT, code="InvalidResourceType.NotFound")] = IMAGE


@dataclass(frozen=True, kw_only=True)
class ResourceTags:
    """The actions of several resources at once; each is done for all or for none."""

    images: Images
    snapshots: Snapshots
    groups: ResourceGroups

    def tag_resources(self, call: Call) -> dict[str, Any]:
        """Add tags; a key that a resource has gets the new value."""
        request = TagResources.read(call)
        named = self._named(call, request, request.ids)
        for one in named:
            one.tags = one.tags | request.tags
            ecs_errors.refuse({"QuotaExceed.Tags": len(one.tags) > MAX_TAGS})
        self._save(request.resource_type, named)
        return {}

    def untag_resources(self, call: Call) -> dict[str, Any]:
        """Remove some tags, or with All all of them."""
        request = UntagResources.read(call)
        named = self._named(call, request, request.ids)
        for one in named:
            kept = {key: value for key, value in one.tags.items() if key not in request.keys}
            one.tags = {} if request.every else kept
        self._save(request.resource_type, named)
        return {}

    def list_tag_resources(self, call: Call) -> dict[str, Any]:
        """The tags of some resources, or of those that have some tags, a page at a time."""
        request = ListTagResources.read(call)
        entries = [
            {"ResourceId": one.id, "ResourceType": request.resource_type, "TagKey": key, "TagValue": value}
            for one in self._table(request.resource_type).visible(call.account, request.region_id, call.now)
            if (not request.ids or one.id in request.ids) and has_tags(one.tags, request.tags)
            for key, value in one.tags.items()
        ]
        page, next_token = take_page(((n, entry) for n, entry in enumerate(entries, 1) if n > request.after), PAGE)
        return {"TagResources": {"TagResource": page}, "NextToken": next_token or ""}

    def join_resource_group(self, call: Call) -> dict[str, Any]:
        """Move a resource to another resource group."""
        request = JoinResourceGroup.read(call)
        group = request.resource_group_id
        ecs_errors.refuse({"InvalidResourceGroup.NotFound": not self.groups.has(call.account, group, call.now)})
        (one,) = self._named(call, request, [request.resource_id])
        ecs_errors.refuse({"InvalidResourceGroup.Duplicate": one.resource_group == group})
        one.resource_group = group
        self._save(request.resource_type, [one])
        return {}

    def _table(self, resource_type: str) -> ArtefactTable[Any]:
        return self.snapshots if resource_type == SNAPSHOT else self.images

    def _named(self, call: Call, request: OfResources | JoinResourceGroup, ids: list[str]) -> Sequence[Artefact]:
        visible = self._table(request.resource_type).visible(call.account, request.region_id, call.now)
        found = {one.id: one for one in visible}
        ecs_errors.refuse({"InvalidResourceId.NotFound": not found.keys() >= set(ids)})
        return [found[one] for one in dict.fromkeys(ids)]

    def _save(self, resource_type: str, changed: Sequence[Artefact]) -> None:
        for one in changed:
            self._table(resource_type).save(one)

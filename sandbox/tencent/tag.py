"""The Tag service, version 2018-08-13: DescribeResourceTagsByResourceIds, which reads the tags of CBS's snapshots.

Not emulated: changing tags, which only CreateSnapshot and seeds give here; system tags; the tags of any other resource
of CVM, so that every other service type and prefix is unknown.

What the reference leaves open: an id that no snapshot of the account has in the region has no tags; more than 50 ids,
none, or an empty one are ResourceIdInvalid; a page has at least one entry, and no upper limit.
"""

from dataclasses import dataclass
from hashlib import md5
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import model_validator

from sandbox.core.inventory import nothing
from sandbox.tencent.api import REGIONS, Call, Service
from sandbox.tencent.cbs.snapshot import Snapshots
from sandbox.tencent.errors import ErrorTable, bad_value, messages
from sandbox.tencent.request import Request, Whole, action, one_of, rule

MAX_IDS = 50
_FILE = Path(__file__).with_suffix(".toml")
DOCUMENTED = messages(_FILE) | messages(_FILE, "fault_only")
documented = ErrorTable(DOCUMENTED, {}).error


class DescribeResourceTagsByResourceIds(Request):
    """A resource is named by parts of its six-segment name: qcs::<service type>:<region>:uin/<uin>:<prefix>/<id>."""

    service_type: str
    resource_prefix: str
    resource_ids: list[str]
    resource_region: str
    offset: Annotated[Whole, rule(lambda offset: offset >= 0, "it cannot be negative")] = 0
    limit: Annotated[Whole, rule(lambda limit: limit >= 1, "it must be at least 1")] = 15
    category: Annotated[str, one_of("Custom", "System", "All")] = "All"

    @model_validator(mode="after")
    def _known(self) -> Self:
        if self.service_type != "cvm":
            raise documented("InvalidParameterValue.ServiceTypeInvalid")
        if self.resource_prefix != "snapshot":
            raise documented("InvalidParameterValue.ResourcePrefixInvalid")
        if self.resource_region not in REGIONS:
            raise documented("InvalidParameterValue.RegionInvalid")
        if not 1 <= len(self.resource_ids) <= MAX_IDS or "" in self.resource_ids:
            raise documented("InvalidParameterValue.ResourceIdInvalid")
        if self.offset % self.limit:
            raise bad_value("Offset", "it must be a multiple of Limit")
        return self


@dataclass(frozen=True)
class TagBackend:
    """Reads the tags where the resources keep them."""

    snapshots: Snapshots

    @property
    def service(self) -> Service:
        """The Tag service as the gateway sees it."""
        actions = dict([action(DescribeResourceTagsByResourceIds, self.describe)])
        return Service("tag", "2018-08-13", actions, DOCUMENTED, nothing, needs_region=False)

    def describe(self, call: Call, request: DescribeResourceTagsByResourceIds) -> dict[str, Any]:
        """List the tags of some resources, a page at a time."""
        snapshots = self.snapshots.of_region(call.account, request.resource_region, call.now, request.resource_ids)
        tags = [
            {
                "TagKey": key,
                "TagValue": value,
                "ResourceId": snapshot.id,
                "TagKeyMd5": _md5(key),
                "TagValueMd5": _md5(value),
                "ServiceType": request.service_type,
                "Category": "Custom",
            }
            for snapshot in snapshots
            for key, value in snapshot.tags.items()
            if request.category != "System"
        ]
        page = tags[request.offset : request.offset + request.limit]
        return {"TotalCount": len(tags), "Offset": request.offset, "Limit": request.limit, "Tags": page}


def _md5(text: str) -> str:
    return md5(text.encode(), usedforsecurity=False).hexdigest()

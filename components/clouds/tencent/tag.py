"""The Tag service: puts tags on resources of other services, and finds resources by them.

It names a resource by six segments: `qcs::cvm:ap-beijing:uin/100000000001:image/img-gvbnzy6f`.
"""

from collections.abc import Collection, Mapping
from typing import Any, ClassVar

from components.clouds import retries
from components.clouds.tencent.errors import table
from components.clouds.tencent.service import TencentService

PER_SECOND = {"": 16.0}
"""The API allows 20 requests a second for ModifyResourceTags; a fifth is left as with the other services."""

AT_ONCE = 10
"""Tags that one call may put on, and as many that it may take off."""

PER_PAGE = 50
SERVICE_TYPE = "cvm"
"""The type of all resources that are tagged here, as the Tag service names it."""


class Tag(TencentService):
    """Calls of the Tag service over one connection."""

    name = "tag"
    errors = table("Tag", "tag_errors.toml")
    version = "2018-08-13"
    per_second = PER_SECOND
    answers: ClassVar = {"DescribeResourcesByTags": "TotalCount"}

    def modify(self, doing: str, resource: str, region: str, put: Mapping[str, str], take: Collection[str]) -> None:
        """Put tags on a resource, or take some off (ModifyResourceTags).

        Args:
            doing: For errors.
            resource: Its six segments.
            region: The region it is in.
            put: Tags that it gets, or whose values change.
            take: Keys that it loses; none of those that it gets.
        """
        puts, takes = sorted(put.items()), sorted(take)
        for start in range(0, max(len(puts), len(takes)), AT_ONCE):
            these, those = puts[start : start + AT_ONCE], takes[start : start + AT_ONCE]
            params = {
                "Resource": resource,
                "ReplaceTags": [{"TagKey": key, "TagValue": value} for key, value in these] or None,
                "DeleteTags": [{"TagKey": key} for key in those] or None,
            }
            self._send(doing, region, "ModifyResourceTags", params)

    def ids_with(self, region: str, prefix: str, key: str) -> list[str]:
        """List the ids of what has a tag of this key in a region (DescribeResourcesByTags).

        Raises:
            CloudError: Refused, or an answer that cannot be read.
        """
        doing, found = f"looking for what is tagged {key} in {region}", dict[str, None]()
        filters = {"TagFilters": [{"TagKey": key}], "ServiceType": SERVICE_TYPE}
        while True:
            params: dict[str, Any] = {**filters, "ResourcePrefix": prefix, "ResourceRegion": region}
            offset = len(found) // PER_PAGE * PER_PAGE
            answer = self._send(
                doing,
                region,
                "DescribeResourcesByTags",
                {**params, "Offset": offset, "Limit": PER_PAGE},
                patience=retries.READ_PATIENCE,
            )
            rows, total = answer.get("Rows") or [], answer["TotalCount"]
            ids = [row.get("ResourceId") for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
            before = len(found)
            found |= dict.fromkeys(id_ for id_ in ids if isinstance(id_, str) and id_)
            if not isinstance(total, int) or len(found) >= total:
                return list(found)
            if len(found) == before:
                raise self._no_answer(doing, f"the answer counts {total} and lists {before}", str(answer["RequestId"]))

"""The vendor's ECI client, strict about answers. Imported where a request is sent: the SDK takes a second to load."""

from __future__ import annotations

from typing import Any

from alibabacloud_eci20180808.client import Client

from components.clouds.alibaba.answers import verified

_HELD = {"CopyDataCache": "DataCacheId", "DescribeDataCaches": "DataCaches"}


class StrictClient(Client):  # type: ignore[misc]  # the vendor ships no type information
    """Raises `UnusableAnswer` for a 200 that does not hold what its action answers."""

    def call_api(self, params: Any, request: Any, runtime: Any) -> Any:
        """Send one request; see the base class."""
        holds = _HELD.get(params.action, "RequestId")
        return verified(super().call_api(params, request, runtime), holds=holds, is_list=holds == "DataCaches")

"""The vendor's ECI client, strict about answers. Imported only where a request is sent: the SDK takes a second to load.

The SDK raises nothing for an error that comes with HTTP 200, and reads a missing list as an empty one, which would make
"the cloud gave no usable answer" look like "the cloud lists nothing".
"""

from __future__ import annotations

from typing import Any

from alibabacloud_eci20180808.client import Client

from components.clouds.errors import UnusableAnswer

_HELD = {"CopyDataCache": "DataCacheId", "DescribeDataCaches": "DataCaches"}


def _says_nothing_is_listed(body: dict[str, Any]) -> bool:
    """Tell whether a list is left out or null because it is empty, which the answer then says in another way."""
    return bool(body.get("RequestId")) and (
        body.get("TotalCount") == 0 or ("DataCaches" in body and not body["DataCaches"])
    )


class StrictClient(Client):  # type: ignore[misc]  # the vendor ships no type information
    """Raises `UnusableAnswer` for a 200 that does not hold what its action answers."""

    def call_api(self, params: Any, request: Any, runtime: Any) -> Any:
        """Send one request; see the base class."""
        answer = super().call_api(params, request, runtime)
        body = answer.get("body") if isinstance(answer, dict) else None
        held = _HELD.get(params.action, "RequestId")
        if not isinstance(body, dict):
            raise UnusableAnswer("NoAnswer", "the answer is not JSON", "")
        is_held = body.get(held) not in (None, "") or (held == "DataCaches" and _says_nothing_is_listed(body))
        if body.get("Code") or not is_held:
            message = str(body.get("Message") or f"the answer holds no {held}")
            raise UnusableAnswer(str(body.get("Code") or "NoAnswer"), message, str(body.get("RequestId") or ""))
        return answer

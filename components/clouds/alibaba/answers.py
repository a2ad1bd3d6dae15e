"""How answers of Alibaba Cloud are read: strictly.

The SDKs raise nothing for an error that comes with HTTP 200, and read a missing list as an empty one, which would make
"the cloud gave no usable answer" look like "the cloud lists nothing".
"""

import re
from typing import Any


class UnusableAnswer(Exception):
    """An answer that says neither yes nor no: whatever it is, it proves nothing. Reported as `NoAnswer`."""

    def __init__(self, code: str, message: str, request_id: str) -> None:
        self.code = code
        self.message = message
        self.request_id = request_id
        super().__init__(code)


def verified(answer: Any, action: str, holds: str) -> Any:
    """Return an SDK's raw answer if its body holds what its action answers.

    Args:
        answer: What the SDK's `call_api` returned.
        action: The API's action. One that lists may leave its list out, or null, when the answer says in another way
            that it is empty.
        holds: The field that it must hold.

    Raises:
        UnusableAnswer: It does not.
    """
    body = answer.get("body") if isinstance(answer, dict) else None
    if not isinstance(body, dict):
        raise UnusableAnswer("NoAnswer", "the answer is not JSON", "")
    may_be_empty = action.startswith(("Describe", "List")) and _says_nothing_is_listed(body, holds)
    if body.get("Code") or (body.get(holds) in (None, "") and not may_be_empty):
        message = str(body.get("Message") or f"the answer holds no {holds}")
        raise UnusableAnswer(str(body.get("Code") or "NoAnswer"), message, str(body.get("RequestId") or ""))
    return answer


def _says_nothing_is_listed(body: dict[str, Any], holds: str) -> bool:
    return bool(body.get("RequestId")) and (body.get("TotalCount") == 0 or (holds in body and not body[holds]))


def percent(text: str | None) -> int:
    """Read a progress such as `42%`; 0 where there is none."""
    digits = re.match(r"\s*(\d+)", text or "")
    return min(int(digits[1]), 100) if digits else 0

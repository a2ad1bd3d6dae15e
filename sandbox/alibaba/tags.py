"""The rules that tags obey all over Alibaba Cloud.

ECI's reference names no limits and no codes for tags, so these are those of the vendor's tagging rules and of its other
services: at most 20 tags, keys of 1 to 128 and values of up to 128 characters, no key twice; a key starts neither with
`aliyun` nor with `acs:` (in any case), a value not with `acs:`, and neither contains `http://` or `https://`.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated

from pydantic import BeforeValidator

from sandbox.alibaba.request import pairs
from sandbox.core.api_error import ApiError

MAX_TAGS = 20
MAX_LENGTH = 128
RESERVED = ("aliyun", "acs:")
ADDRESSES = ("http://", "https://")


def read_tags(sent: dict[str, str], reserved_values: tuple[str, ...] = ("acs:",)) -> dict[str, str]:
    """The tags that a request sets, in the order sent; `reserved_values` is what a value must not begin with."""
    records = pairs(sent)
    if len(records) > MAX_TAGS:
        raise ApiError("NumberExceed.Tags", f"The number of tags exceeds the maximum of {MAX_TAGS}.")
    tags: dict[str, str] = {}
    for record in records:
        key, value = record.get("Key", ""), record.get("Value", "")
        if not key or not allowed(key):
            raise ApiError("InvalidTagKey.Malformed", f"The specified Tag.Key {key!r} is not valid.")
        if not allowed(value, reserved_values):
            raise ApiError("InvalidTagValue.Malformed", f"The specified Tag.Value {value!r} is not valid.")
        if key in tags:
            raise ApiError("Duplicate.TagKey", f"The Tag.N.Key {key!r} contains duplicate key.")
        tags[key] = value
    return tags


def read_tag_filter(sent: dict[str, str]) -> list[tuple[str, str | None]]:
    """The tags that a listed resource must all have; a filter without a value means any value."""
    return [(one.get("Key", ""), one.get("Value")) for one in pairs(sent)]


def has_tags(tags: Mapping[str, str], wanted: Sequence[tuple[str, str | None]]) -> bool:
    """Whether tags include all that a filter asks for."""
    return all(key in tags and value in {None, tags[key]} for key, value in wanted)


def allowed(text: str, reserved: tuple[str, ...] = RESERVED) -> bool:
    """Whether a text is neither too long nor reserved, and has no address in it."""
    lower = text.lower()
    return len(text) <= MAX_LENGTH and not lower.startswith(reserved) and all(one not in lower for one in ADDRESSES)


Tags = Annotated[dict[str, str], BeforeValidator(read_tags)]
TagFilter = Annotated[list[tuple[str, str | None]], BeforeValidator(read_tag_filter)]

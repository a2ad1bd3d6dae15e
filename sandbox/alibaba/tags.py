"""The rules that tags obey all over Alibaba Cloud.

ECI's reference names no limits and no codes for tags, so these are those of the vendor's tagging rules and of
its other services: at most 20 tags, keys of 1 to 128 and values of up to 128 characters, no key twice; a key
starts neither with `aliyun` nor with `acs:` (in any case), a value not with `acs:`, and neither contains
`http://` or `https://`.
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus

from sandbox.alibaba.rpc import Parameters
from sandbox.core.api_error import ApiError

MAX_TAGS = 20
MAX_LENGTH = 128


def read_tags(params: Parameters, reserved_values: tuple[str, ...] = ("acs:",)) -> dict[str, str] | None:
    """The tags of a request that sets them, in the order sent; None when it sends none.

    `reserved_values` is what a value must not begin with.
    """
    records = params.records("Tag", ("Key", "Value"))
    if len(records) > MAX_TAGS:
        message = f"The number of tags exceeds the maximum of {MAX_TAGS}."
        raise ApiError("NumberExceed.Tags", message, HTTPStatus.BAD_REQUEST)
    tags: dict[str, str] = {}
    for record in records:
        key, value = record.get("Key", ""), record.get("Value", "")
        if not _key_allowed(key):
            raise ApiError("InvalidTagKey.Malformed", f"The specified Tag.Key {key!r} is not valid.")
        if not _value_allowed(value) or value.lower().startswith(reserved_values):
            raise ApiError("InvalidTagValue.Malformed", f"The specified Tag.Value {value!r} is not valid.")
        if key in tags:
            raise ApiError("Duplicate.TagKey", f"The Tag.N.Key {key!r} contains duplicate key.")
        tags[key] = value
    return tags or None


def read_tag_filter(params: Parameters) -> list[tuple[str, str | None]]:
    """The tags that a listed resource must all have; a filter without a value means any value."""
    return [(one.get("Key", ""), one.get("Value")) for one in params.records("Tag", ("Key", "Value"))]


def has_tags(tags: Mapping[str, str], wanted: Sequence[tuple[str, str | None]]) -> bool:
    """Whether tags are those that a filter wants, and maybe more."""
    return all(key in tags and value in {None, tags[key]} for key, value in wanted)


def _key_allowed(key: str) -> bool:
    return 1 <= len(key) <= MAX_LENGTH and not key.lower().startswith(("aliyun", "acs:")) and not _holds_address(key)


def _value_allowed(value: str) -> bool:
    return len(value) <= MAX_LENGTH and not _holds_address(value)


def _holds_address(text: str) -> bool:
    return "http://" in text.lower() or "https://" in text.lower()

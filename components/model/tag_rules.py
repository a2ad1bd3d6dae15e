"""The rules that tags obey all over Alibaba Cloud. It judges declared values only, and quotes none: it may be a secret."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from pulumi.output import Unknown

from components.model.field import Rule

MAX_LENGTH = 128
_RESERVED_PREFIXES = ("acs:", "aliyun")


def tags(most: int, *, reserved: Collection[str] = (), why_most: str = "") -> Rule:
    """Make the rule of declared tags.

    Args:
        most: How many there may be.
        reserved: Keys that are ours.
        why_most: Said behind the limit.
    """

    def rule(declared: Any) -> Iterator[tuple[str, str]]:
        if not isinstance(declared, Mapping):
            yield "", "must be a map of text to text"
            return
        if len(declared) > most:
            yield "", f"{len(declared)} tags, at most {most}{why_most}"
        for key, value in declared.items():
            if reason := _of_key(key, reserved) or _of_value(value):
                yield f".{key}", reason

    return rule


def _of_key(key: str, reserved: Collection[str]) -> str:
    if key in reserved:
        return f"{key!r} is reserved: it marks the replica"
    if not 1 <= len(key) <= MAX_LENGTH:
        return f"a key has 1 to {MAX_LENGTH} characters, this one {len(key)}"
    if key.lower().startswith(_RESERVED_PREFIXES):
        return "a key must not start with 'acs:' or 'aliyun'"
    return "a key must not contain 'http://' or 'https://'" if _holds_address(key) else ""


def _of_value(value: Any) -> str:
    if isinstance(value, Unknown):
        return ""
    if not isinstance(value, str):
        return "a value must be text: put it in quotes"
    if len(value) > MAX_LENGTH:
        return f"a value has at most {MAX_LENGTH} characters, this one {len(value)}"
    if value.lower().startswith("acs:"):
        return "a value must not start with 'acs:'"
    return "a value must not contain 'http://' or 'https://'" if _holds_address(value) else ""


def _holds_address(text: str) -> bool:
    return "http://" in text.lower() or "https://" in text.lower()

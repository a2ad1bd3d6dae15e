"""The rules that tags obey all over Alibaba Cloud, and what is the same everywhere.

It judges declared values and quotes none: any may be secret.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from pulumi.output import Unknown

from components.model.field import Rule

REPLICA_TAG = "pulumi-replica"
"""The one tag of a copy that this project needs: it holds the copy's mark."""

MAX_LENGTH = 128
_RESERVED_PREFIXES = ("acs:", "aliyun")


def of_alibaba_key(key: str) -> str:
    """Return what is wrong with a key, "" for nothing."""
    if not 1 <= len(key) <= MAX_LENGTH:
        return f"a key has 1 to {MAX_LENGTH} characters, this one {len(key)}"
    if key.lower().startswith(_RESERVED_PREFIXES):
        return "a key must not start with 'acs:' or 'aliyun'"
    return "a key must not contain 'http://' or 'https://'" if _holds_address(key) else ""


def of_alibaba_value(value: str) -> str:
    """Return what is wrong with a value, "" for nothing."""
    if len(value) > MAX_LENGTH:
        return f"a value has at most {MAX_LENGTH} characters, this one {len(value)}"
    if value.lower().startswith("acs:"):
        return "a value must not start with 'acs:'"
    return "a value must not contain 'http://' or 'https://'" if _holds_address(value) else ""


def tags(
    most: int,
    *,
    reserved: Collection[str] = (),
    why_most: str = "",
    of_key: Callable[[str], str] = of_alibaba_key,
    of_value: Callable[[str], str] = of_alibaba_value,
) -> Rule:
    """Make the rule of declared tags.

    Args:
        most: How many there may be.
        reserved: Keys that are ours.
        why_most: Said behind the limit.
        of_key: Judges a key, as the vendor does.
        of_value: The same for a value that is text.
    """

    def of_tag(key: str, value: Any) -> str:
        if key in reserved:
            return f"{key!r} is reserved: it marks the replica"
        if isinstance(value, Unknown):
            return of_key(key)
        return of_key(key) or (of_value(value) if isinstance(value, str) else "a value must be text: put it in quotes")

    def rule(declared: Any) -> Iterator[tuple[str, str]]:
        if not isinstance(declared, Mapping):
            yield "", "must be a map of text to text"
            return
        if len(declared) > most:
            yield "", f"{len(declared)} tags, at most {most}{why_most}"
        for key, value in declared.items():
            if reason := of_tag(key, value):
                yield f".{key}", reason

    return rule


def patterns(most: int, *, only_names: str = "") -> Rule:
    """Make the rule of patterns of tags that others put on.

    Args:
        most: How many there may be.
        only_names: Why there may be no wildcards, "" where there may.
    """

    def rule(declared: Any) -> Iterator[tuple[str, str]]:
        if isinstance(declared, str) or not isinstance(declared, Sequence):
            yield "", f"must be a list of patterns such as 'cost-*', got {declared!r}"
            return
        if len(declared) > most:
            yield "", f"{len(declared)} patterns, at most {most}"
        for index, pattern in enumerate(declared):
            if not isinstance(pattern, str) or not pattern.strip():
                yield f".{index}", f"must be a pattern such as 'cost-*', got {pattern!r}"
            elif only_names and any(each in pattern for each in "*?["):
                yield f".{index}", f"{pattern!r} has a wildcard: {only_names}; list each tag"

    return rule


def left_alone(tags: Mapping[str, Any], declared: Mapping[str, Any], ignored: Sequence[str] | None) -> dict[str, Any]:
    """Pick the tags that are others': what is declared is ours, whatever the patterns say.

    Args:
        tags: What the copy has.
        declared: What is declared.
        ignored: Patterns of keys, as in a shell: `*`, `?` and `[...]`; upper and lower case differ.
    """
    return {
        key: value
        for key, value in tags.items()
        if key not in declared and any(fnmatchcase(key, pattern) for pattern in ignored or ())
    }


def is_reserved(key: str) -> bool:
    """Report whether a tag is our mark or one of Alibaba Cloud's own."""
    return key == REPLICA_TAG or key.lower().startswith(_RESERVED_PREFIXES)


def _holds_address(text: str) -> bool:
    return "http://" in text.lower() or "https://" in text.lower()

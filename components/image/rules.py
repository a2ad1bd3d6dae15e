"""The rules of the CopyImage reference, as one function that the component and the stack config parser share.

It judges declared values only: no cloud is asked, and a value that is not known yet passes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from components.model.tag_rules import tag_violations
from components.model.violations import REQUIRED, Violation, given, is_blank, of_every_replica

MAX_NAME = 128 - 9
"""An image is called `<name>-<hash>`, in 128 characters at most."""

MAX_TAGS = 20
TEXTS = (*REQUIRED, "name", "description", "kms_key_id", "resource_group_id")
FLAGS = ("encrypted", "force_delete", "delete_auto_snapshot")
_CHINESE = "\u3400-\u4dbf\u4e00-\u9fff"
_NAME = re.compile(rf"[A-Za-z{_CHINESE}][A-Za-z0-9{_CHINESE}.:_-]+")


def violations(properties: Mapping[str, Any]) -> list[Violation]:
    """Find everything that the API would refuse.

    Args:
        properties: Settings of one replica, with `source_region`, `source_id` and `region`; None means not given.
    """
    known = given(properties)
    return [
        *of_every_replica(properties, TEXTS, FLAGS),
        *_texts(known),
        *_encryption(properties, known),
        *tag_violations(known.get("tags", {}), MAX_TAGS),
    ]


def _texts(known: Mapping[str, Any]) -> Iterator[Violation]:
    texts = {key: text for key in TEXTS if isinstance(text := known.get(key), str) and not is_blank(text)}
    if "name" in texts and (reason := _of_name(texts["name"])):
        yield Violation("name", reason)
    if description := texts.get("description"):
        if not 2 <= len(description) <= 256:
            yield Violation("description", f"has 2 to 256 characters, this one {len(description)}")
        if description.lower().startswith(("http://", "https://")):
            yield Violation("description", "must not begin with http:// or https://")
    group = texts.get("resource_group_id")
    if group and not re.fullmatch(r"rg-[0-9A-Za-z]+", group):
        yield Violation("resource_group_id", f"must be an id such as 'rg-bp67acfmxazb4p', got {group!r}")


def _of_name(name: str) -> str:
    if not 2 <= len(name) <= MAX_NAME:
        return f"has 2 to {MAX_NAME} characters, this one {len(name)}: the image is called <name>-<hash>"
    if name.lower().startswith(("aliyun", "acs:")):
        return "must not begin with 'aliyun' or 'acs:'"
    if "http://" in name or "https://" in name:
        return "must not contain 'http://' or 'https://'"
    if not _NAME.fullmatch(name):
        return "begins with a letter (A to Z or Chinese), and goes on with letters, digits, '.', ':', '_' and '-'"
    return ""


def _encryption(properties: Mapping[str, Any], known: Mapping[str, Any]) -> Iterator[Violation]:
    if "kms_key_id" in known and properties.get("encrypted") in {None, False}:
        yield Violation("kms_key_id", "needs `encrypted: true` beside it")

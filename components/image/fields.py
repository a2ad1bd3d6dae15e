"""The table of an image replica's fields; names, types and texts are those of its TypedDicts."""

import re
from collections.abc import Mapping
from typing import Any

from components.image.args import ImageDestination, ImageReplicaArgs, ImageSource
from components.model import copy_fields, rules
from components.model.field import Change, Field, Violation, given, table
from components.model.tag_rules import patterns, tags

MAX_NAME = 128 - 9
"""An image is called `<name>-<hash>`, in 128 characters at most."""

MAX_TAGS = 20
DEFAULT_READY_TIMEOUT = "6h"
_CHINESE = "\u3400-\u4dbf\u4e00-\u9fff"
_NAME = re.compile(rf"[A-Za-z{_CHINESE}][A-Za-z0-9{_CHINESE}.:_-]+")


def _name(name: str) -> str:
    if not 2 <= len(name) <= MAX_NAME:
        return f"has 2 to {MAX_NAME} characters, this one {len(name)}: the image is called <name>-<hash>"
    if name.lower().startswith(("aliyun", "acs:")):
        return "must not begin with 'aliyun' or 'acs:'"
    if "http://" in name or "https://" in name:
        return "must not contain 'http://' or 'https://'"
    if not _NAME.fullmatch(name):
        return "begins with a letter (A to Z or Chinese), followed by letters, digits, '.', ':', '_' and '-'"
    return ""


SOURCE = copy_fields.source_table(ImageSource, region_api="RegionId", id_api="ImageId")
ARGS = copy_fields.args_table(ImageReplicaArgs, ready_timeout=DEFAULT_READY_TIMEOUT)
SETTINGS = table(
    ImageDestination,
    name=Field(
        default="the child's name",
        api="DestinationImageName",
        rule=rules.saying(_name),
        template=True,
        longest=MAX_NAME,
    ),
    description=Field(
        default="none",
        api="DestinationDescription",
        rule=rules.description(least=2, most=256),
        unset="ModifyImageAttribute cannot unset it",
        native="description",
    ),
    encrypted=Field(
        Change.REPLACES, default="the account's choice in that region", api="Encrypted", native="encrypted"
    ),
    kms_key_id=Field(Change.REPLACES, default="the service's key", api="KMSKeyId", native="kms_key_id"),
    tags=Field(default="none", api="Tag", rule=tags(MAX_TAGS), merged=True, native="tags"),
    ignore_tags=Field(
        Change.RECORDED,
        default="none",
        effect="none: read in each run",
        rule=patterns(MAX_TAGS, only_names="the native resource knows names only"),
    ),
    resource_group_id=Field(
        default="the account's",
        api="JoinResourceGroup",
        rule=rules.an_id(r"rg-[0-9A-Za-z]+", "rg-bp67acfmxazb4p"),
    ),
    force_delete=Field(Change.RECORDED, default="false", api="Force", native="force"),
    delete_auto_snapshot=Field(Change.RECORDED, default="false", native="delete_auto_snapshot"),
)


def violations(properties: Mapping[str, Any]) -> list[Violation]:
    """Find every rule of the reference that the settings of one replica break."""
    found = copy_fields.violations(SETTINGS, properties)
    if "kms_key_id" in given(properties) and properties.get("encrypted") in {None, False}:
        found.append(Violation("kms_key_id", "needs `encrypted: true` beside it"))
    return found

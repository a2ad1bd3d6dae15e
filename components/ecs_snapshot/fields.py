"""The table of an ECS snapshot replica's fields; names, types and texts are those of its TypedDicts."""

import re
from collections.abc import Mapping
from typing import Any

from components.ecs_snapshot.args import EcsSnapshotDestination, EcsSnapshotReplicaArgs, EcsSnapshotSource
from components.model import copy_fields, rules
from components.model.field import Change, Field, Violation, given, table
from components.model.tag_rules import REPLICA_TAG, patterns, tags

MAX_NAME = 128
MAX_TAGS = 19
"""ECS allows 20: one is the mark of the replica."""
MAX_RETENTION_DAYS = 65536
DEFAULT_READY_TIMEOUT = "6h"
DEFAULT_DESCRIPTION = "Cross-region replica"
"""CopySnapshot demands one."""

_NAME = re.compile(r"[^\W\d_][\w.:-]*")


def _name(text: str) -> str:
    if not 2 <= len(text) <= MAX_NAME:
        return f"has 2 to {MAX_NAME} characters, this one {len(text)}"
    if text.lower().startswith("auto"):
        return "must not begin with 'auto', as the names of automatic snapshots do"
    if text.lower().startswith(("http://", "https://")):
        return "must not begin with http:// or https://"
    if not _NAME.fullmatch(text):
        return "begins with a letter, followed by letters, digits, '.', ':', '_' and '-'"
    return ""


SOURCE = copy_fields.source_table(
    EcsSnapshotSource,
    region_api="RegionId",
    id_api="SnapshotId",
    disk_id=Field(
        Change.REPLACES,
        effect="makes a new source snapshot and replaces all replicas",
        api="DiskId",
        rule=rules.an_id(r"d-[0-9A-Za-z]+", "d-bp67acfmxazb4ph"),
    ),
)
ARGS = copy_fields.args_table(EcsSnapshotReplicaArgs, ready_timeout=DEFAULT_READY_TIMEOUT)
SETTINGS = table(
    EcsSnapshotDestination,
    name=Field(
        default="the child's name",
        api="DestinationSnapshotName",
        rule=rules.saying(_name),
        template=True,
        longest=MAX_NAME,
    ),
    description=Field(
        default=DEFAULT_DESCRIPTION, api="DestinationSnapshotDescription", rule=rules.description(least=2, most=256)
    ),
    retention_days=Field(
        default="never expires",
        api="RetentionDays",
        rule=rules.whole_number(1, MAX_RETENTION_DAYS, "days", ": leave it out and the replica never expires"),
        unset="ModifySnapshotAttribute cannot unset it",
        only_raised="ModifySnapshotAttribute only extends it",
    ),
    encrypted=Field(Change.REPLACES, default="the cloud's choice", api="Encrypted"),
    kms_key_id=Field(Change.REPLACES, default="the service's key", api="KMSKeyId"),
    tags=Field(
        default="none",
        api="Tag",
        rule=tags(
            MAX_TAGS, reserved=(REPLICA_TAG,), why_most=f": ECS allows 20, and {REPLICA_TAG!r} marks the replica"
        ),
        merged=True,
    ),
    ignore_tags=Field(Change.RECORDED, default="none", rule=patterns(MAX_TAGS)),
    force_delete=Field(Change.RECORDED, default="false", api="Force"),
    existing_id=Field(Change.AT_CREATION, default="copy", rule=rules.at_most(MAX_NAME)),
)


def violations(properties: Mapping[str, Any]) -> list[Violation]:
    """Find every rule of the references that the properties of one replica break."""
    found = copy_fields.violations(SETTINGS, properties)
    if "kms_key_id" in given(properties) and properties.get("encrypted") in {None, False}:
        found.append(Violation("kms_key_id", "needs `encrypted: true` beside it"))
    return found

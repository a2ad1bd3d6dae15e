"""The table of a DataCache replica's fields; names, types and texts are those of its TypedDicts."""

from functools import partial

from components.data_cache import reload
from components.data_cache.args import DataCacheDestination, DataCacheReplicaArgs, DataCacheSource
from components.model import copy_fields, rules
from components.model.field import Change, Field, table
from components.model.tag_rules import REPLICA_TAG, patterns, tags

MAX_TAGS = 19
"""ECI allows 20: one is the mark of the replica."""
MAX_RETENTION_DAYS = 36500
MAX_NAME, MAX_PATH = 128, 1024
"""The references give no lengths: these are the common limits of the vendor's other names."""
RESERVED_BUCKET = "eci-system"
CANNOT_UNSET = "UpdateDataCache cannot unset it"


def _bucket(text: str) -> str:
    return f"{text!r} is reserved by ECI: choose another bucket" if text == RESERVED_BUCKET else ""


def _path(text: str) -> str:
    return "" if text.startswith("/") else f"{text!r} must start with '/'"


SOURCE = copy_fields.source_table(DataCacheSource, region_api="RegionId", id_api="DataCacheId")
ARGS = copy_fields.args_table(DataCacheReplicaArgs, ready_timeout=copy_fields.DEFAULT_READY_TIMEOUT)
SETTINGS = table(
    DataCacheDestination,
    name=Field(
        default="the child's name",
        api="Name",
        rule=rules.at_most(MAX_NAME),
        template=True,
        answer="Name",
        longest=MAX_NAME,
    ),
    bucket=Field(
        default="default",
        api="Bucket",
        rule=rules.every(rules.at_most(MAX_NAME), rules.saying(_bucket)),
        answer="Bucket",
    ),
    path=Field(
        Change.REPLACES,
        default="the cloud's choice",
        api="Path",
        rule=rules.every(rules.at_most(MAX_PATH), rules.saying(_path)),
        template=True,
    ),
    retention_days=Field(
        default="never expires",
        api="RetentionDays",
        rule=rules.whole_number(1, MAX_RETENTION_DAYS, "days", ": leave it out and the replica never expires"),
        unset=CANNOT_UNSET,
    ),
    resource_group_id=Field(
        default="the account's",
        api="ResourceGroupId",
        rule=rules.every(rules.at_most(MAX_NAME), rules.an_id(r"rg-\S+", "rg-acfmzw2jz2z")),
        unset=CANNOT_UNSET,
        answer="ResourceGroupId",
    ),
    tags=Field(
        default="none",
        api="Tag",
        rule=tags(
            MAX_TAGS, reserved=(REPLICA_TAG,), why_most=f": ECI allows 20, and {REPLICA_TAG!r} marks the replica"
        ),
        merged=True,
    ),
    ignore_tags=Field(Change.RECORDED, default="none", rule=patterns(MAX_TAGS)),
    size=Field(
        default="the source's",
        effect="in place: reloads the data",
        api="Size",
        rule=rules.whole_number(reload.MIN_SIZE, reload.MAX_SIZE, "GiB"),
    ),
    reload=Field(
        default="the data is what was copied",
        effect="in place: reloads the data",
        rule=reload.violations,
        fields=reload.RELOAD,
    ),
    existing_id=Field(Change.AT_CREATION, default="copy", rule=rules.at_most(MAX_PATH)),
)

violations = partial(copy_fields.violations, SETTINGS)
"""Finds every rule of the references that the properties of one replica break."""

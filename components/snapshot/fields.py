"""The table of a snapshot replica's fields; names, types and texts are those of its TypedDicts."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from components.clouds.tencent.cbs_snapshot import BEIJING
from components.lifecycle.default_name import MAX_NAME
from components.model import copy_fields, rules
from components.model.field import Change, Field, Violation, given, table
from components.model.tag_rules import patterns
from components.model.tencent_tag_rules import MAX_TAGS, tags
from components.snapshot.args import SnapshotDestination, SnapshotReplicaArgs, SnapshotSource


def parsed_deadline(text: Any) -> datetime:
    """Read a deadline.

    Raises:
        ValueError: It is not a time of ISO 8601 with a zone, or none in the zones that it is sent and shown in.
    """
    try:
        moment = datetime.fromisoformat(text) if isinstance(text, str) else None
        if moment is not None and moment.tzinfo is not None and moment.astimezone(BEIJING):
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise ValueError(f"{text!r} is not a time such as '2027-01-31T00:00:00+08:00', zone included")


def _deadline(text: str) -> str:
    try:
        parsed_deadline(text)
    except ValueError as error:
        return str(error)
    return ""


SOURCE = copy_fields.source_table(
    SnapshotSource,
    region_api="X-TC-Region",
    id_api="SnapshotId",
    disk_id=Field(
        Change.REPLACES,
        effect="makes a new source snapshot and replaces all replicas",
        api="DiskId",
        rule=rules.an_id(r"disk-[0-9A-Za-z]+", "disk-lh0rgsqk"),
    ),
)
ARGS = copy_fields.args_table(SnapshotReplicaArgs, ready_timeout=copy_fields.DEFAULT_READY_TIMEOUT)
SETTINGS = table(
    SnapshotDestination,
    name=Field(
        default="the child's name with characters that make it unique",
        api="SnapshotName",
        rule=rules.at_most(MAX_NAME),
        template=True,
        longest=MAX_NAME,
    ),
    deadline=Field(default="never expires", api="Deadline", rule=rules.saying(_deadline)),
    is_permanent=Field(default="true without a deadline, false with one", api="IsPermanent"),
    delete_bound_images=Field(Change.RECORDED, default="false", api="DeleteBindImages"),
    tags=Field(default="none", api="ModifyResourceTags", rule=tags(), merged=True),
    ignore_tags=Field(Change.RECORDED, default="none", rule=patterns(MAX_TAGS)),
    existing_id=Field(Change.AT_CREATION, default="copy"),
)


def violations(properties: Mapping[str, Any]) -> list[Violation]:
    """Find every rule of the references that the properties of one replica break."""
    return [*copy_fields.violations(SETTINGS, properties), *_lifetime(properties)]


def _lifetime(properties: Mapping[str, Any]) -> Iterator[Violation]:
    known = given(properties)
    if "deadline" in known:
        if known.get("is_permanent") is True:
            yield Violation("is_permanent", "excludes a deadline: a permanent snapshot never expires")
    elif known.get("is_permanent") is False and properties.get("deadline") is None:
        yield Violation("deadline", "is required for a replica that is not permanent")
